"""What decides about a job, beside its inputs."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

from neardup.config import Config

if TYPE_CHECKING:
    from neardup._typing import Scope
    from neardup.jobs.inputs import Wanted
    from neardup.survivors import Keep

Only = Literal["across", "within"]


@dataclass(frozen=True, slots=True)
class Options:
    """What decides about a job, beside its inputs.

    Attributes
    ----------
    wanted
        What is read of the inputs.
    config, keep
        See `neardup.find_duplicates`.
    descending
        Whether the greatest priority comes first.
    scope
        What of its own copies is taken out of each text first; None for nothing.
    paragraphs
        Which paragraphs that several documents have are taken out of each text first, but where each stands first;
        None for none.
    boilerplate
        Whether it is looked for first.
    only
        Whether documents of one group alone drop each other (``"within"``), or never (``"across"``); None for neither.
    given
        How many of the inputs, the first ones, are earlier corpora: their documents survive without being judged.
    strict
        Whether what cannot be read ends the job.
    adds
        Whether survivors are added to the last one of the earlier corpora, which is an index. What it holds already of
        the inputs, by id and text, is no earlier document then.
    """

    wanted: Wanted
    config: Config = field(default_factory=Config)
    keep: Keep = "longest"
    descending: bool = False
    scope: Scope | None = None
    paragraphs: Literal["boilerplate", "repeated"] | None = None
    boilerplate: Literal["auto"] | None = None
    only: Only | None = None
    given: int = 0
    strict: bool = False
    adds: bool = False

    def named(self, parameter: str | None) -> str | None:
        """Name the parameter that mends an error as whoever starts a job knows it."""
        return f"only_{self.only}" if parameter == "group_field" else parameter
