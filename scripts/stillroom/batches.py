"""Changes many rows in small steps. Revisions import it.

    from stillroom import batches

    def upgrade() -> None:
        batches.update("user", "email = LOWER(email)", where="email <> LOWER(email)")
        batches.delete("visit", where="at < '2020-01-01'")

One UPDATE of a million rows keeps other writers out for seconds. Here each step takes some thousand
rows by primary key and is committed by itself. Under ``make upgrade`` each step is in the journal,
so that an upgrade that was cut off goes on behind it, and the steps wait while the server is busy
or replicas lag. A step that meets a lock wait timeout or a deadlock is tried again. Plain Alembic
runs the same steps, without journal and waits.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from itertools import count
from typing import Any, Protocol

import sqlalchemy as sa
from alembic import op
from sqlalchemy.engine import Connection

from stillroom.catalog.error_numbers import LOCK_DEADLOCK, LOCK_WAIT_TIMEOUT

SIZE = 5_000  # rows of a step: writers wait for 0.1 s at most
# Seconds for which a step is tried again that others keep from its rows. Throttles may set less.
LOCK_LIMIT = 600.0
_FIRST_PAUSE, _LONGEST_PAUSE = 0.1, 8.0  # seconds between two tries, before jitter
_IN_THE_WAY = frozenset({LOCK_WAIT_TIMEOUT, LOCK_DEADLOCK})
_Row = tuple[Any, ...]


class Throttle(Protocol):
    """Hears of every step, and may wait before the next."""

    @property
    def lock_limit(self) -> float:
        """Seconds for which a step is tried again that others keep from its rows."""

    def step(self, table: str, rows: int) -> None:
        """Steps have gone through that many rows of the table by now."""


_throttles: list[Throttle] = []


@contextmanager
def throttled(throttle: Throttle) -> Iterator[None]:
    """Within it, ``throttle`` hears of the steps."""
    _throttles.append(throttle)
    try:
        yield
    finally:
        _throttles.remove(throttle)


def update(
    table: str,
    assignments: str,
    where: str = "",
    parameters: Mapping[str, Any] | None = None,
    *,
    schema: str | None = None,
    size: int = SIZE,
) -> None:
    """``UPDATE table SET assignments WHERE where`` in steps of ``size`` rows.

    ``assignments`` and ``where`` are SQL; ``:name`` in it is one of ``parameters``. Each row
    that fits is changed once, those included that come during the work; primary keys must stay
    as they are. Raises ValueError if the table has no primary key, or ``size`` is none.
    """
    verb = "UPDATE {table} SET " + assignments  # noqa: S608 - the revision's own SQL
    _run(verb, table, schema, where, parameters, size)


def delete(
    table: str,
    where: str,
    parameters: Mapping[str, Any] | None = None,
    *,
    schema: str | None = None,
    size: int = SIZE,
) -> None:
    """``DELETE FROM table WHERE where`` in steps of ``size`` rows, as ``update`` does it."""
    _run("DELETE FROM {table}", table, schema, where, parameters, size)


def _run(
    verb: str,
    table: str,
    schema: str | None,
    where: str,
    parameters: Mapping[str, Any] | None,
    size: int,
) -> None:
    if size < 1:
        raise ValueError(f"batches of {size} rows")
    context = op.get_context()
    name = ".".join(_quoted(context.dialect, part) for part in (schema, table) if part)
    statement = verb.replace("{table}", name, 1)
    values = dict(parameters or {})
    if context.as_sql or context.dialect.name not in ("mysql", "mariadb"):
        op.execute(_text(_limited(statement, [where]), values))
        return
    if getattr(context.dialect, "stands_in", False):
        op.execute(_text(f"{_limited(statement, [where])} LIMIT {size}", values))
        return
    bind = op.get_bind()
    # Not by SQLAlchemy's reflection, which takes names with backticks for others.
    listed = bind.execute(sa.text(f"SHOW KEYS FROM {name} WHERE Key_name = 'PRIMARY'")).mappings()
    keys = [row["Column_name"] for row in sorted(listed, key=lambda row: row["Seq_in_index"])]
    if not keys:
        raise ValueError(f"{table} has no primary key, which batches need to go through it")
    with context.autocommit_block():
        keys = [_quoted(context.dialect, key) for key in keys]
        plain = ".".join(part for part in (schema, table) if part)
        _steps(bind, _Steps(statement, name, keys, where, size), values, plain)


class _Steps:
    """The texts of the steps. Their parameters: ``stillroom_from_n`` and ``stillroom_to_n``."""

    def __init__(
        self, statement: str, table: str, keys: Sequence[str], where: str, size: int
    ) -> None:
        self.statement, self.table, self.keys = statement, table, keys
        self.where, self.size = where, size

    def bound(self, after: _Row | None) -> str:
        """The query for the last key of the next step."""
        columns = ", ".join(self.keys)
        query = f"SELECT {columns} FROM {self.table}"  # noqa: S608 - quoted
        query = _limited(query, [self._beyond("from", after)])
        return f"{query} ORDER BY {columns} LIMIT 1 OFFSET {self.size - 1}"

    def step(self, after: _Row | None, last: _Row | None) -> str:
        """The statement for the rows behind ``after``, up to ``last``; None is the end."""
        conditions = [self._beyond("from", after)]
        if last is not None:
            conditions.append(f"NOT ({self._beyond('to', last)})")
        return _limited(self.statement, [*conditions, self.where])

    def _beyond(self, prefix: str, row: _Row | None) -> str:
        """Keys behind those of a row, in a form that the servers find by the index."""
        if row is None:
            return ""
        names = [f":stillroom_{prefix}_{number}" for number in range(len(row))]
        condition = f"{self.keys[-1]} > {names[-1]}"
        for key, name in reversed(list(zip(self.keys[:-1], names[:-1], strict=True))):
            condition = f"{key} >= {name} AND ({key} > {name} OR {condition})"
        return condition


def _steps(bind: Connection, steps: _Steps, values: Mapping[str, Any], table: str) -> None:
    after: _Row | None = None
    rows = 0
    while True:
        given = _named("from", after)
        bound_row = bind.execute(_text(steps.bound(after), given)).one_or_none()
        last = tuple(bound_row) if bound_row is not None else None
        text = steps.step(after, last)
        _try(bind, _text(text, {**values, **given, **_named("to", last)}))
        rows += steps.size
        if last is None:
            return
        after = last
        for throttle in _throttles:
            throttle.step(table, rows)


def _try(bind: Connection, statement: sa.TextClause) -> None:
    """Run a step; again, if others have kept it from its rows: then it has changed nothing."""
    limit = min((throttle.lock_limit for throttle in _throttles), default=LOCK_LIMIT)
    began = time.monotonic()
    for attempt in count():
        try:
            bind.execute(statement)
        except sa.exc.DBAPIError as failure:
            number = failure.orig.args[0] if failure.orig and failure.orig.args else None
            if number not in _IN_THE_WAY or time.monotonic() - began >= limit:
                raise
        else:
            return
        pause = min(_FIRST_PAUSE * 2**attempt, _LONGEST_PAUSE)
        # With jitter, or the same two would meet again.
        time.sleep(pause * (0.5 + random.random()))  # noqa: S311 - no secret


def _named(prefix: str, row: _Row | None) -> dict[str, Any]:
    return {f"stillroom_{prefix}_{number}": value for number, value in enumerate(row or ())}


def _limited(text: str, conditions: Sequence[str]) -> str:
    given = [f"({condition})" for condition in conditions if condition]
    return f"{text} WHERE {' AND '.join(given)}" if given else text


def _quoted(dialect: sa.Dialect, name: str) -> str:
    """A name for a text of SQLAlchemy, which reads colons and doubles percent signs itself."""
    quoted = dialect.identifier_preparer.quote(name)
    if quoted != name and dialect.name in ("mysql", "mariadb"):
        quoted = "`" + name.replace("`", "``") + "`"
    return quoted.replace(":", r"\:")


def _text(text: str, values: Mapping[str, Any]) -> sa.TextClause:
    return sa.text(text).bindparams(**values)
