"""Several databases in one alembic.ini, each with a history, models and a target of its own."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.support.pages import make_repository
from tests.support.projects import CASES, Answer, UserProject

NAMES = ["alembic", "reporting", "audit"]
FORGOTTEN = "    region: Mapped[str | None] = mapped_column(String(40))\n"


@pytest.fixture
def several(tmp_path: Path) -> UserProject:
    shutil.copytree(CASES / "databases", tmp_path / "several")
    return UserProject(tmp_path / "several")


def hook(project: UserProject) -> Answer:
    def run() -> None:
        from stillroom.hook import main

        raise SystemExit(main([]))

    return project._fork(run, {})


def summary(answer: Answer) -> dict[str, str]:
    """The last lines, by database."""
    lines = answer.err.splitlines()[-len(NAMES) :]
    return {name: said.strip() for name, _, said in (line.partition(" ") for line in lines)}


@pytest.mark.parametrize("words", [("heads",), ("check",), ("lint-revisions", "--all")])
def test_each_database_in_the_order_of_the_file(
    several: UserProject, words: tuple[str, ...]
) -> None:
    answer = several.verb(*words)
    assert answer.code == 0, answer.out + answer.err
    headings = [line[:-1] for line in answer.err.splitlines() if line.endswith(":")]
    assert headings == list(summary(answer)) == NAMES
    assert set(summary(answer).values()) == {"done"}


def test_the_one_that_is_named(several: UserProject) -> None:
    for words in (("heads", "--db", "audit"), ("heads", "--db=audit"), ("-n", "audit", "heads")):
        assert several.verb(*words).out == "c1 (head)\n"
    assert several.verb("heads", STILLROOM_db="audit").out == "c1 (head)\n"
    assert several.verb("heads", STILLROOM_db="alembic").out == "a1 (head)\n"


def test_each_has_its_own_target_and_models(several: UserProject) -> None:
    several.write("reporting/models.py", several.read("reporting/models.py") + FORGOTTEN)
    several.write("Makefile", "x:\n\t-m stillroom $@\n")
    answer = several.verb("check")
    assert answer.code == 1
    assert "reporting/models.py:12: DR102 sales.region VARCHAR(40) NULL has no" in answer.out
    assert 'make revision db=reporting m="…"' in answer.out
    assert "for mysql 9.7; no database" in answer.err
    assert summary(answer) == {
        "alembic": "done",
        "reporting": "something was found",
        "audit": "done",
    }
    assert several.verb("check", "--db", "audit").code == 0
    written = several.verb("revision", "-m", "a region", "--db", "reporting")
    assert written.code == 0, written.err
    assert "Wrote reporting_history/versions/" in written.out
    assert several.verb("check").code == 0


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (("heads", "--db", "report"), "there is no database 'report': no section of that name"),
        (("upgrade", "--db", "stillroom"), "there is no database 'stillroom'"),
        (("downgrade",), "which database? db= is missing"),
        (("stamp", "head"), "which database? db= is missing"),
        (("upgrade", "a1"), "which database? rev= belongs to one history"),
        (("plan", "--from", "a1"), "which database? from= belongs to one history"),
        (("migrate", "-m", "x"), "which database? m= describes one revision"),
        (("check", "--format", "json"), "which database? --format json is one document"),
        (("adopt", "--stamp", "a1"), "which database? stamp= belongs to one history"),
    ],
)
def test_what_is_asked_of_no_database(
    several: UserProject, words: tuple[str, ...], message: str
) -> None:
    before = several.files()
    answer = several.verb(*words)
    assert answer.code == 2
    assert answer.out == ""
    assert answer.err.startswith(f"alembic.ini: {message}")
    assert "The databases are: alembic, reporting, audit.\n" in answer.err
    assert len(answer.err.splitlines()) <= 3
    assert several.files() == before


def test_the_only_database_needs_no_name(several: UserProject) -> None:
    ini = several.read("alembic.ini")
    start, end = ini.index("[audit]"), ini.index("[stillroom:reporting]")
    several.write("alembic.ini", ini[start:end] + ini[ini.index("[stillroom:audit]") :])
    answer = several.verb("check")
    assert (answer.code, answer.err.count("\n")) == (0, 1), answer.err
    assert "for mariadb 11.8" in answer.err
    assert several.verb("upgrade", "--db", "reporting").code == 2


def test_settings_of_a_section_that_is_not_there(several: UserProject) -> None:
    several.replace("alembic.ini", "[stillroom:audit]", "[stillroom:audits]")
    answer = several.verb("check")
    assert answer.code == 2
    assert answer.err.startswith("alembic.ini:30: [stillroom:audits] is for the section [audits],")


def test_a_setting_that_does_not_exist(several: UserProject) -> None:
    several.replace("alembic.ini", "models = audit", "modles = audit")
    answer = several.verb("check", "--db", "audit")
    assert answer.code == 2
    assert answer.err.startswith("alembic.ini:32: [stillroom:audit] has no setting 'modles'")


def test_what_default_says_is_for_alembic(several: UserProject) -> None:
    ini = several.read("alembic.ini").replace("script_location = %(here)s/alembic\n", "")
    several.write("alembic.ini", f"[DEFAULT]\nscript_location = %(here)s/alembic\n{ini}")
    assert list(summary(several.verb("check"))) == NAMES


def test_an_upgrade_stops_at_the_first_that_fails(several: UserProject, tmp_path: Path) -> None:
    several.replace("alembic.ini", "target = mariadb 10.11\n", "")
    url = f"sqlite:///{tmp_path}/shop.db"
    answer = several.verb("upgrade", DB_URL=url)
    assert answer.code == 2
    assert summary(answer) == {
        "alembic": "done",
        "reporting": "failed",
        "audit": "left alone, because reporting failed",
    }
    assert several.verb("current", "--db", "alembic", DB_URL=url).out == "a1 (head)\n"


def test_the_hook_judges_all_and_its_fast_answers_are_about_all(tmp_path: Path) -> None:
    project = make_repository("<!-- project: databases -->", tmp_path)

    def stage(path: str, text: str) -> None:
        project.write(path, text)
        assert project.run("git", "add", "-A").code == 0

    first = hook(project)
    assert (first.code, list(summary(first))) == (0, NAMES), first.err
    assert "nothing relevant has changed" in hook(project).err
    stage(".gitignore", "*.pyc\n")
    assert "nothing relevant has changed" in hook(project).err
    models = project.read("reporting/models.py")
    stage("reporting/models.py", models + FORGOTTEN)
    found = hook(project)
    assert found.code == 1
    assert summary(found)["reporting"] == "something was found"
    # A verdict on one of them is none on the others.
    for name in ("alembic", "audit"):
        assert project.verb("check", "--staged", "--db", name).code == 0
    assert hook(project).code == 1
    stage("reporting/models.py", models)
    assert "nothing relevant has changed" in hook(project).err
