"""Scripts of DDL with the recorded answers of real servers, so that tests need no server.

    PYTHONPATH=scripts python -m tests.support.catalog_cases URL …   # ask the servers again

A script is ``tests/unit/catalog/cases/NAME.sql``. An answer stands beside it, as
``NAME.TARGET.txt``: the number of the error of each refused statement, then SHOW CREATE TABLE of
all tables that are left.
"""

from __future__ import annotations

import sys
from pathlib import Path

import pymysql  # type: ignore[import-untyped, unused-ignore]

from stillroom.catalog import Catalog, DDLError, Session, Target, Unsupported, execute, statements
from tests.support.catalog_oracle import Oracle

CASES = Path(__file__).parents[1] / "unit" / "catalog" / "cases"
SCHEMA = "cases"


def scripts() -> list[Path]:
    return sorted(CASES.glob("*.sql"))


def answers() -> list[tuple[Path, str]]:
    """Each script with each target that it has an answer of."""
    return [
        (script, answer.name.removeprefix(f"{script.stem}.").removesuffix(".txt"))
        for script in scripts()
        for answer in sorted(CASES.glob(f"{script.stem}.m*.txt"))
    ]


def recorded(script: Path, target: str) -> str:
    return script.with_name(f"{script.stem}.{target}.txt").read_text(encoding="utf-8")


def replayed(script: Path, target_name: str) -> str:
    """The answer of a catalog, in the form of a recorded one."""
    target = Target.parse(target_name.replace("-", " "))
    catalog = Catalog.empty(target, SCHEMA)
    session = Session.default(target).with_changes(schema=SCHEMA)
    lines = []
    for number, sql in enumerate(statements(script.read_text(encoding="utf-8")), start=1):
        try:
            outcome = execute(catalog, sql, session)
        except DDLError as error:
            lines.append(f"{number}: error {error.number}")
            continue
        except Unsupported as error:
            lines.append(f"{number}: {error}")
            continue
        catalog, session = outcome.catalog, outcome.session
    tables = {name: table.create_statement for name, table in catalog.tables(SCHEMA).items()}
    return _answer(lines, tables)


def record(url: str) -> None:
    """Ask a server for the answer to every script."""
    oracle = Oracle(url, SCHEMA)
    try:
        for script in scripts():
            oracle.reset()
            lines = []
            for number, sql in enumerate(statements(script.read_text(encoding="utf-8")), start=1):
                try:
                    oracle.cursor.execute(sql)
                except pymysql.MySQLError as error:
                    lines.append(f"{number}: error {error.args[0]}")
            name = str(oracle.target).replace(" ", "-")
            answer = _answer(lines, oracle.tables())
            script.with_name(f"{script.stem}.{name}.txt").write_text(answer, encoding="utf-8")
    finally:
        oracle.close()


def _answer(lines: list[str], tables: dict[str, str]) -> str:
    return "\n".join([*lines, *(tables[name] for name in sorted(tables)), ""])


if __name__ == "__main__":
    for server in sys.argv[1:]:
        record(server)
