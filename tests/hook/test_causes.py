"""What the hook says: each cause, on the wrong side and on the right one."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.projects import Answer
from tests.support.repositories import RepositoryProject, make_repository


@pytest.fixture
def repository(tmp_path: Path) -> RepositoryProject:
    return make_repository(tmp_path, hook="none")


def drift(answer: Answer, *texts: str) -> None:
    assert answer.code == 1, answer.out + answer.err
    for text in texts:
        assert text in answer.out
    assert "Traceback" not in answer.err


def clean(answer: Answer) -> None:
    assert answer.code == 0, answer.out + answer.err
    assert answer.out == ""
    assert answer.err.startswith("Clean")


def test_no_revision(repository: RepositoryProject) -> None:
    repository.add_column()
    repository.git("add", "--all")
    answer = repository.check(PRE_COMMIT="1")
    drift(answer, "app/models/user.py:25: DR102 user.nickname VARCHAR(40) NULL has no revision")
    assert "1 model change is not covered by any staged revision. To cover it:" in answer.out
    assert '    make revision m="' in answer.out
    assert "    git add alembic/versions\n" in answer.out
    assert "a replay of 1 revision for mariadb 10.11; no database was contacted." in answer.err
    assert "Skip once: SKIP=check-revision git commit" in answer.err
    assert "SKIP=" not in repository.check().err  # nobody would read it


def test_with_its_revision(repository: RepositoryProject) -> None:
    repository.add_column()
    repository.add_revision()
    repository.git("add", "--all")
    clean(repository.check())


def test_a_change_that_is_not_staged_is_not_judged(repository: RepositoryProject) -> None:
    repository.add_column()
    clean(repository.check())
    drift(repository.check("--worktree"), "user.nickname")


def test_a_revision_that_is_not_added(repository: RepositoryProject) -> None:
    repository.add_column()
    path = repository.add_revision()
    repository.git("add", "app")
    drift(
        repository.check(),
        f"{path}: HS102 this revision is not staged (untracked); with it, nothing would be missing",
        f"    git add {path}",
    )
    repository.git("add", path)
    clean(repository.check())


def test_a_revision_that_was_changed_after_it_was_added(repository: RepositoryProject) -> None:
    repository.add_column()
    path = repository.add_revision(body="    pass")
    repository.git("add", "--all")
    repository.add_revision()
    drift(
        repository.check(),
        f"{path}: HS102 this revision is not staged (changed since it was staged); with it",
        f"{path}: HS103 this staged revision does nothing",
    )
    repository.git("add", path)
    clean(repository.check())


def test_a_staged_revision_that_is_empty(repository: RepositoryProject) -> None:
    repository.add_column()
    path = repository.add_revision(body='    """Nothing yet."""\n    pass')
    repository.git("add", "--all")
    drift(repository.check(), f"{path}: HS103 this staged revision does nothing")


def test_a_staged_revision_that_covers_a_part(repository: RepositoryProject) -> None:
    repository.add_column()
    repository.add_column("phone")
    path = repository.add_revision()
    repository.git("add", "--all")
    answer = repository.check()
    drift(
        answer,
        "user.phone",
        f"{path}: HS104 this staged revision covers only part of the model changes",
    )
    assert "user.nickname" not in answer.out


def test_two_heads(repository: RepositoryProject) -> None:
    repository.add_column()
    repository.add_column("phone")
    repository.add_revision()
    path = repository.add_revision("phone", id_="bbbb")
    repository.git("add", "--all")
    drift(
        repository.check(),
        f"{path}: HS101 the history has 2 heads: aaaa (alembic/versions/aaaa_nickname.py) and bbbb",
        '    To join them: make merge m="join the branches"',
    )
    repository.replace(path, 'down_revision = "e3c87c4a7bde"', 'down_revision = "aaaa"')
    repository.git("add", "--all")
    clean(repository.check())


def test_heads_of_two_labelled_branches_are_meant(repository: RepositoryProject) -> None:
    repository.add_column()
    repository.add_revision()
    path = repository.add_revision("other", id_="bbbb", body="    pass")
    repository.replace(path, "branch_labels = None", 'branch_labels = ("other",)')
    repository.git("add", "--all")
    clean(repository.check())


def test_a_table_that_nothing_imports(repository: RepositoryProject) -> None:
    repository.write(
        "app/billing.py",
        "from app.database.engine import Base\n\n\nclass Invoice(Base):\n"
        '    __tablename__ = "invoice"\n',
    )
    clean(repository.check())
    repository.git("add", "--all")
    drift(repository.check(), "app/billing.py:4: MD101 table invoice is in no imported module")


def test_a_revision_that_loses_data_needs_a_reason(repository: RepositoryProject) -> None:
    repository.add_column()
    path = repository.add_revision()
    repository.replace(path, "def upgrade() -> None:\n", "def upgrade() -> None:\n    # x\n")
    repository.replace(path, "    # x\n", "    # stillroom: allow MY102 <reason>\n")
    repository.git("add", "--all")
    drift(repository.check(), f"{path}:13: MY102 this revision loses data")
    repository.replace(path, "<reason>", "nobody reads it since May")
    repository.git("add", "--all")
    clean(repository.check())


def test_a_committed_revision_that_is_changed(repository: RepositoryProject) -> None:
    repository.add_column()
    path = repository.add_revision()
    repository.git("add", "--all")
    repository.commit("--no-verify", code=0)
    committed = repository.head()[:7]
    repository.replace("app/models/user.py", "String(40)", "String(50)")
    repository.replace(path, "String(40)", "String(50)")
    repository.git("add", "--all")
    drift(
        repository.check(),
        f"{path}: HS105 this revision is changed, and was committed in {committed}",
        "Databases that have run it will not run it again.",
        f"git restore --source={committed} --staged --worktree -- {path}",
    )


def test_a_comment_in_a_committed_revision_is_no_change(repository: RepositoryProject) -> None:
    path = "alembic/versions/2026_11_22_create_user_and_article_e3c87c4a7bde.py"
    repository.replace(path, '"""create user and article', '# a comment\n"""the first tables')
    repository.git("add", "--all")
    clean(repository.check())


def test_a_committed_revision_that_is_deleted(repository: RepositoryProject) -> None:
    repository.add_column()
    path = repository.add_revision()
    repository.git("add", "--all")
    repository.commit("--no-verify", code=0)
    repository.git("rm", "--quiet", path)
    drift(
        repository.check(),
        "user.nickname VARCHAR(40) NULL has no revision",
        f"{path}: HS106 this revision is deleted, and was committed in",
    )


def test_an_unpublished_revision_may_be_changed(
    repository: RepositoryProject, tmp_path_factory: pytest.TempPathFactory
) -> None:
    remote = tmp_path_factory.mktemp("remote")
    repository.git("init", "--quiet", "--bare", str(remote))
    repository.git("remote", "add", "origin", str(remote))
    repository.git("push", "--quiet", "origin", "main")
    repository.add_column()
    path = repository.add_revision()
    repository.git("add", "--all")
    repository.commit("--no-verify", code=0)
    repository.replace("app/models/user.py", "String(40)", "String(50)")
    repository.replace(path, "String(40)", "String(50)")
    repository.git("add", "--all")
    clean(repository.check())
    repository.git("push", "--quiet", "origin", "main")
    drift(repository.check("--format", "text"), "HS105 this revision is changed")


def test_a_baseline_hides_what_is_accepted_and_reports_what_is_gone(
    repository: RepositoryProject,
) -> None:
    repository.add_column()
    written = repository.verb("baseline")
    assert written.code == 0, written.err
    assert written.out.startswith("1 difference is accepted in alembic/accepted_drift.txt")
    assert "DR102 user.nickname VARCHAR(40) NULL" in repository.read("alembic/accepted_drift.txt")
    repository.git("add", "--all")
    clean(repository.check())
    repository.add_column("phone")
    repository.git("add", "--all")
    answer = repository.check()
    drift(answer, "user.phone")
    assert "nickname" not in answer.out
    repository.git("checkout", "--quiet", "HEAD", "--", "app")
    drift(
        repository.check(),
        "alembic/accepted_drift.txt:6: DR110 this accepted difference no longer exists:"
        " DR102 user.n",
    )
    gone = repository.verb("baseline").out
    assert "No longer accepted, because it no longer differs:\n    DR10" in gone
    assert "nothing to accept" in gone
    assert not (repository.root / "alembic/accepted_drift.txt").exists()


def test_json_and_github(repository: RepositoryProject) -> None:
    import json

    repository.add_column()
    repository.git("add", "--all")
    shown = json.loads(repository.check("--format", "json").out)
    assert shown["status"] == "drift"
    assert shown["findings"][0]["file"] == "app/models/user.py"
    assert shown["findings"][0]["line"] == 25
    annotated = repository.check("--format", "github").out
    assert annotated.startswith(
        "::error file=app/models/user.py,line=25,title=DR102::user.nickname"
    )
