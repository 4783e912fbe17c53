"""Commands in messages are those that can be given where they are printed."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.console.command_hints import spelled
from tests.support.projects import ROOT

COMMANDS = [
    ('make revision m="…" head=a1b2', 'stillroom revision -m "…" --head a1b2'),
    ('make revision m="…" fill="user.a=\'\'"', 'stillroom revision -m "…" --fill "user.a=\'\'"'),
    ('make revision m="rows" empty=1', 'stillroom revision -m "rows" --empty'),
    ("see `make history`.", "see `stillroom history`."),
    ("make stamp rev=head", "stillroom stamp head"),
    ("make downgrade rev=-1", "stillroom downgrade -- -1"),
    ("make check shows them", "stillroom check --worktree shows them"),
    ("this will make sqlite happy, or make do", "this will make sqlite happy, or make do"),
]


@pytest.mark.parametrize(("made", "plain"), COMMANDS)
def test_where_no_makefile_is(
    made: str, plain: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    assert spelled(made) == plain
    (tmp_path / "Makefile").write_text("test:\n\tpytest\n")
    assert spelled(made) == plain


@pytest.mark.parametrize("made", [made for made, _ in COMMANDS])
def test_where_our_makefile_is(made: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(ROOT)
    assert spelled(made) == made
