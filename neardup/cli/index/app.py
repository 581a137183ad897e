"""The commands on an index."""

from __future__ import annotations

from typing import TYPE_CHECKING

import typer

from neardup.cli.helping import SETTINGS, Command
from neardup.cli.index import asking, keeping

if TYPE_CHECKING:
    from collections.abc import Callable

index_app = typer.Typer(
    name="index",
    help="Ask whether documents were seen, and remember them in a file that many processes may share.",
    no_args_is_help=True,
    rich_markup_mode=None,
    context_settings=SETTINGS,
)

COMMANDS: dict[str, tuple[Callable[..., None], str]] = {
    "add": (asking.add, "Ask whether documents were seen, and store the new ones."),
    "check": (asking.check, "Ask whether documents were seen; store nothing."),
    "matches": (asking.matches, "Give the stored documents that others are like."),
    "remove": (keeping.remove, "Remove documents for good, by their ids."),
    "expire": (keeping.expire, "Remove what was added before a time."),
    "stats": (keeping.stats, "Say how large an index is, and what decides."),
    "verify": (keeping.verify, "Look for damage."),
    "export": (keeping.export, "Write the stored documents as JSON lines."),
    "upgrade": (keeping.upgrade, "Make an index again from its texts."),
}

for _name, (_command, _said) in COMMANDS.items():
    index_app.command(_name, cls=Command, short_help=_said)(_command)
