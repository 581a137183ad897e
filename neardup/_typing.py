"""Type aliases and protocols that several modules need."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Literal, Protocol, TypeAlias

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from neardup import _kernels


class StreamSource(Protocol):
    """A column that gives its chunks through the Arrow C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Give a capsule named ``arrow_array_stream``."""


class ArraySource(Protocol):
    """A column that gives its one chunk through the Arrow C data interface."""

    def __arrow_c_array__(self, requested_schema: object = None) -> tuple[object, object]:
        """Give capsules named ``arrow_schema`` and ``arrow_array``."""


Column: TypeAlias = "_kernels.Texts"
"""A batch of texts that the kernels have opened; see `neardup.inputs.text_column`."""

Texts: TypeAlias = "Iterable[str] | Mapping[Any, str] | StreamSource | ArraySource | Column"
"""What users give."""

Id: TypeAlias = str | int
"""What a document is called: what the user gave, else its position; see `neardup.inputs.ids`."""

Table: TypeAlias = Any
"""A whole table of pandas, polars, pyarrow, Hugging Face or DuckDB, or a list of mappings; see `neardup.inputs`."""

OnNull = Literal["raise", "skip"]
"""What becomes of a null among the texts: an error, or it is left out and listed."""

Scope = Literal["body", "passages", "all"]
"""Which copies inside a document cleaning takes out; see `neardup.DocumentRepeats.clean`."""

Reason = Literal[
    "outside_body",
    "near_copy",
    "edited",
    "numbers",
    "part_of_paragraph",
    "short_passage",
    "code",
    "table",
    "heading",
    "list",
    "label",
    "short_line",
    "markup",
    "introduced",
    "nested",
]
"""Why a copy inside a document stays; see `neardup.Kept`."""

Relation = Literal["identical", "near", "contained", "contains", "revision", "template", "overlap"]
"""What a document is to an earlier one: the same but for what folding drops; as alike as the threshold asks; contained
in it; longer, and it contains that one; another version of the same item; the same form filled in otherwise; or one
block of it beside other text."""
