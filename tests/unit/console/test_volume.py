"""`--quiet` says only what is found, `--verbose` all that happens."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.support.projects import UserProject, verb_command

FIRST = "e3c87c4a7bde"


def test_quiet_is_silent_where_all_is_well(project: UserProject) -> None:
    calls = (
        "init",
        "migrate",
        "upgrade",
        "revision -m nothing",
        "merge -m nothing",
        "rebase",
        "stamp head",
        "snapshot",
        "baseline",
        "check",
        "lint-revisions --all",
    )
    for call in calls:
        verb, *arguments = call.split()
        answer = project.verb(verb, "--quiet", *arguments)
        assert (answer.code, answer.out, answer.err) == (0, "", ""), call
    assert project.run("env", "STILLROOM_quiet=1", *verb_command("check")).err == ""


def test_quiet_tells_what_is_found(project: UserProject) -> None:
    model = "app/models/user.py"
    column = "    nickname: Mapped[str | None] = mapped_column(String(40))\n"
    project.write(model, project.read(model) + column)
    assert project.verb("check", "-q") == project.verb("check")
    project.write(model, "1 / 0\n")
    quiet = project.verb("check", "-q")
    assert quiet.code == 2
    assert "ZeroDivisionError" in quiet.err


def test_before_the_verb_it_means_the_same(project: UserProject) -> None:
    answer = project.run(*verb_command("-q", "upgrade"))
    assert (answer.code, answer.out, answer.err) == (0, "", "")


def test_verbose_names_each_statement_and_prints_the_log(project: UserProject) -> None:
    usual, verbose = (
        project.verb("upgrade"),
        project.verb("upgrade", "--verbose", DB_URL="sqlite:///b.db"),
    )
    assert "CREATE TABLE" not in usual.err
    assert "    CREATE INDEX ix_user_email ON user (email): 0.0 s\n" in verbose.err
    assert verbose.err.count("Running upgrade  -> e3c87c4a7bde, create user and article\n") == 1


@pytest.mark.parametrize("name", ["generic", "library_base", "async_env"])
def test_alembic_logs_nothing_whatever_env_py_configures(
    case: Callable[[str], UserProject], name: str
) -> None:
    project = case(name)
    for verb in ("history", "upgrade", "status", "current", "heads"):
        said = project.verb(verb)
        assert "INFO" not in said.err, said.err
        assert "Running upgrade" not in said.err
        assert "Context impl" not in said.err


def test_both_are_refused(project: UserProject) -> None:
    assert project.verb("check", "-q", "-v").code == 2
