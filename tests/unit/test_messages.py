"""docs/messages.md, docs/codes.md and docs/settings.md are as the source has it."""

from __future__ import annotations

import ast
from pathlib import Path

import pytest

from tests.support.documents import DOCUMENTS
from tests.support.messages import CODE, ENGINE, written


@pytest.mark.parametrize("page", DOCUMENTS, ids=lambda page: page.stem)
def test_a_page_from_the_source_is_up_to_date(page: Path) -> None:
    """To write them: python -m tests.support.messages."""
    assert page.read_text(encoding="utf-8") == DOCUMENTS[page]()


def test_it_has_findings_refusals_notices_and_help() -> None:
    text = written()
    for known in (
        "DR110 this accepted difference no longer exists: <line>",
        "AP201 the <direction> of revision <revision> is half-applied",
        "MY301 ",
        "DB_URL is not set: using the embedded SQLite file app.db; see .env.example",
        "run the revisions up to rev",
        'make revision m="add last_login to user"',
    ):
        assert known in text, known


def test_it_has_an_example_of_every_code() -> None:
    """AP304, DR102, MY301 …: whatever the source names as the code of a finding or refusal."""
    named = set()
    for tree in (ast.parse(path.read_text("utf-8")) for path in ENGINE.rglob("*.py")):
        texts = (node.value for node in ast.walk(tree) if isinstance(node, ast.Constant))
        named |= {text for text in texts if isinstance(text, str) and CODE.fullmatch(text)}
    assert len(named) > 90
    shown = {match[0] for match in CODE.finditer(written())}
    assert sorted(named - shown) == []
