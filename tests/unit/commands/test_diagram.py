"""`make diagram`: of a revision, of a change, and of what there is not."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.repositories import FIRST, RepositoryProject, make_repository


@pytest.fixture
def project(tmp_path: Path) -> RepositoryProject:
    made = make_repository(tmp_path / "shop", hook="none")
    made.add_revision(id_="aaaa")
    return made


def test_of_a_revision(project: RepositoryProject) -> None:
    drawn = project.verb("diagram", f"{FIRST}", "--tables=user")
    assert (drawn.code, drawn.err) == (0, "")
    assert drawn.out.startswith(f'erDiagram\n    %% {FIRST}, for mariadb 10.11\n    "user" {{\n')
    assert "nickname" not in drawn.out
    assert "alembic_version" not in project.verb("diagram", "--format=dot").out
    assert 'data-table="article"' in project.verb("diagram", "--format=svg").out


def test_of_a_change(project: RepositoryProject) -> None:
    drawn = project.verb("diagram", "--from=HEAD")
    assert (drawn.code, drawn.err) == (0, "")
    assert 'varchar(40) nickname "new: nickname"\n' in drawn.out
    assert "article" not in drawn.out
    same = project.verb("diagram", "--from=aaaa")
    assert (same.code, same.err) == (0, "No table differs.\n")


def test_no_tables_and_wrong_names(project: RepositoryProject) -> None:
    empty = project.verb("diagram", "base")
    assert (empty.code, empty.err) == (0, "There are no tables.\n")
    wrong = project.verb("diagram", "--tables=usr")
    assert (wrong.code, wrong.out) == (2, "")
    assert wrong.err == "tables: there is no table 'usr'\n    Did you mean user?\n"
    unknown = project.verb("diagram", "--from=nothing")
    assert unknown.code == 2
    assert "there is no revision and no commit of git that is called 'nothing'" in unknown.err
