"""The hook lint-revisions as a whole: what it looks at, how it answers, and what can be set."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

import stillroom.commands.checks.lint_revisions  # noqa: F401  # so that the forks need not import it
from stillroom.project.folders import cache_folder
from tests.support.projects import Answer
from tests.support.repositories import FIRST, RepositoryProject, make_repository

DROP = '    op.drop_column("user", "email"{})'
OWN_RULE = """
from stillroom.findings import Finding
from stillroom.lint.rule import STRUCTURE, Rule


def look(run):
    yield Finding("XY101", run.at(1), f"is called {run.id}")


RULE = Rule("XY101", STRUCTURE, "a revision has a name", look)
"""


@pytest.fixture
def repository(tmp_path: Path) -> RepositoryProject:
    return make_repository(tmp_path, hook="none")


def lint(
    repository: RepositoryProject, *arguments: str, body: str = "", **environment: str
) -> Answer:
    if body:
        repository.add_revision(body=body)
        repository.git("add", "--all")
    return repository.script("lint_revisions", *arguments, **environment)


def set_(repository: RepositoryProject, setting: str) -> None:
    repository.replace("alembic.ini", "[stillroom]\n", f"[stillroom]\n{setting}\n")


def test_nothing_is_staged(repository: RepositoryProject) -> None:
    answer = lint(repository)
    assert (answer.code, answer.out, answer.err) == (0, "", "No revision is staged.\n")


def test_a_staged_revision(repository: RepositoryProject) -> None:
    answer = lint(repository, body=DROP.format(""), PRE_COMMIT="1")
    assert answer.code == 1
    assert "alembic/versions/aaaa_nickname.py:13: MY102 drops the column user.email" in answer.out
    assert "Looked at 1 revision for mariadb 10.11; no database was contacted." in answer.err
    assert "# stillroom: allow MY102 MY402 <reason>" in answer.err
    assert "Skip once: SKIP=lint-revisions git commit" in answer.err


def test_a_committed_revision_is_looked_at_only_with_all(repository: RepositoryProject) -> None:
    repository.add_revision(body=DROP.format(""))
    repository.git("add", "--all")
    repository.commit(code=0)
    repository.add_revision("other", id_="bbbb", below="aaaa", body="    pass")
    repository.git("add", "--all")
    answer = lint(repository)
    assert answer.code == 0
    assert answer.err.startswith("Clean. Looked at 1 revision")
    answer = lint(repository, "--all")
    assert answer.code == 1
    assert "MY102" in answer.out
    assert "Looked at 3 revisions" in answer.err
    answer = lint(repository, "--from-ref", "HEAD^", "--to-ref", "HEAD")
    assert answer.code == 1


def test_warnings_alone_are_no_failure(repository: RepositoryProject) -> None:
    answer = lint(repository, body='    op.add_column("user", sa.Column("x", sa.Integer))')
    assert answer.code == 0
    (line,) = answer.out.splitlines()
    assert "MY604 warning: downgrade() does nothing" in line
    assert answer.err.startswith("Clean. Looked at 1 revision for mariadb 10.11")
    assert "To have the warning explained: make lint-revisions explain=1" in answer.err
    explained = lint(repository, "--explain")
    assert explained.out.splitlines()[0] == line
    assert "Undo each statement, the last one first:" in explained.out
    assert "explained" not in explained.err


def test_a_project_that_never_goes_back(repository: RepositoryProject) -> None:
    """The first revision without downgrade() is told, those behind it are not."""
    body = '    op.add_column("user", sa.Column("{}", sa.Integer))'
    for id_, below in [("aaaa", FIRST), ("bbbb", "aaaa")]:
        path = repository.add_revision(id_=id_, below=below, body=body.format(id_))
        text = repository.read(path).split("\n\n\ndef downgrade")[0]
        repository.write(path, f"{text}\n")
    told = lint(repository, "--all").out.splitlines()
    assert [line for line in told if "aaaa" in line and "MY604 warning: has no downgrade()" in line]
    assert not [line for line in told if "bbbb" in line]


def test_severities(repository: RepositoryProject) -> None:
    set_(repository, "severity = MY102 warning, MY402 warning, MY604 off")
    answer = lint(repository, body=DROP.format(""))
    assert answer.code == 0
    assert "MY102 warning: " in answer.out
    assert "MY604" not in answer.out


@pytest.mark.parametrize("value", ["MY102", "MY999 off", "MY102 loud"])
def test_a_severity_that_is_none(repository: RepositoryProject, value: str) -> None:
    set_(repository, f"severity = {value}")
    answer = lint(repository, body=DROP.format(""))
    assert answer.code == 2
    assert f"[stillroom] severity: '{value}' is not the code" in answer.err


def test_small_tables_need_no_rules_on_blocking(repository: RepositoryProject) -> None:
    body = '    op.execute("ALTER TABLE user ADD FULLTEXT INDEX f (email)")'
    assert "MY301" in lint(repository, body=body).out
    set_(repository, "small_tables = user")
    repository.git("add", "--all")
    assert "MY301" not in lint(repository).out


def test_rules_of_the_project(repository: RepositoryProject) -> None:
    set_(repository, "rules = tools.checks")
    repository.write("tools/__init__.py", "")
    repository.write("tools/checks/__init__.py", "")
    repository.write("tools/checks/named.py", OWN_RULE)
    answer = lint(repository, body="    pass")
    assert answer.code == 1
    assert "aaaa_nickname.py:1: XY101 is called aaaa" in answer.out
    repository.write("tools/checks/named.py", OWN_RULE.replace("XY101", "MY102"))
    repository.git("add", "--all")
    answer = lint(repository)
    assert answer.code == 2
    assert (
        "the code MY102 is also that of stillroom.lint.rules.data_loss.my102_drop_column"
        in answer.err
    )


def test_a_rule_of_the_project_that_fails(repository: RepositoryProject) -> None:
    set_(repository, "rules = checks")
    repository.write("checks/__init__.py", "")
    repository.write("checks/named.py", OWN_RULE.replace("run.at(1)", "run.at(1 / 0)"))
    answer = lint(repository, body="    pass")
    assert answer.code == 2
    assert "aaaa_nickname.py: the rule XY101 failed: ZeroDivisionError" in answer.err
    assert "severity = XY101 off" in answer.err
    assert "Traceback" not in repository.check().err


def test_rules_that_cannot_be_imported(repository: RepositoryProject) -> None:
    set_(repository, "rules = nowhere")
    answer = lint(repository, body="    pass")
    assert answer.code == 2
    assert "nowhere cannot be imported: ModuleNotFoundError" in answer.err
    assert "Traceback" not in answer.err


def test_what_cannot_be_replayed(repository: RepositoryProject) -> None:
    body = DROP.format("") + '\n    op.execute("ALTER TABLE user FROBNICATE")'
    answer = lint(repository, body=body)
    assert answer.code == 2
    assert "MY102" in answer.out  # what came before
    assert "alembic/versions/aaaa_nickname.py:14: " in answer.err


def test_formats(repository: RepositoryProject) -> None:
    github = lint(repository, "--format", "github", body=DROP.format(""))
    place = "file=alembic/versions/aaaa_nickname.py,line=13"
    assert f"::error {place},title=MY102::drops the column" in github.out
    assert "::warning file=alembic/versions/aaaa_nickname.py,line=16,title=MY604::" in github.out
    found = json.loads(lint(repository, "--format", "json").out)
    assert [one["code"] for one in found["findings"]] == ["MY102", "MY402"]
    assert [one["code"] for one in found["warnings"]] == ["MY604"]
    sarif = json.loads(lint(repository, "--format", "sarif").out)
    results = sarif["runs"][0]["results"]
    assert [(one["ruleId"], one["level"]) for one in results] == [
        ("MY102", "error"),
        ("MY402", "error"),
        ("MY604", "warning"),
    ]


def test_in_a_folder_without_git(repository: RepositoryProject) -> None:
    subprocess.run(["rm", "-rf", str(repository.root / ".git")], check=True)
    assert "git init, or look at all revisions: --all" in lint(repository).err
    assert lint(repository, "--all").code == 0


def test_the_check_finds_the_answer_on_its_way(repository: RepositoryProject) -> None:
    repository.add_revision(body=DROP.format(""))
    repository.git("add", "--all")
    itself = repository.script("lint_revisions")
    kept = cache_folder(repository.root.resolve()) / "lint"
    assert not kept.exists()
    repository.check()
    assert repository.script("lint_revisions") == itself
    kept.write_text(kept.read_text().replace("drops the column", "takes the column"))
    assert "takes the column" in repository.script("lint_revisions").out
    assert "drops the column" in repository.script("lint_revisions", "--format", "github").out
    repository.git("commit", "--quiet", "--message", "x")
    assert repository.script("lint_revisions").err == "No revision is staged.\n"


def test_the_check_looks_for_no_hook_that_is_not_there(repository: RepositoryProject) -> None:
    repository.write(".pre-commit-config.yaml", "repos: []\n")
    repository.add_revision(body=DROP.format(""))
    repository.git("add", "--all")
    repository.check()
    assert not (cache_folder(repository.root.resolve()) / "lint").exists()


def test_through_pre_commit(tmp_path: Path) -> None:
    repository = make_repository(tmp_path, hook="pre-commit")
    repository.add_revision(body=DROP.format(""))
    repository.git("add", "--all")
    command = [sys.executable, "-m", "pre_commit", "run", "lint-revisions"]
    answer = repository.run(*command)
    assert answer.code == 1
    assert "MY102 drops the column user.email" in answer.out
