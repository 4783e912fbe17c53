"""Histories that do not begin with an empty database: the settings ``start`` and ``since``."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.projects import CASES, UserProject


@pytest.fixture
def project(tmp_path: Path) -> UserProject:
    found = UserProject(tmp_path / "shop")
    shutil.copytree(CASES / "begins_with_tables", found.root)
    for command in (("init", "-q"), ("add", "-A")):
        assert found.run("git", *command).code == 0
    return found


def set_up(project: UserProject, *lines: str) -> None:
    project.write("alembic.ini", project.read("alembic.ini") + "".join(f"{one}\n" for one in lines))


def test_both_settings_are_named_where_tables_are_missing(project: UserProject) -> None:
    answer = project.verb("check")
    assert answer.code == 2
    assert "a2_email.py:11: a server would refuse this: Table 'stillroom.users' does" in answer.err
    assert "start = schema.sql" in answer.err
    assert "since = REVISION" in answer.err


def test_both_settings_are_named_where_a_revision_misses_rows(project: UserProject) -> None:
    project.write("migrations/versions/a1_made_by_create_all.py", wrong())
    answer = project.verb("check")
    assert answer.code == 2
    assert "a1_made_by_create_all.py:8: RuntimeError: only on our servers\n" in answer.err
    assert "start = schema.sql" in answer.err


def test_history_on_top_of_the_tables_in_a_dump(project: UserProject) -> None:
    set_up(project, "start = schema.sql")
    assert project.verb("check").code == 0
    project.replace("schema.sql", "`name` varchar(40) DEFAULT NULL", "`name` varchar(50)")
    answer = project.verb("check")
    assert answer.code == 1, answer.err
    assert "DR102 users.name is VARCHAR(50) in the history" in answer.out
    assert project.verb("lint-revisions", "--all").code == 0


def test_models_take_the_character_set_of_their_database(project: UserProject) -> None:
    set_up(project, "start = schema.sql")
    latin = "DEFAULT CHARSET=latin1"
    project.replace("schema.sql", "DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci", latin)
    assert "DR107 table users is COLLATE latin1_swedish_ci in the" in project.verb("check").out
    dump = project.read("schema.sql")
    project.write("schema.sql", f"ALTER DATABASE CHARACTER SET latin1;\n{dump}")
    assert project.verb("check").code == 0


def test_what_cannot_be_read_is_named_by_its_line(project: UserProject) -> None:
    set_up(project, "start = schema.sql")
    project.replace("schema.sql", "PRIMARY KEY (`id`)", "PRIMARY KEY (`nothing`)")
    answer = project.verb("check")
    assert answer.code == 2
    assert "schema.sql:5: this cannot be read: (1072) Key column 'nothing'" in answer.err
    project.replace("alembic.ini", "start = schema.sql", "start = nowhere.sql")
    answer = project.verb("check")
    assert answer.code == 2
    assert "start: nowhere.sql cannot be read" in answer.err


def test_no_snapshot_without_the_tables_at_since(project: UserProject) -> None:
    """It would hold none of them, and `load` would take it for the whole."""
    set_up(project, "since = a2")
    answer = project.verb("snapshot")
    assert answer.code == 2
    assert "[stillroom] since: the tables at that revision are not known" in answer.err
    assert not (project.root / "migrations" / "schema.sql").exists()


def test_a_plan_from_base_says_why_it_begins_there(project: UserProject) -> None:
    set_up(project, "since = a2")
    answer = project.verb("plan")
    assert answer.code == 2
    assert "No database shows where to begin: 127.0.0.1:9: no server answers" in answer.err
    assert "or correct sqlalchemy.url in alembic.ini:5. " in project.verb("upgrade").err


def test_revisions_before_the_first_one_that_is_right(project: UserProject) -> None:
    """``since`` alone: what the models have today is accepted, and what comes later is not."""
    set_up(project, "since = a2")
    project.write("migrations/versions/a1_made_by_create_all.py", wrong())
    answer = project.verb("check")
    assert answer.code == 1, answer.err
    assert "DR101 table users has no revision" in answer.out
    assert project.verb("baseline").code == 0
    assert project.verb("check").code == 0
    project.replace("models.py", "String(120))", "String(120))\n    age = Column(Integer)")
    answer = project.verb("check")
    assert answer.code == 1
    assert "DR102 users.age INT(11) NULL has no revision" in answer.out
    answer = project.verb("schema", "a1")
    assert answer.code == 2
    assert "the tables at an older revision are not known" in answer.err
    project.replace("alembic.ini", "since = a2", "since = nowhere")
    answer = project.verb("check")
    assert answer.code == 2
    assert "nowhere" in answer.err


def wrong() -> str:
    text = (CASES / "begins_with_tables/migrations/versions/a1_made_by_create_all.py").read_text()
    return text.replace("pass", "raise RuntimeError('only on our servers')", 1)
