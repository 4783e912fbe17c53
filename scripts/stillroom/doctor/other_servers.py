"""Looks at LINT_URL, SCRATCH_URL and REPLICA_URLS: whether they answer, and let us do our work."""

from __future__ import annotations

from collections.abc import Iterator
from typing import NamedTuple

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError

from stillroom.apply.preflight import NEEDED, missing_privileges
from stillroom.apply.server import Server
from stillroom.catalog.target import family_and_version
from stillroom.doctor.line import Line, unknown, wrong
from stillroom.drift import on_scratch_server
from stillroom.errors import StillroomError
from stillroom.lint import cost_probe
from stillroom.project.servers.connection_errors import server_error
from stillroom.project.servers.server_urls import connected, server_url
from stillroom.project.settings import Settings


class Rights(NamedTuple):
    """What is needed in the databases that are made there, whose names begin with ``prefix``."""

    prefix: str
    needed: frozenset[str]


RIGHTS = {
    "LINT_URL": Rights(
        cost_probe.PREFIX, frozenset(("CREATE", "DROP", "ALTER", "INDEX", "REFERENCES"))
    ),
    "SCRATCH_URL": Rights(on_scratch_server.PREFIX, NEEDED),
}
REPLICAS = "REPLICA_URLS"


def lines(settings: Settings) -> Iterator[Line]:
    """One line for each URL that is set."""
    for variable in (*RIGHTS, REPLICAS):
        texts = settings.environment.get(variable, "").split()
        for text in texts if variable == REPLICAS else texts[:1]:
            yield _line(variable, text)


def _line(variable: str, text: str) -> Line:
    try:
        url = server_url(variable, text)
        with connected(variable, url.set(database=None)) as connection:
            name = f"{url.host or 'the socket'}:{url.port or 3306}"
            if variable == REPLICAS:
                return _replica(name, connection)
            return _with_rights(variable, name, connection)
    except StillroomError as error:
        return unknown(variable, str(error))


def _with_rights(variable: str, name: str, connection: Connection) -> Line:
    prefix, needed = RIGHTS[variable]
    text = str(connection.exec_driver_sql("SELECT VERSION()").scalar())
    kind, version = family_and_version(text)
    grants = [str(row[0]) for row in connection.exec_driver_sql("SHOW GRANTS")]
    missing = missing_privileges(grants, Server(kind, version, f"{prefix}0", None), needed)
    if not missing:
        return Line(variable, f"{name} answers, with the privileges that it needs")
    listed = ", ".join(sorted(missing))
    pattern = prefix.replace("_", r"\_")
    return wrong(
        variable,
        f"{name}: this account lacks {listed} on databases named {prefix}…",
        f"GRANT {listed} ON `{pattern}%`.* TO CURRENT_USER()\n"
        "(by an administrator, for the account in place of CURRENT_USER)",
    )


def _replica(name: str, connection: Connection) -> Line:
    try:
        row = connection.exec_driver_sql("SHOW REPLICA STATUS").first()
    except DBAPIError as error:
        return wrong(
            REPLICAS,
            f"{name} does not tell how far behind it is: {server_error(error)[1]}",
            "Let an administrator grant REPLICA MONITOR (MariaDB) or REPLICATION CLIENT (MySQL).",
        )
    if row is None:
        return wrong(REPLICAS, f"{name} does not replicate", "Take it out of REPLICA_URLS.")
    return Line(REPLICAS, f"{name} answers, and tells how far behind it is")
