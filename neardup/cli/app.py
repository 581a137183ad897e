"""The commands, and what stands before them."""

from __future__ import annotations

from typing import Annotated

import typer

from neardup._backend import backend
from neardup._version import __version__
from neardup.cli.clean import clean
from neardup.cli.compare import compare
from neardup.cli.dedup import dedup
from neardup.cli.helping import SETTINGS, Command
from neardup.cli.index.app import index_app
from neardup.cli.paragraphs import paragraphs
from neardup.cli.scan import scan
from neardup.folding import folding_versions

# Help without boxes: it is read in pipes, in narrow windows and in ASCII too.
app = typer.Typer(
    name="neardup",
    no_args_is_help=True,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,
    context_settings=SETTINGS,
)
app.command(cls=Command, short_help="Report what is printed more than once; write nothing.")(scan)
app.command(cls=Command, short_help="Write every input again without its copies.")(clean)
app.command(cls=Command, short_help="Write files again without their duplicates.")(dedup)
app.command(cls=Command, short_help="Say what two texts are to each other, and why.")(compare)
app.command(cls=Command, short_help="Report the paragraphs that several documents have.")(paragraphs)
app.add_typer(index_app, short_help="Remember documents, and ask whether one was seen.")


def _show_version(wanted: bool) -> None:
    if wanted:
        active = {"kernel": "compiled kernels", "reference": "numpy reference"}[backend()]
        versions = folding_versions()
        typer.echo(f"neardup {__version__}, {active}")
        typer.echo(f"folding scheme {versions['scheme']}: Unicode {versions['unicode']}, OpenCC {versions['opencc']}")
        raise typer.Exit


@app.callback()
def _main(
    version: Annotated[
        bool,
        typer.Option("--version", callback=_show_version, is_eager=True, help="Show versions and the active backend."),
    ] = False,
) -> None:
    """Find repeated and near-duplicate Chinese text, and prove what is found."""
