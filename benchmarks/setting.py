"""The interface of suites: what they are run on and with, the options they declare, and those that several share."""

from __future__ import annotations

import hashlib
import sys
from argparse import SUPPRESS
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from benchmarks.corpora import read
from benchmarks.families import WORLDS, documents
from benchmarks.peers import NAMES, default_cache
from benchmarks.sentences import PseudoChinese

if TYPE_CHECKING:
    import argparse
    from collections.abc import Callable, Mapping, Sequence

    from benchmarks.reports import Report

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
        ids = list(map(str, range(len(texts))))
        return cls(MADE, ids, texts, {"made by": "benchmarks.families", "seed": seed} | _size(texts, None))


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
class Option:
    """An option of the command.

    Attributes
    ----------
    flag, help, type, metavar, nargs, choices, required
        As `argparse` takes them; where ``"+"`` values may be given, so may the option, again.
    default
        What a suite gets where the option is not given; a flag without a value has the default False.
    """

    flag: str
    help: str
    default: Any = None
    type: Callable[[str], Any] | None = None
    metavar: str | tuple[str, ...] | None = None
    nargs: int | Literal["+", "*"] | None = None
    choices: Sequence[str] | None = None
    required: bool = False

    @property
    def key(self) -> str:
        """Name the value: the flag as an identifier."""
        return self.flag.removeprefix("--").replace("-", "_")

    def by_default(self, default: Any) -> Option:  # noqa: ANN401
        """Give the same option with another default."""
        return replace(self, default=default)

    def add_to(self, group: argparse._ArgumentGroup) -> None:
        """Add to a parser, which leaves out what is not given: defaults are those of each suite."""
        if self.default is False:
            group.add_argument(self.flag, action="store_true", default=SUPPRESS, help=self.help)
            return
        shown = " ".join(map(str, self.default)) if isinstance(self.default, tuple) else self.default
        given = {
            name: value
            for name in ("type", "metavar", "nargs", "choices")
            if (value := getattr(self, name)) is not None
        }
        if self.nargs == "+":
            given["action"] = "extend"
        said = self.help if shown in (None, "", Path()) else f"{self.help}; default {shown}".replace("%", "%%")
        group.add_argument(self.flag, default=SUPPRESS, required=self.required, help=said, **given)


CORPUS = Option(
    "--corpus",
    'JSON lines with "id" and "text", plain, .gz or .zst; suites run on one after the other; one is made if not given',
    type=Path,
    metavar="FILE",
    nargs="+",
)
LIMIT = Option("--limit", "read, or make, at most N documents; 2,000 are made if not given", type=int, metavar="N")
SEED = Option("--seed", "of all that is made", 0, int, "N")
OUT = Option("--out", "where reports are written", Path("benchmark-results"), Path, "DIR")
ROUNDS = Option("--rounds", "how often everything is run", 3, int, "N")
THREADS = Option("--threads", "of every tool that can", 1, int, "N")
THREAD_COUNTS = Option("--thread-counts", "numbers of threads that are measured", (1, 2), int, "N", "+")
THRESHOLD = Option("--threshold", "the Jaccard at which tools are timed", 0.8, float, "X")
THRESHOLDS = Option("--thresholds", "Jaccard at which results are judged", (0.5, 0.6, 0.7, 0.8, 0.9), float, "X", "+")
TIME_LIMIT = Option("--time-limit", "seconds after which a run is stopped", 60.0, float, "S")
PAGES = Option("--pages", "pages made of each form, or articles converted in fours", 20, int, "N")
LABELLED = Option("--labelled", "labelled pairs, as benchmarks/labelled_pairs.py has them", None, Path, "FILE", "+")
VERSIONS = Option("--pairs", "versions of one thing: id, id, kind; tab-separated", None, Path, "FILE.tsv")
FOLDER = Option("--folder", "where files are written, and made corpora stay", None, Path, "DIR")
SHOW = Option("--show", "list N examples of each kind, to read", 0, int, "N")
PEERS = Option("--peers", "the tools", NAMES, metavar="NAME", nargs="+", choices=NAMES)
CACHE = Option("--cache", "environments of the peers", default_cache(), Path, "DIR")
NO_INSTALL = Option("--no-install", "make no environments; use those that are there", False)

DOCUMENTS = (CORPUS, LIMIT, SEED)
"""Of every suite that reads a corpus."""
TOOLS = (PEERS, ROUNDS, TIME_LIMIT, THREADS, THRESHOLD, CACHE, NO_INSTALL)
"""Of every suite that runs neardup beside its peers, see `benchmarks.rounds`."""


@dataclass(frozen=True, slots=True)
class Setting:
    """With what a suite is run: a corpus, and as attributes the values of the options that the suite declares.

    Attributes
    ----------
    corpus
        What is read; empty for suites that read none.
    options
        By `Option.key`.
    """

    corpus: Corpus
    options: Mapping[str, Any]

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401
        try:
            return self.options[name]
        except KeyError:
            raise AttributeError(f"the suite declares no option {name!r}") from None


@dataclass(frozen=True, slots=True)
class Suite:
    """A suite: the one thing that its module declares.

    Attributes
    ----------
    run
        Measures, and gives tables, charts and headlines; its module names the suite and describes it.
    options
        Those that it takes; all also take ``--out``.
    """

    run: Callable[[Setting], Report]
    options: tuple[Option, ...]

    @property
    def name(self) -> str:
        """Name the suite: as its module."""
        return self.run.__module__.rpartition(".")[2]

    @property
    def description(self) -> str:
        """Say what is measured: the docstring of the module; its first line stands in the help of the command."""
        return sys.modules[self.run.__module__].__doc__ or ""

    @property
    def reads_corpus(self) -> bool:
        """Tell whether it runs once for every corpus, not once."""
        return any(option.flag == CORPUS.flag for option in self.options)

    @property
    def compares(self) -> bool:
        """Tell whether it runs neardup beside its peers."""
        return any(option.flag == PEERS.flag for option in self.options)

    def setting(self, corpus: Corpus, given: Mapping[str, Any]) -> Setting:
        """Make the setting: what is given of the suite's options, their defaults for the others."""
        return Setting(corpus, {each.key: given.get(each.key, each.default) for each in (*self.options, OUT)})
