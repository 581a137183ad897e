"""Any exception to an error in one line: what went wrong, and where."""

from __future__ import annotations

from pathlib import Path

from neardup.errors import InputError, NeardupError

_PACKAGE = Path(__file__).parent.parent


def failure(error: Exception, file: str | None = None, line: int | None = None) -> NeardupError:
    """Say of an error of an input where it is; what nobody expected is named with the place where it was raised."""
    if isinstance(error, NeardupError):
        return type(error)(error.message, file=file, line=error.line or line, parameter=error.parameter)
    if isinstance(error, MemoryError):
        return InputError("needs more memory than there is; leave it out, or split it", file=file, line=line)
    return InputError(f"failed: {described(error)}; this is a fault of neardup, report it", file=file, line=line)


def described(error: Exception) -> str:
    """Name an exception, what it says, and the last line of the package that it came through."""
    said = " ".join(str(error).split())[:200]
    place = ""
    step = error.__traceback__
    while step:
        path = Path(step.tb_frame.f_code.co_filename)
        if path.is_relative_to(_PACKAGE):
            place = f" (neardup/{path.relative_to(_PACKAGE).as_posix()}:{step.tb_lineno})"
        step = step.tb_next
    return f"{type(error).__name__}{': ' if said else ''}{said}{place}"
