"""What the journal reads out of the text of a statement."""

from __future__ import annotations

import pytest

from stillroom.apply.statements import DatabaseObject, Kind, classify, executing, recorded, written


@pytest.mark.parametrize(
    ("text", "kind"),
    [
        ("SELECT 1", Kind.READ),
        ("(SELECT 1)", Kind.READ),
        ("SHOW CREATE TABLE t", Kind.READ),
        ("WITH a AS (SELECT 1) SELECT * FROM a", Kind.READ),
        ("WITH a AS (SELECT 1) UPDATE t SET x = 1", Kind.DML),
        ("-- why\n/* what */ INSERT INTO t VALUES (1)", Kind.DML),
        ("SELECT NEXTVAL(s)", Kind.DML),
        ("/*!40101 ALTER TABLE t DISABLE KEYS */", Kind.DDL),
        ("TRUNCATE t", Kind.DDL),
        ("ANALYZE TABLE t", Kind.DDL),
        ("GRANT SELECT ON t TO u", Kind.DDL),
        ("CALL p()", Kind.CALL),
        ("SET NAMES utf8mb4", Kind.SESSION),
        ("SET @a = 1", Kind.SESSION),
        ("SELECT MAX(id) INTO @a FROM t", Kind.SESSION),
        ("LOCK TABLES t WRITE", Kind.SESSION),
        ("CREATE TEMPORARY TABLE t (id INT)", Kind.TEMPORARY),
        ("CREATE OR REPLACE TEMPORARY TABLE t (id INT)", Kind.TEMPORARY),
        ("COMMIT", Kind.TRANSACTION),
        ("SAVEPOINT sa_savepoint_1", Kind.TRANSACTION),
        ("PRAGMA foreign_keys = OFF", Kind.OUTSIDE),
        ("PRAGMA table_info('t')", Kind.READ),
        ("FROBNICATE t", Kind.DDL),
    ],
)
def test_kind(text: str, kind: Kind) -> None:
    assert classify(text).kind is kind


@pytest.mark.parametrize(
    ("text", "objects"),
    [
        ("CREATE TABLE IF NOT EXISTS `a b`.`c``d` (id INT)", ["TABLE `a b`.`c``d`"]),
        ("DROP TABLE IF EXISTS a, b.c", ["TABLE `a`", "TABLE `b`.`c`"]),
        ("RENAME TABLE a TO b, c TO d", ["TABLE `a`", "TABLE `b`", "TABLE `c`", "TABLE `d`"]),
        ("ALTER TABLE a RENAME TO b", ["TABLE `a`", "TABLE `b`"]),
        ("ALTER TABLE a RENAME COLUMN b TO c", ["TABLE `a`"]),
        ("ALTER TABLE a EXCHANGE PARTITION p WITH TABLE b", ["TABLE `a`", "TABLE `b`"]),
        ("CREATE UNIQUE INDEX i ON t (a)", ["TABLE `t`"]),
        ("DROP INDEX i ON t", ["TABLE `t`"]),
        ("TRUNCATE TABLE t", ["TABLE `t`"]),
        ("CREATE DEFINER=`event`@`%` TRIGGER tr BEFORE INSERT ON t FOR EACH ROW SET @a = 1",
         ["TRIGGER `tr`"]),
        ("CREATE OR REPLACE ALGORITHM=MERGE SQL SECURITY INVOKER VIEW v AS SELECT 1", ["VIEW `v`"]),
        ("DROP PROCEDURE IF EXISTS p", ["PROCEDURE `p`"]),
        ("INSERT IGNORE INTO t (a) SELECT a FROM u", ["TABLE `t`"]),
        ("UPDATE t JOIN u ON t.a = u.a SET t.b = 1", ["TABLE `t`", "TABLE `u`"]),
    ],
)  # fmt: skip
def test_things(text: str, objects: list[str]) -> None:
    assert [f"{thing.kind} {thing.name}" for thing in classify(text).objects] == objects


def test_user_variables_that_are_assigned() -> None:
    assert classify("SET @a = @b, @@sql_mode = '', @c := 2").variables == ("@a", "@c")
    assert classify("SELECT a, b INTO @x, @y FROM t").variables == ("@x", "@y")
    assert classify("SELECT @x").variables == ()


def test_tables_that_a_body_inserts_into() -> None:
    body = "BEGIN INSERT INTO log (a) VALUES (INSERT('a', 1, 1, 'b')); REPLACE t VALUES (1); END"
    assert written(body) == (DatabaseObject("TABLE", "`log`"), DatabaseObject("TABLE", "`t`"))


def test_a_prepared_statement_is_found_again() -> None:
    inner = classify("ALTER TABLE t /* why */ ADD COLUMN a INT")
    sent = executing(classify("EXECUTE st"), inner)
    assert (sent.kind, sent.objects) == (Kind.DDL, (DatabaseObject("TABLE", "`t`"),))
    assert recorded(sent.text).objects == inner.objects
    assert recorded("ALTER TABLE t ADD COLUMN a INT").objects == inner.objects


def test_the_options_of_the_current_database_are_no_name() -> None:
    for option in ("CHARACTER SET utf8mb4", "DEFAULT CHARSET utf8mb4", "COLLATE utf8mb4_bin"):
        assert classify(f"ALTER DATABASE {option}").objects == ()
    (named,) = classify("ALTER DATABASE shop COLLATE utf8mb4_bin").objects
    assert (named.kind, named.name) == ("DATABASE", "`shop`")
