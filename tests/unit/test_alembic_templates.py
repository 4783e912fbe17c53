"""Projects as Alembic's own templates make them, without a file or a setting of ours."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.support.projects import CASES, ROOT, Answer, UserProject

Bare = Callable[[str], UserProject]
STILLROOM = (sys.executable, "-m", "stillroom")


@pytest.fixture
def bare(tmp_path: Path) -> Bare:
    """A case alone, in a git repository; `stillroom` is installed beside it."""

    def made(name: str) -> UserProject:
        project = UserProject(tmp_path / name, {"PYTHONPATH": str(ROOT / "scripts")})
        shutil.copytree(CASES / name, project.root)
        for command in (("init", "-q"), ("add", "-A")):
            assert project.run("git", *command).code == 0
        return project

    return made


def run(project: UserProject, *arguments: str, code: int = 0, **environment: str) -> Answer:
    """Run a verb, which must end in ``code`` and never in a traceback."""
    answer = project.run(*STILLROOM, *arguments, **environment)
    assert "Traceback" not in answer.err
    assert answer.code == code, answer.out + answer.err
    return answer


def test_each_of_several_databases_is_compared_with_its_own_models(bare: Bare) -> None:
    project = bare("multidb")
    run(project, "check", "--worktree")
    column = "    total = Column(Integer)\n"
    project.write("shop/models.py", project.read("shop/models.py") + column)
    answer = run(project, "check", "--worktree", code=1)
    assert "shop/models.py:23: DR102 dbname2.orders.total INT(11) NULL has no rev" in answer.out
    assert "1 model change is not covered" in answer.out


def test_database_that_another_url_names_is_the_same_to_a_replay(bare: Bare) -> None:
    project = bare("multidb")
    run(project, "check", "--worktree")
    project.replace("alembic.ini", "@localhost/dbname2", "@db.example/dbname")
    run(project, "check", "--worktree")


def test_databases_of_tenants(bare: Bare) -> None:
    project = bare("multidb")
    project.replace(
        "migrations/env.py",
        "            context.configure(\n                connection",
        '            rec["connection"].exec_driver_sql(f"USE tenant_{name}")\n'
        "            context.configure(\n                connection",
    )
    run(project, "check", "--worktree")
