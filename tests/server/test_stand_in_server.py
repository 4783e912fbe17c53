"""The stand-in's answers are those of the server that it stands in for."""

from __future__ import annotations

from typing import Any

import pytest
import sqlalchemy as sa

from stillroom.catalog import Catalog, Target
from stillroom.replay import server

SCHEMA = """
    CREATE TABLE parent (
        id INT PRIMARY KEY, code VARCHAR(20) NOT NULL UNIQUE COMMENT 'it''s'
    ) COMMENT 'p';
    CREATE TABLE child (
        id BIGINT UNSIGNED NOT NULL AUTO_INCREMENT, parent_id INT, name VARCHAR(30) DEFAULT 'none',
        kind ENUM('a', 'b') NOT NULL DEFAULT 'a', amount DECIMAL(10,2) DEFAULT 1.50, note TEXT,
        data VARBINARY(20), made DATETIME(3), changed TIMESTAMP NULL DEFAULT CURRENT_TIMESTAMP
        ON UPDATE CURRENT_TIMESTAMP, half DECIMAL(9,2) AS (amount) VIRTUAL, PRIMARY KEY (id),
        KEY by_name (name(5), kind), UNIQUE KEY pair (parent_id, name),
        CONSTRAINT own FOREIGN KEY (parent_id) REFERENCES parent (id) ON DELETE CASCADE,
        CONSTRAINT positive CHECK (amount > 0)
    );
    CREATE TABLE seeds (id INT AUTO_INCREMENT PRIMARY KEY, name VARCHAR(30), rank_ INT DEFAULT 3);
    INSERT INTO seeds (name) VALUES ('one'), ('Two'), (NULL);
    INSERT INTO seeds (id, name, rank_) VALUES (10, 'ten', -1), (11, 'one', NULL);
    UPDATE seeds SET rank_ = 7 WHERE name = 'two';
    DELETE FROM seeds WHERE id = 10;
    INSERT INTO seeds (name, rank_) SELECT name, id FROM seeds WHERE rank_ = 7;
"""

COLUMNS = (
    "COLUMN_NAME, ORDINAL_POSITION, COLUMN_DEFAULT, IS_NULLABLE, DATA_TYPE, COLUMN_TYPE,"
    " COLUMN_KEY,"
    " CHARACTER_MAXIMUM_LENGTH, CHARACTER_OCTET_LENGTH, NUMERIC_PRECISION, NUMERIC_SCALE,"
    " DATETIME_PRECISION, CHARACTER_SET_NAME, COLLATION_NAME, EXTRA, COLUMN_COMMENT"
)
QUERIES = [
    "SELECT 1",
    "SELECT 'a' AS x, NULL, 1 + 2",
    "SELECT * FROM parent",
    "SELECT COUNT(*), MAX(id), MIN(code), COALESCE(MAX(id), 0) + 1 FROM parent",
    "SELECT COUNT(*) FROM parent GROUP BY code",
    "SELECT EXISTS (SELECT * FROM parent), COUNT(*) FROM child",
    "SELECT c.ID, Name AS n FROM child c LEFT JOIN parent p ON p.id = c.parent_id",
    "SELECT * FROM seeds ORDER BY id",
    "SELECT id, name FROM seeds WHERE name IN ('ONE', 'two') ORDER BY id",
    "SELECT COUNT(*), MAX(rank_), MIN(id) FROM seeds",
    "SELECT name, COUNT(*) FROM seeds WHERE name IS NOT NULL GROUP BY name ORDER BY name",
    "SELECT s.id FROM seeds AS s WHERE NOT EXISTS (SELECT 1 FROM parent AS p WHERE p.id = s.id)"
    " ORDER BY s.id DESC LIMIT 2",
    "SELECT id FROM seeds WHERE name LIKE 'T%' AND rank_ <> 3 ORDER BY id",
    "SELECT CASE WHEN rank_ IS NULL THEN 'none' ELSE name END FROM seeds WHERE id > 10 ORDER BY id",
    "SHOW TABLES",
    "SHOW TABLES LIKE 's%'",
    "SHOW FULL TABLES",
    "DESCRIBE child",
    "DESC child name",
    "SHOW COLUMNS FROM child WHERE Field LIKE '%a%'",
    "SHOW FULL COLUMNS FROM child LIKE 'name'",
    "SHOW INDEX FROM child WHERE Key_name = 'by_name'",
    "SHOW CREATE TABLE parent",
    "SHOW VARIABLES LIKE 'lower_case_table_names'",
    f"SELECT {COLUMNS} FROM information_schema.columns"
    " WHERE table_schema = DATABASE() AND table_name = 'child' ORDER BY ordinal_position",
    "SELECT table_name, table_type, engine, table_comment, table_collation"
    " FROM information_schema.tables WHERE table_schema = DATABASE() ORDER BY table_name",
    "SELECT TABLE_NAME, NON_UNIQUE, INDEX_NAME, SEQ_IN_INDEX, COLUMN_NAME, SUB_PART, NULLABLE,"
    " INDEX_TYPE, INDEX_COMMENT FROM information_schema.STATISTICS WHERE TABLE_SCHEMA = DATABASE()"
    " ORDER BY 1, 3, 4",
    "SELECT CONSTRAINT_NAME, TABLE_NAME, CONSTRAINT_TYPE FROM information_schema.TABLE_CONSTRAINTS"
    " WHERE TABLE_SCHEMA = DATABASE() ORDER BY 2, 1",
    "SELECT CONSTRAINT_NAME, TABLE_NAME, COLUMN_NAME, ORDINAL_POSITION,"
    " POSITION_IN_UNIQUE_CONSTRAINT, REFERENCED_TABLE_NAME, REFERENCED_COLUMN_NAME"
    " FROM information_schema.KEY_COLUMN_USAGE WHERE TABLE_SCHEMA = DATABASE() ORDER BY 2, 1, 4",
    "SELECT CONSTRAINT_NAME, UNIQUE_CONSTRAINT_NAME, UPDATE_RULE, DELETE_RULE, TABLE_NAME,"
    " REFERENCED_TABLE_NAME FROM information_schema.REFERENTIAL_CONSTRAINTS"
    " WHERE CONSTRAINT_SCHEMA = DATABASE()",
    "SELECT CONSTRAINT_NAME, CHECK_CLAUSE FROM information_schema.CHECK_CONSTRAINTS"
    " WHERE CONSTRAINT_SCHEMA = DATABASE()",
    "SELECT COUNT(*) FROM information_schema.tables WHERE table_schema = DATABASE()"
    " AND table_name = 'nobody'",
    "SELECT * FROM nobody",
    "SELECT nothing FROM parent",
    "INSERT INTO seeds (nothing) VALUES (1)",
    "INSERT INTO parent (id) VALUES (1)",
    "INSERT INTO parent VALUES (1, NULL)",
    "INSERT INTO parent VALUES (1)",
    "UPDATE nobody SET id = 1",
    "DELETE FROM nobody",
    "RELEASE SAVEPOINT nobody",
]


def target_of(connection: sa.Connection) -> Target:
    version = connection.exec_driver_sql("SELECT VERSION()").scalar_one()
    family = "mariadb" if "MariaDB" in version else "mysql"
    return Target.parse(f"{family} {'.'.join(version.partition('-')[0].split('.')[:2])}")


def answers(engine: sa.Engine, hide: str) -> dict[str, Any]:
    """Column names and rows, or the number of the error, of every query."""
    found: dict[str, Any] = {}
    with engine.connect() as connection:
        for statement in SCHEMA.split(";"):
            if statement.strip():
                connection.exec_driver_sql(statement)
        connection.commit()
        for query in QUERIES:
            try:
                result = connection.exec_driver_sql(query.replace("%", "%%"))
                rows = [tuple(row) for row in result] if result.returns_rows else None
                names = [name.replace(hide, "db") for name in list(result.keys())]
                found[query] = (names, rows)
            except sa.exc.DBAPIError as error:
                found[query] = error.orig.args[0] if error.orig else None
    return found


def test_answers_are_equal(database: sa.URL) -> None:
    assert database.database
    real = sa.create_engine(database, poolclass=sa.NullPool)
    with real.connect() as connection:
        target = target_of(connection)
    theirs = answers(real, database.database)
    with server.stand_in(Catalog.empty(target)):
        ours = answers(sa.create_engine("mysql+pymysql://u@127.0.0.1:1/app"), "app")
    differing = [query for query in QUERIES if theirs[query] != ours[query]]
    assert {query: ours[query] for query in differing} == {q: theirs[q] for q in differing}


@pytest.mark.parametrize("table", ["parent", "child", "seeds"])
def test_reflection_is_equal(database: sa.URL, table: str) -> None:
    real = sa.create_engine(database, poolclass=sa.NullPool)
    with real.connect() as connection:
        target = target_of(connection)
    answers(real, str(database.database))
    theirs = reflected(real, table)
    with server.stand_in(Catalog.empty(target)):
        engine = sa.create_engine("mysql+pymysql://u@127.0.0.1:1/app")
        answers(engine, "app")
        assert reflected(engine, table) == theirs


def reflected(engine: sa.Engine, table: str) -> list[str]:
    inspector = sa.inspect(engine)
    found = [
        *inspector.get_columns(table),
        inspector.get_pk_constraint(table),
        *inspector.get_foreign_keys(table),
        *inspector.get_indexes(table),
        *inspector.get_unique_constraints(table),
        *inspector.get_check_constraints(table),
        inspector.get_table_comment(table),
    ]
    return [repr(one) for one in found]
