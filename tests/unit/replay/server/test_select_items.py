"""What stands behind SELECT, and which statements only pass a value on."""

from __future__ import annotations

import pytest

from stillroom.catalog import Target
from stillroom.catalog.parser.lexer import tokenize
from stillroom.replay.server.answers.select_items import items, only_passed_on

MARIADB = Target.parse("mariadb 10.11")


@pytest.mark.parametrize(
    ("sql", "names"),
    [
        ("SELECT a, t.b, s.t.c FROM t", ["a", "b", "c"]),
        ("SELECT a AS x, `b` y, 'c' z FROM t", ["x", "y", "z"]),
        ("SELECT COUNT(*), a+1, MAX(a, b) m", ["COUNT(*)", "a+1", "m"]),
        ("SELECT DISTINCT a FROM t", ["a"]),
        ("SELECT (SELECT a FROM b), 1 FROM t", ["(SELECT a FROM b)", "1"]),
        ("SELECT CASE WHEN a THEN b END FROM t", ["CASE WHEN a THEN b END"]),
        ("SELECT a IS NULL FROM t", ["a IS NULL"]),
    ],
)
def test_names(sql: str, names: list[str]) -> None:
    assert [item.name(sql) for item in items(tokenize(sql, MARIADB)[1:])] == names


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT h FROM t",
        "SELECT t.h AS x, b FROM t WHERE b = 1",
        "SELECT * FROM t",
        "SELECT s.x FROM (SELECT h AS x FROM t) AS s",
        "SELECT COUNT(*) FROM (SELECT h AS x FROM t) AS s",
        "SELECT EXISTS (SELECT h FROM t)",
        "INSERT INTO b (h) SELECT h FROM t",
    ],
)
def test_passed_on(sql: str) -> None:
    # An INSERT names the column on its own side, too: that is taken for a use, to be safe.
    expected = not sql.startswith("INSERT INTO b (h)")
    assert only_passed_on(tokenize(sql, MARIADB), {"h"}) is expected


@pytest.mark.parametrize(
    "sql",
    [
        "SELECT h + 1 FROM t",
        "SELECT b FROM t WHERE h = 1",
        "SELECT DISTINCT h FROM t",
        "SELECT h FROM t GROUP BY h",
        "SELECT h FROM t ORDER BY 1",
        "SELECT b FROM t WHERE b IN (SELECT h FROM t)",
        "SELECT b FROM t WHERE b = (SELECT h FROM t)",
        "SELECT 1 FROM (SELECT h AS x FROM t) AS s WHERE x = 1",
        "SELECT h FROM t UNION SELECT 1",
        "UPDATE t SET h = 1 WHERE h = 2",
    ],
)
def test_looked_at(sql: str) -> None:
    assert not only_passed_on(tokenize(sql, MARIADB), {"h"})
