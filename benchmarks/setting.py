"""What a suite is run on and with: a corpus, the tools, rounds and limits."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING, Any

from benchmarks.corpora import read
from benchmarks.families import WORLDS, documents
from benchmarks.peers import default_cache
from benchmarks.sentences import PseudoChinese

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

MADE = "made"
"""The name of the corpus that is made where none is given."""
MADE_DOCUMENTS = 2000
MADE_CHARS = 500


@dataclass(frozen=True, slots=True)
class Corpus:
    """The documents of a suite.

    Attributes
    ----------
    name
        Of the file, without endings.
    ids, texts
        Of the documents.
    source
        What a report says of it: file, size, hash and limit, or how it was made.
    """

    name: str
    ids: list[str] = field(repr=False)
    texts: list[str] = field(repr=False)
    source: Mapping[str, Any]

    @classmethod
    def read(cls, path: Path, limit: int | None) -> Corpus:
        """Read a file of JSON lines.

        Raises
        ------
        ValueError
            If a line is no document, or there is none.
        """
        documents = list(read(path, limit))
        if not documents:
            raise ValueError(f"{path}: no documents")
        ids, texts = [document.id for document in documents], [document.text for document in documents]
        about = {"file": path.name, "bytes": path.stat().st_size, "sha256": sha256(path)}
        return cls(path.name.partition(".")[0], ids, texts, about | _size(texts, limit))

    @classmethod
    def made(cls, limit: int | None, seed: int) -> Corpus:
        """Make pseudo-Chinese families of near-duplicates, see `benchmarks.families`."""
        texts = made_texts("mixed", limit or MADE_DOCUMENTS, seed=seed)
        return cls(
            MADE,
            list(map(str, range(len(texts)))),
            texts,
            {"made by": "benchmarks.families", "seed": seed} | _size(texts, None),
        )


def made_texts(
    world: str, count: int, *, fact_share: float | None = None, chars: int | None = None, seed: int = 0
) -> list[str]:
    """Make the texts of a world of `benchmarks.families`."""
    form = WORLDS[world].form
    form = form if fact_share is None else replace(form, fact_share=fact_share)
    form = form if chars is None else replace(form, chars=chars)
    shaped = replace(WORLDS[world], form=form)
    return [made.text for made in documents(PseudoChinese.from_seed(), count, world=shaped, seed=seed)]


def sha256(path: Path) -> str:
    """Hash a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _size(texts: list[str], limit: int | None) -> dict[str, Any]:
    size: dict[str, Any] = {"documents": len(texts), "code points": sum(map(len, texts))}
    return size if limit is None else size | {"limit": limit}


@dataclass(frozen=True, slots=True)
class Setting:
    """With what a suite is run.

    Attributes
    ----------
    corpus
        What is read; suites that make their own texts look only at its seed and size.
    peers
        Names of the adapters, neardup's among them.
    rounds
        How often every tool runs, by turns.
    time_limit_s
        How long a run of a tool may take; one that takes longer is stopped, and its row says so. What takes more than a
        quarter of that for all rounds together has fewer rounds.
    threshold, thresholds
        Jaccard at which tools are timed, and at which what they drop is judged.
    sizes, worlds
        Of the made corpora that show how the cost grows.
    pages
        How many pages of each kind are made of the corpus, and how many articles are converted.
    labelled
        A file of labelled pairs, see `benchmarks.labelled_pairs`; None for made ones.
    seed
        Of everything that is made.
    threads
        What every tool may use.
    cache
        Where the environments of tools are kept.
    install
        Whether environments that are not there yet are made.
    """

    corpus: Corpus
    peers: tuple[str, ...]
    rounds: int = 3
    time_limit_s: float = 60.0
    threshold: float = 0.8
    thresholds: tuple[float, ...] = (0.5, 0.6, 0.7, 0.8, 0.9)
    sizes: tuple[int, ...] = (1_000, 3_000)
    worlds: tuple[str, ...] = ("mixed",)
    pages: int = 50
    labelled: Path | None = None
    seed: int = 0
    threads: int = 1
    cache: Path = field(default_factory=default_cache)
    install: bool = True
