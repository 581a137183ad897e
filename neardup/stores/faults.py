"""What goes wrong with an index file, as errors that name it and the remedy."""

from __future__ import annotations

from contextlib import contextmanager
from importlib import import_module
from typing import TYPE_CHECKING

from neardup.errors import InputError, NeardupError, OutputError
from neardup.io.compression import zstd_module
from neardup.io.extras import needs_extra

if TYPE_CHECKING:
    from collections.abc import Iterator


def check_libraries(*names: str, user: str, extra: str) -> None:
    """See that what an index needs is installed; it is loaded when an index is opened first.

    Parameters
    ----------
    names
        The libraries, beside the one that compresses.
    user, extra
        What needs them, and the extra that brings them.

    Raises
    ------
    NeardupError
        If something is missing; names the extra.
    """
    try:
        for name in names:
            import_module(name)
        zstd_module()
    except (ImportError, NeardupError) as error:
        raise NeardupError(f"{user} {needs_extra(extra)}") from error


@contextmanager
def faults_named(path: str, timeout_s: float) -> Iterator[None]:
    """Turn the errors of SQLite into those of this library.

    Raises
    ------
    InputError
        If the file is damaged, or cannot be opened or read.
    OutputError
        If it cannot be written: it is locked, the disk is full, nobody may write it.
    """
    import apsw

    try:
        yield
    except (apsw.BusyError, apsw.LockedError) as error:
        raise locked(path, timeout_s) from error
    except apsw.FullError as error:
        message = "there is no room on the disk, so nothing of this call was stored; make room and try again"
        raise OutputError(message, file=path) from error
    except apsw.ReadOnlyError as error:
        if getattr(error, "extendedresult", 0) == apsw.SQLITE_READONLY_DBMOVED:
            raise OutputError("was removed or replaced while it was open; open it again", file=path) from error
        message = "may not be written; change its rights, or open it for reading only"
        raise OutputError(message, file=path) from error
    except apsw.SQLError as error:
        if "no such" not in str(error):  # of a table or a column, which only damage takes away
            raise
        raise InputError(DAMAGED, file=path) from error
    except (apsw.CorruptError, apsw.NotADBError, UnicodeDecodeError) as error:
        raise InputError(DAMAGED, file=path) from error
    except (apsw.CantOpenError, apsw.PermissionsError, apsw.AuthError) as error:
        raise InputError(f"cannot be opened ({error}); look at its rights and its folder's", file=path) from error
    except apsw.IOError as error:
        raise OutputError(f"cannot be read or written ({error}); look at the disk", file=path) from error


DAMAGED = (
    "is damaged, or no whole index: cut off, or copied while it was written; put a backup in its place, or save the "
    "documents before the damage: neardup index export"
)


def locked(path: str, timeout_s: float) -> OutputError:
    """Make the error about a file that stays locked."""
    message = f"another process keeps it locked for more than {timeout_s:g} s; try again, or end that one"
    return OutputError(message, file=path, parameter="timeout_s")
