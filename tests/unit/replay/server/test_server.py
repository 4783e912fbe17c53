"""What statements get for an answer."""

from __future__ import annotations

import datetime
import enum
import json
from collections.abc import Callable

import pytest
import sqlalchemy as sa
from sqlalchemy import orm

from stillroom.catalog import Catalog, Target
from stillroom.errors import CannotTell
from stillroom.replay import server as offline

Run = Callable[..., list[tuple[object, ...]]]


def test_reflection_finds_what_was_created(engine: sa.Engine) -> None:
    metadata = sa.MetaData()
    sa.Table("parent", metadata, sa.Column("id", sa.Integer, primary_key=True), comment="p")
    sa.Table(
        "child",
        metadata,
        sa.Column("id", sa.BigInteger, primary_key=True),
        sa.Column("parent_id", sa.ForeignKey("parent.id", ondelete="CASCADE")),
        sa.Column("name", sa.String(40), nullable=False, index=True, comment="n"),
        sa.Column("amount", sa.Numeric(10, 2), server_default="1.50"),
        sa.UniqueConstraint("name", "parent_id", name="uq"),
    )
    metadata.create_all(engine)
    inspector = sa.inspect(engine)
    assert inspector.get_table_names() == ["child", "parent"]
    assert inspector.has_table("child")
    assert not inspector.has_table("nobody")
    assert inspector.get_foreign_keys("child")[0]["options"] == {"ondelete": "CASCADE"}
    assert inspector.get_unique_constraints("child")[0]["name"] == "uq"
    assert inspector.get_table_comment("parent") == {"text": "p"}
    columns = {column["name"]: column for column in inspector.get_columns("child")}
    assert str(columns["amount"]["type"]) == "DECIMAL(10, 2)"
    assert columns["name"]["comment"] == "n"
    reflected = sa.Table("child", sa.MetaData(), autoload_with=engine)
    assert list(reflected.c.keys()) == ["id", "parent_id", "name", "amount"]


def test_errors_have_the_class_and_the_number_of_the_driver(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE a (id INT)"))
        with pytest.raises(sa.exc.OperationalError) as failed:
            connection.execute(sa.text("CREATE TABLE a (id INT)"))
        assert failed.value.orig is not None
        assert failed.value.orig.args[0] == 1050
        with pytest.raises(sa.exc.ProgrammingError) as missing:
            connection.execute(sa.text("SELECT * FROM nobody"))
        assert missing.value.orig is not None
        assert missing.value.orig.args == (1146, "Table 'app.nobody' doesn't exist")
        with pytest.raises(sa.exc.OperationalError) as failed:
            connection.execute(sa.text("SELECT nothing FROM a"))
        assert failed.value.orig is not None
        assert failed.value.orig.args[0] == 1054


def test_queries_without_tables(run: Run, target: Target) -> None:
    assert run("SELECT 1") == [(1,)]
    assert run("SELECT DATABASE(), SCHEMA()") == [("app", "app")]
    [(version,)] = run("SELECT VERSION()")
    assert str(version).startswith(f"{target.major}.{target.minor}.")
    assert run("SELECT GET_LOCK('migration', 10), RELEASE_LOCK('migration')") == [(1, 1)]
    assert run("SELECT CONCAT('a', :b)", b="c'd") == [("ac'd",)]
    [(now,)] = run("SELECT NOW()")
    assert isinstance(now, datetime.datetime)
    assert run("SELECT @@foreign_key_checks, @@lower_case_table_names") == [(1, 0)]
    assert run("SET foreign_key_checks = 0", "SELECT @@foreign_key_checks") == [(0,)]


def test_queries_of_an_empty_table(run: Run) -> None:
    run("CREATE TABLE a (id INT, name VARCHAR(9))")
    assert run("SELECT * FROM a") == []
    assert run("SELECT COUNT(*), MAX(id), COALESCE(MAX(id), 0) + 1 FROM a") == [(0, None, 1)]
    assert run("SELECT EXISTS (SELECT * FROM a)") == [(0,)]
    assert run("SELECT COUNT(*) FROM a GROUP BY name") == []
    assert (
        run("SELECT a.name, DATE_FORMAT(a.id, '%Y') FROM a WHERE id > NOW() - INTERVAL 1 DAY") == []
    )
    assert run("UPDATE a SET name = CONCAT(name, 'x')", "DELETE FROM a WHERE id = 1") == []


def test_query_that_only_a_server_can_evaluate_is_refused(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE a (id INT, at DATETIME)"))
        with pytest.raises(CannotTell, match="only a server can evaluate it"):
            connection.execute(sa.text("SELECT MAX(at + INTERVAL 1 DAY) FROM a"))


def test_columns_are_named_as_in_the_statement(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE a (id INT, name VARCHAR(9))"))
        result = connection.execute(sa.text("SELECT a.ID, name AS n, COUNT(*), 1+1 FROM a"))
        assert list(result.keys()) == ["ID", "n", "COUNT(*)", "1+1"]


def test_rows_that_the_history_wrote_are_known(run: Run) -> None:
    run("CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(9), flag BOOL DEFAULT 1)")
    run("INSERT INTO a (name) VALUES ('one'), (:two)", two="two")
    run(
        "INSERT INTO a VALUES (10, 'ten', FALSE)",
        "INSERT INTO a (name) SELECT name FROM a WHERE id = 1",
    )
    expected = [(1, "one", 1), (2, "two", 1), (10, "ten", 0), (11, "one", 1)]
    assert run("SELECT * FROM a ORDER BY id") == expected
    assert run("SELECT id FROM a WHERE name = 'TWO'") == [(2,)]
    run("UPDATE a SET name = 'drei' WHERE id IN (2, 10)", "DELETE FROM a WHERE id = 1")
    assert run("SELECT COUNT(*), MAX(id) FROM a WHERE name = 'drei'") == [(2, 10)]
    run("ALTER TABLE a ADD COLUMN extra INT NOT NULL DEFAULT 7", "RENAME TABLE a TO b")
    assert run("SELECT id, extra FROM b WHERE id = 2") == [(2, 7)]
    run("TRUNCATE TABLE b")
    assert run("SELECT COUNT(*) FROM b") == [(0,)]


def test_numbers_that_a_table_gives(run: Run) -> None:
    run("CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(9)) AUTO_INCREMENT=1000")
    run("INSERT INTO a VALUES ()", "INSERT INTO a () VALUES ()", "INSERT INTO a VALUES (0, 'x')")
    assert run("SELECT * FROM a ORDER BY id") == [(1000, None), (1001, None), (1002, "x")]
    zero = "INSERT INTO a VALUES (0, 'zero')"
    run("SET sql_mode = 'NO_AUTO_VALUE_ON_ZERO'", zero, "SET sql_mode = DEFAULT")
    assert run("SELECT id FROM a WHERE name = 'zero'") == [(0,)]


@pytest.mark.parametrize(
    ("change", "query"),
    [
        ("INSERT INTO a (name, at) VALUES ('x', NOW())", "SELECT at FROM a"),
        ("INSERT INTO a (name, at) VALUES ('x', '2020-01-01')", "SELECT MAX(at) FROM a"),
        ("INSERT INTO a (name, at) VALUES ('x', '2020-01-01')", "SELECT id FROM a ORDER BY at"),
        ("INSERT INTO a (name, at) VALUES ('x', '2020-01-01')", "SELECT DISTINCT at FROM a"),
        (
            "INSERT INTO a (name, at) VALUES ('x', '2020-01-01')",
            "SELECT id FROM (SELECT id, at AS t FROM a) AS s WHERE s.t > 1",
        ),
        ("INSERT INTO a (name) VALUES (CONCAT('x', 'y'))", "SELECT name FROM a"),
        ("INSERT INTO a (name) VALUES ('x')", "SELECT UPPER(name) FROM a"),
        ("INSERT INTO a (name) VALUES ('é')", "SELECT 1 FROM a WHERE name = 'e'"),
        ("INSERT INTO a (name) VALUES ('_'), ('a')", "SELECT name FROM a ORDER BY name"),
        ("INSERT IGNORE INTO a (name) VALUES ('x')", "SELECT COUNT(*) FROM a"),
        ("INSERT INTO a (name) VALUES ('x')", "SELECT id / 2 FROM a"),
        ("INSERT INTO a (name) VALUES ('x ')", "SELECT 1 FROM a WHERE name = 'x'"),
        ("LOAD DATA INFILE 'x' INTO TABLE a", "SELECT id FROM a"),
        ("REPLACE INTO a (name) VALUES ('x')", "SELECT id FROM a"),
    ],
)
def test_what_is_not_known_of_rows_is_refused(run: Run, change: str, query: str) -> None:
    run("CREATE TABLE a (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(9), at DATETIME)", change)
    with pytest.raises(CannotTell, match=r"cannot replay `SELECT.*\n? *.*wrote itself"):
        run(query)


def test_unknown_values_do_not_spoil_known_ones(run: Run) -> None:
    run("CREATE TABLE a (id INT PRIMARY KEY, at DATETIME, name VARCHAR(9))")
    run("INSERT INTO a VALUES (1, NOW(), 'x')", "UPDATE a SET at = NOW() WHERE id = 1")
    assert run("SELECT id, name FROM a WHERE name = 'x'") == [(1, "x")]
    assert run("SELECT EXISTS (SELECT * FROM a WHERE id = 1)") == [(1,)]


def test_hidden_value_may_be_copied(run: Run, engine: sa.Engine) -> None:
    run("CREATE TABLE a (id INT, at DATETIME NOT NULL)", "CREATE TABLE b LIKE a")
    run("INSERT INTO a VALUES (1, NOW())", "INSERT INTO b SELECT * FROM a")
    with engine.begin() as connection:
        for row in connection.execute(sa.text("SELECT a.id, a.at AS moment FROM a")).all():
            values = {"id": row.id + 1, "at": row.moment}
            connection.execute(sa.text("INSERT INTO b VALUES (:id, :at)"), values)
    assert run("SELECT id FROM b ORDER BY id") == [(1,), (2,)]


def test_changed_type_makes_values_unknown_and_a_wider_one_does_not(run: Run) -> None:
    run("CREATE TABLE a (id INT, name VARCHAR(9))", "INSERT INTO a VALUES (1, '12')")
    run("ALTER TABLE a MODIFY name VARCHAR(20), MODIFY id BIGINT")
    assert run("SELECT id, name FROM a") == [(1, "12")]
    run("ALTER TABLE a MODIFY name INT")
    with pytest.raises(CannotTell):
        run("SELECT name FROM a")


def test_rollback_takes_rows_back_and_ddl_commits(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE a (id INT)"))
        connection.execute(sa.text("INSERT INTO a VALUES (1)"))
        connection.rollback()
        assert connection.scalar(sa.text("SELECT COUNT(*) FROM a")) == 0
        connection.execute(sa.text("INSERT INTO a VALUES (1)"))
        connection.execute(sa.text("CREATE TABLE b (id INT)"))
        connection.rollback()
        assert connection.scalar(sa.text("SELECT COUNT(*) FROM a")) == 1
        with connection.begin_nested() as savepoint:
            connection.execute(sa.text("INSERT INTO a VALUES (2)"))
            savepoint.rollback()
        assert connection.scalar(sa.text("SELECT COUNT(*) FROM a")) == 1


def test_autocommit_keeps_rows(engine: sa.Engine) -> None:
    with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
        connection.execute(sa.text("CREATE TABLE a (id INT)"))
        connection.execute(sa.text("INSERT INTO a VALUES (1)"))
        connection.rollback()
        assert connection.scalar(sa.text("SELECT COUNT(*) FROM a")) == 1


class Base(orm.DeclarativeBase):
    pass


class Kind(enum.Enum):
    small = 1


class User(Base):
    __tablename__ = "users"
    id: orm.Mapped[int] = orm.mapped_column(primary_key=True)
    name: orm.Mapped[str] = orm.mapped_column(sa.String(20))
    kind: orm.Mapped[Kind | None]
    since: orm.Mapped[datetime.datetime] = orm.mapped_column(
        server_default=sa.text("CURRENT_TIMESTAMP")
    )


def test_orm_inserts_and_queries(engine: sa.Engine) -> None:
    Base.metadata.create_all(engine)
    with orm.Session(engine) as session:
        users = [User(name=f"user{number}", kind=Kind.small) for number in range(3)]
        session.add_all(users)
        session.flush()
        assert [user.id for user in users] == [1, 2, 3]
        session.commit()
        found = session.scalars(sa.select(User.name).where(User.kind == Kind.small)).all()
        assert sorted(found) == ["user0", "user1", "user2"]
        assert session.query(User).filter_by(name="user1").count() == 1
        user = session.scalars(sa.select(User).where(User.id == 2)).one()
        assert user.name == "user1"
        assert "known only by a server" in repr(user.since)
        with pytest.raises(CannotTell, match=r"test_server\.py:.*a column of users is used"):
            assert user.since > datetime.datetime(2020, 1, 1)


def test_insert_errors_are_the_servers(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TABLE a (id INT NOT NULL, name VARCHAR(9) NOT NULL)"))
        with pytest.raises(sa.exc.IntegrityError, match="1048"):
            connection.execute(sa.text("INSERT INTO a VALUES (1, NULL)"))
        with pytest.raises(sa.exc.OperationalError, match="1364"):
            connection.execute(sa.text("INSERT INTO a (id) VALUES (1)"))
        with pytest.raises(sa.exc.OperationalError, match="1054"):
            connection.execute(sa.text("INSERT INTO a (nobody) VALUES (1)"))
        with pytest.raises(sa.exc.OperationalError, match="1136"):
            connection.execute(sa.text("INSERT INTO a VALUES (1)"))
        for quoted in ("""INSERT INTO "a" VALUES (1, 'x')""", 'INSERT INTO a ("id") VALUES (1)'):
            with pytest.raises(sa.exc.ProgrammingError, match="1064"):
                connection.execute(sa.text(quoted))


def test_executemany_counts_rows(engine: sa.Engine) -> None:
    with engine.begin() as connection:
        connection.execute(sa.text("CREATE TABLE a (id INT, name VARCHAR(9))"))
        rows = [{"id": number, "name": f"n{number}"} for number in range(5)]
        result = connection.execute(sa.text("INSERT INTO a VALUES (:id, :name)"), rows)
        assert result.rowcount == 5
        deleted = connection.execute(sa.text("DELETE FROM a WHERE id > 2"))
        assert deleted.rowcount == 2


def test_bound_values_arrive_in_ddl(run: Run, server: offline.Server) -> None:
    run("CREATE TABLE a (id INT COMMENT :c)", c="it's 100% \\ \n new")
    assert "COMMENT 'it''s 100% \\\\ \\n new'" in server.catalog.show_create_table("a")


def test_show_and_describe(run: Run, target: Target) -> None:
    run("CREATE TABLE a (id INT PRIMARY KEY, name VARCHAR(9) DEFAULT 'x', KEY k (name(3)))")
    assert run("SHOW TABLES") == [("a",)]
    assert run("SHOW TABLES LIKE 'b%'") == []
    assert run("SHOW FULL TABLES WHERE Table_type = 'BASE TABLE'") == [("a", "BASE TABLE")]
    integer = "int(11)" if target.mariadb else "int"
    assert run("DESCRIBE a")[0][:4] == ("id", integer, "NO", "PRI")
    assert run("SHOW COLUMNS FROM a LIKE 'name'")[0][:5] == (
        "name",
        "varchar(9)",
        "YES",
        "MUL",
        "x",
    )
    index = run("SHOW INDEX FROM a WHERE Key_name = 'k'")
    assert index[0][2:8] == ("k", 1, "name", "A", 0, 3)
    assert run("SHOW VARIABLES LIKE 'foreign_key_checks'") == [("foreign_key_checks", "ON")]
    assert run("SHOW DATABASES LIKE 'app'") == [("app",)]
    [(_, text)] = run("SHOW CREATE TABLE a")
    assert str(text).startswith("CREATE TABLE `a` (")


@pytest.mark.parametrize("statement", ["SHOW PROCESSLIST", "SHOW GRANTS", "EXPLAIN SELECT 1"])
def test_show_that_only_a_server_can_answer_is_refused(run: Run, statement: str) -> None:
    with pytest.raises(CannotTell, match="cannot replay"):
        run(statement)


def test_information_schema_has_the_columns_of_its_server(run: Run, target: Target) -> None:
    run("CREATE TABLE g (p POINT NOT NULL, q INT)" if target.mariadb else
        "CREATE TABLE g (p POINT NOT NULL SRID 4326, q INT)")  # fmt: skip
    own = "table_name = 'g' ORDER BY ordinal_position"
    rights = "select,insert,update,references"
    if target.mysql:
        asked = (
            f"SELECT column_name, SRS_ID, privileges FROM information_schema.columns WHERE {own}"
        )
        assert run(asked) == [("p", 4326, rights), ("q", None, rights)]
    else:
        asked = f"SELECT column_name, is_generated FROM information_schema.columns WHERE {own}"
        assert run(asked) == [("p", "NEVER"), ("q", "NEVER")]
        with pytest.raises(CannotTell, match="SRS_ID"):
            run("SELECT SRS_ID FROM information_schema.columns")


def test_information_schema(run: Run) -> None:
    run("CREATE TABLE p (id INT PRIMARY KEY)")
    run(
        "CREATE TABLE a (id INT, name VARCHAR(9) NOT NULL,"
        " CONSTRAINT f FOREIGN KEY (id) REFERENCES p (id))"
    )
    own = "table_schema = DATABASE()"
    columns = run(
        f"SELECT column_name FROM information_schema.columns WHERE table_name = 'A' AND {own}"
    )
    assert columns == [("id",), ("name",)]
    assert run(f"SELECT COUNT(*) FROM INFORMATION_SCHEMA.TABLES WHERE {own}") == [(2,)]
    keys = run(
        "SELECT constraint_name, referenced_table_name FROM information_schema.key_column_usage"
        f" WHERE {own} AND referenced_column_name IS NOT NULL"
    )
    assert keys == [("f", "p")]
    statistics = run(
        f"SELECT index_name, column_name FROM information_schema.statistics WHERE {own}"
    )
    assert statistics == [("PRIMARY", "id"), ("f", "id")]
    with pytest.raises(CannotTell, match="table_rows"):
        run("SELECT table_rows FROM information_schema.tables")


def test_name_of_the_database_is_the_projects(run: Run, server: offline.Server) -> None:
    run("CREATE TABLE app.a (id INT)", "USE app", "ALTER TABLE `app`.`a` ADD COLUMN app INT")
    assert run("SELECT app.a.id FROM app.a") == []
    assert list(server.catalog.tables()) == ["a"]
    run(
        "CREATE DATABASE IF NOT EXISTS app",
        "CREATE DATABASE other",
        "CREATE TABLE other.b (id INT)",
    )
    assert list(server.catalog.tables("other")) == ["b"]


@pytest.mark.parametrize("value", ["18446744073709551615", "'\udc80'"])
def test_value_that_sqlite_cannot_hold_is_refused(run: Run, value: str) -> None:
    kind = "VARCHAR(9)" if "'" in value else "BIGINT UNSIGNED"
    run(f"CREATE TABLE a (x {kind})", f"INSERT INTO a (x) VALUES ({value})")
    run("UPDATE a SET x = x")
    with pytest.raises(CannotTell, match="only a server can evaluate it"):
        run("SELECT x FROM a")


def test_more_databases_than_sqlite_joins_are_refused(run: Run) -> None:
    names = [f"d{number}" for number in range(14)]
    for name in names:
        run(f"CREATE DATABASE {name}", f"CREATE TABLE {name}.{name} (id INT)")
    with pytest.raises(CannotTell, match="too many attached databases"):
        run(f"SELECT d0.id FROM {', '.join(f'{name}.{name}' for name in names)}")


def test_table_may_have_the_name_of_its_database(run: Run, server: offline.Server) -> None:
    run("CREATE TABLE app (id INT, twice INT AS (app.id * 2))", "ALTER TABLE app.app ADD x INT")
    assert "`x`" in server.catalog.show_create_table("app")
    assert run("SELECT app.id, app.app.x FROM app.app WHERE app.x = 1") == []


def test_second_database_is_a_schema_of_its_own(engine: sa.Engine, server: offline.Server) -> None:
    other = sa.create_engine("mysql+pymysql://u@elsewhere/other")
    for one in (engine, other):
        with one.begin() as connection:
            connection.execute(sa.text("CREATE TABLE same (id INT)"))
    assert list(server.catalog.tables()) == ["same"]
    assert list(server.catalog.tables("other")) == ["same"]
    assert sa.inspect(other).get_table_names() == ["same"]


def test_temporary_tables_go_with_their_connection(engine: sa.Engine) -> None:
    with engine.connect() as connection:
        connection.execute(sa.text("CREATE TEMPORARY TABLE t (id INT)"))
        connection.execute(sa.text("SELECT * FROM t"))
    engine.dispose()
    with engine.connect() as connection, pytest.raises(sa.exc.ProgrammingError, match="1146"):
        connection.execute(sa.text("SELECT * FROM t"))


@pytest.mark.parametrize(
    "statement",
    [
        "CREATE TABLE b AS SELECT * FROM a",
        "PREPARE s FROM 'DROP TABLE a'",
        "FROBNICATE TABLE a",
    ],
)
def test_statement_that_cannot_be_replayed_is_refused_with_its_place(
    run: Run, server: offline.Server, statement: str
) -> None:
    run("CREATE TABLE a (id INT)")
    with pytest.raises((CannotTell, sa.exc.ProgrammingError)):
        run(statement)
    if server.refused is not None:
        assert "conftest.py:" in server.refused.where
        with pytest.raises(CannotTell):  # and nothing goes on from there
            run("SELECT 1")


def test_loop_that_waits_for_a_row_ends(run: Run) -> None:
    run("CREATE TABLE a (id INT)")

    def wait() -> None:
        while not run("SELECT id FROM a"):
            pass

    with pytest.raises(CannotTell, match="repeated without end"):
        wait()


def test_script_of_several_statements(run: Run, server: offline.Server) -> None:
    run("CREATE TABLE a (id INT); CREATE TABLE b (id INT DEFAULT 1);")
    assert sorted(server.catalog.tables()) == ["a", "b"]


def test_listener_hears_of_changes_with_their_place(target: Target) -> None:
    heard: list[offline.ExecutedStatement] = []
    server = offline.Server(Catalog.empty(target), listener=heard.append)
    with offline.stand_in(server), sa.create_engine("mysql://u@h/app").begin() as connection:
        connection.execute(sa.text("CREATE TABLE a (id INT)"))
        connection.execute(sa.text("SELECT * FROM a"))
    created = [one for one in heard if one.sql.startswith("CREATE")]
    assert [one.after.tables().keys() - one.before.tables().keys() for one in created] == [{"a"}]
    assert created[0].place is not None
    assert created[0].place.file.endswith("test_server.py")


def test_json_that_the_history_wrote_can_be_read(run: Run) -> None:
    run(
        "CREATE TABLE settings (id INT PRIMARY KEY, v JSON)",
        """INSERT INTO settings VALUES (1, '{"bb": [1, "ü"], "a": {"d": null, "c": true}}')""",
    )
    ((text,),) = run("SELECT v FROM settings")
    assert json.loads(str(text)) == {"bb": [1, "ü"], "a": {"d": None, "c": True}}
    run("UPDATE settings SET v = :v WHERE id = 1", v='{"x": 1}')
    assert run("SELECT id, v FROM settings") == [(1, '{"x": 1}')]


def test_json_compares_as_mysql_does(run: Run, target: Target) -> None:
    run("CREATE TABLE s (v JSON)", """INSERT INTO s VALUES ('{"bb": 1, "a": 1.5}')""")
    if target.mysql:
        with pytest.raises(CannotTell, match="reads rows of s"):
            run("""SELECT 1 FROM s WHERE v = '{"bb": 1}'""")


def test_sequences_are_listed_and_made_for_models(
    run: Run, target: Target, engine: sa.Engine
) -> None:
    if target.mysql:
        pytest.skip("MySQL has none")
    run("CREATE SEQUENCE s START WITH 100", "CREATE TABLE t (a INT) WITH SYSTEM VERSIONING")
    metadata = sa.MetaData()
    counted = sa.Column("id", sa.Integer, sa.Sequence("q", metadata=metadata), primary_key=True)
    sa.Table("u", metadata, counted)
    with engine.begin() as connection:
        metadata.create_all(connection)
        inspector = sa.inspect(connection)
        assert sorted(inspector.get_sequence_names()) == ["q", "s"]
        assert sorted(inspector.get_table_names()) == ["t", "u"]
        metadata.drop_all(connection)
        assert sa.inspect(connection).get_sequence_names() == ["s"]
