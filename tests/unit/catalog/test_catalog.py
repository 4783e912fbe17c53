"""The catalog as others use it: immutable, comparable, picklable, with the server's numbers."""

import pickle

import pytest

from stillroom.catalog import (
    Catalog,
    DDLError,
    Session,
    StatementKind,
    Target,
    Unsupported,
    execute,
    kind,
    statements,
)

MARIADB = Target.parse("mariadb 10.11")
MYSQL = Target.parse("mysql 9.7")


def after(*script, target=MARIADB):
    catalog, session = Catalog.empty(target), Session.default(target)
    for sql in script:
        outcome = execute(catalog, sql, session)
        catalog, session = outcome.catalog, outcome.session
    return catalog


def test_create_and_show():
    catalog = after("CREATE TABLE t (id INT PRIMARY KEY, name VARCHAR(9) NOT NULL)")
    assert catalog.show_create_table("t") == (
        "CREATE TABLE `t` (\n"
        "  `id` int(11) NOT NULL,\n"
        "  `name` varchar(9) NOT NULL,\n"
        "  PRIMARY KEY (`id`)\n"
        ") ENGINE=InnoDB DEFAULT CHARSET=utf8mb4 COLLATE=utf8mb4_general_ci"
    )


def test_a_uuid_of_mariadb_is_printed_in_groups_and_cast_to_text_alone():
    made = "CREATE TABLE t (a UUID NOT NULL DEFAULT '1234567812345678-1234567812ABCDEF')"
    shown = after(made).show_create_table("t")
    assert "DEFAULT '12345678-1234-5678-1234-567812abcdef'" in shown
    with pytest.raises(DDLError, match="Invalid default value for 'a'"):
        after("CREATE TABLE t (a UUID DEFAULT 'x')")
    with pytest.raises(DDLError, match="Cannot cast 'uuid' as 'int' in assignment"):
        after("CREATE TABLE t (a UUID)", "ALTER TABLE t MODIFY a INT")
    assert "varchar(36)" in after(
        "CREATE TABLE t (a UUID)", "ALTER TABLE t MODIFY a VARCHAR(36)"
    ).show_create_table("t")


def test_a_statement_leaves_the_old_catalog_alone_and_shares_its_tables():
    before = after("CREATE TABLE a (x INT)", "CREATE TABLE b (x INT)")
    outcome = execute(before, "ALTER TABLE a ADD y INT", Session.default(MARIADB))
    assert "`y`" not in before.show_create_table("a")
    assert outcome.catalog.table("b") is before.table("b")


def test_equal_means_printed_equally():
    one = after("CREATE TABLE t (a INT, KEY (a))")
    other = after("CREATE TABLE t (a INTEGER(11) NULL)", "CREATE INDEX a ON t (a)")
    assert one == other
    assert one != after("CREATE TABLE t (a INT)")


def test_a_catalog_survives_pickling():
    catalog = after("CREATE TABLE t (a INT, KEY (a))")
    assert pickle.loads(pickle.dumps(catalog)) == catalog  # noqa: S301 - our own


def test_errors_have_the_servers_number_and_words():
    with pytest.raises(DDLError, match="Table 't' already exists") as caught:
        after("CREATE TABLE t (a INT)", "CREATE TABLE t (a INT)")
    assert caught.value.number == 1050


def test_what_is_unknown_is_refused_with_its_place():
    statement = "CREATE TABLE t (\n  a INT,\n  b INT FANCY\n)"
    with pytest.raises(Unsupported) as caught:
        after(statement)
    assert (caught.value.line, caught.value.column) == (3, 9)
    assert caught.value.statement == statement


PARENT = "CREATE TABLE p (a VARCHAR(9) PRIMARY KEY)"
CHILD = "CREATE TABLE c (a VARCHAR(9), b TEXT, FOREIGN KEY (a) REFERENCES p (a))"


@pytest.mark.parametrize(
    ("statement", "reason"),
    [
        ("ALTER TABLE c ADD FULLTEXT KEY (a)", "a FULLTEXT key on a column of a foreign key"),
        (
            "ALTER TABLE c ADD d INT, MODIFY d BIGINT",
            "a column that is added and changed in one statement",
        ),
        ("ALTER TABLE c MODIFY b INT, MODIFY b BIGINT", "a column that is changed twice"),
        (
            "ALTER TABLE p DROP PRIMARY KEY, ADD PRIMARY KEY (b)",
            "dropping the primary key that a foreign key uses, among other clauses",
        ),
        ("ALTER TABLE p DROP PRIMARY KEY", "replacing the clustered key"),
    ],
)
def test_what_mariadb_does_in_ways_of_its_own_is_refused_with_the_reason(statement, reason):
    parent = "CREATE TABLE p (a VARCHAR(9) PRIMARY KEY, b INT NOT NULL, UNIQUE (b))"
    with pytest.raises(Unsupported, match=reason):
        after(parent, CHILD, statement)


@pytest.mark.parametrize(
    "clauses",
    ["ALTER CHECK t_chk_1 NOT ENFORCED, RENAME TO u", "ADD CHECK (a > 2), RENAME TO T"],
)
def test_mysql_renames_checks_before_the_rest(clauses):
    with pytest.raises(Unsupported, match="RENAME among clauses on checks"):
        after("CREATE TABLE t (a INT CHECK (a > 1))", f"ALTER TABLE t {clauses}", target=MYSQL)


def test_a_foreign_key_that_came_to_fit_no_parent_is_told_of():
    script = ["SET foreign_key_checks = 0", CHILD, "CREATE TABLE p (b INT PRIMARY KEY)"]
    with pytest.raises(Unsupported, match="c_ibfk_1 does not fit the table p it refers to"):
        after(*script, "ALTER TABLE c MODIFY b INT")


def test_a_later_fulltext_key_of_mysql_leaves_a_foreign_key_without_its_own():
    with pytest.raises(DDLError, match="1553"):
        after(PARENT, CHILD, "ALTER TABLE c ADD FULLTEXT KEY (a)", target=MYSQL)
    with pytest.raises(DDLError, match="1821"):
        after(PARENT, CHILD[:-1] + ", FULLTEXT KEY (a))", target=MYSQL)
    early = "CREATE TABLE c (a VARCHAR(9), FULLTEXT KEY (a), FOREIGN KEY (a) REFERENCES p (a))"
    assert "KEY `a_2` (`a`)" in after(PARENT, early, target=MYSQL).show_create_table("c")


def test_what_mariadb_changes_although_it_refuses_is_refused():
    before = after(
        "CREATE TABLE p (a INT PRIMARY KEY)",
        "CREATE TABLE t (a INT, b INT, c VARCHAR(9), KEY k (a), FOREIGN KEY (b) REFERENCES p (a))",
        "CREATE TABLE child (a INT, FOREIGN KEY (a) REFERENCES t (a))",
    )
    with pytest.raises(DDLError, match="Error on rename"):
        execute(before, "ALTER TABLE t DROP KEY k, MODIFY c INT", Session.default(MARIADB))
    # The server answers this with the same error, but the foreign key is gone.
    drop = "ALTER TABLE t DROP KEY k, MODIFY c INT, DROP FOREIGN KEY t_ibfk_1"
    with pytest.raises(Unsupported, match="drops although it refuses"):
        execute(before, drop, Session.default(MARIADB))


def test_if_not_exists_leaves_a_note():
    catalog = after("CREATE TABLE t (a INT)")
    outcome = execute(catalog, "CREATE TABLE IF NOT EXISTS t (b INT)", Session.default(MARIADB))
    assert outcome.catalog == catalog
    assert outcome.notes == ((1050, "Table 't' already exists"),)


def test_statements_of_other_kinds_change_nothing():
    catalog = after("CREATE TABLE t (a INT)")
    for sql in ("INSERT INTO t VALUES (1)", "COMMIT", "", "-- nothing", "SELECT 1"):
        assert execute(catalog, sql, Session.default(MARIADB)).catalog is catalog


def test_set_and_use_change_the_session():
    catalog, session = Catalog.empty(MARIADB), Session.default(MARIADB)
    session = execute(catalog, "SET FOREIGN_KEY_CHECKS=0, sql_mode='ansi'", session).session
    assert not session.foreign_key_checks
    assert "ANSI_QUOTES" in session.sql_mode
    session = execute(catalog, 'CREATE DATABASE "x"', session).session
    with pytest.raises(DDLError, match="Unknown database 'y'"):
        execute(catalog, "USE y", session)


@pytest.mark.parametrize(
    ("sql", "expected"),
    [
        ("create table t (a int)", StatementKind.DDL),
        ("/* a */ -- b\n ALTER TABLE t", StatementKind.DDL),
        ("/*!40101 SET NAMES utf8 */", StatementKind.SESSION),
        ("insert into t values (1)", StatementKind.DML),
        ("(select 1)", StatementKind.SELECT),
        ("with x as (select 1) select * from x", StatementKind.SELECT),
        ("show tables", StatementKind.SHOW),
        ("start transaction", StatementKind.TRANSACTION),
        ("call p()", StatementKind.ROUTINE),
        ("create user x", StatementKind.ADMIN),
        ("  ;", StatementKind.EMPTY),
        ("frobnicate", StatementKind.UNKNOWN),
    ],
)
def test_kind(sql, expected):
    assert kind(sql) is expected


def test_statements_of_a_script():
    script = """
        CREATE TABLE a (b VARCHAR(9) DEFAULT ';'); -- c;
        CREATE PROCEDURE p() BEGIN IF 1 THEN SELECT CASE 1 WHEN 1 THEN 2 END; END IF; END;
        DROP TABLE a;;
    """
    found = statements(script)
    assert [text.split("\n")[-1].split()[0] for text in found] == ["CREATE", "CREATE", "DROP"]
    assert found[1].rstrip().endswith("END")


def test_a_default_from_a_sequence_is_printed_with_its_schema():
    catalog = after(
        "CREATE SEQUENCE s",
        "CREATE TABLE t (a INT DEFAULT (NEXT VALUE FOR s), b INT DEFAULT (lastval(s) + 1))",
    )
    text = catalog.show_create_table("t")
    assert "`a` int(11) DEFAULT nextval(`stillroom`.`s`)" in text
    assert "`b` int(11) DEFAULT (lastval(`stillroom`.`s`) + 1)" in text


@pytest.mark.parametrize(
    ("column", "number"), [("b INT AS (nextval(s))", 1901), ("b INT CHECK (nextval(s) > 1)", 1970)]
)
def test_only_a_default_may_take_the_next_value_of_a_sequence(column, number):
    catalog = after("CREATE SEQUENCE s")
    with pytest.raises(DDLError) as error:
        execute(catalog, f"CREATE TABLE t (a INT, {column})", Session.default(MARIADB))
    assert error.value.number == number


@pytest.mark.parametrize("value", ["1", "ON", "DEFAULT"])
def test_a_variable_may_be_set_to_its_default(value):
    catalog = after("CREATE TABLE t (a INT)")
    sql = f"SET SESSION innodb_strict_mode = {value}"
    assert execute(catalog, sql, Session.default(MARIADB)).catalog is catalog


@pytest.mark.parametrize(
    "sql", ["SET innodb_strict_mode = OFF", "SET character_set_server = latin1"]
)
def test_a_variable_that_tables_depend_on_is_named(sql):
    with pytest.raises(Unsupported, match=f"the variable {sql.split()[1]}"):
        execute(after("CREATE TABLE t (a INT)"), sql, Session.default(MARIADB))
