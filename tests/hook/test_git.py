"""The hook in real commits."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from tests.support.repositories import RepositoryProject, install, make_repository


@pytest.fixture(params=["bare", "pre-commit"])
def repository(tmp_path: Path, request: pytest.FixtureRequest) -> RepositoryProject:
    return make_repository(tmp_path, hook=request.param)


def refused(repository: RepositoryProject, *arguments: str) -> str:
    """A commit that the hook refuses; returns what it says."""
    before = repository.head()
    answer = repository.commit(*arguments)
    assert answer.code == 1, answer.out + answer.err
    assert repository.head() == before
    return answer.out + answer.err


def test_commit_all(repository: RepositoryProject) -> None:
    repository.add_column()
    assert "user.nickname VARCHAR(40) NULL has no revision" in refused(repository, "--all")
    repository.git("add", repository.add_revision())
    repository.commit("--all", code=0)
    assert repository.git("status", "--porcelain").out == ""


def test_commit_of_one_file(repository: RepositoryProject) -> None:
    """`git commit FILE` makes an index of its own: what is staged besides does not count."""
    repository.add_column()
    path = repository.add_revision()
    repository.git("add", "--all")
    said = refused(repository, "app/models/user.py")
    assert "user.nickname" in said
    repository.commit("app/models/user.py", path, code=0)


def test_partial_staging(repository: RepositoryProject) -> None:
    repository.add_column()
    path = repository.add_revision()
    repository.git("add", "--all")
    repository.add_column("phone")  # in the working tree alone
    repository.commit(code=0)
    assert "phone" in repository.git("diff").out
    repository.git("add", "app")
    assert "user.phone" in refused(repository)
    assert path in repository.git("ls-files").out


def test_amend(repository: RepositoryProject) -> None:
    repository.add_column()
    path = repository.add_revision()
    repository.git("add", "--all")
    repository.commit(code=0)
    repository.replace("app/models/user.py", "String(40)", "String(50)")
    repository.git("add", "--all")
    assert "user.nickname" in refused(repository, "--amend")
    repository.replace(path, "String(40)", "String(50)")
    repository.git("add", "--all")
    repository.commit("--amend", code=0)


def test_merge_and_rebase(repository: RepositoryProject) -> None:
    repository.git("switch", "--quiet", "--create", "phone")
    repository.add_column("phone")
    repository.add_revision("phone", id_="bbbb")
    repository.git("add", "--all")
    repository.commit(code=0)
    repository.git("switch", "--quiet", "main")
    repository.write("app/models/tag.py", "# nothing yet\n")
    repository.add_revision("nothing", id_="aaaa", body='    op.execute("SELECT 1")')
    repository.git("add", "--all")
    repository.commit(code=0)
    # git runs pre-commit for a merge that it stopped to let us look at.
    repository.git("merge", "--no-commit", "--no-ff", "phone")
    said = refused(repository)
    assert "HS101 the history has 2 heads" in said
    repository.git("merge", "--abort")
    repository.git("switch", "--quiet", "phone")
    repository.git("rebase", "--quiet", "main")
    answer = repository.check()
    assert answer.code == 1
    assert "HS101" in answer.out


def test_first_commit(tmp_path: Path) -> None:
    project = make_repository(tmp_path, hook="none")
    project.run("rm", "-rf", ".git")
    project.git("init", "--quiet")
    for name, value in [("user.name", "Test"), ("user.email", "test@example.invalid")]:
        project.git("config", name, value)
    install(project, "bare")
    project.add_column()
    project.git("add", "--all")
    answer = project.commit()
    assert answer.code == 1
    assert "user.nickname" in answer.out + answer.err
    project.add_revision()
    project.git("add", "--all")
    project.commit(code=0)


def test_skip(tmp_path: Path) -> None:
    repository = make_repository(tmp_path, hook="pre-commit")
    repository.add_column()
    repository.commit("--all", code=0, SKIP="check-revision")


def test_all_files_and_a_range_in_ci(tmp_path: Path) -> None:
    repository = make_repository(tmp_path, hook="none")
    run = (sys.executable, "-m", "pre_commit", "run", "check-revision")
    assert repository.run(*run, "--all-files").code == 0
    before = repository.head()
    repository.add_column()
    repository.commit("--all", code=0)
    assert repository.run(*run, "--all-files").code == 1
    ranged = repository.run(*run, "--from-ref", before, "--to-ref", "HEAD")
    assert ranged.code == 1
    assert "user.nickname" in ranged.out
    assert repository.check("--from-ref", before, "--to-ref", before).code == 0


def test_a_worktree_and_a_project_below_the_top(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "中文 and spaces", hook="bare")
    tree = tmp_path / "other tree"
    repository.git("worktree", "add", "--quiet", "-b", "other", str(tree))
    other = RepositoryProject(tree)
    assert other.check().code == 0
    other.add_column()
    other.git("add", "--all")
    assert other.check().code == 1
    assert repository.check().code == 0

    top = tmp_path / "monorepo"
    inner = make_repository(top / "service", hook="none")
    inner.run("rm", "-rf", ".git")
    outer = RepositoryProject(top)
    outer.git("init", "--quiet")
    outer.git("add", "--all")
    assert inner.check().code == 0
    inner.add_column()
    inner.git("add", "--all")
    answer = inner.check()
    assert answer.code == 1
    assert "app/models/user.py:25: DR102" in answer.out


def test_a_shallow_clone(tmp_path: Path) -> None:
    repository = make_repository(tmp_path / "full", hook="none")
    repository.add_column()
    repository.git("add", repository.add_revision())
    repository.commit("--all", code=0)
    shallow = tmp_path / "shallow"
    repository.git("clone", "--quiet", "--depth=1", f"file://{repository.root}", str(shallow))
    clone = RepositoryProject(shallow)
    assert clone.check().code == 0
    clone.add_column("phone")
    clone.git("add", "--all")
    assert "user.phone" in clone.check().out


def test_the_working_tree_is_left_as_it_was(tmp_path: Path) -> None:
    repository = make_repository(tmp_path, hook="bare")
    repository.add_column()
    repository.git("add", "--all")
    before = repository.git("status", "--porcelain", "--ignored").out
    assert repository.check().code == 1
    after = repository.git("status", "--porcelain", "--ignored").out
    assert set(after.splitlines()) - set(before.splitlines()) <= {"!! .stillroom/"}
