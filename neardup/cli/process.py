"""The command as a process: what ends it, what its exit code is, and that it says so in one line."""

from __future__ import annotations

import atexit
import errno
import io
import os
import select
import signal
import sys
import threading
import time
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, ClassVar, TextIO

from neardup.cli.faults import advised
from neardup.errors import NeardupError
from neardup.io.escapes import visible
from neardup.io.faults import described

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from types import FrameType

DONE, FAILED = 0, 1
_SIGNALS = [getattr(signal, name) for name in ("SIGINT", "SIGTERM", "SIGHUP") if hasattr(signal, name)]
_SAME_WISH_S = 1.0
"""Signals so soon behind the first are the same wish, and do not disturb what is being put in order."""

_SOON_S = 0.01

_ALWAYS_WHOLE = 512
"""So many bytes a pipe that can be written to takes at once, on every system."""


class Ended(BaseException):
    """The run is over: a signal says so, or standard output takes nothing more.

    No `Exception`, so that nothing on the way takes it for the fault of an input.
    """

    def __init__(self, code: int, message: str | None = None) -> None:
        super().__init__(message)
        self.code = code
        self.message = message


def complain(error: NeardupError) -> None:
    """Name an error on standard error."""
    print(f"neardup: {visible(str(advised(error)))}", file=sys.stderr)


def run(command: Callable[[], object], *, for_good: bool = False) -> int:
    """Run a command and give its exit code; whatever it raises is one line on standard error at most.

    Parameters
    ----------
    command
        What to call.
    for_good
        Whether the process ends then: signals are ignored from there on, or else handled as before.
    """
    with _raised_signals(for_good=for_good), _guarded_streams():
        try:
            return _outcome(command)
        except Ended as ended:
            _ignore_signals()
            _Stream.is_waited_for = False
            code, said = ended.code, ended.message
        except NeardupError as error:
            code, said = FAILED, str(advised(error))
        except ModuleNotFoundError as error:
            code, said = FAILED, f"the library {error.name} is not installed; run pip install . in the clone"
        except MemoryError:
            code, said = FAILED, "there is not enough memory; give fewer or smaller inputs"
        except Exception as error:
            code, said = FAILED, f"stopped: {described(error)}; this is a fault of neardup, report it"
        if said:
            print(f"neardup: {visible(said)}", file=sys.stderr)
        return code


def leave(code: int) -> None:
    """Exit. Workers that are still busy, since a run was given up, are not waited for."""
    _ignore_signals()
    if threading.active_count() > 1:
        for stream in (sys.stdout, sys.stderr):
            with suppress(OSError, ValueError, Ended):
                stream.flush()
        atexit._run_exitfuncs()
        os._exit(code)
    sys.exit(code)


def _ignore_signals() -> None:
    """Ignore what would end the process: it ends anyway."""
    if threading.current_thread() is threading.main_thread():
        for number in _SIGNALS:
            signal.signal(number, signal.SIG_IGN)


def _outcome(command: Callable[[], object]) -> int:
    if sys.stdout is None:
        raise NeardupError("standard output is closed; give it a file, or /dev/null")
    code: object = DONE
    try:
        command()
    except SystemExit as exit_:
        code = exit_.code
    sys.stdout.flush()  # here, where a fault has an exit code
    return code if isinstance(code, int) else DONE if code is None else FAILED


class _Stream(io.FileIO):
    """A standard stream.

    Attributes
    ----------
    is_waited_for
        Whether a stream that takes nothing now is waited for; not once the run is over, since there may be nobody who
        reads it.
    """

    is_waited_for: ClassVar[bool] = True


class _Output(_Stream):
    """Standard output: what it does not take ends the run, and what is still held then is thrown away."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        if not self.is_waited_for:
            return len(data)
        try:
            return super().write(data)
        except OSError as error:
            _Stream.is_waited_for = False
            if error.errno == errno.EPIPE:  # whoever read it has what they want
                raise Ended(DONE) from None
            raise Ended(FAILED, f"standard output cannot be written: {error.strerror}") from None


class _Complaints(_Stream):
    """Standard error: there is nobody to tell that it takes nothing more."""

    def write(self, data: bytes) -> int:  # type: ignore[override]
        try:
            if self.is_waited_for:
                return super().write(data)
            return super().write(data[:_ALWAYS_WHOLE]) if self._takes_some() else len(data)
        except OSError:
            return len(data)

    def _takes_some(self) -> bool:
        try:
            return bool(select.select([], [self], [], 0)[1])
        except (OSError, ValueError):  # a system where only sockets can be asked
            return True


@contextmanager
def _guarded_streams() -> Iterator[None]:
    """Put streams in place that do not fail with an `OSError`, and write as an escape what the encoding lacks."""
    before = sys.stdout, sys.stderr
    _Stream.is_waited_for = True
    if sys.stderr is None:
        sys.stderr = open(os.devnull, "w", encoding="utf-8")  # noqa: PTH123, SIM115 - for the rest of the process
    sys.stdout = _wrapped(sys.stdout, _Output, line_buffering=False)
    sys.stderr = _wrapped(sys.stderr, _Complaints, line_buffering=True)
    try:
        yield
    finally:
        with suppress(Ended):
            for stream in (sys.stdout, sys.stderr):
                if stream is not None:
                    stream.flush()
        sys.stdout, sys.stderr = before


def _wrapped(stream: TextIO, kind: type[_Stream], *, line_buffering: bool) -> TextIO:
    try:
        raw = kind(stream.fileno(), "wb", closefd=False)
    except (AttributeError, OSError, ValueError):  # closed, or no file
        return stream
    return io.TextIOWrapper(
        io.BufferedWriter(raw),
        encoding=stream.encoding,
        errors="backslashreplace",
        line_buffering=line_buffering or stream.isatty(),
    )


@contextmanager
def _raised_signals(*, for_good: bool) -> Iterator[None]:
    """Let the signals that end a process be raised as `Ended`, so that everything on the way cleans up."""
    if threading.current_thread() is not threading.main_thread():
        yield
        return
    last = -_SAME_WISH_S
    lost: Ended | None = None

    def end(number: int, _: FrameType | None) -> None:
        nonlocal last
        now = time.monotonic()
        if now - last >= _SAME_WISH_S:
            last = now
            _Stream.is_waited_for = False
            name = signal.Signals(number).name
            raise Ended(128 + number, "interrupted" if number == signal.SIGINT else f"ended by {name}")

    def lose(ignored: sys.UnraisableHookArgs) -> None:
        # A signal that comes while a finalizer runs is raised there, where Python ignores exceptions.
        nonlocal lost
        if not isinstance(ignored.exc_value, Ended):
            hook(ignored)
        elif hasattr(signal, "setitimer"):
            lost = ignored.exc_value
            signal.setitimer(signal.ITIMER_REAL, _SOON_S)

    def end_again(*_: object) -> None:
        if lost:
            raise lost

    hook, sys.unraisablehook = sys.unraisablehook, lose
    handlers: dict[int, Callable[..., object]] = dict.fromkeys(_SIGNALS, end)
    if hasattr(signal, "SIGALRM"):
        handlers[signal.SIGALRM] = end_again
    before = {number: signal.getsignal(number) for number in handlers}
    caught = [number for number, handler in before.items() if handler is not signal.SIG_IGN]  # as under nohup
    for number in caught:
        signal.signal(number, handlers[number])
    try:
        yield
    finally:
        sys.unraisablehook = hook
        for number in caught:
            signal.signal(number, signal.SIG_IGN if for_good else before[number] or signal.SIG_DFL)
