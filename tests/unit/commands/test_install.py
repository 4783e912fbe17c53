"""The installation of a checkout, and its removal."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from stillroom.commands import clean, install


@pytest.fixture
def commands(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> list[list[str]]:
    """What `install` runs, but for git, in an empty folder."""
    monkeypatch.chdir(tmp_path)
    (tmp_path / ".venv").mkdir()
    called: list[list[str]] = []
    real = subprocess.run

    def run(command: list[str], **options: object) -> subprocess.CompletedProcess[str]:
        if command[0] == "git":
            return real(command, **options)  # type: ignore[call-overload, no-any-return]
        called.append(command)
        return subprocess.CompletedProcess(command, 0)

    monkeypatch.setattr(subprocess, "run", run)
    return called


def test_outside_of_a_checkout(
    commands: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    assert install.main() == 2
    assert "requirements.txt is not here" in capsys.readouterr().err
    assert commands == []


def test_without_git_there_are_no_hooks(
    commands: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("requirements.txt").touch()
    assert install.main() == 0
    assert [command[2] for command in commands] == ["venv", "pip"]
    assert "no git repository is here" in capsys.readouterr().err
    assert Path(".venv/ready").exists()


def test_in_a_repository_the_hooks_are_installed(commands: list[list[str]]) -> None:
    Path("requirements.txt").touch()
    subprocess.run(["git", "init", "--quiet"], check=True)
    assert install.main() == 0
    assert commands[-1][1:] == ["-m", "pre_commit", "install"]


def test_hooks_of_ones_own_are_left_alone(
    commands: list[list[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    Path("requirements.txt").touch()
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["git", "config", "core.hooksPath", "hooks"], check=True)
    assert install.main() == 0
    assert "pre_commit" not in str(commands)
    assert "git takes its hooks from hooks" in capsys.readouterr().err


def test_a_failure_names_the_remedy_and_is_not_called_ready(
    commands: list[list[str]], monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    Path("requirements.txt").touch()
    monkeypatch.setattr(
        subprocess, "run", lambda command, **options: subprocess.CompletedProcess(command, 1)
    )
    assert install.main() == 2
    assert "apt-get install python3-venv" in capsys.readouterr().err
    assert not Path(".venv/ready").exists()


def test_clean_removes_caches_and_no_data(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    kept = [".env", "app.db", ".stillroom/server/data/x", "app/a.py"]
    removed = [".venv/ready", ".stillroom/cache/x", "app/__pycache__/a.pyc", ".mypy_cache/x"]
    for name in [*kept, *removed]:
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.touch()
    assert clean.main() == 0
    left = {str(path.relative_to(tmp_path)) for path in tmp_path.rglob("*") if path.is_file()}
    assert left == set(kept)
