"""The project's code ends the process, or takes away its streams: 0 only if there is a verdict."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from tests.support.projects import ROOT
from tests.support.repositories import RepositoryProject, make_repository

DRIFT, CANNOT = 1, 2
ANSWERS = ("check", "lint-revisions", "status", "plan", "doctor", "sql", "schema")
# In a model, before anything is known. The models have drifted, so no answer of `check` is 0.
ENDINGS = {
    "_exit": "import os; os._exit(0)",
    "exit": "import sys; sys.exit(0)",
    "thread": "import os, threading\n"
    "thread = threading.Timer(0.001, os._exit, [0]); thread.start(); thread.join()",
    "exec": "import os; os.execv('/bin/true', ['true'])",
    "signal": "import os; os.kill(os.getpid(), 15)",
    "alarm": "import os, signal, time\nsignal.signal(signal.SIGALRM, lambda *_: os._exit(0))\n"
    "signal.setitimer(signal.ITIMER_REAL, 0.001); time.sleep(0.5)",
    "in C": "import ctypes; ctypes.CDLL(None)._exit(0)",
    "no descriptors": "import os; os.closerange(1, 64)",
    "no base class": "raise BaseException",
}
# These do not keep a verdict from being reached.
HARMLESS = {
    "at exit": "import atexit, os; atexit.register(os._exit, 0)",
    "no streams": "import sys; sys.stdout = sys.stderr = None",
    "closed stream": "import sys; sys.stdout.close()",
}


@pytest.fixture(scope="module")
def repository(tmp_path_factory: pytest.TempPathFactory) -> RepositoryProject:
    return make_repository(tmp_path_factory.mktemp("endings") / "repository", hook="none")


def ending(repository: RepositoryProject, code: str) -> RepositoryProject:
    repository.git("reset", "--quiet", "--hard")
    repository.add_column()
    init = "app/models/__init__.py"
    repository.write(init, f"{code}\n{repository.read(init)}")
    repository.git("add", "--all")
    return repository


@pytest.mark.parametrize("kind", ENDINGS)
def test_no_verdict_is_not_0(repository: RepositoryProject, kind: str) -> None:
    project = ending(repository, ENDINGS[kind])
    assert project.check().code == CANNOT
    for verb in ANSWERS if kind == "_exit" else ("check", "status"):
        answer = project.verb(verb)
        imports_models = verb not in ("plan", "sql", "lint-revisions", "doctor")
        assert answer.code == CANNOT or not imports_models, (verb, answer)
        assert "Traceback" not in answer.err


@pytest.mark.parametrize("kind", HARMLESS)
def test_a_verdict_that_was_reached_counts(repository: RepositoryProject, kind: str) -> None:
    assert ending(repository, HARMLESS[kind]).check().code == DRIFT


@pytest.mark.parametrize("verb", ["check", "status", "plan", "sql", "upgrade", "migrate"])
def test_env_py_ends_no_command_with_0(repository: RepositoryProject, verb: str) -> None:
    project = ending(repository, "")
    env = "alembic/env.py"
    project.write(env, f"import os\nos._exit(0)\n{project.read(env)}")
    answer = project.verb(verb)
    assert answer.code == CANNOT
    assert "ended" in answer.err


@pytest.mark.parametrize("verb", ["check", "status", "plan", "sql"])
def test_an_exit_of_the_project_is_called_so(repository: RepositoryProject, verb: str) -> None:
    project = ending(repository, "")
    env = "alembic/env.py"
    project.write(env, f"import sys\nsys.exit(0)\n{project.read(env)}")
    answer = project.verb(verb)
    assert answer.code == CANNOT
    assert "ended the process" in answer.err
    assert "killed" not in answer.err


@pytest.mark.parametrize("closed", [">&-", "<&- >&- 2>&-", "2>/dev/full"])
def test_streams_that_are_closed_are_no_finding(repository: RepositoryProject, closed: str) -> None:
    project = ending(repository, "")
    for command in ("scripts/check_revision.py", "-m stillroom heads"):
        code = DRIFT if "check" in command else 0
        assert run(project.root, f"{command} {closed}") == code, command


def test_an_answer_that_cannot_be_written_is_none(repository: RepositoryProject) -> None:
    assert run(repository.root, "-m stillroom heads > /dev/full") == CANNOT


def test_a_folder_that_is_gone_is_said_so(tmp_path: Path) -> None:
    folder = tmp_path / "gone"
    folder.mkdir()
    assert run(folder, "-m stillroom heads", "rmdir ../gone") == CANNOT


def run(folder: Path, command: str, before: str = "true") -> int:
    done = subprocess.run(
        ["bash", "-c", f'{before}; exec "$0" -P {command}', sys.executable],
        cwd=folder,
        env={"PYTHONPATH": str(ROOT / "scripts"), "PATH": "/usr/bin:/bin", "HOME": str(folder)},
        capture_output=True,
        check=False,
    )
    assert b"Traceback" not in done.stderr
    return done.returncode
