"""`make status` on real servers: one screen, and an exit code."""

from __future__ import annotations

import re
from collections.abc import Callable

import sqlalchemy as sa

from tests.support import servers, tables
from tests.support.projects import UserProject
from tests.support.schemas import valid

Case = Callable[[str], UserProject]


def test_status_follows_the_database(project: UserProject, database: sa.URL) -> None:
    project.environment["DB_URL"] = database.render_as_string(hide_password=False)
    before = project.verb("status")
    assert before.code == 1, before.err
    assert f"database  {database.database} on 127.0.0.1:{database.port}, " in before.out
    assert "revision  none\npending   e3c87c4a7bde\n" in before.out
    assert project.verb("upgrade").code == 0
    after = project.verb("status")
    assert after.code == 0, after.out + after.err
    first, *lines = after.out.splitlines()
    assumed = [line for line in lines if line.startswith("target    none is set, so `check` ass")]
    assert bool(assumed) is (", mariadb 10.11" not in first)
    assert [line for line in lines if line not in assumed] == [
        "revision  e3c87c4a7bde",
        "pending   nothing",
        "sources   alembic_version.stillroom_sources records the text of each applied revision",
        "tables    match the revisions",
        "models    match the revisions",
    ]
    servers.execute(database, "ALTER TABLE article ADD by_hand INT, DROP COLUMN author")
    changed = project.verb("status")
    assert changed.code == 1
    assert "tables    changed by hand:" in changed.out
    assert (
        "article.author VARCHAR(255) NULL is in the revisions, not in the database" in changed.out
    )
    assert "article.by_hand INT" in changed.out
    project.replace("app/models/user.py", "String(255), index=True", "String(200), index=True")
    assert "models    1 finding; make check shows them" in project.verb("status").out
    servers.execute(database, "DROP TABLE alembic_version")
    told = project.verb("status").out
    assert "tables    no revision is recorded for these; make adopt finds out which it is:" in told


def test_what_was_accepted_is_no_change_by_hand(project: UserProject, database: sa.URL) -> None:
    """Whether the database has it or is as the revisions make it."""
    project.environment["DB_URL"] = database.render_as_string(hide_password=False)
    project.replace("app/models/user.py", "String(255), index=True", "String(200), index=True")
    assert project.verb("baseline").code == 0
    assert project.verb("upgrade").code == 0
    fitting = "tables    match the revisions\nmodels    match the revisions\n"
    assert fitting in project.verb("status").out
    engine = sa.create_engine(database)
    email = "ALTER TABLE user MODIFY email VARCHAR({}) COMMENT '邮箱'"
    with engine.connect() as connection:
        connection.exec_driver_sql(email.format(200))
        assert fitting in project.verb("status").out
        connection.exec_driver_sql(email.format(100))
    engine.dispose()
    assert "user.email is VARCHAR(200) in the revisions, " in project.verb("status").out


def test_the_character_set_of_the_database_is_no_change_by_hand(
    project: UserProject, database: sa.URL
) -> None:
    project.environment["DB_URL"] = database.render_as_string(hide_password=False)
    engine = sa.create_engine(database)
    with engine.connect() as connection:
        connection.exec_driver_sql("ALTER DATABASE CHARACTER SET utf8mb4 COLLATE utf8mb4_bin")
    engine.dispose()
    assert project.verb("upgrade").code == 0
    status = project.verb("status")
    assert "tables    match the revisions" in status.out, status.out + status.err


def test_a_half_applied_revision_is_shown_and_finished(
    project: UserProject, database: sa.URL
) -> None:
    project.environment["DB_URL"] = database.render_as_string(hide_password=False)
    file = project.revisions()[0]
    whole = file.read_text(encoding="utf-8")
    broken = whole.replace(
        '    with op.batch_alter_table("user"', '    1 / 0\n    with op.batch_alter_table("user"', 1
    )
    file.write_text(broken, encoding="utf-8")
    failed = project.verb("upgrade")
    assert failed.code == 2
    assert "ZeroDivisionError" in failed.err
    assert "make resume" in failed.err
    shown = project.verb("status")
    assert shown.code == 2  # the broken revision cannot be replayed
    assert "half-way  the upgrade of e3c87c4a7bde: 2 statements are done" in shown.out
    assert re.search(r"^deployer  .*: has ended$", shown.out, re.MULTILINE)
    told = valid("status", project.verb("status", "--format", "json").out)
    assert len(told["half_applied"]["done"]) == 2
    assert told["models"]["status"] == "cannot tell"
    told = valid("repair", project.verb("repair", "--format", "json").out)
    assert [one["state"] for one in told["half_applied"]["statements"]] == ["done", "done"]
    told = valid("history", project.verb("history", "--format", "json").out)
    assert [one["state"] for one in told["revisions"]] == ["half-applied"]
    plain = project.alembic("upgrade", "head")
    assert plain.code != 0
    assert "1050" not in plain.err
    assert "Traceback" not in plain.err
    file.write_text(whole, encoding="utf-8")
    edited = project.verb("upgrade")
    assert edited.code == 2, edited.out
    listed = project.verb("repair")
    assert "CREATE TABLE article" in listed.out
    accepted = project.verb("repair", "--accept-edit")
    assert "is accepted: 2 statements are done and stay done" in accepted.out
    assert accepted.code == 0
    resumed = project.verb("resume")
    assert resumed.code == 0, resumed.err
    assert project.verb("status").code == 0
    assert "No revision is half-applied." in project.verb("repair").out


def test_a_project_of_somebody_else(case: Case, database: sa.URL) -> None:
    """Its base lives in a library, its foreign key has no index of its own, and it logs."""
    project = case("library_base")
    ini = project.read("alembic.ini")
    target = tables.target_of(database)
    project.write("alembic.ini", ini.replace("target = mariadb 10.11", f"target = {target}"))
    project.environment["DB_URL"] = database.render_as_string(hide_password=False)
    project.verb("init")
    assert project.verb("revision", "-m", "create hero").code == 0
    upgraded = project.verb("upgrade")
    assert upgraded.code == 0, upgraded.err
    assert "Running upgrade" not in upgraded.err
    assert "Logging error" not in upgraded.err
    shown = project.verb("status")
    assert shown.code == 0, shown.out + shown.err
    assert "tables    match the revisions\nmodels    match the revisions\n" in shown.out
    assert "Running" not in shown.err
