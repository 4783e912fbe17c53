"""The command line: errors become exit codes, in one place."""

import re
import shlex
import subprocess
import sys
from argparse import ArgumentParser, Namespace
from pathlib import Path
from types import ModuleType

import pytest

import stillroom
from stillroom import cli
from stillroom.console.arguments import parser_of
from stillroom.console.requirements import OLDEST
from stillroom.errors import SettingsError
from stillroom.shell import Command
from stillroom.verbs import VERBS, module_of
from tests.support.projects import ROOT


def run_code(code: str) -> subprocess.CompletedProcess[str]:
    """Run Python with this engine and no other variable set."""
    return subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        text=True,
        check=False,
    )


def run_raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    command = ModuleType("stillroom.commands.setup.init")

    def run(args: Namespace) -> int:
        raise error

    def arguments(parser: ArgumentParser) -> None:
        pass

    vars(command).update(run=run, arguments=arguments)
    monkeypatch.setattr(cli, "import_module", lambda name: command)
    return cli.main(["init"])


@pytest.mark.parametrize(
    ("error", "code", "message"),
    [
        (
            SettingsError("is wrong", where=".env:1", fix="Mend it.\nNow."),
            2,
            ".env:1: is wrong\n    Mend it.\n    Now.\n",
        ),
        (PermissionError(13, "Permission denied", "alembic.ini"), 2, "alembic.ini: cannot be"),
        (OSError(28, "No space left on device", "a.sql"), 2, "a.sql: cannot be written: No space"),
        (OSError(30, "Read-only file system", "alembic.ini"), 2, "alembic.ini: cannot be written"),
        (KeyboardInterrupt(), 130, "interrupted\n"),
    ],
)
def test_errors_that_are_expected(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    error: BaseException,
    code: int,
    message: str,
) -> None:
    assert run_raising(monkeypatch, error) == code
    captured = capsys.readouterr()
    assert captured.out == ""
    assert captured.err.startswith(message)


def test_what_nobody_foresaw_is_no_finding_and_leaves_a_log(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str], tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("DB_PASSWORD", "hunter22")
    (tmp_path / ".env").write_text("LINT_URL='mysql://u:s3cr3t@h/x'\n")
    error = ZeroDivisionError("hunter22 s3cr3t mysql+pymysql://root:p@ss@h/db")
    assert run_raising(monkeypatch, error) == 2
    said = capsys.readouterr().err
    log = (tmp_path / ".stillroom" / "unexpected-error.log").read_text()
    assert len(said.splitlines()) == 3
    assert "ZeroDivisionError: *** *** mysql+pymysql://root:***@h/db" in said
    assert ".stillroom/unexpected-error.log" in said
    assert "Traceback" in log
    for text in (said, log):
        assert not {"hunter22", "s3cr3t", "p@ss"} & {*text.split(), *text.split("'")}
        assert "hunter22" not in text
        assert "s3cr3t" not in text
        assert "p@ss" not in text


def test_a_module_that_calls_exit_gives_no_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    assert run_raising(monkeypatch, SystemExit(0)) == 2
    assert "the project's code ended the process: SystemExit(0)" in capsys.readouterr().err


def test_version(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["--version"]) == 0
    assert capsys.readouterr().out == f"stillroom {stillroom.__version__}\n"


@pytest.mark.parametrize("verb", VERBS)
def test_the_help_of_a_verb_has_an_example(verb: str, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises(SystemExit) as ended:
        cli.run_verb(verb, ["--help"])
    assert ended.value.code == 0
    assert re.search(rf"Example:\n    (make|stillroom) {verb}\b", capsys.readouterr().out)


@pytest.mark.parametrize("verb", VERBS)
def test_an_example_is_understood(
    verb: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)  # where there is no make
    _, _, *words = shlex.split(str(Command(verb, **VERBS[verb].example)))
    parser_of(verb).parse_args(words)


def test_a_mistyped_verb(capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.main(["upgarde"]) == 2
    assert "stillroom has no verb 'upgarde'\n    Did you mean make upgrade?" in (
        capsys.readouterr().err
    )


@pytest.mark.parametrize(
    ("module", "version", "said"),
    [
        ("sqlalchemy", "1.4.54", "Stillroom needs SQLAlchemy {} or newer, but 1.4.54 is"),
        ("sqlalchemy", "2.0.29", "Stillroom needs SQLAlchemy {} or newer"),
        ("alembic", "1.16.2", "Stillroom needs Alembic {} or newer"),
    ],
)
def test_libraries_that_are_too_old_are_named(
    monkeypatch: pytest.MonkeyPatch,
    capsys: pytest.CaptureFixture[str],
    module: str,
    version: str,
    said: str,
) -> None:
    monkeypatch.setattr(f"{module}.__version__", version)
    assert cli.run_verb("heads", []) == 2
    oldest = ".".join(map(str, OLDEST[module]))
    assert capsys.readouterr().err.startswith(said.format(oldest))


def test_an_import_that_an_old_library_breaks_is_explained(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def fail(name: str) -> ModuleType:
        raise ImportError("cannot import name 'Mapped' from 'sqlalchemy.orm'")

    monkeypatch.setattr(cli, "import_module", fail)
    monkeypatch.setattr("sqlalchemy.__version__", "1.4.54")
    assert cli.run_verb("heads", []) == 2
    assert "1.4.54 is installed" in capsys.readouterr().err


def test_windows_is_named(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr("sys.platform", "win32")
    assert cli.run_verb("heads", []) == 2
    assert capsys.readouterr().err.startswith("Stillroom does not run on Windows")


def test_a_reader_that_goes_away_changes_no_verdict() -> None:
    """``check | head`` with drift is not 0."""
    code = (
        "from stillroom.console.streams import guarded_output\n"
        "with guarded_output():\n"
        "    for _ in range(100000): print('x' * 100)\n"
        "raise SystemExit(1)"
    )
    ended = subprocess.run(
        ["bash", "-o", "pipefail", "-c", '"$0" -c "$1" | head -1', sys.executable, code],
        env={"PYTHONPATH": str(ROOT / "scripts")},
        capture_output=True,
        check=False,
    )
    assert (ended.returncode, ended.stderr) == (1, b"")


@pytest.mark.parametrize("ending", ["os._exit(0)", "os.kill(os.getpid(), 9)"])
def test_a_process_that_ends_has_given_no_verdict(ending: str) -> None:
    code = (
        "import os\nfrom stillroom.console.child import verdict_of\n"
        f"raise SystemExit(verdict_of(lambda: {ending}))"
    )
    ended = run_code(code)
    assert ended.returncode == 2
    assert "ended before it reached a verdict" in ended.stderr


def test_a_process_that_a_project_leaves_behind_is_not_waited_for() -> None:
    code = (
        "import os, time\nfrom stillroom.console.child import verdict_of\n"
        "def work():\n    if not os.fork():\n        time.sleep(60)\n    return 1\n"
        "raise SystemExit(verdict_of(work))"
    )
    ended = subprocess.run(
        [sys.executable, "-c", code],
        env={"PYTHONPATH": str(ROOT / "scripts")},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        timeout=30,
        check=False,
    )
    assert ended.returncode == 1


def test_only_an_async_engine_needs_greenlet() -> None:
    program = (
        "import sys; sys.modules['greenlet'] = None\n"
        "from importlib import import_module\n"
        f"for name in {[module_of(verb) for verb in VERBS]}: import_module(name)"
    )
    done = run_code(program)
    assert done.returncode == 0, done.stderr
