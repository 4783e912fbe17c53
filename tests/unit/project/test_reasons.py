"""What counts as a reason behind an allowance, for the check and for the linter."""

from __future__ import annotations

import pytest

from stillroom.lint.allowances import read
from stillroom.project.marks import is_reason


@pytest.mark.parametrize("text", ["", "<reason>", "<why it is safe>.", "<Grund>"])
def test_a_placeholder_is_no_reason(text: str) -> None:
    assert not is_reason(text)
    (allowance,) = read(f"op.drop_table('a')  # stillroom: allow MY101 {text}\n")
    assert allowance.reason == ""


@pytest.mark.parametrize("text", ["backed up", "rows < 100", "<5 rows, see the ticket>, no code"])
def test_words_are(text: str) -> None:
    assert is_reason(text)
