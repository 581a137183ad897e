from __future__ import annotations
from dataclasses import dataclass
from typing import Any
@dataclass
class Batch:
    numbers: Any
    texts: Any
    ids: Any=None
    titles: Any=None
    priorities: Any=None
    groups: Any=None
    rejects: Any=()
    position: int=0
    @property
    def size(self): return sum(map(len,self.texts))*3 if isinstance(self.texts,list) else self.texts.nbytes
@dataclass
class Wanted:
    pass
def read_batches(source, wanted):
    import msgspec, numpy as np
    d=msgspec.json.Decoder(dict)
    buf=[]; n=[]
    with open(source.path,'rb') as f:
        for i,l in enumerate(f,1):
            r=d.decode(l); buf.append(r); n.append(i)
            if len(buf)==256:
                yield Batch(np.array(n),[r['text'] for r in buf],[r['id'] for r in buf]); buf=[]; n=[]
    yield Batch(np.array(n,np.int64),[r['text'] for r in buf],[r['id'] for r in buf])
