"""Which ALTERs of one table become one."""

from __future__ import annotations

import pytest

from stillroom.apply.ddl import combine
from stillroom.catalog import Catalog, Session, Target, execute

COPY_A = "ALTER TABLE t MODIFY a BIGINT"
COPY_B = "ALTER TABLE t MODIFY b BIGINT"
COPY_S = "ALTER TABLE t MODIFY s VARCHAR(400)"
ADD = "ALTER TABLE t ADD COLUMN n INT"
ADD_MORE = "ALTER TABLE t ADD COLUMN o INT"
INDEX_A = "CREATE INDEX ix_a ON t (a)"
INDEX_B = "CREATE UNIQUE INDEX `ix_b` USING BTREE ON t (b)"
SETUP = (
    "CREATE TABLE p (id INT PRIMARY KEY)",
    "CREATE TABLE t (id INT AUTO_INCREMENT PRIMARY KEY, a INT, b INT, c INT DEFAULT 1,"
    " g INT AS (c + 1) STORED,"
    " s VARCHAR(50), KEY ix_c (c), CONSTRAINT fk FOREIGN KEY (a) REFERENCES p (id)) COMMENT 'x'",
)


def cut(*texts: str, target: str = "mariadb 10.11") -> list[str]:
    """The statements as they are sent."""
    server = Target.parse(target)
    catalog, session = Catalog.empty(server), Session.default(server)
    for text in SETUP:
        catalog = execute(catalog, text, session).catalog
    changes = [combine.read(text, server) for text in texts]
    known = [change for change in changes if change is not None]
    assert len(known) == len(texts)
    return [one.text for one in combine.segments(known, [catalog], session)]


def test_copies_become_one_copy() -> None:
    assert cut(COPY_B, COPY_S, "ALTER TABLE t MODIFY c BIGINT;") == [
        "ALTER TABLE `t` MODIFY b BIGINT, MODIFY s VARCHAR(400), MODIFY c BIGINT"
    ]


def test_what_is_done_at_once_stays_out_of_a_copy() -> None:
    assert cut(ADD, COPY_B) == [ADD, COPY_B]
    assert cut(COPY_B, ADD, ADD_MORE) == [
        COPY_B,
        "ALTER TABLE `t` ADD COLUMN n INT, ADD COLUMN o INT",
    ]


def test_but_not_where_that_would_make_two_copies_of_one() -> None:
    assert cut(COPY_B, ADD, COPY_S) == [
        "ALTER TABLE `t` MODIFY b BIGINT, ADD COLUMN n INT, MODIFY s VARCHAR(400)"
    ]


def test_indexes_are_built_in_one_scan_and_not_with_a_new_column() -> None:
    assert cut(ADD, INDEX_B, "DROP INDEX ix_c ON t") == [
        ADD,
        "ALTER TABLE `t` ADD UNIQUE INDEX `ix_b` USING BTREE (b), DROP INDEX ix_c",
    ]
    # Alone the index blocks nobody; the copy blocks writers.
    assert cut(COPY_B, INDEX_A) == [COPY_B, INDEX_A]


def test_foreign_keys_come_together_and_with_their_indexes() -> None:
    keys = [
        f"ALTER TABLE t ADD CONSTRAINT f{name} FOREIGN KEY ({name}) REFERENCES p (id)"
        for name in "bc"
    ]
    assert cut(*keys) == [
        "ALTER TABLE `t` ADD CONSTRAINT fb FOREIGN KEY (b) REFERENCES p (id),"
        " ADD CONSTRAINT fc FOREIGN KEY (c) REFERENCES p (id)"
    ]


@pytest.mark.parametrize(
    "texts",
    [
        # One column twice: its rows would get other values.
        ("ALTER TABLE t ADD COLUMN n INT DEFAULT 1", "ALTER TABLE t ALTER n SET DEFAULT 2"),
        ("ALTER TABLE t MODIFY b BIGINT", "ALTER TABLE t MODIFY b VARCHAR(9)"),
        ("ALTER TABLE t DROP COLUMN b", "ALTER TABLE t ADD COLUMN b INT"),
        ("ALTER TABLE t CONVERT TO CHARACTER SET latin1", COPY_B),
        # One name of a foreign key twice: the servers look for it before they drop it.
        (
            "ALTER TABLE t DROP FOREIGN KEY fk",
            "ALTER TABLE t ADD CONSTRAINT fk FOREIGN KEY (b) REFERENCES p (id)",
        ),
        # MySQL 9.7 dies of a foreign key on a column that the same statement renames.
        (
            "ALTER TABLE t CHANGE b d BIGINT",
            "ALTER TABLE t ADD CONSTRAINT fd FOREIGN KEY (d) REFERENCES t (d)",
        ),
        # The rows get their numbers in the order of the primary key.
        (
            "ALTER TABLE t MODIFY id INT, DROP PRIMARY KEY",
            "ALTER TABLE t MODIFY c INT AUTO_INCREMENT PRIMARY KEY",
        ),
        # A copy computes what is generated, and would fail on a row that has no value.
        (COPY_B, "ALTER TABLE t DROP COLUMN g"),
    ],
)
def test_alone(texts: tuple[str, ...]) -> None:
    assert cut(*texts) == list(texts)


def test_from_a_statement_that_the_server_will_refuse_on_each_goes_alone() -> None:
    wrong = "ALTER TABLE t DROP COLUMN nothing"
    assert cut(ADD, ADD_MORE, wrong, COPY_B, COPY_S) == [
        "ALTER TABLE `t` ADD COLUMN n INT, ADD COLUMN o INT",
        wrong,
        COPY_B,
        COPY_S,
    ]


def test_the_servers_have_their_own_costs() -> None:
    rename = "ALTER TABLE t RENAME COLUMN c TO d"
    nothing = "ALTER TABLE t MODIFY s VARCHAR(400) NOT NULL"
    assert cut(nothing, rename, target="mysql 9.7") == [nothing, rename]


@pytest.mark.parametrize(
    "text",
    [
        "CREATE TABLE t (id INT)",
        "DROP TABLE t",
        "ALTER TABLE t RENAME TO u",
        "ALTER TABLE t ADD COLUMN n INT, ALGORITHM=INSTANT",
        "CREATE INDEX i ON t (a) LOCK=NONE",
        "ALTER TABLE t ENGINE=InnoDB, FORCE",
        "ALTER TABLE t ADD COLUMN IF NOT EXISTS n INT",
        "ALTER TABLE IF EXISTS t ADD COLUMN n INT",
        "ALTER ONLINE TABLE t ADD COLUMN n INT",
        "ALTER TABLE t ADD COLUMN n INT -- the newest",
        "ALTER TABLE t ADD COLUMN n CHAR(36) DEFAULT (uuid())",
        "ALTER TABLE t ADD COLUMN n INT AUTO_INCREMENT UNIQUE",
        "ALTER TABLE t PARTITION BY HASH (id) PARTITIONS 2",
        "INSERT INTO t VALUES (1)",
        "ALTER TABLE",
    ],
)
def test_no_part_of_a_merged_statement(text: str) -> None:
    assert combine.read(text, Target.parse("mariadb 10.11")) is None
