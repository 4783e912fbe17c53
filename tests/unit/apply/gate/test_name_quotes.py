"""Statements and answers between the quotes of another sql_mode."""

from __future__ import annotations

from stillroom.apply.connection import Answer
from stillroom.apply.gate.name_quotes import as_asked, usual
from stillroom.apply.statements import classify

ANSI = {"ANSI_QUOTES", "STRICT_TRANS_TABLES"}
PLAIN = 'CREATE TABLE `a"b` (`x``y` int COMMENT \'a "b" `c`\')'
QUOTED = 'CREATE TABLE "a""b" ("x`y" int COMMENT \'a "b" `c`\')'


def test_a_statement_is_the_same_one_between_other_quotes() -> None:
    assert usual(QUOTED, ANSI) == usual(PLAIN, ANSI) == usual(PLAIN, {"STRICT_TRANS_TABLES"})


def test_without_ansi_quotes_they_are_of_a_string() -> None:
    text = 'UPDATE t SET a = "b"'
    assert usual(text, set()) == text


def test_an_answer_comes_between_the_quotes_of_the_session() -> None:
    asked = classify("SHOW CREATE TABLE t")
    for text in (PLAIN, QUOTED):
        answer = Answer(None, (("t", text, 1),))
        assert as_asked(answer, asked, ANSI).rows == (("t", QUOTED, 1),)
        assert as_asked(answer, asked, set()).rows == (("t", PLAIN, 1),)


def test_rows_of_other_queries_stay_as_they_are() -> None:
    answer = Answer(None, (("`a`",),))
    assert as_asked(answer, classify("SELECT a FROM t"), ANSI) is answer
