# ruff: noqa: E501
"""What migrations do that is easy to get wrong: each is cut off at several points."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.support import servers
from tests.support.crashes import HISTORY, CrashRuns, Cut, contents, write_history

BODIES = {
    "locked tables": """
    op.execute("CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, x INT)")
    op.execute("LOCK TABLES a WRITE")
    op.execute("INSERT INTO a (x) VALUES (1)")
    op.execute("INSERT INTO a (x) VALUES (2)")
    op.execute("UNLOCK TABLES")
    op.execute("ALTER TABLE a ADD COLUMN y INT")
""",
    "tables that stay locked": """
    op.execute("CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, x INT)")
    op.execute("LOCK TABLES a WRITE")
    op.execute("INSERT INTO a (x) VALUES (1)")
""",
    "prepared statements": """
    op.execute("CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, x INT)")
    op.execute("SET @s = IF((SELECT COUNT(*) FROM information_schema.columns WHERE table_schema = DATABASE() AND table_name = 'a' AND column_name = 'y') = 0, 'ALTER TABLE a ADD COLUMN y INT', 'SELECT 1')")
    op.execute("PREPARE st FROM @s")
    op.execute("EXECUTE st")
    op.execute("DEALLOCATE PREPARE st")
    op.execute("INSERT INTO a (x, y) VALUES (1, 2)")
    op.execute("ALTER TABLE a ADD COLUMN z INT")
""",
    "random values": """
    import uuid
    b = op.get_bind()
    op.execute("CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, x VARCHAR(36), n INT)")
    for n in range(3):
        b.execute(sa.text("INSERT INTO a (x, n) VALUES (:x, :n)"), {"x": str(uuid.uuid4()), "n": n})
    op.execute("ALTER TABLE a ADD COLUMN z INT")
    op.execute("UPDATE a SET x = 'u'")
""",
    "another connection": """
    from sqlalchemy.orm import Session
    op.execute("CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, x INT)")
    with op.get_bind().engine.begin() as c:
        c.execute(sa.text("INSERT INTO a (x) VALUES (1)"))
        c.execute(sa.text("ALTER TABLE a ADD COLUMN y INT"))
        c.execute(sa.text("INSERT INTO a (x) VALUES (2)"))
    op.execute("ALTER TABLE a ADD COLUMN z INT")
""",
    "the order of sets": """
    op.execute("CREATE TABLE a (id INT)")
    for n in {"alpha", "beta", "gamma", "delta"}:
        op.execute(f"ALTER TABLE a ADD COLUMN {n} INT")
        op.execute(f"ALTER TABLE a DROP COLUMN {n}")
    for n in {"alpha", "beta", "gamma", "delta"}:
        op.execute(f"CREATE TABLE {n} (id INT)")
""",
    "savepoints": """
    b = op.get_bind()
    op.execute("CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, x INT UNIQUE)")
    for n in (1, 2, 2, 3):
        try:
            with b.begin_nested():
                b.execute(sa.text("INSERT INTO a (x) VALUES (:n)"), {"n": n})
        except sa.exc.IntegrityError:
            op.execute("INSERT INTO a (x) VALUES (NULL)")
    op.execute("ALTER TABLE a ADD COLUMN z INT")
    op.execute("INSERT INTO a (x) VALUES (9)")
""",
    "transactions in text": """
    op.execute("CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, x INT)")
    op.execute("START TRANSACTION")
    op.execute("INSERT INTO a (x) VALUES (1)")
    op.execute("ROLLBACK")
    op.execute("START TRANSACTION")
    op.execute("INSERT INTO a (x) VALUES (2)")
    op.execute("COMMIT")
    op.execute("INSERT INTO a (x) VALUES (3)")
    op.execute("ALTER TABLE a ADD COLUMN z INT")
""",
    "triggers that insert": """
    op.execute("CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, x INT)")
    op.execute("CREATE TABLE log (id INT PRIMARY KEY AUTO_INCREMENT, x INT)")
    op.execute("CREATE TRIGGER tr AFTER UPDATE ON a FOR EACH ROW INSERT INTO log (x) VALUES (NEW.x)")
    op.execute("INSERT INTO a (x) VALUES (1), (2)")
    op.execute("UPDATE a SET x = x + 1")
    op.execute("DELETE FROM a WHERE x = 2")
    op.execute("ALTER TABLE a ADD COLUMN z INT")
""",
    "partitions": """
    op.execute("CREATE TABLE a (id INT PRIMARY KEY, x INT) PARTITION BY RANGE (id) (PARTITION p0 VALUES LESS THAN (10), PARTITION p1 VALUES LESS THAN (20))")
    op.execute("INSERT INTO a VALUES (1,1),(11,2)")
    op.execute("ALTER TABLE a ADD PARTITION (PARTITION p2 VALUES LESS THAN (30))")
    op.execute("ALTER TABLE a TRUNCATE PARTITION p0")
    op.execute("ALTER TABLE a DROP PARTITION p1")
    op.execute("ALTER TABLE a REMOVE PARTITIONING")
""",
    "several clauses": """
    op.execute("CREATE TABLE a (id INT, x INT, y INT)")
    op.execute("INSERT INTO a VALUES (1,2,3)")
    op.execute("ALTER TABLE a RENAME COLUMN x TO y, RENAME COLUMN y TO x")
    op.execute("ALTER TABLE a CHANGE x y INT, CHANGE y x INT")
    op.execute("ALTER TABLE a ADD INDEX (x)")
    op.execute("ALTER TABLE a ADD UNIQUE (y)")
    op.execute("ALTER TABLE a ADD CHECK (x > 0)")
    op.execute("ALTER TABLE a DROP COLUMN y, ADD COLUMN y INT DEFAULT 5")
""",
}
CUTS = 4


@pytest.mark.parametrize("body", BODIES.values(), ids=list(BODIES))
def test_converges(server_url: str, tmp_path: Path, body: str) -> None:
    (tmp_path / "versions").mkdir()
    (tmp_path / "env.py").write_text((HISTORY / "env.py").read_text())
    (tmp_path / "versions" / "e.py").write_text(
        "import sqlalchemy as sa\nfrom alembic import op\n"
        f'revision, down_revision = "e", None\n\ndef upgrade():\n{body}\n'
        "def downgrade():\n    pass\n"
    )
    laboratory = CrashRuns(server_url, tmp_path)
    laboratory.prepare()
    count = len(laboratory.messages["up"])
    for part in range(CUTS):
        cut = Cut(count - part * count // (2 * CUTS), ("before", "during")[part % 2])
        assert laboratory.try_cut("up", cut) == ""


def test_a_use_that_stays(server_url: str, tmp_path: Path) -> None:
    """The version table is in the database before it, and what was made behind it is found."""
    with servers.database(server_url) as other:
        statements = [
            f"DROP TABLE IF EXISTS `{other.database}`.a",
            f"USE `{other.database}`",
            "CREATE TABLE a (id INT PRIMARY KEY AUTO_INCREMENT, x INT)",
            "INSERT INTO a (x) VALUES (1)",
            "ALTER TABLE a ADD COLUMN y INT",
        ]
        code = "\n    ".join(f"op.execute({text!r})" for text in statements)
        history = write_history(tmp_path, code, "op.execute('CREATE TABLE b (id INT PRIMARY KEY)')")
        laboratory = CrashRuns(server_url, history)
        laboratory.prepare()
        expected = contents(other)
        for number, message in enumerate(laboratory.messages["up"], start=1):
            if message.startswith(("CREATE TABLE a", "ALTER TABLE a")):
                assert laboratory.try_cut("up", Cut(number, "during")) == ""
                assert contents(other) == expected
