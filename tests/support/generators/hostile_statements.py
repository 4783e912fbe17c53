"""Statements on a table of any name, together for every rule on statements, as they meet it."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from stillroom.catalog import Catalog, CatalogError, Session, Target, execute, quoted_name
from stillroom.catalog.parser.statements import parse
from stillroom.findings import Finding, Place
from stillroom.lint.executed import LintedRevision, RevisionStatement
from tests.support.lint_cases import RULES

FILE = "alembic/versions/a.py"


def tables(name: str) -> list[str]:
    """The tables that the statements are about; everything in them is called like ``name``."""
    own = quoted_name(name)
    return [
        "CREATE TABLE parent (id INT PRIMARY KEY)",
        "CREATE TABLE fitting (id BIGINT PRIMARY KEY)",
        f"CREATE TABLE {own} (id INT PRIMARY KEY, {own} VARCHAR(99) NOT NULL DEFAULT 'x', "
        f"n BIGINT, r DECIMAL(9,4), e ENUM('a','b'), l LONGTEXT, KEY {own} ({own}))",
    ]


def statements(name: str) -> dict[str, str]:
    """By the rule that each is for, and a number where there are several."""
    own = quoted_name(name)
    alter = f"ALTER TABLE {own}"
    text = "COMMENT 'two  blanks, a -- dash and a # hash'"
    return {
        "MY101": f"DROP TABLE {own}",
        "MY102": f"{alter} DROP COLUMN {own}",
        "MY103": f"{alter} MODIFY {own} VARCHAR(9) NOT NULL DEFAULT 'x' {text}",
        "MY104": f"{alter} MODIFY e ENUM('a')",
        "MY104 moved": f"{alter} MODIFY e ENUM('c','a','b')",
        "MY105": f"DELETE FROM {own}",
        "MY105 truncate": f"TRUNCATE TABLE {own}",
        "MY201": f"{alter} MODIFY {own} VARCHAR(199)",
        "MY202": f"{alter} ADD x INT NOT NULL",
        "MY203": f"{alter} MODIFY n BIGINT NOT NULL",
        "MY204": f"{alter} MODIFY r DECIMAL(9,2)",
        "MY301": f"{alter} MODIFY n INT,\n  ALGORITHM=COPY",
        "MY302": f"{alter} ADD COLUMN y INT, ADD INDEX i (n)",
        "MY303": f"{alter} FORCE",
        "MY401": f"{alter} CHANGE {own} z VARCHAR(99) NOT NULL DEFAULT 'x'",
        "MY401 table": f"RENAME TABLE {own} TO other",
        "MY403": f"{alter} ALTER COLUMN {own} DROP DEFAULT",
        "MY404": f"{alter} MODIFY e ENUM('a','b','c')",
        "MY501": f"{alter} ADD UNIQUE u ({own})",
        "MY502": f"{alter} ADD CONSTRAINT f FOREIGN KEY (n) REFERENCES fitting (id)",
        "MY503": f"{alter} ADD CONSTRAINT c CHECK ({own} <> 'y')",
        "MY504": f"{alter} ADD CONSTRAINT g FOREIGN KEY (n) REFERENCES parent (id)",
        "MY505": f"{alter} ADD KEY k (l)",
        "MY602": f"DROP TABLE {own}, parent",
        "MY601": f"UPDATE {own} SET n = 1 WHERE n IS NULL",
        "MY105 update": f"UPDATE {own} SET n = 1",
    }


def findings(name: str, target: Target) -> Iterator[tuple[str, Finding]]:
    """What the rules find of each statement on its own, with the statement."""
    session = Session.default(target)
    start = Catalog.empty(target)
    for sql in tables(name):
        start = execute(start, sql, session).catalog
    for sql in statements(name).values():
        for finding in _of(sql, start, session):
            yield sql, finding


def _of(sql: str, start: Catalog, session: Session) -> Iterator[Finding]:
    ddl = not sql.startswith(("DELETE", "UPDATE"))
    parsed = parse(sql, start.target, session.sql_mode) if ddl else None
    after, error = start, None
    try:
        after = execute(start, sql, session).catalog if ddl else start
    except CatalogError as refused:
        error = refused
    kind = "ddl" if ddl else "dml"
    place = Place(FILE, 9)
    own = RevisionStatement(
        sql, kind, place, start, after, session, parsed, frozenset(), error, start
    )
    revision = LintedRevision("a", Path(FILE), FILE, "", [own], downgrade_statements=[own])
    for rule in RULES:
        yield from rule.look(revision)
