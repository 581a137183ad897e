"""The command ``neardup``: one file per subcommand."""

from __future__ import annotations

from typing import Annotated

import typer

from neardup._backend import backend
from neardup._version import __version__
from neardup.cli.compare import compare
from neardup.cli.process import leave, run
from neardup.cli.scan import scan
from neardup.folding import folding_versions

app = typer.Typer(no_args_is_help=True, add_completion=False, pretty_exceptions_show_locals=False)
app.command()(scan)
app.command()(compare)


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


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 some inputs failed, 2 wrong usage, 130 interrupted."""
    leave(run(app, for_good=True))
