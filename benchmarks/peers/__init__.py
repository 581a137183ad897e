"""The peers: tools that find near-duplicates, each an adapter in a file of its own, all with the same functions.

An adapter says what its tool is and how it is set, for Chinese as well as it can be, and defines ``TITLE``, as tables
print it; ``REQUIREMENTS``, pinned; and those of these functions that the tool can honestly do, on one thread::

    signatures(texts) -> object             # from raw texts, 128 permutations where it has them
    drops(texts, threshold) -> list[bool]   # which documents its deduplication drops
    scores(pairs) -> list[float]            # its own similarity of two texts, in [0, 1], beside DEFAULT_THRESHOLD
    repeats(texts) -> list[list[tuple[int, int]]]   # later copies inside each document, in its code points
    online(texts, stored) -> dict           # an index to which documents are added: see `benchmarks.peers.online`

What a tool does not do, such as say how like two texts are, its adapter does not make up. Not here for repeats inside a
document: text-dedup's suffix arrays, which need a Rust program from another project's sources and cut bytes, and
filters that say of a document only whether it repeats itself.

An adapter imports its tool at the top, so that no import is measured. It runs in `benchmarks.peers.worker`, in the
environment that `benchmarks.peers.environments` makes; the host only reads its constants, and never imports it.
"""

from __future__ import annotations

import ast
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from benchmarks.peers.environments import NotInstalledError, default_cache, python_for
from benchmarks.peers.process import Failed, Peer, Run
from benchmarks.peers.worker import TASKS

__all__ = ["NAMES", "Failed", "Peer", "Run", "Unavailable", "constants", "default_cache", "open_peer", "tasks"]

FOLDER = Path(__file__).parent

NAMES = (
    "neardup",
    "neardup_jaccard",
    "datasketch_readme",
    "datasketch_tuned",
    "rensa_readme",
    "rensa_5grams",
    "gaoya",
    "text_dedup",
    "datatrove_minhash",
    "simhash",
    "fastsketchlsh",
    "semhash",
    "set_similarity_search",
    "data_juicer_sentences",
    "datatrove_sentences",
    "datasketch_redis",
    "neardup_redis",
)
"""The adapters, in the order of tables."""


@dataclass(frozen=True, slots=True)
class Unavailable:
    """A peer that cannot be had.

    Attributes
    ----------
    name, title
        Of the adapter, and of the tool as tables print it.
    reason
        Why not; for its row.
    """

    name: str
    title: str
    reason: str


def constants(name: str, folder: Path = FOLDER) -> dict[str, Any]:
    """Read the constants of an adapter without importing it.

    Parameters
    ----------
    name
        One of `NAMES`, or of what stands in another folder.
    folder
        Where it stands.

    Returns
    -------
    dict
        ``TITLE``, ``REQUIREMENTS``, ``DEFAULT_THRESHOLD`` where there are scores, and what else has a literal value.
    """
    found = {}
    for node in ast.parse((folder / f"{name}.py").read_text(encoding="utf-8")).body:
        match node:
            case ast.Assign(targets=[ast.Name(id=constant)], value=value) if constant.isupper():
                try:
                    found[constant] = ast.literal_eval(value)
                except ValueError:
                    continue
    return found


def tasks(name: str, folder: Path = FOLDER) -> frozenset[str]:
    """Tell which tasks an adapter has, without importing it."""
    body = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8")).body
    return frozenset(node.name for node in body if isinstance(node, ast.FunctionDef)) & frozenset(TASKS)


def open_peer(
    name: str, cache: Path, install: bool = True, *, threads: int = 1, folder: Path = FOLDER
) -> Peer | Unavailable:
    """Start a peer.

    Parameters
    ----------
    name
        One of `NAMES`.
    cache
        Where the environments of peers are kept; see `benchmarks.peers.environments`.
    install
        Whether to make an environment that is not there yet.
    threads
        What the tool may use, as far as environment variables can say so.
    folder
        Where the adapter stands.

    Returns
    -------
    Peer or Unavailable
        Close the peer, or use it as a context manager.
    """
    said = constants(name, folder)
    title = said["TITLE"]
    try:
        python = python_for(said["REQUIREMENTS"], cache, install=install)
    except NotInstalledError as error:
        return Unavailable(name, title, str(error))
    peer = Peer(name, title, python, folder / f"{name}.py", threads=threads)
    if peer.failure:
        peer.close()
        return Unavailable(name, title, peer.failure)
    return peer
