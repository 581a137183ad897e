"""Schemes: the version numbers of what must stay stable, and the numbers that are no options.

A scheme names a definition. Whatever was made under another one (signatures, keys, indexes, stages of a job) cannot be
used together with what this version makes, so all of them are part of every fingerprint of `neardup.Config`.
"""

from __future__ import annotations

SCHEMES = {
    "folding": 1,
    "content": 1,
    "hash": 1,
    "signature": 1,
    "digest": 2,
    "evidence": 2,
    "rule": 3,
}
"""The scheme of each definition.

``folding``: the table of `neardup.fold`, made by ``data/generate_folding.py``. ``content``: what of a text is folded,
see `neardup.content_spans`. ``hash``: `neardup.shingling.hash_shingle`. ``signature``: the permutations of
`neardup.signatures`, datasketch's ``affine32``. ``digest``: `neardup.Sketches.digests`. ``evidence``: what
`neardup.Evidence` measures, and how texts are aligned. ``rule``: how candidates are ranked; see `neardup.survivors`.
"""

COPY_GAP = 30
"""Copies with so few folded code points between them are one, if their originals are as near to each other."""
