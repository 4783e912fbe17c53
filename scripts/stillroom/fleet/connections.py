"""Connects to the databases of a fleet, of which there may be thousands."""

from __future__ import annotations

import ssl
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pymysql
import sqlalchemy as sa
from pymysql.connections import Connection

from stillroom.apply.connection import Raw
from stillroom.apply.errors import shorten

_CONNECT_SECONDS = 10
# What connecting and talking to a server may raise.
FAILURES = (pymysql.Error, sa.exc.SQLAlchemyError, OSError, RuntimeError, ValueError)


def connect_url(url: sa.URL) -> sa.URL:
    """The URL for PyMySQL, whatever driver the application has: it is the one that is here."""
    return url.set(drivername="mysql+pymysql")


@contextmanager
def connected(url: sa.URL, **options: Any) -> Iterator[Raw]:
    """A connection to a database, closed at the end; ``options`` are PyMySQL's.

    Raises one of `FAILURES` if there is none.
    """
    dialect = connect_url(url).get_dialect()(dbapi=pymysql)  # type: ignore[call-arg]
    arguments, named = dialect.create_connect_args(connect_url(url))
    connection = _Connection(
        *arguments, **{"connect_timeout": _CONNECT_SECONDS, **named, **options}
    )
    try:
        yield Raw(connection, dialect)
    finally:
        if connection.open:
            connection.close()


class _Connection(Connection):  # type: ignore[misc]  # PyMySQL has no types
    """PyMySQL's, with one TLS context for all of them, if the URL says nothing about TLS.

    Making one reads all certificates of the system: that takes longer than ten statements.
    """

    def _create_ssl_ctx(self, sslp: Mapping[str, Any]) -> ssl.SSLContext:
        make = super()._create_ssl_ctx
        return make(sslp) if sslp else _shared(make)


_shared_contexts: list[ssl.SSLContext] = []


def _shared(make: Any) -> ssl.SSLContext:
    if not _shared_contexts:
        _shared_contexts.append(make({}))
    return _shared_contexts[0]


def cause(error: BaseException) -> str:
    """What the driver or the system has said, without what SQLAlchemy puts around it."""
    original = getattr(error, "orig", None) or error
    if isinstance(original, UnicodeEncodeError):  # it holds all of the password
        return "the driver cannot send the password: a character in it is not in Latin-1"
    return shorten(" ".join(map(str, original.args)), 200) or type(original).__name__
