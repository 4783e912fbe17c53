"""`stillroom doctor`: each line that can be wrong without a server is broken in turn."""

from __future__ import annotations

import shutil
from collections.abc import Callable
from pathlib import Path

import pytest

from stillroom.adoption import live
from stillroom.doctor.examination import examine
from stillroom.doctor.line import Line, State
from stillroom.marked import plain
from tests.support.projects import CASES, UserProject

TARGET = "\n[stillroom]\ntarget = mariadb 10.11\n"


@pytest.fixture
def whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> UserProject:
    """A project with all that it needs, whose server nobody asks."""
    shutil.copytree(CASES / "generic", tmp_path / "shop")
    project = UserProject(tmp_path / "shop")
    assert project.run("git", "init", "-q", ".").code == 0
    project.write("alembic.ini", project.read("alembic.ini") + TARGET)
    assert project.verb("adopt", "--yes", "--without", "baseline").code == 0
    program = project.write(".venv/bin/stillroom-check-revision", "#!/bin/sh\n")
    program.chmod(0o755)
    hook = project.write(".git/hooks/pre-commit", "#!/bin/sh\n.venv/bin/stillroom-check-revision\n")
    hook.chmod(0o755)
    monkeypatch.setattr(live, "ask", lambda _root: ([], "nobody answers"))
    return project


def lines(project: UserProject) -> dict[str, Line]:
    return {line.subject: line for line in examine(project.root.resolve())}


def test_all_is_well_but_for_the_server(whole: UserProject) -> None:
    found = lines(whole)
    assert found.pop("server").state is State.UNKNOWN
    assert {line.state for line in found.values()} == {State.GOOD}, found
    assert [*found] == ["python", "packages", "settings", "env.py", "revisions", "hook"]
    assert plain(found["revisions"].lines()) == "ok  revisions  head ccc333"


def _no_target(project: UserProject) -> None:
    project.replace("alembic.ini", TARGET, "")


def _unknown_setting(project: UserProject) -> None:
    project.replace("alembic.ini", "target =", "tarjet =")


def _no_ini(project: UserProject) -> None:
    (project.root / "alembic.ini").unlink()


def _no_guard(project: UserProject) -> None:
    project.replace("migrations/env.py", "from stillroom.env import guard\n", "")


def _broken_env(project: UserProject) -> None:
    project.write("migrations/env.py", "def (:\n")


def _two_heads(project: UserProject) -> None:
    text = project.read("migrations/versions/ccc333_a_note.py").replace("ccc333", "ddd444")
    project.write("migrations/versions/ddd444_other.py", text)


def _broken_revision(project: UserProject) -> None:
    project.write("migrations/versions/ddd444_other.py", "revision = 'ddd444'\ndef (:\n")


def _failing_revision(project: UserProject) -> None:
    project.write("migrations/versions/ddd444_other.py", "revision = 'ddd444'\nnowhere\n")


def _no_hook(project: UserProject) -> None:
    (project.root / ".git/hooks/pre-commit").unlink()


def _other_hook(project: UserProject) -> None:
    project.write(".git/hooks/pre-commit", "#!/bin/sh\nexec other\n")


def _not_executable(project: UserProject) -> None:
    (project.root / ".git/hooks/pre-commit").chmod(0o644)


def _no_program(project: UserProject) -> None:
    hook = ".git/hooks/pre-commit"
    project.replace(hook, ".venv/bin/", "uv run --no-sync ")
    project.write("uv.lock", "")


def _moved(project: UserProject) -> None:
    shutil.rmtree(project.root / ".venv")


def _not_installed(project: UserProject) -> None:
    (project.root / ".git/hooks/pre-commit").unlink()
    project.write(".pre-commit-config.yaml", "repos:\n  - entry: stillroom-check-revision\n")


@pytest.mark.parametrize(
    ("damage", "subject", "said", "remedy"),
    [
        (_no_target, "settings", "names no target", "stillroom adopt --target"),
        (_unknown_setting, "settings", "no setting 'tarjet'", ""),
        (_no_ini, "settings", "no alembic.ini", ""),
        (_no_guard, "env.py", "half-applied", "stillroom adopt"),
        (_broken_env, "env.py", "is not valid Python", ""),
        (_two_heads, "revisions", "2 heads: ccc333, ddd444", "stillroom merge"),
        (_broken_revision, "revisions", "ddd444_other.py:2: SyntaxError: invalid", ""),
        (_failing_revision, "revisions", "ddd444_other.py:2: NameError: name 'nowhere'", ""),
        (_no_hook, "hook", "does not run the check", "stillroom adopt"),
        (_other_hook, "hook", "does not run the check", "Add this command to"),
        (_not_executable, "hook", "is not executable", "chmod +x"),
        (_no_program, "hook", "the hook calls uv", "install uv, as this project does"),
        (_moved, "hook", "calls .venv/bin/stillroom-check-revision, which does not exist", ""),
        (_not_installed, "hook", "not installed in this clone", "pre-commit install"),
    ],
)
def test_what_is_broken_has_a_line_with_its_remedy(
    whole: UserProject,
    monkeypatch: pytest.MonkeyPatch,
    damage: Callable[[UserProject], None],
    subject: str,
    said: str,
    remedy: str,
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    monkeypatch.chdir(whole.root)
    damage(whole)
    line = lines(whole)[subject]
    assert line.state is not State.GOOD
    assert said in line.text
    assert remedy in line.remedy


def test_branches_with_labels_are_two_heads_for_good(
    whole: UserProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(whole.root)
    _two_heads(whole)
    file = "migrations/versions/ddd444_other.py"
    whole.write(file, whole.read(file) + "\n\nbranch_labels = ('contract',)\n")
    line = lines(whole)["revisions"]
    assert (line.state, line.text) == (State.GOOD, "head ccc333, ddd444")


@pytest.mark.parametrize(
    ("entry", "program"),
    [
        (".venv/bin/python scripts/check_revision.py", ".venv/bin/python"),
        ("'uv run --no-sync stillroom-check-revision'", "uv"),
        ("sh -c 'cd shop && exec ../nowhere/stillroom-check-revision'", "../nowhere/still"),
    ],
)
def test_it_is_the_hook_that_is_there_which_is_judged(
    whole: UserProject, monkeypatch: pytest.MonkeyPatch, entry: str, program: str
) -> None:
    monkeypatch.setattr(shutil, "which", lambda _program: None)
    config = f"repos:\n- repo: local\n  hooks:\n  - id: check-revision\n    entry: {entry}\n"
    whole.write(".pre-commit-config.yaml", config)
    whole.write(".git/hooks/pre-commit", "#!/bin/sh\nexec pre-commit\n").chmod(0o755)
    shutil.rmtree(whole.root / ".venv")
    assert f"the hook calls {program}" in lines(whole)["hook"].text


def test_the_exit_code_is_that_of_the_worst_line(whole: UserProject) -> None:
    done = whole.verb("doctor")
    assert done.code == 2
    assert "??  server     not reached: " in done.out
    assert "ok  revisions  head ccc333\n" in done.out
    assert len(done.out.splitlines()) <= 24
    quiet = whole.verb("doctor", "--quiet")
    assert (quiet.code, quiet.out[:15].split()) == (2, ["??", "server"])
