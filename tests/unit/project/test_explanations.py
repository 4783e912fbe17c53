"""What a command says about an error that another one has caused."""

from __future__ import annotations

from pathlib import Path

from stillroom.apply.errors import ApplyError
from stillroom.project import settings
from stillroom.project.explanations import explained


def test_an_error_with_its_own_place_keeps_its_lines(tmp_path: Path) -> None:
    inner = ApplyError("AP401", "this would block", fix="ALTER TABLE t\n\nOne of:")
    outer = ApplyError("AP401", "this would block", where="a.py:7", fix="ALTER TABLE t\n\nOne of:")
    outer.__cause__ = inner
    found = explained(outer, settings.load(tmp_path))
    assert str(found).splitlines() == [
        "a.py:7: AP401 this would block",
        "    ALTER TABLE t",
        "",
        "    One of:",
    ]
