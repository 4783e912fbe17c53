"""The URLs of servers beside the database: LINT_URL, SCRATCH_URL and REPLICA_URLS.

They are read, masked and explained as DB_URL is. The driver is PyMySQL, whatever they name: it is
the one that is here.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

from sqlalchemy import URL, Connection, create_engine, make_url
from sqlalchemy.exc import ArgumentError
from sqlalchemy.pool import NullPool

from stillroom.errors import SettingsError, StillroomError
from stillroom.project.servers.connection_errors import explained_url, malformed

_DRIVER = "mysql+pymysql"


def server_url(variable: str, text: str) -> URL:
    """The URL that ``variable`` holds; SettingsError, without its text, if it is none."""
    try:
        url = make_url(text.strip())
    except (ArgumentError, ValueError):
        raise malformed(variable) from None  # its text may hold the password
    if not url.host and not url.query.get("unix_socket"):
        raise malformed(variable)
    if url.host and set("@[/").intersection(url.host):  # a part of the password
        raise malformed(variable)
    if url.get_backend_name() not in ("mysql", "mariadb"):
        raise SettingsError(
            f"names a {url.get_backend_name()} database, but it must name a MySQL or"
            " MariaDB server",
            where=variable,
            fix="It has the form mysql+pymysql://user:password@host:3306/",
        )
    return url.set(drivername=_DRIVER)


@contextmanager
def connected(variable: str, url: URL, **options: Any) -> Iterator[Connection]:
    """A connection to the server of ``variable``, with ``options`` of an engine.

    Raises StillroomError, which names the variable, if there is none to be had.
    """
    try:
        engine = create_engine(url, poolclass=NullPool, **options)
        connection = engine.connect()
    except Exception as error:  # noqa: BLE001 - drivers raise anything for an option
        raise unreachable(variable, url, error) from None  # its text may hold the password
    with connection:
        yield connection


def unreachable(variable: str, url: URL, error: Exception) -> StillroomError:
    """Why the server of ``variable`` cannot be had."""
    known = explained_url(error, variable, url)
    if known is not None:
        return known
    return SettingsError(
        f"the driver cannot connect with it: {type(error).__name__}", where=variable
    )


def check_replicas(urls: tuple[str, ...]) -> None:
    """Try the URLs of REPLICA_URLS. Raises StillroomError for one that cannot be used."""
    for text in urls:
        with connected("REPLICA_URLS", server_url("REPLICA_URLS", text)):
            pass
