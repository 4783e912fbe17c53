"""Expressions as servers printed them, recorded in ``expressions.jsonl``.

A line is usage, expression and, by target, what the server did: the text of its print, the
number of its error, or ``?`` where the print is refused on purpose.
"""

from __future__ import annotations

import json
from collections import Counter
from pathlib import Path

import pytest

from stillroom.catalog.errors import DDLError, Unsupported
from stillroom.catalog.expressions import ColumnShape, Scope, canonical
from stillroom.catalog.target import Target

NUMBERS = {name: ColumnShape(kind="int") for name in ("a", "b", "u", "d", "f", "flag")}
STRINGS = {name: ColumnShape("utf8mb4") for name in ("s", "t", "c", "en", "st", "j")}
OTHERS = {
    "l1": ColumnShape("latin1"),
    "s3": ColumnShape("utf8mb3"),
    "bl": ColumnShape("binary"),
    "vb": ColumnShape("binary"),
    "big": ColumnShape(kind="bigint"),
    "dt": ColumnShape(kind="datetime"),
    "da": ColumnShape(kind="date"),
    "ti": ColumnShape(kind="time"),
    "ts": ColumnShape(kind="timestamp"),
    "y": ColumnShape(kind="year"),
    "bi": ColumnShape(kind="bit"),
}
COLUMNS = NUMBERS | STRINGS | OTHERS
ITSELF = {"g": ColumnShape("utf8mb4")}
RECORDS = [
    json.loads(line)
    for line in (Path(__file__).parent / "expressions.jsonl").read_text("utf-8").splitlines()
]
MARIADB = Target.parse("mariadb 10.11")
MYSQL = Target.parse("mysql 9.7")


def scope(target: Target, usage: str, **more: object) -> Scope:
    columns = COLUMNS | (ITSELF if usage in ("generated", "default") else {})
    return Scope(target, usage, columns, table="t", **more)  # type: ignore[arg-type]


def outcome(target: Target, usage: str, text: str) -> str | int:
    place = scope(target, usage)
    try:
        return canonical(text, place)
    except DDLError as error:
        return error.number
    except Unsupported:
        return "?"


@pytest.mark.parametrize("usage", ["check", "generated", "default", "key", "partition"])
@pytest.mark.parametrize("name", ["mariadb 10.11", "mariadb 11.8", "mysql 9.7"])
def test_recorded(usage: str, name: str) -> None:
    target = Target.parse(name)
    expected = {text: row[name] for use, text, row in RECORDS if use == usage and name in row}
    assert {text: outcome(target, usage, text) for text in expected} == expected


def test_records_hold_mostly_prints() -> None:
    kinds = Counter(
        "?" if value == "?" else type(value).__name__
        for _, _, row in RECORDS
        for value in row.values()
    )
    assert kinds["str"] > 10 * kinds["?"]


@pytest.mark.parametrize(
    ("target", "usage", "text", "number", "words"),
    [
        (MARIADB, "check", "zz > 1", 1054, "Unknown column 'zz' in 'CHECK'"),
        (MYSQL, "check", "zz > 1", 3820, "'ck' refers to non-existing column 'zz'"),
        (MYSQL, "generated", "now()", 3763, "generated column 'ck' contains a disallowed"),
        (MARIADB, "check", "rand() > 1", 1901, "'rand()' cannot be used in the CHECK clause"),
        (MYSQL, "check", "a + 1", 3812, "non-boolean type"),
        (MYSQL, "key", "a", 3762, "Functional index on a column"),
        (MARIADB, "check", "a >", 1064, "near '' at line 1"),
    ],
)
def test_errors_in_the_words_of_the_server(
    target: Target, usage: str, text: str, number: int, words: str
) -> None:
    with pytest.raises(DDLError) as caught:
        canonical(text, scope(target, usage, subject="ck"))
    assert caught.value.number == number
    assert words in caught.value.message


def test_unsupported_has_a_position() -> None:
    with pytest.raises(Unsupported) as caught:
        canonical("a + st_area(b)", scope(MARIADB, "generated"))
    assert caught.value.position == 4
    assert caught.value.near == "st_area(b)"


def test_auto_increment_is_refused_as_the_server_does() -> None:
    columns = {"id": ColumnShape(kind="int", auto_increment=True)}
    with pytest.raises(DDLError, match="3818"):
        canonical("id > 1", Scope(MYSQL, "check", columns))
    with pytest.raises(DDLError, match="1901"):
        canonical("id > 1", Scope(MARIADB, "check", columns))
    assert canonical("id + 1", Scope(MARIADB, "generated", columns)) == "`id` + 1"
    with pytest.raises(DDLError, match="1901"):
        canonical("id + 1", Scope(MARIADB, "generated", columns, stored=True))


def test_connection_charset_stands_before_strings() -> None:
    place = scope(MYSQL, "check", charset="latin1")
    assert canonical("s = 'x'", place) == "(`s` = _latin1'x')"


def test_pipes_join_in_that_sql_mode() -> None:
    modes = frozenset(["PIPES_AS_CONCAT"])
    assert canonical("s || c", scope(MARIADB, "generated", sql_mode=modes)) == "concat(`s`,`c`)"
    assert canonical("s || c", scope(MARIADB, "generated")) == "`s` <> 0 or `c` <> 0"


def test_a_usage_that_does_not_exist_is_a_mistake_of_the_caller() -> None:
    with pytest.raises(ValueError, match="'chek' is none of check"):
        Scope(MARIADB, "chek", {})


def test_versions_between_the_measured_ones_are_not_guessed() -> None:
    between = scope(Target.parse("mariadb 11.4"), "check")
    assert canonical("a > 0 and not b > 1", between) == "`a` > 0 and `b` <= 1"
    with pytest.raises(Unsupported, match=r"how mariadb 11\.4 prints this"):
        canonical("not (a is true)", between)
