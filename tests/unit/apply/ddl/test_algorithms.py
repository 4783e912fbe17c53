"""The ways in which a statement is tried."""

from __future__ import annotations

import pytest

from stillroom.apply.ddl.algorithms import alter, may_block, ways
from stillroom.apply.statements import classify
from stillroom.catalog import Target


def tried(text: str, target: str) -> list[str]:
    return list(ways(classify(text), Target.parse(target)))


def test_every_server_has_its_own() -> None:
    text = "ALTER TABLE `a b` MODIFY c INT -- wider"
    wide = "MODIFY c INT -- wider"
    instant = f"ALTER TABLE `a b` ALGORITHM=INSTANT, {wide}"
    nocopy = f"ALTER TABLE `a b` ALGORITHM=NOCOPY, LOCK=NONE, {wide}"
    inplace = f"ALTER TABLE `a b` ALGORITHM=INPLACE, LOCK=NONE, {wide}"
    copy = f"ALTER TABLE `a b` ALGORITHM=COPY, LOCK=NONE, {wide}"
    assert tried(text, "mariadb 10.11") == [instant, nocopy, inplace]
    assert tried(text, "mariadb 11.8") == [instant, nocopy, inplace, copy]
    assert tried(text, "mysql 9.7") == [instant, inplace]


def test_an_index_is_never_built_at_once() -> None:
    added = "ALTER TABLE s.t ALGORITHM=INPLACE, LOCK=NONE, ADD UNIQUE INDEX i USING BTREE (a)"
    assert tried("CREATE UNIQUE INDEX i USING BTREE ON s.t (a);", "mysql 9.7") == [added]


def test_drop_index_has_no_place_for_an_algorithm() -> None:
    assert tried("DROP INDEX i ON t", "mysql 9.7")[0] == (
        "ALTER TABLE t ALGORITHM=INSTANT, DROP INDEX i"
    )


@pytest.mark.parametrize(
    "text",
    [
        "ALTER TABLE t ADD COLUMN n INT, ALGORITHM INSTANT",
        "ALTER TABLE t ADD COLUMN n INT, LOCK=SHARED",
        "ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 2",
        "CREATE TABLE t (id INT)",
        "ALTER VIEW v AS SELECT 1",
    ],
)
def test_what_says_itself_how_it_is_done(text: str) -> None:
    assert tried(text, "mariadb 10.11") == []


def test_an_algorithm_of_its_own_is_tried_without_a_lock() -> None:
    text = "ALTER TABLE t ADD COLUMN n INT, ALGORITHM=COPY"
    assert tried(text, "mysql 9.7") == ["ALTER TABLE t LOCK=NONE, ADD COLUMN n INT, ALGORITHM=COPY"]


def test_what_stands_before_the_clauses_stays() -> None:
    text = "ALTER IGNORE TABLE IF EXISTS t NOWAIT ADD COLUMN algorithm INT"
    assert tried(text, "mariadb 10.11")[0] == (
        "ALTER IGNORE TABLE IF EXISTS t NOWAIT ALGORITHM=INSTANT, ADD COLUMN algorithm INT"
    )


@pytest.mark.parametrize(
    ("text", "target", "blocks"),
    [
        ("ALTER TABLE t MODIFY a BIGINT", "mysql 9.7", True),
        ("ALTER TABLE t MODIFY a BIGINT, LOCK=NONE", "mysql 9.7", False),
        ("ALTER TABLE t MODIFY a BIGINT, LOCK=SHARED", "mysql 9.7", True),
        ("ALTER TABLE t ADD COLUMN a INT, ALGORITHM=INSTANT", "mysql 9.7", False),
        ("ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 2", "mariadb 10.11", True),
        ("ALTER TABLE t DROP PARTITION p0", "mariadb 10.11", False),
        ("ALTER TABLE t ADD PARTITION (PARTITION p VALUES LESS THAN (9))", "mysql 9.7", False),
        ("ALTER TABLE t DISCARD TABLESPACE", "mysql 9.7", True),
        ("RENAME TABLE t TO u", "mysql 9.7", False),
    ],
)
def test_what_may_keep_writers_out(text: str, target: str, blocks: bool) -> None:
    assert may_block(classify(text), Target.parse(target)) is blocks


def test_the_same_for_another_table() -> None:
    found = alter("CREATE INDEX i ON t (a)")
    assert found is not None
    assert found.on("`_t_new`") == "ALTER TABLE `_t_new` ADD INDEX i (a)"
