"""Makes every engine of this process reach a server in memory, for a while."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects import registry
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import Pool

from stillroom.catalog import Catalog
from stillroom.project.patching import replaced
from stillroom.project.servers.unsupported_servers import NAME_TARGET, unsupported
from stillroom.replay.server.client import Client, connect
from stillroom.replay.server.dialects import FAMILIES, dialect_for
from stillroom.replay.server.driver import AsyncConnection, Connection
from stillroom.replay.server.isolation import isolated
from stillroom.replay.server.server import Server
from stillroom.replay.server.urls import missing_urls

_active: list[Server] = []  # the innermost context's server is the last
# Nobody deploys to these: they are what is there when nothing is set. Alembic's own ini file, as it
# is written, names a "driver".
_REPLACED = FAMILIES | {"sqlite", "driver"}
_FORMATTING = frozenset({"pymysql", "mysqldb", "aiomysql", "asyncmy"})  # see ``bind``
_LOCAL_HOSTS = ("127.0.0.1", "::1", "localhost")
_OWN_CREATOR = "create_engine.<locals>.connect"


@contextmanager
def stand_in(server: Server | Catalog, *, for_all: bool = False) -> Iterator[Server]:
    """Within it, engines reach ``server`` and nothing reaches a socket.

    Whatever name the driver has in the URL, installed or not, sync or async; also engines made
    before, and those with a ``creator``. An URL of SQLite, or none, is as good as any. Connecting
    to another kind of database raises CannotTell, unless ``server`` stands in ``for_all``.
    Contexts can be nested: the innermost server answers. Afterwards engines connect as they did
    before. The effect is on the whole process, so not for threads side by side.
    """
    if isinstance(server, Catalog):
        server = Server(server)
    with ExitStack() as stack:
        stack.enter_context(isolated(server))
        stack.enter_context(missing_urls())
        stack.enter_context(_dialects(for_all))
        stack.enter_context(_pools(server))
        yield server


@contextmanager
def _dialects(for_all: bool) -> Iterator[None]:
    """SQLAlchemy's registry of dialects answers with stand-ins."""
    found_by_name = registry.auto_fn
    before = dict(registry.impls)

    def is_replaced(name: str) -> bool:
        return for_all or name.partition(".")[0] in _REPLACED

    def find(name: str) -> Callable[[], Any] | None:
        if is_replaced(name):
            return partial(dialect_for, name)
        return found_by_name(name) if found_by_name else None

    for name in filter(is_replaced, before):
        del registry.impls[name]
    with replaced(registry, "auto_fn", find):
        try:
            yield
        finally:
            registry.impls.clear()
            registry.impls.update(before)


@contextmanager
def _pools(server: Server) -> Iterator[None]:
    """Every connection of every pool is one to ``server``; old ones are thrown away."""
    served: weakref.WeakSet[Pool] = weakref.WeakSet()

    def connect(dialect: Any, *arguments: Any, **options: Any) -> Any:
        if dialect.name not in FAMILIES:
            server.refuse(*_unsupported(dialect.name))
        mark(dialect)
        return _connection(server, dialect, options)

    def creator(pool: Pool) -> Callable[..., Any]:
        served.add(pool)
        own: Callable[..., Any] = pool.__dict__["_invoke_creator"]
        if getattr(pool._creator, "__qualname__", "") == _OWN_CREATOR:
            return own  # it ends in the dialect's connect
        return lambda record: connect(pool._dialect)

    def keep_creator(pool: Pool, own: Callable[..., Any]) -> None:
        pool.__dict__["_invoke_creator"] = own

    def check(connection: Any, record: Any, proxy: Any) -> None:
        # One of another server, as of an application that asked its database when it was made.
        if not isinstance(connection, Connection) or not _is_to(connection, _active[-1]):
            raise DisconnectionError  # the pool throws it away and opens another one

    with ExitStack() as stack:
        _active.append(server)
        stack.callback(_active.pop)
        mark = stack.enter_context(_marking())
        stack.callback(_empty, served)
        stack.enter_context(replaced(DefaultDialect, "connect", connect))
        stack.enter_context(replaced(Pool, "_invoke_creator", property(creator, keep_creator)))
        event.listen(Pool, "checkout", check)
        stack.callback(event.remove, Pool, "checkout", check)
        yield


def _unsupported(kind: str) -> tuple[str, str]:
    """What is wrong with an engine of another kind, and how to mend it."""
    if kind == "sqlite":
        return (
            "this engine was made for SQLite, before the replay began",
            "Make it inside env.py, or in a module that env.py imports.",
        )
    return unsupported(kind), NAME_TARGET


def _connection(server: Server, dialect: Any, options: Mapping[str, Any]) -> Connection:
    """A connection for a dialect, the stand-in's or another; ``options`` are the driver's."""
    database = options.get("database") or options.get("db")
    host = str(options.get("host") or "")
    host = "" if host in _LOCAL_HOSTS else host
    port = str(options.get("port") or "").removeprefix("3306")
    client = connect(server, database, ":".join(filter(None, (host, port))))
    kind = AsyncConnection if dialect.is_async else Connection
    formats = str(dialect.driver).removesuffix("_async") in _FORMATTING
    return kind(client, dialect.dbapi, dialect.paramstyle, formats)


def _is_to(connection: Connection, server: Server) -> bool:
    return isinstance(connection.client, Client) and connection.client.server is server


@contextmanager
def _marking() -> Iterator[Callable[[Any], None]]:
    """Gives the function that makes a dialect say that it stands in: an engine's made before."""
    marked: list[Any] = []

    def mark(dialect: Any) -> None:
        if not getattr(dialect, "stands_in", False):
            dialect.stands_in = True
            marked.append(dialect)

    try:
        yield mark
    finally:
        for dialect in marked:
            del dialect.stands_in


def _empty(pools: weakref.WeakSet[Pool]) -> None:
    """Close what idles in pools: none of it may outlive the server in memory."""
    for pool in list(pools):
        pool.dispose()
