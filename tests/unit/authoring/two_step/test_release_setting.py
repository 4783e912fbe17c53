"""Whether the release that runs shows that a contract revision may run."""

from __future__ import annotations

from pathlib import Path

from tests.support.projects import Answer
from tests.support.repositories import RepositoryProject, make_repository
from tests.support.rolling import module, printed

MODELS = "app/models/item.py"
SERVER = "mysql+pymysql://root@db.invalid/shop"
TITLE = "title = mapped_column(String(40), nullable=False)"
HEADLINE = "headline = mapped_column(String(40), nullable=False)"
RENAME = ("--rename", "item.title:headline", "--steps", "2")


def ran(project: RepositoryProject, verb: str, *arguments: str, **environment: str) -> Answer:
    answer = project.verb(verb, *arguments, **environment)
    assert answer.code == 0, answer.out + answer.err
    return answer


def released(project: RepositoryProject, tag: str, models: str) -> None:
    project.write(MODELS, models)
    project.git("add", "--all")
    project.git("commit", "--quiet", "--allow-empty", "--message", tag)
    project.git("tag", tag)


def test_the_release_that_runs(tmp_path: Path) -> None:
    project = make_repository(tmp_path / "shop", hook="none")
    project.write(MODELS, module(TITLE))
    ran(project, "revision", "-m", "items", DB_URL=SERVER)
    released(project, "v0", module(TITLE))
    ran(project, "upgrade")
    project.write(MODELS, module(HEADLINE))
    said = ran(project, "revision", "-m", "rename", *RENAME, DB_URL=SERVER)
    released(project, "v1", module(*printed(said.out, 1)))
    compared = project.verb("compatible", "--with=v0", DB_URL=SERVER)
    assert "RL101 from revision" in compared.out
    assert "_contract_" in compared.out
    assert "_expand_" not in compared.out  # a trigger fills what v0 leaves out
    waits = "AP123 the upgrade stops before the contract revision"

    first = ran(project, "upgrade", STILLROOM_RELEASE="v0").err
    assert "(expand)" in first
    assert waits in first
    assert "its expand revision" in first, first
    same = ran(project, "upgrade", STILLROOM_RELEASE="v1").err
    assert "is what is checked out" in same

    released(project, "v2", module(HEADLINE))
    older = ran(project, "upgrade", STILLROOM_RELEASE="v0").err
    assert waits in older
    assert "v0 " in older
    assert "does not have the expand revision" in older
    # A release that has the revisions, and still uses the old column.
    project.git("checkout", "--quiet", "-b", "slow", "v1")
    released(project, "v1a", module(TITLE))
    project.git("checkout", "--quiet", "v2")
    slow = ran(project, "upgrade", STILLROOM_RELEASE="v1a").err
    assert "uses item.title, which is gone" in slow
    (expand,) = (project.root / "alembic/versions").glob("*_expand_*")
    behind = ("--from", expand.stem.rpartition("_")[2])
    script = ran(project, "sql", *behind, STILLROOM_RELEASE="v1a").err
    assert "The script ends before the contract revision" in script

    proven = ran(project, "upgrade", STILLROOM_RELEASE="v1").err
    assert waits not in proven
    assert "(contract)" in proven
    ran(project, "status")


def test_plain_alembic_stops_too(tmp_path: Path) -> None:
    project = make_repository(tmp_path / "shop", hook="none")
    project.write(MODELS, module(TITLE))
    ran(project, "revision", "-m", "items", DB_URL=SERVER)
    ran(project, "upgrade")
    project.write(MODELS, module(HEADLINE))
    ran(project, "revision", "-m", "rename", *RENAME, DB_URL=SERVER)
    stopped = project.alembic("upgrade", "head")
    assert stopped.code == 0, stopped.err
    assert "AP123" in stopped.err
    assert project.verb("status").code == 1
    assert project.alembic("upgrade", "head", CONTRACT="1").code == 0
    assert project.verb("status").code == 0
