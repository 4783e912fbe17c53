"""Explains the failure of a revision: where it happened, what was kept, what to do."""

from __future__ import annotations

import re
import sqlite3

from sqlalchemy.exc import DBAPIError, PendingRollbackError

from stillroom.apply.connection import error_code, is_lost
from stillroom.apply.errors import ApplyError, shorten, ways_out
from stillroom.catalog import error_numbers as er
from stillroom.findings import shown
from stillroom.project.call_site import CallSites
from stillroom.project.explanations import lone_percent
from stillroom.project.servers.passwords import masked
from stillroom.shell import Command

# What SQLite says of ON UPDATE, of collations, of functions.
_UNKNOWN = re.compile(r"syntax error|no such collation|(no such|unknown) function")
_FULL = frozenset({er.DISK_FULL, er.RECORD_FILE_FULL, er.DISK_FULL_NOWAIT})
# Errors of files carry the number of the operating system: 28 is "no space left on device".
_OF_FILES = frozenset({3, er.ERROR_ON_WRITE, er.GET_ERRNO, er.NOT_KEYFILE})
_TOO_MANY = frozenset({er.CON_COUNT_ERROR, er.TOO_MANY_USER_CONNECTIONS, er.USER_LIMIT_REACHED})
_READ_ONLY = frozenset({er.OPTION_PREVENTS_STATEMENT, er.READ_ONLY_MODE})
_UNREACHABLE = frozenset({er.CLIENT_CONNECTION_ERROR, er.CLIENT_CONN_HOST_ERROR})
_OTHERS = frozenset({er.LOCK_WAIT_TIMEOUT, er.LOCK_DEADLOCK})
_AGAIN = "Nothing is lost. Run the same command again later: it continues where it stopped."


def of_server(failure: BaseException | None, doing: str) -> ApplyError | None:
    """The error for what is no fault of the project: the server or the way to it has failed.

    ``doing`` says in what, with a blank before it. None for all other failures.
    """
    while isinstance(failure, DBAPIError | PendingRollbackError):
        failure = failure.orig if isinstance(failure, DBAPIError) else failure.__context__
    if failure is None:
        return None
    number, words = error_code(failure), words_of(failure)
    if is_lost(failure):
        return ApplyError("AP110", f"the connection was lost{doing}: {words}", fix=_fix())
    if number in _FULL or (number in _OF_FILES and ("28" in words or "No space" in words)):
        what = f"the server's disk is full, and it refused a statement{doing}: {words}"
        return ApplyError("AP115", what, fix=_fix("Free some disk space on the server."))
    if number in _TOO_MANY:
        what = f"the server accepts no more connections{doing}: {words}"
        return ApplyError(
            "AP116", what, fix=_fix("Close some connections, or wait until others are closed.")
        )
    if number in _READ_ONLY and "read" in words.lower():
        what = f"the server has become read-only{doing}: {words}"
        fix = "If it is a replica now, point DB_URL to the primary."
        return ApplyError("AP109", what, fix=_fix(fix))
    return None


def _unreachable(failure: Exception, doing: str, words: str) -> ApplyError | None:
    """Of a connection that a revision opens by itself, to the server that it has worked on."""
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    if cause is None or error_code(cause) not in _UNREACHABLE:
        return None
    return ApplyError("AP110", f"the server cannot be reached{doing}: {words}", fix=_fix())


def _fix(remedy: str = "") -> str:
    return f"{remedy}\n{_AGAIN}\n\n{ways_out()}".lstrip()


def words_of(failure: BaseException) -> str:
    """What a driver's error says; some say nothing when their connection is closed."""
    words = [str(word) for word in failure.args if str(word)]
    if words in ([], ["0"]):
        words.append(f"{type(failure).__name__}, without a message from the server")
    return " ".join(words)


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
    unversioned: bool = False,
) -> ApplyError:
    """The error for a revision that has raised one; ``kept``: the journal has lines of it.

    ``statement`` and ``line`` are for a driver's error that came later than its cause.
    ``unversioned``: the version table names no revision.
    """
    if isinstance(failure, PendingRollbackError) and isinstance(failure.__context__, DBAPIError):
        failure = failure.__context__  # met on the way out, by a block that tries to tidy up
    what = masked(f"{type(failure).__name__}: {failure}")
    if isinstance(failure, DBAPIError):
        what = words_of(failure.orig if failure.orig is not None else failure)
        statement = failure.statement or ""
    elif statement:
        what = words_of(failure)
    sent = shorten(statement) + "\n\n" if statement else ""
    where = f"{shown(path)}:{line}" if line else place(failure, path)
    doing = f" in revision {revision}"
    server_failure = of_server(failure, doing) or _unreachable(failure, doing, what)
    if server_failure is not None:
        server_failure.where, server_failure.fix = where, sent + server_failure.fix
        return server_failure
    rest = (
        f"The statements before it are done and stay done. Fix the cause, then:\n{ways_out()}"
        if kept
        else "Nothing of this revision was kept. Fix the cause, then run it again."
    )
    if remedy := lone_percent(what):
        rest = f"{remedy}\n{rest}"
    if _is_of_servers_alone(failure):
        rest = (
            "Nothing of this revision was kept. SQLite does not support this statement."
            f" Run it on MariaDB or MySQL; {Command('db-start')} starts a server."
        )
    cause = failure.orig if isinstance(failure, DBAPIError) else failure
    if cause is not None and error_code(cause) in _OTHERS:
        rest = (
            "Another session was using these rows. There is nothing to correct: run the same"
            f" command again\nwhen that session is done.\n\n{ways_out()}"
        )
    if unversioned and cause is not None and error_code(cause) == er.TABLE_EXISTS_ERROR:
        rest += (
            "\n\nThe database has tables, but its version table names no revision. If"
            " the tables already\nmatch a revision, record which one: "
            f"{Command('stamp', rev='…')}"
        )
    return ApplyError("AP301", f"revision {revision} failed: {what}", where=where, fix=sent + rest)


def place(failure: BaseException, path: str) -> str:
    """``file:line`` of the innermost frame in the file or folder ``path``, or of the project."""
    return str(CallSites([path]).of(failure) or shown(path))
