"""`check --without-models`: what a hook can judge that has nothing of the application."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support.pages import make_repository
from tests.support.projects import UserProject
from tests.support.schemas import valid

VERSIONS = "migrations/versions"
NOTE = f"{VERSIONS}/ccc333_a_note.py"
NEW = '''"""drop the note"""

from alembic import op

revision = "ddd444"
down_revision = "BELOW"


def upgrade():
    op.drop_column("orders", "note")


def downgrade():
    pass
'''
EMPTY = NEW.replace("BELOW", "bbb222").replace('op.drop_column("orders", "note")', "pass")
NOT_JUDGED = "Not judged: whether the models need another revision."


@pytest.fixture
def repository(tmp_path: Path) -> UserProject:
    """A project of which nothing but the revisions can be imported."""
    project = make_repository("<!-- project: generic -->", tmp_path)
    project.write("shop/models.py", "import a_library_that_is_nowhere\n")
    assert project.run("git", "commit", "-qam", "what is not installed").code == 0
    return project


def stage(project: UserProject, path: str, text: str) -> None:
    project.write(path, text)
    assert project.run("git", "add", "-A").code == 0


def test_nothing_staged_is_clean_and_says_what_was_not_judged(repository: UserProject) -> None:
    answer = repository.verb("check", "--staged", "--without-models")
    assert (answer.code, answer.out) == (0, "")
    assert answer.err.startswith(f"No revision is staged.\n{NOT_JUDGED} The history of 3 revisions")
    assert repository.verb("check", "--staged").code == 2


def test_the_rules_look_at_a_staged_revision(repository: UserProject) -> None:
    stage(repository, f"{VERSIONS}/ddd444.py", NEW.replace("BELOW", "ccc333"))
    answer = repository.verb("check", "--without-models", PRE_COMMIT="1")
    assert answer.code == 1
    assert f"{VERSIONS}/ddd444.py:10: MY102 " in answer.out
    assert f"\nSkip once: SKIP=check-history git commit\n{NOT_JUDGED}" in answer.err
    github = repository.verb("check", "--without-models", "--format", "github")
    assert github.out.startswith(f"::error file={VERSIONS}/ddd444.py,line=10,title=MY102::")


def test_two_heads(repository: UserProject) -> None:
    stage(repository, f"{VERSIONS}/ddd444.py", EMPTY)
    answer = repository.verb("check", "--without-models")
    assert answer.code == 1
    assert "HS101 the history has 2 heads: " in answer.out


def test_a_revision_that_is_not_staged(repository: UserProject) -> None:
    repository.write(NOTE, repository.read(NOTE).replace("200", "250"))
    answer = repository.verb("check", "--without-models")
    assert answer.code == 1
    assert f"{NOTE}: HS102 this revision is not staged (changed since it was staged)" in answer.out


def test_what_a_revision_imports_has_to_be_there(repository: UserProject) -> None:
    text = NEW.replace("BELOW", "ccc333").replace(
        "from alembic", "import shop.models\nfrom alembic"
    )
    stage(repository, f"{VERSIONS}/ddd444.py", text)
    answer = repository.verb("check", "--without-models")
    assert answer.code == 2
    assert "a_library_that_is_nowhere" in answer.err
    assert NOT_JUDGED in answer.err


def test_a_replay_without_env_py_is_not_kept_for_one_with_it(tmp_path: Path) -> None:
    project = make_repository("<!-- project: generic -->", tmp_path)
    project.replace(
        "migrations/env.py",
        "        context.configure(connection=connection, target",
        "        context.configure(connection=connection, version_table='ours', target",
    )
    assert project.run("git", "add", "-A").code == 0
    assert project.verb("lint-revisions", "--all").code == 0
    assert project.verb("check", "--without-models").code == 0
    assert "CREATE TABLE `ours`" in project.verb("schema").out


def test_it_judges_what_is_staged_only(repository: UserProject) -> None:
    for given in ("--worktree", "--full", "--format=json"):
        answer = repository.verb("check", "--without-models", given)
        assert answer.code == 2
        assert "without models, check judges what is staged" in answer.err


def test_a_program_is_told_all_of_it_where_there_are_no_models(repository: UserProject) -> None:
    settings = repository.read("alembic.ini")
    stage(repository, "alembic.ini", f"{settings}\n[stillroom]\nmodels = none\n")
    clean = repository.verb("check", "--format", "json")
    assert clean.code == 0, clean.err
    told = {"status": "clean", "target": "mariadb 10.11", "reason": None}
    assert valid("check", clean.out) == {**told, "warnings": [], "findings": []}
    drop = NEW.replace("BELOW", "ccc333")
    stage(repository, f"{VERSIONS}/ddd444.py", drop)
    stage(repository, f"{VERSIONS}/eee555.py", EMPTY.replace("ddd", "eee"))
    found = repository.verb("check", "--format", "json")
    assert found.code == 1, found.err
    told = valid("check", found.out)
    assert told["status"] == "drift"
    assert {"HS101", "MY102"} <= {finding["code"] for finding in told["findings"]}
    stage(repository, f"{VERSIONS}/ddd444.py", drop.replace('"note"', '"nothing"'))
    refused = repository.verb("check", "--format", "json")
    assert refused.code == 2, refused.err
    assert "Can't DROP COLUMN `nothing`" in valid("check", refused.out)["reason"]
