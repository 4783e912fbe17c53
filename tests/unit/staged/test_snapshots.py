"""A snapshot that somebody has changed, in any of its lines, and with digests that fit."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator
from pathlib import Path

import pytest

from stillroom.snapshot import history as snapshot_history
from stillroom.snapshot.header import LINES
from stillroom.staged import snapshots
from stillroom.staged.workspace import load_settings, project_history
from tests.support.projects import make_project


def test_each_line_that_is_changed_is_noticed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRASH_URL", "mysql+pymysql://nobody@db.invalid/shop")
    root = make_project(tmp_path, "loaded").root
    with project_history(load_settings(root)) as history:
        made = snapshot_history.made_by(history)
        monkeypatch.setattr(snapshot_history, "made_by", lambda _: made)
        path = snapshot_history.path_of(history)
        path.write_bytes(made.text.encode())
        assert snapshots.of_snapshot(history) == []
        lines = made.text.split("\n")
        assert len(lines) > 80
        for number in range(len(lines)):
            for changed in changes(lines, number):
                is_digest = number == LINES - 1
                path.write_bytes("\n".join(changed if is_digest else forged(changed)).encode())
                assert [one.code for one in snapshots.of_snapshot(history)] == ["HS107"], number


def changes(lines: list[str], number: int) -> Iterator[list[str]]:
    """The lines with one of them changed, gone, twice there, or in another place."""
    line, before, after = lines[number], lines[:number], lines[number + 1 :]
    middle = len(line) // 2
    yield [*before, line[:middle] + "1" + line[middle:], *after]
    yield [*before, *after]
    yield [*before, line, line, *after]
    if after and after[0] != line:
        yield [*before, after[0], line, *after[1:]]


def forged(lines: list[str]) -> list[str]:
    """The lines with the digest that belongs to them, where there is one."""
    if lines[LINES - 1 : LINES] and lines[LINES - 1].startswith("-- content: "):
        text = "\n".join([*lines[: LINES - 1], *lines[LINES:]])
        lines = [*lines]
        lines[LINES - 1] = f"-- content: {hashlib.sha256(text.encode()).hexdigest()}"
    return lines
