"""A right verdict or `cannot tell`, with the place; nothing hangs, connects or is left behind."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.project.folders import cache_folder
from tests.support.projects import Answer, UserProject, make_project
from tests.support.repositories import RepositoryProject, make_repository

FIRST = "alembic/versions/2026_11_22_create_user_and_article_e3c87c4a7bde.py"


@pytest.fixture
def repository(tmp_path: Path) -> RepositoryProject:
    return make_repository(tmp_path, hook="none")


def cannot_tell(answer: Answer, *texts: str) -> None:
    assert answer.code == 2, answer.out + answer.err
    for text in texts:
        assert text in answer.out + answer.err
    assert "Traceback" not in answer.err


def test_a_syntax_error_in_a_model(repository: RepositoryProject) -> None:
    repository.write("app/models/broken.py", "\nclass :\n")
    repository.git("add", "--all")
    cannot_tell(repository.check(), "app/models/broken.py:2: this module cannot be imported")


def test_an_import_error_in_a_model(repository: RepositoryProject) -> None:
    repository.write("app/models/broken.py", "import no_such_module\n")
    repository.git("add", "--all")
    cannot_tell(repository.check(), "app/models/broken.py:1:", "No module named 'no_such_module'")


def test_an_alembic_ini_that_is_not_staged(repository: RepositoryProject) -> None:
    repository.git("rm", "--quiet", "--cached", "alembic.ini")
    cannot_tell(repository.check(), "alembic.ini: is not staged", "git add alembic.ini")


def test_a_module_that_is_not_staged(repository: RepositoryProject) -> None:
    repository.write("app/models/tag.py", "import app.helper\n")
    repository.write("app/helper.py", "")
    repository.git("add", "app/models")
    cannot_tell(repository.check(), "app/models/tag.py:1:", "No module named 'app.helper'")


@pytest.mark.parametrize(
    ("old", "new", "texts"),
    [
        ("def upgrade()", "def upgrade(:", [f"{FIRST}:"]),
        (
            "    op.create_table(\n",
            "    1 / 0\n    op.create_table(\n",
            [f"{FIRST}:", "ZeroDivision"],
        ),
        ('"e3c87c4a7bde"\ndown', '"e3c87c4a7bde"\n<<<<<<< HEAD\ndown', [f"{FIRST}:", "conflict"]),
        ("| None = None\nbranch", '| None = "gone"\nbranch', [f"{FIRST}:", "gone"]),
        ("| None = None\nbranch", '| None = "e3c87c4a7bde"\nbranch', [f"{FIRST}:", "circle"]),
    ],
)
def test_a_broken_revision(
    repository: RepositoryProject, old: str, new: str, texts: list[str]
) -> None:
    repository.replace(FIRST, old, new)
    repository.git("add", "--all")
    cannot_tell(repository.check(), *texts)


def test_a_binary_file_among_the_revisions(repository: RepositoryProject) -> None:
    (repository.root / "alembic/versions/zzz.py").write_bytes(b"\x00\xff\x00binary")
    repository.git("add", "--all")
    cannot_tell(repository.check(), "alembic/versions/zzz.py")


def test_a_loop_on_an_empty_result(repository: RepositoryProject) -> None:
    body = (
        "    connection = op.get_bind()\n"
        '    while not connection.execute(sa.text("SELECT * FROM user")).all():\n'
        "        pass"
    )
    path = repository.add_revision(body=body)
    repository.git("add", "--all")
    cannot_tell(repository.check(), f"{path}:")


def test_an_env_that_connects_at_import(repository: RepositoryProject) -> None:
    repository.replace(
        "alembic/env.py",
        "config = context.config\n",
        "import socket\n\nsocket.create_connection(('127.0.0.1', 1))\nconfig = context.config\n",
    )
    repository.git("add", "--all")
    cannot_tell(repository.check(), "alembic/env.py:")


def test_a_dead_server_is_not_asked(repository: RepositoryProject) -> None:
    url = "mysql+pymysql://root:hunter2@db.invalid/shop"
    repository.write(".env", f"DB_URL={url}\n")
    answer = repository.check()
    assert answer.code == 0, answer.err
    assert "hunter2" not in answer.out + answer.err
    repository.add_column()
    repository.git("add", "--all")
    assert repository.check().code == 1
    for file in cache_folder(repository.root.resolve()).rglob("*"):
        assert not file.is_file() or b"hunter2" not in file.read_bytes(), file


def test_an_async_driver_that_is_not_installed(repository: RepositoryProject) -> None:
    repository.write(".env", "DB_URL=mysql+asyncmy://root@db.invalid/shop\n")
    assert repository.check().code == 0


def test_an_unresolved_merge(repository: RepositoryProject) -> None:
    repository.git("switch", "--quiet", "--create", "other")
    repository.add_column("phone")
    repository.git("commit", "--quiet", "--all", "--message", "x")
    repository.git("switch", "--quiet", "main")
    repository.add_column("nickname")
    repository.git("commit", "--quiet", "--all", "--message", "x")
    repository.git("merge", "other", code=1)
    cannot_tell(repository.check(), "app/models/user.py: has an unresolved merge conflict")


def test_no_git_repository(tmp_path: Path) -> None:
    project: UserProject = make_project(tmp_path)
    cannot_tell(project.script("check_revision"), "is not in a git repository", "--worktree")
    assert project.script("check_revision", "--worktree").code == 0


def test_a_bare_repository(tmp_path: Path) -> None:
    project = make_project(tmp_path)
    project.run("git", "init", "--quiet", "--bare", ".")
    cannot_tell(project.script("check_revision"), "is not in a git repository")


def test_outside_of_a_project(repository: RepositoryProject) -> None:
    repository.git("rm", "--quiet", "alembic.ini")
    cannot_tell(repository.check(), "no alembic.ini is here")


def test_many_files(repository: RepositoryProject) -> None:
    for number in range(5000):
        file = repository.root / "docs" / str(number // 100) / f"{number}.py"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(f"x = {number}\n")
    repository.add_column()
    repository.git("add", "--all")
    assert repository.check().code == 1
    repository.git("add", repository.add_revision())
    assert repository.check().code == 0
    assert repository.git("status", "--porcelain", "--", "docs").out.count("A ") == 5000


@pytest.mark.parametrize("ending", ["os._exit(0)", "sys.exit(0)", "exec('os._exit(0)')"])
def test_a_model_that_ends_the_process_is_not_clean(
    repository: RepositoryProject, ending: str
) -> None:
    repository.write("app/models/broken.py", f"import os, sys\n{ending}\n")
    repository.git("add", "--all")
    cannot_tell(repository.check())
    cannot_tell(repository.check("--worktree"))


def test_what_nobody_foresaw_is_no_drift(repository: RepositoryProject) -> None:
    repository.write("app/models/broken.py", "import gc\nraise gc.callbacks\n")
    repository.git("add", "--all")
    assert repository.check().code == 2
