"""A database as a catalog: alike whatever the settings of the session that asks."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from stillroom.catalog import Catalog, Session, Target, execute
from stillroom.drift.server_catalog import as_printed, catalog_of, settings_for_tables
from tests.support.tables import target_of

MODES = [
    "",
    "ANSI_QUOTES",
    "NO_BACKSLASH_ESCAPES",
    "PAD_CHAR_TO_FULL_LENGTH",
    "ALLOW_INVALID_DATES",
]
TABLE = "CREATE TABLE t (a CHAR(9) DEFAULT 'x', b VARCHAR(9) DEFAULT 'it''s' COMMENT 'c')"
SEQUENCES = [
    "CREATE SEQUENCE s START WITH 100",
    "CREATE TABLE u (id INT NOT NULL DEFAULT nextval(s) PRIMARY KEY)",
    "CREATE TABLE v (a INT) WITH SYSTEM VERSIONING",
]


def replayed(connection: sa.Connection, statements: list[str]) -> Catalog:
    target = Target.parse(target_of(connection.engine.url))
    catalog = Catalog.empty(target)
    for statement in statements:
        connection.exec_driver_sql(statement)
        catalog = execute(catalog, statement, Session.default(target)).catalog
    return catalog


@pytest.mark.parametrize("mode", MODES)
def test_definitions_do_not_depend_on_the_mode_of_a_session(database: sa.URL, mode: str) -> None:
    engine = sa.create_engine(database)
    with engine.connect() as connection:
        expected = replayed(connection, [TABLE])
        connection.exec_driver_sql(f"SET SESSION sql_mode = '{mode}'")
        found = catalog_of(connection, expected.target)
    engine.dispose()
    assert dict(found.tables()) == dict(as_printed(expected).tables())


def test_sequences_and_tables_with_history_are_read(database: sa.URL) -> None:
    engine = sa.create_engine(database)
    with engine.connect() as connection:
        target = Target.parse(target_of(connection.engine.url))
        if target.mysql:
            pytest.skip("MySQL has neither")
        expected = replayed(connection, SEQUENCES)
        found = catalog_of(connection, target)
    engine.dispose()
    assert dict(found.tables()) == dict(as_printed(expected).tables())
    assert "nextval(`stillroom`.`s`)" in found.show_create_table("u")


def test_the_settings_of_a_server_are_those_of_the_replay(database: sa.URL) -> None:
    engine = sa.create_engine(database)
    with engine.connect() as connection:
        target = Target.parse(target_of(connection.engine.url))
        assert settings_for_tables(connection, target) == ()
        connection.exec_driver_sql("ALTER DATABASE CHARACTER SET latin1 COLLATE latin1_bin")
        connection.exec_driver_sql("SET SESSION default_storage_engine = 'MyISAM'")
        connection.exec_driver_sql("SET SESSION explicit_defaults_for_timestamp = 0")
        catalog, session = Catalog.empty(target), Session.default(target)
        for setting in settings_for_tables(connection, target):
            outcome = execute(catalog, setting, session)
            catalog, session = outcome.catalog, outcome.session
        table = "CREATE TABLE t (at TIMESTAMP NOT NULL, name VARCHAR(9))"
        connection.exec_driver_sql(table)
        expected = execute(catalog, table, session).catalog
        found = catalog_of(connection, target)
    engine.dispose()
    assert found.show_create_table("t") == as_printed(expected).show_create_table("t")
