"""The cost of statements against what real servers answered."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, NamedTuple

import pytest

from stillroom.catalog import Catalog, DDLError, Session, Target, Unsupported, execute
from stillroom.catalog.parser.statements import parse
from stillroom.catalog.parser.syntax import AlterTable, Partition
from stillroom.cost import Cost, cost

FOLDER = Path(__file__).with_name("online_ddl")
SERVERS = ("mariadb-10.11", "mariadb-11.8", "mysql-9.7")
PARENT = "CREATE TABLE parent (id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY)"
COLUMNS = """
    id INT UNSIGNED NOT NULL AUTO_INCREMENT PRIMARY KEY, a INT, b INT DEFAULT 1, nn INT NOT NULL,
    bg BIGINT, d DECIMAL(10,2), ti TINYINT(1), dt DATETIME, c10 CHAR(10), vb VARBINARY(20),
    s20 VARCHAR(20), s63 VARCHAR(63), s100 VARCHAR(100), snn VARCHAR(100) NOT NULL, txt TEXT,
    u3 VARCHAR(50) CHARACTER SET utf8mb3, u3ix VARCHAR(50) CHARACTER SET utf8mb3,
    l1 VARCHAR(50) CHARACTER SET latin1, asc1 VARCHAR(50) CHARACTER SET ascii,
    e ENUM('a','b','c') NOT NULL DEFAULT 'a', st SET('x','y'), uq INT,
    pid INT UNSIGNED, pid2 INT UNSIGNED, KEY ix_a (a), KEY ix_d (d), KEY ix_u3 (u3ix)"""
CONSTRAINTS = """, UNIQUE KEY uq_uq (uq), KEY ix_pid2 (pid2), CONSTRAINT ck_b CHECK (b > 0),
    CONSTRAINT fk_pid FOREIGN KEY (pid) REFERENCES parent (id)"""
PARTITIONS = """
    PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (250),
    PARTITION p1 VALUES LESS THAN (1000))"""


# Of the table that clauses were combined on.
MORE_COLUMNS = """, c3 CHAR(10) CHARACTER SET utf8mb3, t3 TEXT CHARACTER SET utf8mb3,
    six VARCHAR(30), tms TIMESTAMP NULL, u80 VARCHAR(80) CHARACTER SET utf8mb3,
    u30 VARCHAR(30) CHARACTER SET utf8mb3, ge GEOMETRY NOT NULL,
    l100 VARCHAR(100) CHARACTER SET latin1, l200 VARCHAR(200) CHARACTER SET latin1,
    KEY ix_six (six), KEY ix_pid (pid)"""
GENERATED = ", g INT AS (b+1) VIRTUAL, gs INT AS (b+2) STORED"


class Table(NamedTuple):
    """What precedes an operation: the rest of the table's definition, and other statements."""

    constraints: str = CONSTRAINTS
    options: str = ""
    first: tuple[str, ...] = ()


def table_of(label: str) -> Table:
    if label.startswith("P: "):
        return Table("", PARTITIONS)
    if label.startswith("partition by"):
        return Table("")
    if "COMPRESSED" in label:
        return Table(options=" ROW_FORMAT=COMPRESSED")
    if label in ("create fulltext index (second)", "add column nullable on table with FULLTEXT"):
        return Table(first=("CREATE FULLTEXT INDEX ft ON t (txt)",))
    if label == "drop column on table with FULLTEXT":
        return Table(first=("CREATE FULLTEXT INDEX ft ON t (txt)",))
    if "foreign_key_checks=0" in label:
        return Table(first=("SET foreign_key_checks = 0",))
    return Table()


def cost_of(sql: str, target: Target, table: Table) -> Cost | int:
    """The cost of ``sql`` on ``t``, or the number of the error that the server answers with."""
    create = f"CREATE TABLE t ({COLUMNS}{table.constraints}) ENGINE=InnoDB"
    catalog, session = Catalog.empty(target), Session.default(target)
    for statement in (PARENT, f"{create} DEFAULT CHARSET=utf8mb4{table.options}", *table.first):
        outcome = execute(catalog, statement, session)
        catalog, session = outcome.catalog, outcome.session
    parsed = parse(sql, target)
    assert isinstance(parsed, AlterTable)
    before = catalog.table("t")
    try:
        later = execute(catalog, sql, session).catalog.tables()
    except DDLError as error:
        return error.number
    except Unsupported:  # of partitions: what is in them is all that changes
        assert all(isinstance(action, Partition) for action in parsed.actions)
        later = {"t": before}
    after = next(later[name] for name in ("t", "t_new") if name in later)
    found = cost(parsed, before, after, sql=sql, foreign_key_checks=session.foreign_key_checks)
    return found.error or found


def measured(server: str) -> list[Any]:
    found: list[dict[str, Any]] = json.loads((FOLDER / f"{server}.json").read_text())
    return [pytest.param(server, row, id=f"{server}: {row['label']}") for row in found]


@pytest.mark.parametrize(
    ("server", "row"), [case for server in SERVERS for case in measured(server)]
)
def test_cost_and_lock_are_the_measured_ones(server: str, row: dict[str, Any]) -> None:
    found = cost_of(row["sql"], Target.parse(server), table_of(row["label"]))
    if isinstance(found, Cost):
        assert row["error"] is None
        assert found.accepted == (row["algorithm"], row["lock"])
    else:
        assert found == row["error"]


def combinations() -> list[Any]:
    rows: list[dict[str, Any]] = json.loads((FOLDER / "combinations.json").read_text())
    return [
        pytest.param(server, row, id=f"{server}: {' '.join([*row['first'], row['sql']])}")
        for server in SERVERS
        for row in rows
    ]


@pytest.mark.parametrize(("server", "row"), combinations())
def test_clauses_together_cost_what_was_measured(server: str, row: dict[str, Any]) -> None:
    generated = GENERATED if row["table"] == "generated" else ""
    constraints = CONSTRAINTS.replace("CHECK (b > 0)", "CHECK (nn > -5)")
    table = Table(generated + MORE_COLUMNS + constraints, first=tuple(row["first"]))
    found = cost_of(row["sql"], Target.parse(server), table)
    assert (list(found.accepted) if isinstance(found, Cost) else found) == row[server]
