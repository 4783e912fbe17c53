"""`make report`: what a reviewer of a branch is told."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from stillroom.report.markdown import as_markdown
from stillroom.report.model import Report
from tests.support.projects import Answer
from tests.support.repositories import FIRST, USER, RepositoryProject, make_repository

ADD = "    op.execute(\"ALTER TABLE user ADD COLUMN nickname VARCHAR(40) COMMENT 'nickname'\")"


@pytest.fixture
def project(tmp_path: Path) -> RepositoryProject:
    return make_repository(tmp_path / "shop", hook="none")


def reported(project: RepositoryProject, *statements: str, model: tuple[str, str]) -> Answer:
    """The report on a revision that runs ``statements``, with a model that fits."""
    body = "\n".join(f"    op.execute({statement!r})" for statement in statements)
    project.add_revision("change", body=body)
    project.replace(USER, *model)
    return project.verb("report")


EMAIL = 'email: Mapped[str | None] = mapped_column(String(255), index=True, comment="邮箱")'


def test_a_harmless_change(project: RepositoryProject) -> None:
    project.add_column()
    project.add_revision()
    told = project.verb("report", "--from=main")
    assert (told.code, told.err) == (0, "")
    assert told.out.startswith(
        "<!-- stillroom report -->\n## Schema changes\n\n"
        "1 revision, 1 statement: no data is lost, nobody is blocked.\n\n"
        "### What changes\n\n- user.nickname VARCHAR(40) NULL is new\n\n"
        "### Statements, cost and locks\n\n`aaaa` nickname\n\n"
        "```sql\n-- INSTANT, without a lock\nALTER TABLE user ADD COLUMN nickname VARCHAR(40)"
    )
    assert "```mermaid\nerDiagram\n" in told.out
    assert 'varchar(40) nickname "new: nickname"' in told.out
    assert "decide" not in told.out
    assert f"since commit {project.head()[:10]}; no database was contacted." in told.out


def test_nothing_new_is_said_in_few_words(project: RepositoryProject) -> None:
    told = project.verb("report", f"--from={FIRST}")
    assert told.code == 0
    assert "No revision is new, and the models need none." in told.out
    assert len(told.out.splitlines()) == 6


def test_a_loss_and_a_finding(project: RepositoryProject) -> None:
    told = reported(project, "ALTER TABLE user DROP COLUMN email", model=(f"    {EMAIL}\n", ""))
    assert told.code == 1
    assert "**1 loses data**" in told.out
    assert "- [ ] Loses data: " in told.out
    assert "- `alembic/versions/aaaa_change.py:13` MY102 drops the column" in told.out


def test_a_copy_of_a_table(project: RepositoryProject) -> None:
    told = reported(
        project,
        "ALTER TABLE user MODIFY email CHAR(255) COMMENT '邮箱'",
        model=(EMAIL, EMAIL),
    )
    assert "**1 blocks others** while it works" in told.out
    assert (
        "- [ ] COPY, blocks writes (user): how large is it, and when may that happen?"
        " `make report sizes=1` asks" in told.out
    )
    assert "\n-- COPY, blocks writes\nALTER TABLE user MODIFY" in told.out


def test_a_rename_is_no_loss(project: RepositoryProject) -> None:
    told = reported(
        project,
        "ALTER TABLE user RENAME COLUMN email TO mail",
        "RENAME TABLE article TO post",
        model=("email: Mapped", "mail: Mapped"),
    )
    assert "- user.email is renamed to mail\n- table article is renamed to post\n" in told.out
    assert "email VARCHAR(255) NULL is dropped" not in told.out
    assert 'varchar(255) mail "changed: email before"' in told.out
    assert 'table article "changed: name before"' in told.out
    assert "no data is lost" in told.out


def test_two_heads(project: RepositoryProject) -> None:
    project.add_revision("one", id_="aaaa", body="    pass")
    project.git("add", "--all")
    project.git("commit", "-qm", "one")
    project.git("checkout", "-qb", "branch")
    project.add_revision("two", id_="bbbb", body="    pass")
    told = project.verb("report")
    assert told.code == 1
    assert "- [ ] The history has 2 heads: " in told.out
    assert '`make merge m="join the branches"` or `make rebase`' in told.out
    assert "change of the models" not in told.out
    assert "HS101" not in told.out


def test_rows_that_change(project: RepositoryProject) -> None:
    told = reported(
        project,
        "UPDATE user SET email = 'a' WHERE id = 1",
        "DELETE FROM article",
        model=(EMAIL, EMAIL),
    )
    assert "**1 loses data**, **1 changes rows**, no table is blocked." in told.out
    assert "- [ ] 1 statement changes rows (user), which are locked meanwhile: " in told.out
    assert "### What changes\n\n- rows of user are changed\n" in told.out


def test_drift_of_the_beginning_is_counted_but_not_repeated(project: RepositoryProject) -> None:
    project.add_column("old")
    project.git("commit", "-qam", "without a revision")
    project.add_revision("change", body="    pass")
    project.add_column("young")
    told = project.verb("report")
    assert told.code == 1
    assert "1 change of the models has no revision" in told.out
    assert "DR102 user.young" in told.out
    assert "user.old" not in told.out
    assert "1 finding of the check was there before this change" in told.out


def test_a_table_that_the_target_refuses_waits_for_no_revision(project: RepositoryProject) -> None:
    project.replace(USER, EMAIL, EMAIL.replace("String(255)", 'String(255, "nocase")'))
    told = project.verb("report")
    assert "DR109 table user cannot be created from the models" in told.out
    assert "has no revision" not in told.out
    assert "- [ ] 1 finding of the check, below." in told.out
    assert "make revision" not in project.verb("check", "--worktree").out


def test_the_server_that_tells_costs_is_named() -> None:
    assert "LINT\\_URL was asked" in as_markdown(Report("x", "mysql 8.4", asked=True))


def test_models_without_a_revision(project: RepositoryProject) -> None:
    project.add_column()
    told = project.verb("report")
    assert told.code == 1
    assert "**no revision covers it**" in told.out
    assert '1 change of the models has no revision: `make revision m="…"` writes it.' in told.out
    assert "DR102 user.nickname VARCHAR(40) NULL has no revision." in told.out


def test_what_cannot_be_replayed_and_what_was_moved(project: RepositoryProject) -> None:
    project.add_revision(body='    op.execute("CREATE TABLE copy SELECT * FROM user")')
    told = project.verb("report")
    assert told.code == 2
    assert "**What this changes cannot be told.**" in told.out
    assert "- [ ] It cannot be told what this does: alembic/versions/aaaa" in told.out
    project.git("add", "--all")
    project.git("commit", "-qm", "it is published")
    project.git("mv", "alembic/versions/aaaa_nickname.py", "alembic/versions/bbbb.py")
    project.replace("alembic/versions/bbbb.py", '"aaaa"', '"bbbb"')
    moved = project.verb("report")
    assert moved.code == 2
    assert "`aaaa` is no longer here." in moved.out


def test_a_revision_before_a_published_one(project: RepositoryProject) -> None:
    project.add_revision("late", id_="bbbb", body="    pass")
    project.git("add", "--all")
    project.git("commit", "-qm", "late")
    project.add_revision("early", id_="aaaa", body="    pass")
    project.replace("alembic/versions/bbbb_late.py", f'"{FIRST}"', '"aaaa"')
    told = project.verb("report")
    assert told.code == 1
    assert "`aaaa` is new, but before a revision that is not." in told.out


def test_no_text_of_a_project_becomes_markup(project: RepositoryProject) -> None:
    comment = "<img src=x> @octocat #1 **b** [a](b) `c` \u202e"
    sql = f"ALTER TABLE user ADD COLUMN `a|b` INT COMMENT '{comment} ``` '"
    project.add_revision("change", body=f"    op.execute({sql!r})")
    told = project.verb("report")
    outside = re.sub(r"(?s)````sql.*?````\n|```mermaid.*?```\n", "", told.out)
    assert told.out.count("````") == 2
    assert "a\\|b" in outside
    for markup in ("<img", "@o", "**b", "[a]", "\u202e"):
        assert markup not in outside, markup


def test_where_a_branch_begins_must_be_known(project: RepositoryProject) -> None:
    unknown = project.verb("report", "--from=nothing")
    assert (unknown.code, unknown.out) == (2, "")
    assert "there is no revision and no commit of git that is called 'nothing'" in unknown.err
    project.git("branch", "-m", "trunk")
    missing = project.verb("report")
    assert missing.code == 2
    assert missing.err.startswith("since when? from= is missing\n    make report from=main\n")
