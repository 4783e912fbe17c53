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
from stillroom.replay.patching import replaced
from stillroom.replay.server.dialects import FAMILIES, dialect_for
from stillroom.replay.server.driver import AsyncConnection, Connection
from stillroom.replay.server.isolation import isolated
from stillroom.replay.server.server import Client, Server

_active: list[Server] = []  # the innermost context's server is the last
_OWN_CREATOR = "create_engine.<locals>.connect"


@contextmanager
def stand_in(server: Server | Catalog) -> Iterator[Server]:
    """Within it, engines reach ``server`` and nothing reaches a socket.

    Whatever name the driver has in the URL, installed or not, sync or async; also engines made
    before, and those with a ``creator``. Connecting to another kind of database raises
    CannotTell. Contexts can be nested: the innermost server answers. Afterwards engines
    connect as they did before. The effect is on the whole process, so not for threads side by side.
    """
    if isinstance(server, Catalog):
        server = Server(server)
    with ExitStack() as stack:
        stack.enter_context(isolated(server.refuse_connection))
        stack.enter_context(_dialects(server))
        stack.enter_context(_pools(server))
        yield server


@contextmanager
def _dialects(server: Server) -> Iterator[None]:
    """SQLAlchemy's registry of dialects answers with stand-ins."""
    found_by_name = registry.auto_fn
    before = dict(registry.impls)

    def find(name: str) -> Callable[[], Any] | None:
        if name.partition(".")[0] in FAMILIES:
            return partial(dialect_for, name)
        return found_by_name(name) if found_by_name else None

    for name in before:
        if name.partition(".")[0] in FAMILIES:
            del registry.impls[name]
    with replaced(registry, "auto_fn", find):
        try:
            yield
        finally:
            registry.impls.clear()
            registry.impls.update(before)


@contextmanager
def _pools(server: Server) -> Iterator[None]:
    """Every new connection of every pool is one to ``server``; old ones are refused."""
    served: weakref.WeakSet[Pool] = weakref.WeakSet()

    def connect(dialect: Any, *arguments: Any, **options: Any) -> Any:
        if dialect.name not in FAMILIES:
            server.refuse_connection(f"a connection to {dialect.name}")
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
        if not isinstance(connection, Connection):
            server.refuse_connection(
                "a connection that was open before", "engine.dispose() before, or a new engine"
            )
        if not _is_to(connection, _active[-1]):
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


def _connection(server: Server, dialect: Any, options: Mapping[str, Any]) -> Connection:
    """A connection for a dialect, the stand-in's or another; ``options`` are the driver's."""
    database = options.get("database") or options.get("db")
    kind = AsyncConnection if dialect.is_async else Connection
    return kind(server.client(database), dialect.dbapi, dialect.paramstyle)


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
