"""Which recorded statement answers which."""

from __future__ import annotations

import pytest

from stillroom.apply.gate.recorded_answers import Mismatch, RecordedAnswers
from stillroom.apply.journal.entries import Entry


def entry(digest: str, line: int = 0) -> Entry:
    return Entry("dml", "done", digest, digest, line=line)


def test_each_entry_answers_once() -> None:
    replay = RecordedAnswers([entry("a"), entry("a")])
    assert replay.take("a")
    assert replay.take("a")
    assert replay.take("a") is None


def test_order_does_not_matter() -> None:
    first, second = entry("a"), entry("b")
    replay = RecordedAnswers([first, second])
    assert replay.take("b") is second
    assert replay.take("new") is None
    assert replay.take("a") is first


def test_parameters_decide_between_equal_texts() -> None:
    one, two = entry("insert/1"), entry("insert/2")
    replay = RecordedAnswers([one, two])
    assert replay.take("insert/2") is two
    assert replay.take("insert/1") is one


def test_unstable_parameters_fit_the_oldest() -> None:
    one, two = entry("insert/uuid1"), entry("insert/uuid2")
    replay = RecordedAnswers([one, two])
    assert replay.take("insert/uuid3") is one
    assert replay.take("insert/uuid4") is two


def test_a_guess_that_proves_wrong_is_told() -> None:
    replay = RecordedAnswers([entry("insert/a")])
    assert replay.take("insert/c")
    with pytest.raises(Mismatch):
        replay.take("insert/a")


def test_what_is_left_comes_in_the_order_of_the_journal() -> None:
    replay = RecordedAnswers([entry("b", 2), entry("a", 1), entry("c", 3)])
    replay.take("a")
    assert [left.line for left in replay.left()] == [2, 3]
