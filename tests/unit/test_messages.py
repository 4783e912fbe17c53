"""docs/messages.md lists every message as the source has it."""

from __future__ import annotations

from tests.support.messages import FILE, written


def test_the_list_of_messages_is_up_to_date() -> None:
    """To write it anew: python -m tests.support.messages."""
    assert FILE.read_text(encoding="utf-8") == written()


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
