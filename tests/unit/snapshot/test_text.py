"""A snapshot says all that a replay knows, in SQL, and is read back as the same state."""

from __future__ import annotations

import re
from dataclasses import replace

import pytest

from stillroom.catalog import Catalog, Target
from stillroom.errors import CannotTell
from stillroom.replay.server import Server, State
from stillroom.replay.server.client import connect
from stillroom.snapshot.header import Header, sealed
from stillroom.snapshot.reading import Snapshot
from stillroom.snapshot.writing import body

MARIADB, MYSQL = Target.parse("mariadb 10.11"), Target.parse("mysql 9.7")
HISTORY = r"""
CREATE TABLE parent (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(40) DEFAULT 'a;\n''b');
CREATE TABLE child (
    id INT PRIMARY KEY, parent_id INT, other_id INT, total INT GENERATED ALWAYS AS (id + 1) STORED,
    KEY own (parent_id), FOREIGN KEY (parent_id) REFERENCES parent (id),
    FOREIGN KEY (other_id) REFERENCES parent (id) ON DELETE CASCADE
) AUTO_INCREMENT=1;
CREATE TABLE counted (id INT AUTO_INCREMENT PRIMARY KEY, at DATETIME) AUTO_INCREMENT=1000;
CREATE TABLE state (name ENUM('on','off') COLLATE utf8mb4_bin NOT NULL, word TEXT) CHARSET latin1;
INSERT INTO parent (name) VALUES ('it''s; a \\ "quoted"
line'), (NULL);
INSERT INTO child (id, parent_id) VALUES (1, 2);
INSERT INTO state VALUES ('on', 'first');
INSERT INTO counted (at) VALUES (NOW());
CREATE VIEW a_view AS SELECT * FROM b_view;
CREATE OR REPLACE VIEW b_view AS SELECT id FROM parent;
CREATE TRIGGER filled BEFORE INSERT ON parent FOR EACH ROW BEGIN
    SET NEW.name = ';
';
    SET NEW.name = '$$';
END;
CREATE PROCEDURE nothing() SELECT 1;
"""


def state_of(script: str, target: Target = MARIADB) -> State:
    """What the statements make, as a history that runs them."""
    import pymysql

    server = Server(State(Catalog.empty(target)))
    connect(server, "app").execute(script, pymysql)
    return server.state


def snapshot_of(state: State) -> Snapshot:
    header = Header(state.catalog.target, ("b", "a"), "0" * 64)
    return Snapshot.read(sealed(header, body(state)).encode(), "alembic/schema.sql")


def generated_keys(catalog: Catalog) -> set[tuple[str, str]]:
    return {
        (table.name, index.name)
        for table in catalog.all_tables()
        for index in table.indexes
        if index.generated
    }


@pytest.mark.parametrize("target", [MARIADB, MYSQL], ids=str)
def test_what_is_read_is_what_was_written(target: Target) -> None:
    state = state_of(HISTORY, target)
    snapshot = snapshot_of(state)
    read = snapshot.state
    assert generated_keys(state.catalog) == {("child", "other_id")}
    assert generated_keys(read.catalog) == generated_keys(state.catalog)
    assert list(read.catalog.tables()) == sorted(state.catalog.tables())
    assert dict(read.catalog.tables()) == dict(state.catalog.tables())
    assert read.catalog.schema().programs == state.catalog.schema().programs
    for name in ("parent", "child", "state"):
        table = state.catalog.table(name)
        assert read.rows.of(table) == state.rows.of(table)
    assert read.rows.of(state.catalog.table("counted")).lost
    assert sealed(snapshot.header, body(read)) == snapshot.text


def test_the_text_is_in_an_order_that_a_client_can_run() -> None:
    text = snapshot_of(state_of(HISTORY)).text
    assert text.index("CREATE TABLE `child`") < text.index("CREATE TABLE `parent`")
    assert text.index("INSERT INTO `parent`") < text.index("CREATE TRIGGER")
    assert text.index("VIEW b_view") < text.index("VIEW a_view")
    assert "DELIMITER $$$\nCREATE TRIGGER" in text
    assert "AUTO_INCREMENT=1000" not in text.partition("CREATE TABLE `counted`")[2].split(";")[0]
    assert "ALTER TABLE `counted` AUTO_INCREMENT=1000;" in text
    assert re.search(r"-- Rows that a replay cannot know: `counted` \(.+test_text.py:\d+\)\n", text)
    assert r"""VALUES (1, 'it''s; a \\ "quoted"\nline');""" in text
    assert text.count("\nINSERT INTO `parent`") == 2


def test_sequences_and_other_schemas() -> None:
    state = state_of(
        "CREATE DATABASE other; CREATE SEQUENCE counter; CREATE TABLE other.t (id INT PRIMARY KEY,"
        " up INT, FOREIGN KEY (up) REFERENCES t (id)); CREATE TABLE s (id INT PRIMARY KEY DEFAULT"
        " NEXT VALUE FOR counter); ALTER DATABASE CHARACTER SET latin1"
    )
    snapshot = snapshot_of(state)
    assert "`stillroom`" not in snapshot.text
    assert "CREATE TABLE `other`.`t` (" in snapshot.text
    read = snapshot.state.catalog
    assert read.schema().collation == state.catalog.schema().collation
    assert set(read.all_tables()) == set(state.catalog.all_tables())


TEXT = snapshot_of(state_of(HISTORY)).text


def problem(content: bytes) -> str:
    with pytest.raises(CannotTell) as caught:
        Snapshot.read(content, "alembic/schema.sql")
    return str(caught.value)


def test_each_line_that_is_changed_is_noticed() -> None:
    lines = TEXT.split("\n")
    for number, line in enumerate(lines[:-1]):
        for changed in (f"{line} ", line[:-1], line.replace("a", "e")):
            if changed != line:
                text = "\n".join([*lines[:number], changed, *lines[number + 1 :]])
                assert problem(text.encode())
        if lines[number : number + 2] != lines[number : number + 2][::-1]:
            swapped = [*lines[:number], *lines[number : number + 2][::-1], *lines[number + 2 :]]
            assert problem("\n".join(swapped).encode())


@pytest.mark.parametrize(
    ("content", "said"),
    [
        (b"", "alembic/schema.sql: is not a snapshot"),
        (b"\xff\xfe", "is not UTF-8 text"),
        (TEXT[: len(TEXT) // 2].encode(), "alembic/schema.sql: is cut off"),
        (TEXT[:200].encode(), "alembic/schema.sql: is cut off"),
        (TEXT.replace("\n", "\r\n").encode(), "has Windows line ends (CRLF)"),
        (TEXT.replace("format: 1", "format: 2").encode(), "alembic/schema.sql:2: is of format 2"),
        (TEXT.replace("format: 1", "format: x").encode(), "does not say of which format"),
        (TEXT.replace("varchar(40)", "varchar(41)").encode(), "was edited"),
        (
            TEXT.replace("-- heads: ", "<<<<<<< ours\n-- heads: ").encode(),
            "alembic/schema.sql:4: has a merge conflict",
        ),
    ],
)
def test_a_file_that_cannot_be_used(content: bytes, said: str) -> None:
    text = problem(content)
    assert said in text
    assert "snapshot" in text.partition("\n")[2]


def test_a_target_that_there_is_not() -> None:
    header = Header(replace(MARIADB, major=9), ("a",), "0")
    with pytest.raises(CannotTell, match="too old"):
        Snapshot.read(
            sealed(header, body(state_of("CREATE TABLE t (id INT)"))).encode(), "schema.sql"
        )
