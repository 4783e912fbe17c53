"""Explains the failure of a revision: where it happened, what has stayed, what to do."""

from __future__ import annotations

import re
import sqlite3

from sqlalchemy.exc import DBAPIError, PendingRollbackError

from stillroom.apply.errors import ApplyError, shorten, ways_out
from stillroom.project.call_site import CallSites
from stillroom.shell import Command

# What SQLite says of ON UPDATE, of collations, of functions.
_UNKNOWN = re.compile(r"syntax error|no such collation|(no such|unknown) function")


def _is_of_servers_alone(failure: Exception) -> bool:
    """Whether SQLite does not know something that a MariaDB or MySQL does."""
    cause = failure.orig if isinstance(failure, DBAPIError) else None
    return isinstance(cause, sqlite3.OperationalError) and bool(_UNKNOWN.search(str(cause)))


def failed(
    revision: str,
    path: str,
    failure: Exception,
    kept: bool,
    *,
    statement: str = "",
    line: int | None = None,
) -> ApplyError:
    """The error for a revision that has raised one; ``kept``: the journal has lines of it.

    ``statement`` and ``line`` are for a driver's error that came later than its cause.
    """
    if isinstance(failure, PendingRollbackError) and isinstance(failure.__context__, DBAPIError):
        failure = failure.__context__  # met on the way out, by a block that tries to tidy up
    what = f"{type(failure).__name__}: {failure}"
    if isinstance(failure, DBAPIError):
        words = failure.orig.args if failure.orig is not None else ()
        what = " ".join(str(word) for word in words)
        statement = failure.statement or ""
    elif statement:
        what = " ".join(str(word) for word in failure.args)
    shown = shorten(statement) + "\n\n" if statement else ""
    rest = (
        f"What it did before is kept. Mend the cause, then:\n{ways_out()}"
        if kept
        else "Nothing of this revision has stayed. Mend the cause, then run it again."
    )
    if _is_of_servers_alone(failure):
        rest = (
            "Nothing of this revision has stayed. SQLite lacks what this statement asks for: run "
            f"it on a MariaDB or MySQL, such as that of {Command('db-start')}."
        )
    where = f"{path}:{line}" if line else place(failure, path)
    return ApplyError("AP301", f"revision {revision} failed: {what}", where=where, fix=shown + rest)


def place(failure: BaseException, path: str) -> str:
    """``file:line`` of the innermost frame in the file or folder ``path``, or of the project."""
    return str(CallSites([path]).of(failure) or path)
