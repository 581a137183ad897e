"""One way to run the command: in this process, as a process of its own, or in a line of shell."""

from __future__ import annotations

import os
import subprocess
import sys
from functools import cache, partial
from typing import TYPE_CHECKING, Any

from typer import testing

from neardup.cli.app import app
from tests.families import SENTENCE

if TYPE_CHECKING:
    from pathlib import Path

    from click.testing import Result

COMMAND = [sys.executable, "-P", "-m", "neardup"]
SUBCOMMANDS = ["scan", "clean", "dedup", "compare", "paragraphs"]
INDEX_COMMANDS = ["add", "check", "matches", "remove", "expire", "stats", "verify", "export", "upgrade"]
BODY = f"{SENTENCE}\n"

# Typer makes the commands from their signatures at every call, which takes longer than most calls themselves.
testing._get_command = cache(testing._get_command)


def neardup(*arguments: object, **options: Any) -> Result:
    """Run the command in this process; `input` is standard input, `env` the environment."""
    return testing.CliRunner().invoke(app, [*map(str, arguments)], **options)


scan = partial(neardup, "scan")
clean = partial(neardup, "clean", "--scope", "all")  # every copy goes: most tests need one that does
dedup = partial(neardup, "dedup")
compare = partial(neardup, "compare")
paragraphs = partial(neardup, "paragraphs")
index = partial(neardup, "index")


def shell(line: str, folder: Path, *, before: str = "", **environment: str) -> subprocess.CompletedProcess[str]:
    """Run a line of shell in a folder; ``$N`` is the command, which looks for modules in the folder `before` first."""
    return subprocess.run(
        ["/bin/sh", "-c", f'N="{" ".join(COMMAND)}"; {line}'],
        cwd=folder,
        env={**os.environ, "PYTHONPATH": os.pathsep.join(filter(None, [before, *sys.path])), **environment},
        capture_output=True,
        encoding="utf-8",
        timeout=60,
        check=False,
    )


def read_terminal(terminal: int) -> bytes:
    """Read what was written to a pseudo-terminal, until the other side is closed."""
    shown = b""
    try:
        while chunk := os.read(terminal, 4096):
            shown += chunk
    except OSError:
        pass
    return shown
