"""text-dedup: its command ``text_dedup.minhash``, called in this process, on a dataset written to a temporary folder.

It splits texts at all that is no letter and no number, and takes n-grams of what lies between: in Chinese those are
clauses. So texts are normalised in Python first and given with a space behind every character, which makes its tokens
characters and its 5-grams those of the other tools. Set besides: xxh3 for SHA-1 and 32 bits for 64, both faster; 128
permutations for 250; no shortest length, since it drops all shorter documents but one. Bands are its own choice for
the threshold; what shares a band is one cluster, without a check, and of each cluster one document is kept. Version
0.4.0 is the last that Python 3.11 can install.
"""

from __future__ import annotations

import logging
import tempfile
from pathlib import Path

import datasets
import numpy as np
from text_dedup.minhash import RNG, embed_func, main
from text_dedup.utils import IOArgs, MetaArgs, MinHashArgs, optimal_param, xxh3_32hash

from benchmarks.peers.texts import NGRAM, NUM_PERM, normalised

TITLE = "text-dedup, MinHash"
REQUIREMENTS = ("text-dedup==0.4.0",)

HASH_BITS = 32
MAX_HASH = np.uint32(2**32 - 1)
PRIME = np.uint32(2**32 - 5)

logging.getLogger("text_dedup").setLevel(logging.WARNING)
datasets.disable_progress_bars()


def _spaced(text: str) -> str:
    return " ".join(normalised(text))


def signatures(texts: list[str]) -> list[list[bytes]]:
    """Sketch all texts with the function that the command maps over them."""
    bands, rows = optimal_param(MinHashArgs.threshold, NUM_PERM)
    permutations = tuple(RNG.randint(low, PRIME, size=NUM_PERM, dtype=np.uint32) for low in (1, 0))
    sketches = []
    for i, text in enumerate(texts):
        sketch = embed_func(
            _spaced(text),
            i,
            num_perm=NUM_PERM,
            ngram_size=NGRAM,
            min_length=1,
            hashranges=[(band * rows, (band + 1) * rows) for band in range(bands)],
            permutations=permutations,
            hash_func=xxh3_32hash,
            dtype=np.uint32,
            max_hash=MAX_HASH,
            modulo_prime=PRIME,
        )
        sketches.append(sketch["__signatures__"])
    return sketches


def drops(texts: list[str], threshold: float) -> list[bool]:
    """Run the command on what is not empty, and tell what its output lacks."""
    spaced = {i: text for i, text in enumerate(map(_spaced, texts)) if text}
    if not spaced:
        return [False] * len(texts)
    with tempfile.TemporaryDirectory() as folder:
        source, output = Path(folder) / "source", Path(folder) / "output"
        datasets.Dataset.from_dict({"id": list(spaced), "text": list(spaced.values())}).save_to_disk(source)
        main.callback(
            io_args=IOArgs(path=str(source), output=str(output), local=True, num_proc=None),
            meta_args=MetaArgs(column="text"),
            minhash_args=MinHashArgs(
                ngram=NGRAM,
                min_length=1,
                num_perm=NUM_PERM,
                threshold=threshold,
                hash_func="xxh3",
                hash_bits=HASH_BITS,
            ),
        )
        kept = set(datasets.load_from_disk(output)["id"])
    return [i in spaced and i not in kept for i in range(len(texts))]
