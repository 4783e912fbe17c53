"""`make snapshot`, and the verbs that keep its file up to date."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.repositories import (
    COLUMN,
    FIRST,
    REVISION,
    USER,
    RepositoryProject,
    make_repository,
)

FILE = "alembic/schema.sql"
SEED = """    ROWS = [{"id": 0, "name": "a"}]
    op.execute("INSERT INTO user (name, create_time) VALUES ('admin', NOW())")
    op.execute("CREATE TABLE role (id INT PRIMARY KEY, name VARCHAR(40))")
    op.bulk_insert(sa.table("role", sa.column("id"), sa.column("name")), ROWS)"""


@pytest.fixture
def project(tmp_path: Path) -> RepositoryProject:
    return make_repository(tmp_path / "shop")


def add(project: RepositoryProject, id_: str, below: str, body: str = "    pass") -> None:
    text = REVISION.format(message=id_, id=id_, below=below, body=body)
    project.write(f"alembic/versions/{id_}.py", text)


def test_it_writes_tables_and_the_rows_that_are_known(project: RepositoryProject) -> None:
    add(project, "aaaa", FIRST, SEED)
    written = project.verb("snapshot")
    assert (written.code, written.err) == (0, "")
    assert written.out == (
        f"Wrote {FILE}: 4 tables, as 2 revisions make them for mariadb 10.11.\n"
        "It lacks rows that a replay cannot know:\n    `user` (alembic/versions/aaaa.py:14)\n"
    )
    text = project.read(FILE)
    assert "-- heads: aaaa\n" in text
    assert "INSERT INTO `role` (`id`, `name`) VALUES (0, 'a');\n" in text
    assert "INSERT INTO `user`" not in text
    assert "-- Rows that a replay cannot know: `user` (alembic/versions/aaaa.py:14)\n" in text
    assert "is what the revisions make" in project.verb("snapshot").out


def test_a_new_revision_keeps_it_up_to_date_where_it_exists(project: RepositoryProject) -> None:
    project.write(USER, project.read(USER) + COLUMN.format(name="nick", length=40))
    assert "schema.sql" not in project.verb("revision", "-m", "nick").err
    assert not (project.root / FILE).exists()
    assert project.verb("snapshot").code == 0
    project.write(USER, project.read(USER) + COLUMN.format(name="other", length=40))
    said = project.verb("revision", "-m", "other")
    assert f"Wrote {FILE}: 3 tables, as 3 revisions make them for mariadb 10.11." in said.err
    assert "`other` varchar(40)" in project.read(FILE)


def test_two_branches_conflict_and_merge_resolves_it(project: RepositoryProject) -> None:
    assert project.verb("snapshot").code == 0
    project.git("add", "--all")
    project.git("commit", "-qm", "snapshot", "--no-verify")
    for branch, id_ in (("one", "aaaa"), ("two", "bbbb")):
        project.git("checkout", "-qb", branch, "main")
        add(project, id_, FIRST, f'    op.execute("CREATE TABLE {branch} (id INT PRIMARY KEY)")')
        assert project.verb("snapshot").code == 0
        project.git("add", "--all")
        project.git("commit", "-qm", branch, "--no-verify")
    assert project.git("merge", "one", code=1).code == 1
    text = project.read(FILE)
    assert "<<<<<<< HEAD\n-- heads: bbbb\n" in text
    heads = project.verb("snapshot")
    assert heads.code == 2
    assert "has 2 heads" in heads.err
    assert "make merge" in heads.err
    merged = project.verb("merge", "-m", "join")
    assert merged.code == 0
    assert f"Wrote {FILE}: 5 tables, as 4 revisions" in merged.err
    assert "<<<<<<<" not in project.read(FILE)


def test_a_history_that_cannot_be_replayed_leaves_the_file_as_it_is(
    project: RepositoryProject,
) -> None:
    assert project.verb("snapshot").code == 0
    before = project.read(FILE)
    add(project, "aaaa", FIRST, '    op.execute("CREATE TABLE x SELECT 1 AS a")')
    failed = project.verb("snapshot")
    assert failed.code == 2
    assert "alembic/versions/aaaa.py:13: cannot replay" in failed.err
    assert project.read(FILE) == before


def test_a_data_only_revision_may_fill_any_table(project: RepositoryProject) -> None:
    add(project, "aaaa", FIRST)
    file = "alembic/versions/aaaa.py"
    project.write(file, "# stillroom: data-only\n" + project.read(file))
    assert "    any table (alembic/versions/aaaa.py)\n" in project.verb("snapshot").out
