"""Stops a replay at what a server in memory cannot answer, and remembers that it did."""

from __future__ import annotations

import errno
import os
import socket
from collections.abc import Iterator
from typing import NoReturn

from stillroom.errors import CannotTell
from stillroom.project.call_site import CallSites

# A loop that waits for a server, and catches whatever comes, is left by force.
_MOST_REFUSALS = 1_000
_SCRATCH_URL = "set SCRATCH_URL to a server where the history may run in a database of its own."
_DATABASE = "Connect with a SQLAlchemy engine or op.get_bind(), which a replay can answer"
_OTHER = "Catch the error, as for a host that is down"


def or_scratch(remedy: str) -> str:
    """``remedy``, or a scratch server; without it where one is set already."""
    return f"{remedy}." if os.environ.get("SCRATCH_URL") else f"{remedy},\nor {_SCRATCH_URL}"


class Refused(ConnectionRefusedError):
    """A connection that a replay refuses as an unreachable host would."""


class UnknownHost(socket.gaierror):
    """A host's name that a replay does not look up."""


class ReplayEnded(BaseException):
    """Ends code that goes on for ever, whatever it is told."""


class Refusals:
    """What was asked in vain.

    ``refused`` keeps the first refusal that ends the replay, because the code that is replayed
    may swallow it.
    """

    def __init__(self, call_sites: CallSites | None) -> None:
        self.call_sites = call_sites or CallSites()
        self.refused: CannotTell | None = None
        self._count = 0

    def refuse(self, what: str, fix: str = "") -> NoReturn:
        """Stop the replay: CannotTell with the place in the project's files."""
        refusal = CannotTell(what, where=str(self.call_sites.here() or ""), fix=fix)
        if self.refused is None:
            self.refused = refusal
        self._count_refusal()
        raise refusal

    def refuse_again(self) -> None:
        """Raise what has stopped the replay, if anything has."""
        if self.refused is not None:
            self._count_refusal()
            raise self.refused

    def refuse_database(self, what: str, fix: str = "") -> NoReturn:
        """Stop the replay: what another database would answer may change what comes next."""
        fix = fix or or_scratch(_DATABASE)
        self.refuse(f"a replay contacts no database, but {what} was tried", fix)

    def refuse_connection(self, address: str) -> NoReturn:
        """Fail as a host does that is down, which the project may catch."""
        self._count_refusal(address)
        code = errno.ECONNREFUSED
        raise Refused(code, f"{os.strerror(code)}: a replay contacts nothing", address)

    def refuse_look_up(self, host: str) -> NoReturn:
        """Fail as for a host that does not exist, which the project may catch."""
        self._count_refusal(host)
        raise UnknownHost(socket.EAI_NONAME, f"a replay contacts nothing, not even {host}")

    def _count_refusal(self, address: str = "") -> None:
        self._count += 1
        if self._count <= _MOST_REFUSALS:
            return
        if self.refused is None:
            what = (
                f"a connection to {address} is retried without end, and a replay contacts nothing"
            )
            where = str(self.call_sites.here() or "")
            self.refused = CannotTell(what, where=where, fix=or_scratch("End the loop"))
        raise ReplayEnded


def failed_connection(error: BaseException) -> CannotTell | None:
    """What to say of an error that a refused connection has led to; its place is the caller's."""
    for cause in _causes(error):
        if isinstance(cause, Refused):
            return CannotTell(
                f"a replay contacts nothing, but a connection to {cause.filename} was needed",
                fix=or_scratch(_OTHER),
            )
        if isinstance(cause, UnknownHost):
            return CannotTell(f"{cause.strerror}, which was needed", fix=or_scratch(_OTHER))
    return None


def _causes(error: BaseException | None) -> Iterator[BaseException]:
    seen: set[int] = set()
    while error is not None and id(error) not in seen:
        seen.add(id(error))
        yield error
        error = error.__cause__ or error.__context__
