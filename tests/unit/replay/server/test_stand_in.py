"""Every way to an engine ends at the catalog, and none at a socket."""

from __future__ import annotations

import asyncio
import errno
import os
import runpy
import socket
import subprocess
import sys
import time
import types
from collections import ChainMap
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import registry
from sqlalchemy.ext.asyncio import create_async_engine
from sqlalchemy.pool import StaticPool

from stillroom.catalog import Catalog, Target
from stillroom.errors import CannotTell
from stillroom.replay import server as offline

MARIADB = Target.parse("mariadb 10.11")
SYNC = (
    "mysql",
    "mysql+pymysql",
    "mysql+mysqldb",
    "mysql+mysqlconnector",
    "mysql+mariadbconnector",
    "mysql+cymysql",
    "mysql+pyodbc",
    "mysql+a_driver_of_tomorrow",
    "mariadb",
    "mariadb+pymysql",
    "mariadb+mariadbconnector",
)
ASYNC = ("mysql+aiomysql", "mysql+asyncmy", "mariadb+asyncmy", "mysql+mysqlconnector_async")


def empty() -> Catalog:
    return Catalog.empty(MARIADB)


@pytest.mark.parametrize("name", SYNC)
def test_sync_engine_of_any_driver_writes_to_the_catalog(name: str) -> None:
    with offline.stand_in(empty()) as server:
        engine = sa.create_engine(f"{name}://user:secret@db.example/app?charset=utf8mb4")
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE a (id INT PRIMARY KEY)"))
        assert sa.inspect(engine).get_table_names() == ["a"]
    assert list(server.catalog.tables()) == ["a"]


@pytest.mark.parametrize("name", ASYNC)
def test_async_engine_of_any_driver_writes_to_the_catalog(name: str) -> None:
    async def create() -> list[str]:
        engine = create_async_engine(f"{name}://user:secret@db.example/app")
        async with engine.begin() as connection:
            await connection.execute(sa.text("CREATE TABLE a (id INT PRIMARY KEY)"))
            names = await connection.run_sync(lambda sync: sa.inspect(sync).get_table_names())
        await engine.dispose()
        return names

    with offline.stand_in(empty()):
        assert asyncio.run(create()) == ["a"]


def test_engine_from_config_reaches_the_catalog() -> None:
    with offline.stand_in(empty()) as server:
        settings = {"sqlalchemy.url": "mysql://u@h/app", "sqlalchemy.pool_pre_ping": "true"}
        with sa.engine_from_config(settings).begin() as connection:
            connection.exec_driver_sql("CREATE TABLE a (id INT)")
    assert "a" in server.catalog.tables()


def test_engine_made_before_reaches_the_catalog_and_connects_afterwards_as_before(
    attempts: list[object],
) -> None:
    engine = sa.create_engine("mysql+pymysql://user:secret@127.0.0.1:1/app")
    with offline.stand_in(empty()) as server:
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE a (id INT)"))
            with pytest.raises(sa.exc.OperationalError, match="1050"):
                connection.execute(sa.text("CREATE TABLE a (id INT)"))
            assert getattr(connection.dialect, "stands_in", False)
        assert "a" in server.catalog.tables()
    assert not hasattr(engine.dialect, "stands_in")
    with pytest.raises(sa.exc.OperationalError):
        engine.connect()
    assert attempts == [("127.0.0.1", 1)]
    attempts.clear()


def test_engine_with_its_own_creator_never_calls_it() -> None:
    def creator() -> None:
        raise AssertionError("the creator was called")

    before = sa.create_engine("mysql+pymysql://", creator=creator)
    with offline.stand_in(empty()) as server:
        after = sa.create_engine("mysql+pymysql://", creator=creator)
        for engine, name in ((before, "a"), (after, "b")):
            with engine.connect() as connection:
                connection.execute(sa.text(f"CREATE TABLE stillroom.{name} (id INT)"))
    assert sorted(server.catalog.tables()) == ["a", "b"]


def test_connection_that_was_open_before_is_thrown_away() -> None:
    class Open:
        def rollback(self) -> None: ...
        def close(self) -> None: ...
        def cursor(self) -> None:
            raise AssertionError("it was used")

    pool = StaticPool(Open)  # type: ignore[arg-type]
    pool.connect().close()
    engine = sa.create_engine("mysql+pymysql://", pool=pool, _initialize=False)
    with offline.stand_in(empty()) as server, engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE stillroom.a (id INT)"))
    assert list(server.catalog.tables()) == ["a"]


def test_contexts_nest_and_an_engine_follows_the_innermost() -> None:
    with offline.stand_in(empty()) as outer:
        engine = sa.create_engine("mysql+pymysql://u@h/app")
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE a (id INT)"))
        with offline.stand_in(empty()) as inner, engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE b (id INT)"))
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE c (id INT)"))
    assert sorted(outer.catalog.tables()) == ["a", "c"]
    assert list(inner.catalog.tables()) == ["b"]


@pytest.mark.parametrize(
    "url",
    ["sqlite://", "sqlite:///file.db", "driver://user:pass@localhost/dbname", "mysql://h:None/x"],
)
def test_url_of_a_project_that_is_not_set_up_is_as_good_as_any(url: str) -> None:
    with offline.stand_in(empty()) as server:
        engine = sa.create_engine(url)
        with engine.begin() as connection:
            connection.execute(sa.text("PRAGMA foreign_keys = ON"))
            connection.execute(sa.text("CREATE TABLE a (id INT)"))
    assert list(server.catalog.tables()) == ["a"]


def test_url_of_any_other_server_where_the_target_is_known() -> None:
    with offline.stand_in(empty(), for_all=True) as server:
        engine = sa.create_engine("postgresql+psycopg2://u@h/shop")
        with engine.begin() as connection:
            connection.execute(sa.text("CREATE TABLE a (id INT)"))
    assert list(server.catalog.tables()) == ["a"]


def test_no_url_at_all() -> None:
    with offline.stand_in(empty()):
        with sa.create_engine(None).connect() as connection:  # type: ignore[call-overload]
            assert connection.scalar(sa.text("SELECT DATABASE()")) == "app"
        with sa.create_engine(os.environ["NOWHERE_DATABASE_URL"]).connect() as connection:
            assert connection.scalar(sa.text("SELECT DATABASE()")) == "app"
        assert os.environ.get("NOWHERE_DATABASE_URL") is None
        assert "NOWHERE_DATABASE_URL" not in os.environ
        assert os.environ.pop("NOWHERE_DATABASE_URL", "") == ""
        with pytest.raises(KeyError):
            os.environ["NOWHERE_SECRET"]
    with pytest.raises(KeyError):
        os.environ["NOWHERE_DATABASE_URL"]


def test_a_library_that_tries_a_variable_gets_none(tmp_path: Path) -> None:
    source = """
import os
def tried():
    try:
        return os.environ["NOWHERE_DATABASE__TIMEOUT_OF_SYNC"]
    except KeyError:
        return "default"
def asked():
    return os.environ["NOWHERE_DATABASE_URL"]
"""
    answers = {}
    for folder in ("site-packages", "shop"):
        file = tmp_path / folder / "options.py"
        file.parent.mkdir()
        file.write_text(source)
        options = runpy.run_path(str(file))
        with offline.stand_in(empty()):
            answers[folder] = (options["tried"](), options["asked"]()[:5])
    assert answers == {"site-packages": ("default", "mysql"), "shop": ("stand-in", "mysql")}


def test_mapping_around_the_environment_finds_no_database_that_is_not_set() -> None:
    around, defaults = Around(), ChainMap(os.environ, {"NOWHERE_DB_POOL": "off"})
    with offline.stand_in(empty()):
        assert "NOWHERE_DB_POOL" not in around
        assert around.get("NOWHERE_DB_POOL", "off") == "off"
        assert defaults["NOWHERE_DB_POOL"] == "off"
        assert around["NOWHERE_DB_URL"] == os.environ["NOWHERE_DB_URL"] != ""


class Around(Mapping[str, str]):
    """What starlette's Config reads."""

    def __getitem__(self, name: str) -> str:
        return os.environ[name]

    def __iter__(self) -> Iterator[str]:
        return iter(os.environ)

    def __len__(self) -> int:
        return len(os.environ)


def test_index_of_the_models_has_what_is_for_sqlite_alone() -> None:
    run = subprocess.run(
        [sys.executable, "-c", INDEX], capture_output=True, text=True, check=False, env=_PATHS
    )
    assert run.stdout == "CREATE INDEX a ON t (n) WHERE n > 0\n", run.stderr


_PATHS = {**os.environ, "PYTHONPATH": os.pathsep.join(sys.path)}
INDEX = """\
import sqlalchemy as sa
from stillroom.catalog import Catalog, Target
from stillroom.replay import server

with server.stand_in(Catalog.empty(Target.parse("mysql 9.7"))):
    column = sa.Column("n", sa.Integer)
    index = sa.Index("a", column, sqlite_where=sa.text("n > 0"), driver_anything=1)
    table = sa.Table("t", sa.MetaData(), column, index)
print(sa.schema.CreateIndex(index).compile(sa.create_engine("sqlite://")))
"""


def test_engine_of_another_kind_is_refused_when_it_is_connected_to() -> None:
    engine = sa.create_engine("sqlite://")
    with offline.stand_in(empty()) as server, pytest.raises(CannotTell, match="SQLite"):
        engine.connect()
    assert server.refused is not None
    assert "test_stand_in.py:" in server.refused.where


def test_registry_is_as_before() -> None:
    registry.load("mysql.pymysql")
    before = (dict(registry.impls), registry.auto_fn)
    with offline.stand_in(empty()):
        sa.create_engine("mysql+pymysql://u@h/app")
    assert (dict(registry.impls), registry.auto_fn) == before
    dbapi: Any = sa.create_engine("mysql+pymysql://u@h/app").dialect.dbapi
    assert dbapi.__name__ == "pymysql"


def test_stream_sockets_are_refused_and_datagrams_are_not() -> None:
    with offline.stand_in(empty()) as server:
        with pytest.raises(ConnectionRefusedError, match=r"127\.0\.0\.1:9"):
            socket.create_connection(("127.0.0.1", 9), timeout=1)
        with socket.socket() as plain:
            assert plain.connect_ex(("127.0.0.1", 9)) == errno.ECONNREFUSED
        with pytest.raises(socket.gaierror, match=r"cache\.example"):
            socket.create_connection(("cache.example", 6379), timeout=1)
        assert server.refused is None


def test_driver_in_c_is_closed_even_if_it_is_imported_within(
    tmp_path: object, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.delitem(sys.modules, "pyodbc", raising=False)
    from pathlib import Path

    Path(str(tmp_path), "pyodbc.py").write_text("def connect(*a):\n    return 'connected'\n")
    with offline.stand_in(empty()):
        import pyodbc  # type: ignore[import-not-found]

        with pytest.raises(CannotTell, match="pyodbc"):
            pyodbc.connect("DSN=app")
    assert isinstance(pyodbc, types.ModuleType)
    assert pyodbc.connect("DSN=app") == "connected"
    del sys.modules["pyodbc"]


def test_sleep_returns_at_once() -> None:
    started = time.monotonic()
    with offline.stand_in(empty()):
        time.sleep(30)
    assert time.monotonic() - started < 5
