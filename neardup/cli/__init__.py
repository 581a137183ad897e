"""The command ``neardup``: one file per subcommand; the commands themselves are in `neardup.cli.app`."""

from __future__ import annotations

from neardup.cli.process import leave, run


def main() -> None:
    """Run the command line. Exit codes: 0 done, 1 some inputs failed, 2 wrong usage, 130 interrupted."""
    leave(run(_command, for_good=True))


def _command() -> None:
    from neardup.cli.app import app  # here, where a signal that comes meanwhile is one line

    app(prog_name="neardup")
