"""`make diff`: between revisions, commits of git and what is there."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.repositories import FIRST, RepositoryProject, make_repository


@pytest.fixture
def project(tmp_path: Path) -> RepositoryProject:
    made = make_repository(tmp_path / "shop", hook="none")
    made.add_revision(id_="aaaa")
    made.git("add", "--all")
    made.git("commit", "-qm", "nickname")
    made.git("tag", "v1")
    body = """    op.execute("CREATE TABLE role (id INT PRIMARY KEY)")
    op.execute("CREATE VIEW names AS SELECT name FROM user")
    op.drop_column("user", "nickname")"""
    made.add_revision("role", id_="bbbb", below="aaaa", body=body)
    return made


def test_between_revisions(project: RepositoryProject) -> None:
    found = project.verb("diff", f"--from={FIRST}", "--to=aaaa")
    assert (found.code, found.err) == (0, "")
    assert found.out == (
        f"-- From {FIRST} to aaaa, for mariadb 10.11.\n"
        f"-- user.nickname VARCHAR(40) NULL is new\n\n"
        "ALTER TABLE `user` ADD COLUMN `nickname` varchar(40) DEFAULT NULL COMMENT 'nickname';\n"
    )
    back = project.verb("diff", "--from=heads", "--to=aaaa").out
    assert "-- table role is dropped\n" in back
    assert "DROP VIEW `names`;" in back
    assert "No difference." in project.verb("diff", "--from=head").out


def test_from_a_commit(project: RepositoryProject) -> None:
    found = project.verb("diff", "--from=v1")
    assert found.code == 0
    assert found.out.startswith(f"-- From commit {project.head()[:10]} to heads, for ")
    assert "-- view names is new\n" in found.out
    assert "CREATE VIEW names AS SELECT name FROM user;" in found.out
    assert "ALTER TABLE `user` DROP COLUMN `nickname`;" in found.out
    whole = project.verb("diff", "--from=base").out
    assert "alembic_version" not in whole
    assert "CREATE TABLE `user` (\n  `id` int(11) NOT NULL AUTO_INCREMENT" in whole


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((), "from= is missing"),
        (("--from=nothing",), "there is no revision and no commit of git that is called 'nothing'"),
        (("--from=database",), "SQLite keeps less"),
    ],
)
def test_what_there_is_not(project: RepositoryProject, arguments: list[str], said: str) -> None:
    refused = project.verb("diff", *arguments)
    assert refused.code == 2
    assert said in refused.err
    assert "Traceback" not in refused.err
