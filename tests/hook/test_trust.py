"""The hook in a stranger's repository, and in one whose files are not all plain files in git."""

from __future__ import annotations

import os
import shutil
import sys
from pathlib import Path

import pytest

from stillroom.project import cache_place
from stillroom.project.folders import cache_folder
from stillroom.staged import index_verdicts
from tests.support.repositories import RepositoryProject, make_repository

CLEAN, DRIFT, CANNOT_TELL = 0, 1, 2


@pytest.fixture
def repository(tmp_path: Path) -> RepositoryProject:
    return make_repository(tmp_path / "repository", hook="none")


def kept(repository: RepositoryProject) -> Path:
    return cache_folder(repository.root.resolve())


def test_what_a_repository_brings_along_is_not_believed(repository: RepositoryProject) -> None:
    """Keys and entries of a check that found it clean, committed under all their names."""
    assert repository.check().code == CLEAN
    old = repository.root / ".stillroom" / "cache"
    shutil.copytree(kept(repository), old)
    (old / "staged" / "app" / "models" / "__init__.py").write_text("raise SystemExit('poisoned')\n")
    repository.add_column()
    repository.git("add", "--all", "--force")
    key = index_verdicts.index_key(str(repository.root))
    assert key is not None
    (old / "clean").write_text(f"{key}\n")
    shutil.rmtree(kept(repository))
    cache_folder.cache_clear()
    answer = repository.check()
    assert answer.code == DRIFT, answer.err
    assert "poisoned" not in answer.out + answer.err


def test_a_cache_that_others_can_write_is_not_used(repository: RepositoryProject) -> None:
    assert repository.check().code == CLEAN
    folder = kept(repository)
    folder.chmod(0o777)
    repository.add_column()
    repository.git("add", "--all")
    key = index_verdicts.index_key(str(repository.root))
    (folder / "clean").write_text(f"{key}\n")
    cache_folder.cache_clear()
    answer = repository.check()
    assert answer.code == DRIFT
    assert f"{folder}: it must be a folder that is yours alone" in answer.err
    folder.chmod(0o700)


def test_a_cache_folder_that_is_a_link_is_not_followed(
    repository: RepositoryProject, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir(mode=0o700)
    Path(cache_place.place_of(str(repository.root))).symlink_to(outside)
    assert repository.check().code == CLEAN
    assert list(outside.iterdir()) == []


def test_without_a_cache_folder_the_verdict_is_the_same(
    repository: RepositoryProject, tmp_path: Path
) -> None:
    blocked = tmp_path / "file"
    blocked.write_text("")
    command = [sys.executable, "scripts/check_revision.py"]
    answer = repository.run(*command, XDG_CACHE_HOME=str(blocked))
    assert answer.code == CLEAN, answer.err
    assert "Nothing is cached for the next run." in answer.err


def test_a_linked_model_is_seen(repository: RepositoryProject) -> None:
    repository.environment["PYTHONDONTWRITEBYTECODE"] = ""
    model = repository.root / "app" / "models" / "user.py"
    place = repository.root / "shared" / "user.py"
    place.parent.mkdir()
    model.rename(place)
    model.symlink_to("../../shared/user.py")
    repository.git("add", "--all")
    assert repository.check().code == CLEAN
    text = place.read_text()
    place.write_text(text + "    nickname: Mapped[str | None] = mapped_column(String(40))\n")
    repository.git("add", "--all")
    answer = repository.check()
    assert (answer.code, "user.nickname" in answer.out) == (DRIFT, True), answer.err


def test_a_linked_folder_of_models_is_seen(repository: RepositoryProject) -> None:
    (repository.root / "app" / "models").rename(repository.root / "models_of_all")
    (repository.root / "app" / "models").symlink_to("../models_of_all")
    repository.git("add", "--all")
    assert repository.check().code == CLEAN
    path = repository.root / "models_of_all" / "user.py"
    column = "    nickname: Mapped[str | None] = mapped_column(String(40))\n"
    path.write_text(path.read_text() + column)
    repository.git("add", "--all")
    assert repository.check().code == DRIFT


def test_a_linked_model_outside_is_named(repository: RepositoryProject, tmp_path: Path) -> None:
    model = repository.root / "app" / "models" / "user.py"
    model.rename(tmp_path / "user.py")
    model.symlink_to(tmp_path / "user.py")
    repository.git("add", "--all")
    answer = repository.check()
    assert answer.code == CANNOT_TELL
    assert "app/models/user.py: is a symbolic link that leads out of the repository" in answer.err


FILES = {"VERSION": "1", "app/banner.jinja": "b", ".env.example": "X=1", "docs/a.bin": "\0"}


def test_models_may_read_any_tracked_file(repository: RepositoryProject) -> None:
    for name, text in FILES.items():
        repository.write(name, text)
    reads = "".join(f"open({name!r}).read()\n" for name in FILES)
    init = "app/models/__init__.py"
    repository.write(init, repository.read(init) + reads)
    repository.git("add", "--all")
    answer = repository.check()
    assert answer.code == CLEAN, answer.err


def test_a_verdict_depends_on_what_was_read(repository: RepositoryProject) -> None:
    """The column's length is in a file without a suffix that the first check has read."""
    model = "app/models/user.py"
    text = repository.read(model)
    repository.write("LENGTH", "255")
    repository.write(model, text.replace("String(255)", 'String(int(open("LENGTH").read()))', 1))
    repository.git("add", "--all")
    assert repository.check().code == CLEAN
    repository.write("docs/unread.py", "x = 1")
    repository.git("add", "--all")
    repository.check()
    repository.write("docs/unread.py", "x = 2")
    repository.git("add", "--all")
    assert "nothing relevant has changed" in repository.check().err
    repository.write("LENGTH", "200")
    repository.git("add", "--all")
    assert repository.check().code == DRIFT


def test_what_git_does_not_have_can_be_named(repository: RepositoryProject) -> None:
    init = "app/models/__init__.py"
    repository.write(init, repository.read(init) + 'open("local/secret.json").read()\n')
    repository.write("local/secret.json", "{}")
    repository.write(".gitignore", repository.read(".gitignore") + "local/\n")
    repository.git("add", "--all")
    answer = repository.check()
    assert answer.code == CANNOT_TELL
    assert "It works in the working tree" in answer.err
    assert "[stillroom] extra_files" in answer.err
    repository.replace("alembic.ini", "[stillroom]\n", "[stillroom]\nextra_files = local/*.json\n")
    repository.git("add", "--all")
    answer = repository.check()
    assert answer.code == CLEAN, answer.err
    repository.check()
    assert "nothing relevant has changed" in repository.check().err
    os.utime(repository.root / "local" / "secret.json", ns=(1, 1))
    assert "nothing relevant has changed" not in repository.check().err


def test_a_committed_folder_that_looks_like_a_repository_runs_nothing(tmp_path: Path) -> None:
    """Git takes a folder with HEAD, objects and refs for one, and believes the config in it."""
    outer = RepositoryProject(tmp_path / "outer")
    project = make_repository(outer.root / "project", hook="none")
    shutil.rmtree(project.root / ".git")
    for folder in ("objects", "refs"):
        (project.root / folder).mkdir()
    project.write("HEAD", "ref: refs/heads/main\n")
    canary = tmp_path / "canary"
    core = f'[core]\n\tbare = false\n\tworktree = .\n\tfsmonitor = "touch {canary}; false"\n'
    project.write("config", core)
    outer.git("init", "--quiet")
    outer.git("add", "--all")
    for verb in ("check", "lint-revisions", "doctor"):
        project.verb(verb)
    project.check()
    assert not canary.exists()


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can give files to another user")
def test_a_repository_of_another_user_is_named(repository: RepositoryProject) -> None:
    for path in (repository.root, repository.root / ".git"):
        os.chown(path, 12345, 12345)
    answer = repository.check(SUDO_UID="")
    assert answer.code == CANNOT_TELL
    assert "it belongs to another user" in answer.err
    assert "git config --global --add safe.directory" in answer.err
