"""Asks a server what a statement costs, by running it on empty clones of its tables.

``LINT_URL`` names the server. The clones live in a database of our own, which is dropped
afterwards; if a run is killed, the next one drops it.
"""

from __future__ import annotations

import re
import uuid
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sqlalchemy import Connection
from sqlalchemy.exc import DBAPIError, SQLAlchemyError

from stillroom.catalog import Target
from stillroom.catalog import error_numbers as er
from stillroom.catalog.parser.syntax import (
    AddColumn,
    AddElement,
    AlterTable,
    ChangeColumn,
    ForeignKeySpec,
    Hint,
    Partition,
    RenameTo,
    TableName,
)
from stillroom.catalog.target import family_and_version
from stillroom.cost import Algorithm, Cost, Lock
from stillroom.cost.model import Clauses
from stillroom.errors import SettingsError
from stillroom.findings import Finding
from stillroom.lint.executed import RevisionStatement
from stillroom.project.servers.server_urls import connected, server_url

DIFFERS = "MY004"
PREFIX = "stillroom_lint_"  # of the databases that are made there


@dataclass(frozen=True)
class Answer:
    """The clauses that the server accepts, or the number of its error."""

    algorithm: str | None = None
    lock: str | None = None
    error: int | None = None

    def __str__(self) -> str:
        if self.error is not None:
            return f"error {self.error}"
        return f"{self.algorithm}, LOCK={self.lock}" if self.lock else f"{self.algorithm}"


@contextmanager
def cost_probe(url: str, target: Target) -> Iterator[CostProbe]:
    """A server to ask. Raises SettingsError if none answers, or if it is not the target."""
    address = server_url("LINT_URL", url).set(database=None)
    with connected("LINT_URL", address, isolation_level="AUTOCOMMIT") as connection:
        _check_version(connection, target)
        _drop_left(connection)
        name = f"{PREFIX}{uuid.uuid4().hex[:12]}"
        # Whoever holds it is at work there; it goes with the connection.
        connection.exec_driver_sql("SELECT GET_LOCK(%s, 0)", (name,))
        try:
            yield CostProbe(connection, target, name)
        finally:
            _drop(connection, name)


def _check_version(connection: Connection, target: Target) -> None:
    text = str(connection.exec_driver_sql("SELECT VERSION()").scalar())
    family, version = family_and_version(text)
    release = ".".join(version.split(".")[:2])
    if (family, release) != (target.family, f"{target.major}.{target.minor}"):
        raise SettingsError(
            f"the server is {family} {release}, and the revisions are for {target}",
            where="LINT_URL",
            fix="Name a server of that version, or set target in alembic.ini.",
        )


def _drop_left(connection: Connection) -> None:
    """Drop what killed runs have left."""
    pattern = PREFIX.replace("_", r"\_") + "%"
    for (name,) in connection.exec_driver_sql("SHOW DATABASES LIKE %s", (pattern,)).all():
        ours = re.fullmatch(rf"{PREFIX}[0-9a-f]{{12}}", name)
        free = connection.exec_driver_sql("SELECT IS_FREE_LOCK(%s)", (name,)).scalar()
        if ours and free:
            _drop(connection, name)


def _drop(connection: Connection, name: str) -> None:
    connection.exec_driver_sql("SET SESSION foreign_key_checks = 0")
    connection.exec_driver_sql(f"DROP DATABASE IF EXISTS {name}")


class _NoClone(Exception):
    """A table that the server does not make."""


class CostProbe:
    """One connection to the server, and the name of a database that is ours alone."""

    def __init__(self, connection: Connection, target: Target, database: str) -> None:
        self.connection = connection
        self.target = target
        self.database = database

    def differences(self, statement: RevisionStatement) -> Iterator[Finding]:
        """Where the server disagrees with the rules."""
        answer = self.ask(statement)
        if answer is None or statement.cost is None or agree(statement.cost, answer):
            return
        assert statement.change is not None
        create = "\n".join(f"    {line}" for line in _create(statement).splitlines())
        yield Finding(
            DIFFERS,
            statement.place,
            f"the server uses {answer}; the rules expected {_expected(statement.cost)}",
            why="Trust the server.",
            fix="This is a mistake in the rules, not yours. Please report the statement and its "
            f"table:\n    {' '.join(statement.sql.split())};\n{create};",
        )

    def ask(self, statement: RevisionStatement) -> Answer | None:
        """What the server does with a statement; None where it cannot be asked.

        Some tables cannot be created alone, such as those with mismatched foreign keys.
        """
        try:
            return self._asked(statement) if _askable(statement) else None
        except _NoClone:
            return None

    def _asked(self, statement: RevisionStatement) -> Answer | None:
        answer: Answer | None = None
        for algorithm in Algorithm:
            if algorithm is Algorithm.NOCOPY and self.target.mysql:
                continue
            error = self._tried(statement, algorithm, None)
            if error is None:
                answer = Answer(algorithm.name, self._lock(statement, algorithm))
                break
            if error not in er.WRONG_ALGORITHM:
                return Answer(error=error)
        return answer

    def _lock(self, statement: RevisionStatement, algorithm: Algorithm) -> str | None:
        """The weakest lock beside an algorithm; None where the server takes no such clause."""
        for lock in Lock:
            if self._tried(statement, algorithm, lock) is None:
                return lock.name
        return None

    def _tried(
        self, statement: RevisionStatement, algorithm: Algorithm, lock: Lock | None
    ) -> int | None:
        """The number of the error of one attempt on new clones."""
        self._clone(statement)
        try:
            self.connection.exec_driver_sql(_plain(with_clauses(statement, algorithm, lock)))
        except DBAPIError as error:
            return _number(error)
        return None

    def _clone(self, statement: RevisionStatement) -> None:
        """The tables that the statement names, empty, in a new database."""
        run = self.connection.exec_driver_sql
        _drop(self.connection, self.database)
        collation = statement.before.schema(statement.session.schema).collation
        run(f"CREATE DATABASE {self.database} COLLATE {collation}")
        run(f"USE {self.database}")
        mode = ",".join(sorted(statement.session.sql_mode))
        run("SET SESSION sql_mode = %s, foreign_key_checks = 0", (mode,))
        try:
            for text in _tables(statement):
                run(_plain(text))
        except DBAPIError as error:
            raise _NoClone from error
        run(f"SET SESSION foreign_key_checks = {int(statement.session.foreign_key_checks)}")


def agree(cost: Cost, answer: Answer) -> bool:
    """Whether the rules say what the server does."""
    if answer.error is not None or cost.error is not None:
        return answer.error == cost.error
    return cost.accepted == (answer.algorithm, answer.lock)


def _expected(cost: Cost) -> Answer:
    algorithm, lock = cost.accepted
    return Answer(error=cost.error) if cost.error is not None else Answer(algorithm, lock)


def _askable(statement: RevisionStatement) -> bool:
    """Whether it is one ALTER TABLE of the database alone that takes clauses on its cost."""
    parsed, cost = statement.parsed, statement.cost
    if not isinstance(parsed, AlterTable) or cost is None or cost.clauses is Clauses.NEITHER:
        return False
    if any(
        isinstance(action, Hint) and action.name in ("ALGORITHM", "LOCK")
        for action in parsed.actions
    ):
        return False
    schemas = (statement.session.schema, None)
    in_other_schema = any(name.schema not in schemas for name in _names(parsed))
    return not in_other_schema and all(key.schema in schemas for key in _keys(statement))


def _names(parsed: AlterTable) -> Iterator[TableName]:
    """All tables that a statement names."""
    yield parsed.table
    for action in parsed.actions:
        if isinstance(action, RenameTo):
            yield action.table
        elif isinstance(action, AddElement) and isinstance(action.element, ForeignKeySpec):
            yield action.element.reference.table
        elif isinstance(action, (AddColumn, ChangeColumn)) and action.column.reference:
            yield action.column.reference.table


def _keys(statement: RevisionStatement) -> Any:
    return statement.change.before.foreign_keys if statement.change else ()


def _tables(statement: RevisionStatement) -> list[str]:
    """CREATE TABLE of the tables that a statement names, and of those that it refers to."""
    assert statement.change is not None
    assert isinstance(statement.parsed, AlterTable)
    schema = statement.session.schema or ""
    parents = {name.name for name in _names(statement.parsed)}
    parents |= {key.table for key in _keys(statement)}
    parents.discard(statement.change.before.name)
    referred = [statement.before.find(schema, name) for name in sorted(parents)]
    return [*(table.create_statement for table in referred if table), _create(statement)]


def _create(statement: RevisionStatement) -> str:
    assert statement.change is not None
    return statement.change.before.create_statement


def with_clauses(statement: RevisionStatement, algorithm: Algorithm, lock: Lock | None) -> str:
    """The statement with ALGORITHM and maybe LOCK."""
    assert isinstance(statement.parsed, AlterTable)
    clauses = [f"ALGORITHM={algorithm.name}", *([] if lock is None else [f"LOCK={lock.name}"])]
    sql = statement.sql.strip().rstrip(";")
    if sql[:5].upper() != "ALTER":  # CREATE INDEX and DROP INDEX
        return f"{sql} {' '.join(clauses)}"
    first = statement.parsed.actions[0]
    whole = isinstance(first, Partition) and first.action in ("BY", "REMOVE")
    start = first.position - (len(statement.sql) - len(statement.sql.lstrip()))
    return f"{sql[:start]}{', '.join(clauses)}{' ' if whole else ', '}{sql[start:]}"


def _plain(sql: str) -> str:
    """A text that the driver takes for no template."""
    return sql.replace("%", "%%")


def _number(error: SQLAlchemyError) -> int:
    arguments = getattr(getattr(error, "orig", None), "args", ())
    return arguments[0] if arguments and isinstance(arguments[0], int) else 0
