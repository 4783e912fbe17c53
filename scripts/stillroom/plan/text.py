"""Renders pending statements as text and as JSON."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from textwrap import dedent, indent

from stillroom.errors import counted, printable


@dataclass(frozen=True)
class MetTable:
    """A table that a statement names; about how many rows and bytes it has, if that is known."""

    name: str
    rows: int | None = None
    bytes: int | None = None

    def __str__(self) -> str:
        if self.rows is None or self.bytes is None:
            return self.name
        return f"{self.name} (about {self.rows:,} row{'s'[: self.rows != 1]}, {_size(self.bytes)})"


@dataclass(frozen=True)
class Statement:
    """One statement to come; ``more`` are those behind it that differ in values alone.

    ``state`` is "done" or "in doubt" in a half-applied revision that has sent it already.
    ``joined``: it is sent as one with the statement before it.
    """

    sql: str
    place: str
    tables: tuple[MetTable, ...] = ()
    cost: str = ""
    losses: tuple[str, ...] = ()
    more: int = 0
    state: str = ""
    joined: bool = False


@dataclass(frozen=True)
class Revision:
    """One revision to come. ``reason`` says why its statements are not all, or not told at all."""

    revision: str
    direction: str
    doc: str
    file: str
    statements: Sequence[Statement] = ()
    reason: str = ""
    ends: bool = False


@dataclass(frozen=True)
class Plan:
    """``begins`` says in words where the plan begins, and how that is known."""

    begins: str
    target: str
    since: tuple[str, ...]
    revisions: Sequence[Revision] = field(default_factory=tuple)

    @property
    def complete(self) -> bool:
        """Whether it has all statements to come."""
        return not any(revision.ends for revision in self.revisions)


def as_text(plan: Plan) -> str:
    """The plan for a reader."""
    return "\n".join([plan.begins, *revision_lines(plan.revisions), "", _summary(plan)])


def revision_lines(revisions: Sequence[Revision]) -> Iterator[str]:
    """The revisions with their statements, each behind an empty line."""
    for number, revision in enumerate(revisions, start=1):
        yield ""
        yield from _revision(revision, number, len(revisions))


def as_json(plan: Plan, **more: object) -> str:
    """One object: ``begins``, ``target``, ``since``, ``complete``, ``revisions`` and ``more``."""
    told = {**asdict(plan), "complete": plan.complete, **more}
    return json.dumps(told, ensure_ascii=False, indent=2)


def _revision(revision: Revision, number: int, total: int) -> Iterator[str]:
    doc = " ".join(revision.doc.split())
    yield f"[{number}/{total}] {revision.direction} {revision.revision} {doc}".rstrip()
    for statement in revision.statements:
        yield from _statement(statement)
    if not revision.statements and not revision.reason:
        yield "    no statement"
    if revision.reason:
        shown = (
            "The rest is unknown"
            if revision.ends
            else "What it does depends on rows in the database"
        )
        yield f"    {shown}: {revision.reason}"
        if not revision.ends:
            yield "    The statements above are what it runs on tables without rows."


def _statement(statement: Statement) -> Iterator[str]:
    yield f"    {statement.place}" + (f": {statement.state}" if statement.state else "")
    yield indent(_block(statement.sql), " " * 8)
    if statement.more:
        yield f"        and {statement.more} more with other values"
    on = ", ".join(printable(str(table)) for table in statement.tables)
    if on or statement.cost:
        yield "        -- " + ": ".join(text for text in (on, statement.cost) if text)
    if statement.joined:
        yield "        -- sent as one with the statement above"
    yield from (f"        -- loses data: {printable(loss)}" for loss in statement.losses)


def _block(sql: str) -> str:
    first, newline, rest = sql.strip().partition("\n")
    return (first.rstrip() + newline + dedent(rest.expandtabs(4))).rstrip()


def _summary(plan: Plan) -> str:
    statements = [
        statement
        for revision in plan.revisions
        for statement in revision.statements
        if statement.state != "done"
    ]
    count = sum(1 + statement.more for statement in statements)
    losing = sum(bool(statement.losses) for statement in statements)
    if not plan.revisions:
        return "There is nothing to run."
    return (
        f"{counted(len(plan.revisions), 'revision')}, {counted(count, 'statement')} for"
        f" {plan.target}, {losing or 'none'} of which lose{'' if losing > 1 else 's'} data."
        " Nothing was changed."
    )


def _size(number: int) -> str:
    size = float(number)
    for unit in ("B", "KiB", "MiB"):
        if size < 1024:
            return f"{size:.0f} {unit}"
        size /= 1024
    return f"{size:.1f} GiB"
