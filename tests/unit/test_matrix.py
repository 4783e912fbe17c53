"""Which combinations the tests run on, and what is read from their output."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any, TextIO

import install
import matrix
import pytest
import yaml

from tests.support.projects import ROOT

OLDEST = matrix.Combination("3.11", "==2.0.30", "==1.16.3")
MIDDLE = matrix.Combination("3.12", ">=2.0.30,<2.1", "==1.18.0")
NEWEST = matrix.Combination("3.13", ">=2.1,<2.2", ">=1.20,<1.21")
SUMMARY = "= 1 failed, 20 passed, 3 skipped, 1 error in 2.00s ="


def test_combinations() -> None:
    def named(*which: str) -> list[matrix.Combination]:
        return list(matrix.combinations(which, ["3.11", "3.12", "3.13"]))

    assert named("oldest", "middle", "newest") == [OLDEST, MIDDLE, NEWEST]
    assert len(named("corners")) == 8
    assert {OLDEST, NEWEST} <= set(named("corners"))
    assert len(set(named("all"))) == 3 * 3 * 3
    assert list(matrix.combinations(["all"], [])) == []


def test_interpreters_that_do_not_run_are_passed_over(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    here = "{}.{}".format(*sys.version_info)
    broken = tmp_path / "python"
    broken.write_text("#!/bin/sh\nexit 127\n")
    broken.chmod(0o755)
    monkeypatch.setenv("STILLROOM_PYTHONS", f"{broken}:/nowhere/python:{sys.executable}")
    assert matrix.interpreters([here, "2.7"]) == {here: sys.executable}


def test_what_pytest_says() -> None:
    text = f"FAILED a.py::b - c\nSKIPPED [3] d.py:1: no server\nother\n{SUMMARY}\n"
    outcome = matrix.read(text, 1)
    assert outcome.counts == {"passed": 20, "failed": 2, "skipped": 3}
    assert outcome.details == ["FAILED a.py::b - c", "SKIPPED [3] d.py:1: no server"]


@pytest.mark.parametrize("text", ["", "= 3 warnings =", "ImportError: no"])
def test_an_end_without_a_verdict_is_a_failure(text: str) -> None:
    assert matrix.read(text, 4).counts["failed"] == 1


def run(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, summary: str, code: int, *arguments: str
) -> tuple[int, list[str]]:
    """The table's exit code, and what was installed; on pretended Pythons and tests."""
    installed = []

    def installing(command: list[str]) -> str:
        installed.append(command[-2])
        return ""

    def pretended(
        command: list[Any], stdout: TextIO, **_: object
    ) -> subprocess.CompletedProcess[str]:
        stdout.write(f"{summary}\n")
        return subprocess.CompletedProcess(command, code)

    monkeypatch.setattr(matrix, "ROOT", tmp_path)
    monkeypatch.setattr(matrix, "LOGS", tmp_path / "logs")
    monkeypatch.setattr(matrix, "interpreters", lambda _: {"3.13": "python3.13"})
    monkeypatch.setattr(matrix, "output", lambda _: "3.13.0 2.0.31 1.16.3")
    monkeypatch.setattr(install, "make_environment", lambda *_: None)
    monkeypatch.setattr(install, "run", installing)
    monkeypatch.setattr(subprocess, "run", pretended)
    return matrix.main(list(arguments)), installed


def test_the_table(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, installed = run(monkeypatch, tmp_path, SUMMARY, 1, "oldest")
    assert (code, installed) == (1, ["sqlalchemy==2.0.31"])  # 2.0.30 cannot be imported on 3.13
    said = capsys.readouterr().out
    assert said.splitlines()[1].split()[:6] == ["3.13.0", "2.0.31", "1.16.3", "20", "2", "3"]
    assert "skipped: Python 3.11, of which no interpreter was found" in said
    assert "skipped: SQLAlchemy before 2.0.31, which Python 3.13 cannot import" in said
    assert (tmp_path / "logs" / "3.13.0-2.0.31-1.16.3.log").read_text() == f"{SUMMARY}\n"


def test_exit_codes(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    assert run(monkeypatch, tmp_path, "= 20 passed in 2.00s =", 0)[0] == 0
    assert run(monkeypatch, tmp_path, "= no tests ran in 0.01s =", 5)[0] == 1
    monkeypatch.setattr(matrix, "interpreters", lambda _: {})
    assert matrix.main([]) == 2
    with pytest.raises(SystemExit) as refused:
        matrix.main(["biggest"])
    assert refused.value.code == 2


def test_the_workflow_runs_all_pythons() -> None:
    text = (ROOT / ".github" / "workflows" / "test.yml").read_text(encoding="utf-8")
    job = yaml.safe_load(text)["jobs"]["matrix"]
    assert tuple(job["strategy"]["matrix"]["python"]) == matrix.PYTHONS
    assert "matrix.py all --python ${{ matrix.python }}" in str(job["steps"])


def test_a_release_is_published_without_a_token() -> None:
    text = (ROOT / ".github" / "workflows" / "release.yml").read_text(encoding="utf-8")
    publish = yaml.safe_load(text)["jobs"]["publish"]
    assert publish["permissions"] == {"id-token": "write"}
    assert publish["steps"][-1]["with"] == {"attestations": True}
    assert "secrets." not in text
