"""Makes every engine of this process reach a server in memory, for a while."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Iterator
from contextlib import ExitStack, contextmanager
from functools import partial
from typing import Any

from sqlalchemy import event
from sqlalchemy.dialects import registry
from sqlalchemy.engine.default import DefaultDialect
from sqlalchemy.exc import DisconnectionError
from sqlalchemy.pool import Pool

from stillroom.catalog import Catalog
from stillroom.offline import driver
from stillroom.offline.dialects import FAMILIES, dialect_for
from stillroom.offline.isolation import isolated
from stillroom.offline.patching import replaced
from stillroom.offline.server import Server

_active: list[Server] = []  # the innermost context's server is the last
_OWN_CREATOR = "create_engine.<locals>.connect"


@contextmanager
def standing_in(server: Server | Catalog) -> Iterator[Server]:
    """Within it, MySQL and MariaDB engines reach ``server`` and nothing reaches a socket.

    Whatever name the driver has in the URL, installed or not, sync or async; also engines made
    before, and those with a ``creator``. Connecting to another kind of database raises
    CannotTell. Contexts can be nested: the innermost server answers. Afterwards engines
    connect as they did before. The effect is on the whole process, so not for threads side by side.
    """
    if isinstance(server, Catalog):
        server = Server(server)
    with ExitStack() as stack:
        stack.enter_context(isolated(server.refuse_connection))
        stack.enter_context(_dialects())
        stack.enter_context(_pools(server))
        yield server


@contextmanager
def _dialects() -> Iterator[None]:
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

    def connect(dialect: Any, *arguments: Any, **options: Any) -> driver.Connection:
        if dialect.name not in FAMILIES:
            server.refuse_connection(f"a connection to {dialect.name}")
        database = options.get("database") or options.get("db")
        kind = driver.AsyncConnection if dialect.is_async else driver.Connection
        return kind(server.client(database), dialect.dbapi, dialect.paramstyle)

    def creator(pool: Pool) -> Callable[..., Any]:
        served.add(pool)
        own: Callable[..., Any] = pool.__dict__["_invoke_creator"]
        if getattr(pool._creator, "__qualname__", "") == _OWN_CREATOR:
            return own  # it ends in the dialect's connect
        return lambda record: connect(pool._dialect)

    def keep_creator(pool: Pool, own: Callable[..., Any]) -> None:
        pool.__dict__["_invoke_creator"] = own

    def check(connection: Any, record: Any, proxy: Any) -> None:
        if not isinstance(connection, driver.Connection):
            server.refuse_connection("a connection that was open before")
        if connection.client.server is not _active[-1]:
            raise DisconnectionError  # the pool throws it away and opens another one

    with ExitStack() as stack:
        _active.append(server)
        stack.callback(_active.pop)
        stack.callback(_empty, served)
        stack.enter_context(replaced(DefaultDialect, "connect", connect))
        stack.enter_context(replaced(Pool, "_invoke_creator", property(creator, keep_creator)))
        event.listen(Pool, "checkout", check)
        stack.callback(event.remove, Pool, "checkout", check)
        yield


def _empty(pools: weakref.WeakSet[Pool]) -> None:
    """Close what idles in pools: none of it may outlive the server in memory."""
    for pool in list(pools):
        pool.dispose()
