"""`make load`, and `make migrate` with `fresh = load`, on real servers."""

from __future__ import annotations

import pytest
import sqlalchemy as sa

from tests.support import tables
from tests.support.projects import UserProject
from tests.support.repositories import FIRST, REVISION

SEED = """    op.execute("CREATE TABLE role (id INT PRIMARY KEY, name VARCHAR(40))")
    op.execute("INSERT INTO role VALUES (1, 'admin')")"""
UNKNOWN = """    op.execute("CREATE TABLE event (at DATETIME)")
    op.execute("INSERT INTO event VALUES (NOW())")"""


@pytest.fixture
def shop(project: UserProject, database: sa.URL) -> UserProject:
    project.environment["DB_URL"] = database.render_as_string(hide_password=False)
    target = f"target = {tables.target_of(database)}"
    project.replace("alembic.ini", "# target = mariadb 10.11", target)
    add(project, "aaaa", FIRST, SEED)
    return project


def add(project: UserProject, id_: str, below: str, body: str) -> None:
    text = REVISION.format(message=id_, id=id_, below=below, body=body)
    project.write(f"alembic/versions/{id_}.py", text)


def test_an_empty_database_is_at_head(shop: UserProject, database: sa.URL) -> None:
    missing = shop.verb("load")
    assert missing.code == 2
    assert missing.err == (
        "alembic/schema.sql: there is no snapshot\n    make snapshot    writes it\n"
    )
    assert shop.verb("snapshot").code == 0
    loaded = shop.verb("load")
    assert loaded.code == 0, loaded.err
    place = f"{database.database} on 127.0.0.1:{database.port}"
    assert f"Loaded 4 tables and 1 row from alembic/schema.sql: {place} is at aaaa." in loaded.err
    status = shop.verb("status").out
    assert "revision  aaaa\npending   nothing\n" in status
    assert "tables    match the revisions\n" in status
    assert f"{place} is at aaaa already" in shop.verb("load").err
    assert "-- No difference.\n" in shop.verb("diff", "--from=database").out
    by_hand = shop.verb("diff", "--from=database", "--to=base").out
    assert f"-- From {place} to base, for {tables.target_of(database)}.\n" in by_hand
    assert "DROP TABLE `role`;" in by_hand
    # What comes behind the snapshot is an upgrade.
    add(shop, "bbbb", "aaaa", UNKNOWN)
    assert shop.verb("upgrade").code == 0
    assert "AP504" in shop.verb("load").err


def test_rows_that_are_not_known(shop: UserProject, database: sa.URL) -> None:
    add(shop, "bbbb", "aaaa", UNKNOWN)
    assert shop.verb("snapshot").code == 0
    refused = shop.verb("load")
    assert refused.code == 2
    assert "alembic/schema.sql: lacks rows that the revisions put in" in refused.err
    assert "`event` (alembic/versions/bbbb.py:14)" in refused.err
    assert "make load rows=skip" in refused.err
    assert shop.verb("load", "--rows=skip").code == 0
    assert "revision  bbbb\n" in shop.verb("status").out


def test_migrate_loads_where_that_is_set(shop: UserProject, database: sa.URL) -> None:
    shop.replace("alembic.ini", "[stillroom]", "[stillroom]\nfresh = load")
    assert shop.verb("snapshot").code == 0
    add(shop, "bbbb", "aaaa", "    op.execute('CREATE TABLE behind (id INT)')")
    done = shop.verb("migrate")
    assert done.code == 0, done.err
    assert "Loaded 4 tables and 1 row" in done.err
    assert "is at bbbb" in done.out
    again = shop.verb("migrate")
    assert again.code == 0
    assert "Loaded" not in again.err


def test_a_snapshot_of_other_revisions_is_not_loaded(shop: UserProject) -> None:
    assert shop.verb("snapshot").code == 0
    shop.replace("alembic/versions/aaaa.py", "VARCHAR(40)", "VARCHAR(50)")
    refused = shop.verb("load")
    assert refused.code == 2
    assert "alembic/schema.sql:5: was made from other texts of its revisions" in refused.err
    shop.replace("alembic/schema.sql", "`role`", "`roles`")
    assert "was edited" in shop.verb("load").err
    assert "revision  none" in shop.verb("status").out
