"""`stillroom adopt` with a database that answers: its target, and the revision that it is at."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
import sqlalchemy as sa

from tests.support.pages import make_repository, run_page
from tests.support.projects import CASES, ROOT, UserProject


@pytest.fixture
def foreign(tmp_path: Path, database: sa.URL) -> UserProject:
    """A project of Alembic's generic template, committed, with an empty database."""
    shutil.copytree(CASES / "generic", tmp_path / "shop")
    url = database.render_as_string(hide_password=False)
    project = UserProject(tmp_path / "shop", {"SHOP_DB": url})
    for command in (
        ["git", "init", "-q", "."],
        ["git", "add", "-A"],
        ["git", "-c", "user.email=a@example.org", "-c", "user.name=a", "commit", "-qm", "project"],
    ):
        assert project.run(*command).code == 0
    return project


def run_sql(database: sa.URL, *statements: str) -> list[object]:
    engine = sa.create_engine(database)
    with engine.begin() as connection:
        results = [connection.execute(sa.text(statement)) for statement in statements]
        rows = list(results[-1].scalars()) if results[-1].returns_rows else []
    engine.dispose()
    return rows


@pytest.mark.parametrize("revision", ["aaa111", "bbb222", "ccc333"])
def test_a_database_without_version_table_gets_the_revision_it_is_at(
    foreign: UserProject, database: sa.URL, revision: str
) -> None:
    upgraded = foreign.alembic("upgrade", revision)
    assert upgraded.code == 0, upgraded.err
    run_sql(database, "DROP TABLE alembic_version", "CREATE TABLE of_others (id INT)")
    shown = foreign.verb("adopt", "--dry-run", "--without", "hook")
    assert shown.code == 0, shown.err
    assert f"position    the tables are exactly those of {revision}\n" in shown.out
    assert "1 table is in no revision here: of_others" in shown.out
    assert f"Then: record {revision} in the database" in shown.out
    assert run_sql(database, "SHOW TABLES LIKE 'alembic_version'") == []
    done = foreign.verb("adopt", "--yes", "--without", "hook")
    assert done.code == 0, done.err
    assert run_sql(database, "SELECT version_num FROM alembic_version") == [revision]
    again = foreign.verb("adopt", "--yes", "--without", "hook")
    assert "Nothing to do" in again.out
    finished = foreign.alembic("upgrade", "head", PYTHONPATH=str(ROOT / "scripts"))
    assert finished.code == 0, finished.err


def test_the_target_is_that_of_the_server(foreign: UserProject) -> None:
    assert foreign.alembic("upgrade", "head").code == 0
    done = foreign.verb("adopt", "--yes", "--without", "hook")
    assert done.code == 0, done.err
    (line,) = [line for line in done.out.splitlines() if line.startswith("target")]
    assert f"[stillroom]\ntarget = {line.split(maxsplit=1)[1]}\n" in foreign.read("alembic.ini")
    assert "position" not in done.out
    status = foreign.verb("check", "--worktree")
    assert status.code == 0, status.out + status.err


def test_a_database_between_two_revisions_is_not_stamped(
    foreign: UserProject, database: sa.URL
) -> None:
    assert foreign.alembic("upgrade", "bbb222").code == 0
    run_sql(database, "DROP TABLE alembic_version", "ALTER TABLE customer MODIFY email VARCHAR(90)")
    done = foreign.verb("adopt", "--yes", "--without", "hook")
    assert done.code == 0, done.err
    assert "position    between revisions: nearest is bbb222, with " in done.out
    assert (
        "            customer.email is VARCHAR(120) in the revision, VARCHAR(90) in the" in done.out
    )
    assert "stillroom stamp bbb222" in done.out
    assert run_sql(database, "SHOW TABLES LIKE 'alembic_version'") == []


def test_revisions_that_differ_in_rows_only_are_asked_about(
    foreign: UserProject, database: sa.URL
) -> None:
    text = foreign.read("migrations/versions/ccc333_a_note.py")
    foreign.write(
        "migrations/versions/ddd444_rows.py",
        text.replace('revision = "ccc333"', 'revision = "ddd444"')
        .replace('down_revision = "bbb222"', 'down_revision = "ccc333"')
        .replace(
            'op.add_column("orders", sa.Column("note", sa.String(200), nullable=True))',
            'op.execute("UPDATE orders SET note = NULL")',
        )
        .replace('op.drop_column("orders", "note")', "pass"),
    )
    assert foreign.alembic("upgrade", "ccc333").code == 0
    run_sql(database, "DROP TABLE alembic_version")
    shown = foreign.verb("adopt", "--yes", "--without", "hook")
    assert shown.code == 0, shown.err
    assert "the tables are those of ccc333 or ddd444, which differ only in rows" in shown.out
    assert run_sql(database, "SHOW TABLES LIKE 'alembic_version'") == []
    done = foreign.verb("adopt", "--yes", "--without", "hook", "--stamp", "ccc333")
    assert done.code == 0, done.err
    assert run_sql(database, "SELECT version_num FROM alembic_version") == ["ccc333"]


def test_a_database_is_at_no_revision_before_the_first_whose_tables_are_known(
    foreign: UserProject, database: sa.URL
) -> None:
    assert foreign.alembic("upgrade", "bbb222").code == 0
    run_sql(database, "DROP TABLE alembic_version")
    names = run_sql(database, "SHOW TABLES")
    with sa.create_engine(database, poolclass=sa.NullPool).connect() as connection:
        tables = [connection.exec_driver_sql(f"SHOW CREATE TABLE {name}").one() for name in names]
    foreign.write("start.sql", "".join(f"{text};\n" for _, text in tables))
    ini = foreign.read("alembic.ini")
    foreign.write("alembic.ini", f"{ini}\n[stillroom]\nstart = start.sql\nsince = bbb222\n")
    shown = foreign.verb("adopt", "--dry-run", "--without", "hook")
    assert "position    the tables are exactly those of bbb222\n" in shown.out, shown.err


def test_the_page_about_an_existing_database(tmp_path: Path, database: sa.URL) -> None:
    page = (ROOT / "docs" / "adopt-existing-database.md").read_text(encoding="utf-8")
    project = make_repository(page, tmp_path)
    project.environment["SHOP_DB"] = database.render_as_string(hide_password=False)
    run_page(page, project)


def test_a_revision_to_stamp_is_known_before_anything_is_written(
    foreign: UserProject, database: sa.URL
) -> None:
    assert foreign.alembic("upgrade", "bbb222").code == 0
    noted = foreign.verb("adopt", "--yes", "--without", "hook", "--stamp", "aaa111")
    assert noted.code == 2
    assert "--stamp is for a database that has tables but no recorded revision" in noted.err
    run_sql(database, "UPDATE alembic_version SET version_num = 'eee555'")
    elsewhere = foreign.verb("adopt", "--yes", "--without", "hook")
    assert elsewhere.code == 2
    assert "the database is at revision eee555, but there is no file for it here" in elsewhere.err
    run_sql(database, "DROP TABLE alembic_version")
    missing = foreign.verb("adopt", "--yes", "--without", "hook", "--stamp", "nowhere")
    assert missing.code == 2
    assert "Can't locate revision" in missing.err
    assert "Traceback" not in missing.err
    assert "stillroom" not in foreign.read("alembic.ini")
