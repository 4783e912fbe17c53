"""What another process does while this one imports."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

from stillroom.project.folders import cache_folder
from stillroom.staged import checkout
from stillroom.staged.background_checkout import in_background


@pytest.fixture
def repository(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setattr(os, "cpu_count", lambda: 2)
    monkeypatch.setattr(sys, "dont_write_bytecode", False)
    subprocess.run(["git", "init", "--quiet"], cwd=tmp_path, check=True)
    (tmp_path / "module.py").write_text("VALUE = 1\n")
    (tmp_path / "broken.py").write_text("def f(:\n")
    subprocess.run(["git", "add", "."], cwd=tmp_path, check=True)
    return tmp_path


def test_what_is_staged_is_there_and_compiled(repository: Path) -> None:
    with in_background(repository) as wait:
        wait()
        assert checkout.is_there(repository)
    folder = cache_folder(repository) / "staged"
    assert (folder / "module.py").read_text() == "VALUE = 1\n"
    assert [path.name.split(".")[0] for path in (folder / "__pycache__").iterdir()] == ["module"]


def test_only_the_first_checkout_is_compiled(repository: Path) -> None:
    for _ in range(2):
        with in_background(repository):
            (repository / "module.py").write_text("VALUE = 22\n")
        subprocess.run(["git", "add", "."], cwd=repository, check=True)
    assert not list((cache_folder(repository) / "staged" / "__pycache__").iterdir())


def test_without_a_repository_nothing_is_done(tmp_path: Path) -> None:
    with in_background(tmp_path) as wait:
        wait()
    assert not list(tmp_path.iterdir())
