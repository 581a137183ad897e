"""A connection with a server: one script that does everything in steps, asked again when the connection breaks."""

from __future__ import annotations

import random
import time
from hashlib import sha1
from importlib.resources import files
from typing import TYPE_CHECKING, Any, NoReturn

from neardup.errors import InputError, OutputError

if TYPE_CHECKING:
    import redis

    from neardup.stores.addresses import Address

SCRIPT = files("neardup.stores").joinpath("redis.lua").read_text("utf-8")

_FIRST_NAP_S, _LONGEST_NAP_S = 0.02, 1.0
_CONNECT_S = 5.0


def _is_busy(error: Exception) -> bool:
    """Tell whether the server is there, and starting or busy with a script."""
    import redis

    return isinstance(error, redis.exceptions.BusyLoadingError) or str(error).startswith("BUSY ")


def _may_pass(error: Exception) -> bool:
    """Tell whether it may go better soon: the connection broke, or the server is starting or busy."""
    import redis

    if isinstance(error, (redis.exceptions.AuthenticationError, redis.exceptions.AuthorizationError)):
        return False
    broken = redis.exceptions.ConnectionError, redis.exceptions.TimeoutError, OSError, UnicodeError
    return isinstance(error, (*broken, redis.exceptions.MasterDownError)) or _is_busy(error)


class Connection:
    """A connection with a server.

    A call of which no answer came is made again: what it did may have been done, which the caller can tell from the
    answer to the second one.

    Parameters
    ----------
    address
        The server.
    timeout_s
        How long to try again while it cannot be reached.

    Attributes
    ----------
    times
        How often it was made: again after each time it broke.

    Raises
    ------
    InputError
        If there is no server, or it refuses this user.
    OutputError
        If it does not answer.
    """

    def __init__(self, address: Address, timeout_s: float) -> None:
        import redis
        from redis.backoff import NoBackoff
        from redis.retry import Retry

        self.name, self.times = address.name, 0
        self._script = SCRIPT
        self._sha = sha1(SCRIPT.encode(), usedforsecurity=False).hexdigest()
        self._timeout_s = timeout_s
        wait = max(timeout_s, 0.1)
        self._client = redis.Redis.from_url(
            address.url,
            retry=Retry(NoBackoff(), 0),
            socket_timeout=wait,
            socket_connect_timeout=min(wait, _CONNECT_S),
            protocol=2,
            redis_connect_func=self._connected,
        )
        self._client.response_callbacks.clear()  # answers stay as they came, whatever version of the library it is
        try:
            self.command("PING", is_first=True)
        except BaseException:
            self.close()
            raise

    def _connected(self, connection: Any) -> None:  # noqa: ANN401 - of the client library
        """Begin a connection; the library does so by itself too, when one that was idle is found broken."""
        self.times += 1
        connection.on_connect()

    def call(self, state: str, action: str, made: str, *given: bytes | str | float) -> Any:  # noqa: ANN401
        """Call the script for the index whose numbers stand under a key; see ``redis.lua``."""
        import redis

        numbers = 1, state, action, made
        try:
            return self.command("EVALSHA", self._sha, *numbers, *given)
        except redis.exceptions.NoScriptError:  # the server was started again, or never had it
            return self.command("EVAL", self._script, *numbers, *given)

    def command(self, *given: bytes | str | float, is_first: bool = False) -> Any:  # noqa: ANN401 - what comes back
        """Send a command, and give what comes back.

        `is_first`: whether a server that is not there is an error at once.
        """
        return self._answer(lambda client: client.execute_command(*given), is_first=is_first)

    def commands(self, many: list[tuple[bytes | str | float, ...]]) -> list[Any]:
        """Send commands that change nothing, all at once."""

        def ask(client: redis.Redis) -> list[Any]:
            pipe = client.pipeline(transaction=False)
            for each in many:
                pipe.execute_command(*each)  # type: ignore[no-untyped-call]
            answers: list[Any] = pipe.execute()
            return answers

        return list(self._answer(ask))

    def _answer(self, ask: Any, *, is_first: bool = False) -> Any:  # noqa: ANN401
        """Ask until there is an answer, or it took too long."""
        import redis

        nap, deadline = _FIRST_NAP_S, time.monotonic() + self._timeout_s
        while True:
            try:
                return ask(self._client)
            except redis.exceptions.NoScriptError:
                raise
            except (redis.exceptions.RedisError, OSError, UnicodeError) as error:
                if not _may_pass(error):
                    self._raise(error)
                if is_first and not _is_busy(error):
                    message = f"the server cannot be reached ({error}); start it, or look at the address"
                    raise InputError(message, file=self.name) from error
                if time.monotonic() + nap > deadline:
                    message = (
                        f"the server has not answered for {self._timeout_s:g} s ({error}); what was acknowledged is "
                        "stored; try again when it answers, what was added already is not stored twice"
                    )
                    raise OutputError(message, file=self.name, parameter="timeout_s") from error
                time.sleep(nap * random.uniform(0.5, 1))
                nap = min(2 * nap, _LONGEST_NAP_S)

    def _raise(self, error: Exception) -> NoReturn:
        """Turn an error of the server into one of this library."""
        import redis

        said = str(error)
        if isinstance(error, (redis.exceptions.AuthenticationError, redis.exceptions.AuthorizationError)):
            message = f"the server refuses this user ({said}); look at the name and the password"
            raise InputError(message, file=self.name) from error
        if said.startswith("GONE"):
            message = "was removed or replaced while it was open; open it again"
            raise OutputError(message, file=self.name) from error
        if said.startswith("FULL"):
            message = "is full: all numbers of documents are used; begin another index"
            raise OutputError(message, file=self.name) from error
        if isinstance(error, redis.exceptions.OutOfMemoryError) or "OOM" in said:
            message = "there is no room in the server (maxmemory), so nothing of this call was stored; make room"
            raise OutputError(message, file=self.name) from error
        if isinstance(error, redis.exceptions.NoPermissionError) or any(each in said for each in _OF_RIGHTS):
            raise InputError(f"the server forbids this user what an index needs ({said})", file=self.name) from error
        if isinstance(error, redis.exceptions.ReadOnlyError) or "READONLY" in said:
            message = "the server is a replica, which may not be written; give the address of its master"
            raise OutputError(message, file=self.name) from error
        if said.startswith(_OF_DAMAGE) and "MISCONF" not in said and "NOREPLICAS" not in said:
            raise InputError(DAMAGED, file=self.name) from error
        raise OutputError(f"the server refuses ({said}); look at its log", file=self.name) from error

    def close(self) -> None:
        """Close the connection."""
        self._client.close()


_OF_RIGHTS = "NOPERM", "The user executing the script can't", "ACL failure in script"
"""What servers of several versions say of a user who may not do what the script does."""

_OF_DAMAGE = "DAMAGED", "WRONGTYPE", "user_script", "Error running script"
"""How errors begin that only keys can bring about which somebody else has written."""

DAMAGED = "is damaged: somebody else has written its keys; restore the server from a backup"
