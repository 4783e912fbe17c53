"""Progress in a terminal is one line that is written over; in a pipe it is plain lines."""

from __future__ import annotations

import io
import subprocess
import sys
from pathlib import Path

import pytest

from stillroom.apply.events import BatchProgress, StatementDone
from stillroom.console import progress
from tests.support.projects import ROOT
from tests.support.terminals import in_terminal, screen

PROGRAM = """
import sys, time
sys.path.insert(0, sys.argv[1])
from stillroom.apply import events
from stillroom.console.progress import listening
from stillroom.console.streams import guarded_output
ALTER = "ALTER TABLE user ADD COLUMN nickname VARCHAR(40) COMMENT '" + "x" * 80 + "'"
with guarded_output(), listening("text") as listen:
    listen(events.RevisionStarted("ab12", "upgrade", "Add x", 1, 1))
    listen(events.StatementStarted("ab12", ALTER, 3))
    for percent in (10, 50, 90):
        listen(events.StatementProgress("ab12", ALTER, "copying", percent, 20))
        time.sleep(0.5)
    print("an answer")
    print("half of ", end="")
    time.sleep(0.5)
    print("a line")
    if "interrupt" in sys.argv:
        print("ready", file=sys.stderr)
        time.sleep(0.7)
        try:
            time.sleep(60)
        except KeyboardInterrupt:
            raise SystemExit(130)
    listen(events.StatementDone("ab12", ALTER, 2.0))
    listen(events.Finished(1, 1, 0, ("ab12",), 2.5))
"""
COMMAND = [sys.executable, "-c", PROGRAM, str(ROOT / "scripts")]


@pytest.mark.parametrize("columns", [40, 80])
@pytest.mark.parametrize("no_colour", ["", "1"])
def test_one_line_is_written_over_and_leaves_no_trace(
    tmp_path: Path, columns: int, no_colour: str
) -> None:
    shown = in_terminal(tmp_path, COMMAND, columns=columns, NO_COLOR=no_colour)
    assert shown.code == 0, shown.out
    assert " s to go" in shown.out
    assert "\x1b[?" not in shown.out  # the cursor is neither hidden nor moved
    assert ("\x1b" in shown.out) is not bool(no_colour)
    last = "1 revision, 1 statement in 2.5 s; the database is at ab12"
    alter = "ALTER TABLE user ADD COLUMN nickname VARCHAR(40) COMMENT '"
    statement = f"    {alter}{'x' * 21}…: 2.0 s"
    assert screen(shown.out) == [
        *("[1/1] upgrade ab12 Add x", "an answer", "half of a line", statement, last, ""),
    ]
    assert max(len(piece) for piece in shown.out.split("\n")[1].split("\r")) < columns


def test_batches_that_were_done_before_are_told_once(capsys: pytest.CaptureFixture[str]) -> None:
    listen = progress.listener("text")
    for text in ("UPDATE a", "UPDATE b", "UPDATE b", "UPDATE b", "UPDATE a"):
        listen(StatementDone("ab12", text, 0.0, skipped=True))
    told = capsys.readouterr()
    assert (told.out + told.err).split("    done before: ") == [
        *("", "UPDATE a\n", "UPDATE b\n", "UPDATE a\n"),
    ]


@pytest.mark.parametrize("environment", [{"TERM": "dumb"}, {"CI": "true"}])
def test_where_no_person_looks_there_are_plain_lines(
    tmp_path: Path, environment: dict[str, str]
) -> None:
    piped = subprocess.run(
        COMMAND, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=True
    )
    assert "\r" not in piped.stdout
    assert piped.stdout.count("copying") == 3
    shown = in_terminal(tmp_path, ["env", *(f"{k}={v}" for k, v in environment.items()), *COMMAND])
    assert shown.out == piped.stdout


def test_ctrl_c_leaves_a_clean_terminal(tmp_path: Path) -> None:
    shown = in_terminal(tmp_path, [*COMMAND, "interrupt"], typed=b"\x03", after=b"ready")
    assert shown.code == 130
    assert screen(shown.out)[-1] == ""
    assert "\x1b[?" not in shown.out


def test_batches_are_told_every_ten_seconds(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each second would fill a log."""
    monkeypatch.setattr(sys, "stderr", told := io.StringIO())
    listen = progress.listener("text")
    for second in [*range(1, 32), *range(1, 12)]:  # and once more, as after a downgrade
        listen(BatchProgress("user", second, 100, second, 1, 1))
    assert [line.split()[1] for line in told.getvalue().splitlines()] == ["10", "20", "30", "10"]
