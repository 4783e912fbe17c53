"""The command line: errors become exit codes, in one place."""

from argparse import ArgumentParser, Namespace
from types import ModuleType

import pytest

from stillroom import cli
from stillroom.errors import SettingsError


def run_raising(monkeypatch: pytest.MonkeyPatch, error: BaseException) -> int:
    command = ModuleType("stillroom.commands.init")

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


def test_an_error_that_is_ours_to_mend_stays_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ZeroDivisionError):
        run_raising(monkeypatch, ZeroDivisionError())
