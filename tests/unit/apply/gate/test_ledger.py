"""Which failures belong to the story of a revision, and which have ended it."""

from __future__ import annotations

import pytest

from stillroom.apply.gate.ledger import ending
from stillroom.apply.journal.entries import DONE, FAILED, Entry
from stillroom.apply.statements import Kind


def line(text: str, state: str = DONE, kind: str = Kind.DML) -> Entry:
    return Entry(kind, state, text)


def test_a_failure_behind_the_last_change_has_ended_it() -> None:
    caught, last = line("INSERT 1", FAILED), line("UPDATE", FAILED)
    lines = [line("CREATE"), caught, line("ALTER"), line("SELECT", kind=Kind.READ), last]
    assert ending(lines) == [last]


def test_the_failure_itself_has_ended_it_whatever_tidied_up_behind_it() -> None:
    error = ValueError("no")
    failed = line("UPDATE", FAILED)
    failed.failure = error
    outer = RuntimeError("failed")
    outer.__cause__ = error
    assert ending([failed, line("ALTER")], outer) == [failed]
    assert ending([failed, line("ALTER")], RuntimeError("another")) == []


@pytest.mark.parametrize("length", [1, 2])
def test_a_failure_that_is_its_own_cause(length: int) -> None:
    errors = [RuntimeError(str(number)) for number in range(length)]
    for number, error in enumerate(errors):
        error.__cause__ = errors[(number + 1) % length]
    assert ending([line("UPDATE", FAILED)], errors[0]) != []
