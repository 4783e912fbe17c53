"""Renders pending statements as text and as JSON."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass, field
from textwrap import dedent, indent

from stillroom.errors import counted, printable
from stillroom.marked import Line, Part, Severity, line
from stillroom.shell import Command


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
    ``joined``: it is sent as one with the statement before it. ``severity`` is that of its cost:
    "blocking" if others cannot write meanwhile, "warning" if all rows are written again.
    """

    sql: str
    place: str
    tables: tuple[MetTable, ...] = ()
    cost: str = ""
    losses: tuple[str, ...] = ()
    more: int = 0
    state: str = ""
    joined: bool = False
    severity: Severity = ""


@dataclass(frozen=True)
class Revision:
    """One revision to come. ``reason`` says why its statements are not all, or not told at all.

    ``waits`` says that it is a contract revision, before which an upgrade stops.
    """

    revision: str
    direction: str
    doc: str
    file: str
    statements: Sequence[Statement] = ()
    reason: str = ""
    ends: bool = False
    waits: bool = False


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


def as_lines(plan: Plan) -> list[Line]:
    """The plan for a reader."""
    lines = [line(text, hang=0) for text in plan.begins.split("\n")]
    return [*lines, *revision_lines(plan.revisions), line(), line(_summary(plan), hang=0)]


def overview(plan: Plan) -> tuple[Sequence[str], Sequence[Sequence[Part]]]:
    """The heads of the columns, and the rows, of a table of all costs; no row for a single one."""
    rows: Sequence[Sequence[Part]] = [
        (
            Part(revision.revision, "place"),
            Part(table.name),
            Part("" if table.rows is None else f"{table.rows:,}"),
            Part("" if table.bytes is None else _size(table.bytes)),
            Part(statement.cost, statement.severity),
            Part("loses data" if statement.losses else "", "blocking"),
        )
        for revision in plan.revisions
        for statement in revision.statements
        for table in statement.tables
        if statement.state != "done" and (statement.cost or statement.losses)
    ]
    return ("revision", "table", "rows", "size", "cost", ""), rows if len(rows) > 1 else []


def revision_lines(revisions: Sequence[Revision]) -> Iterator[Line]:
    """The revisions with their statements, each behind an empty line."""
    for number, revision in enumerate(revisions, start=1):
        yield line()
        yield from _revision(revision, number, len(revisions))


def as_data(plan: Plan, **more: object) -> dict[str, object]:
    """One object: ``begins``, ``target``, ``since``, ``complete``, ``revisions`` and ``more``."""
    return {**asdict(plan), "complete": plan.complete, **more}


def _revision(revision: Revision, number: int, total: int) -> Iterator[Line]:
    doc = " ".join(revision.doc.split())
    head = f"[{number}/{total}] {revision.direction} {revision.revision}"
    yield line(Part(head, "place"), f" {doc}" if doc else "", hang=4)
    if revision.waits:
        yield line("    Contract revision: an upgrade stops before it until no older code runs.")
        yield line(f"    When that is so: {Command('upgrade', contract=True)}")
    for statement in revision.statements:
        yield from _statement(statement)
    if not revision.statements and not revision.reason:
        yield line("    no statement")
    if revision.reason:
        shown = (
            "The rest is unknown"
            if revision.ends
            else "What it does depends on rows in the database"
        )
        yield line(Part(f"    {shown}", "warning"), f": {revision.reason}", hang=4)
        if not revision.ends:
            yield line("    The statements above are what it runs on tables without rows.", hang=4)


def _statement(statement: Statement) -> Iterator[Line]:
    yield line(Part(f"    {statement.place}", "place"), statement.state and f": {statement.state}")
    yield line(Part(indent(_block(statement.sql), " " * 8), "sql"))
    if statement.more:
        yield line(f"        and {statement.more} more with other values", hang=8)
    on = ", ".join(printable(str(table)) for table in statement.tables)
    cost = Part(statement.cost, statement.severity)
    if on or statement.cost:
        yield line("        -- ", on, ": " if on and statement.cost else "", cost, hang=11)
    if statement.joined:
        yield line("        -- sent as one with the statement above", hang=11)
    for loss in statement.losses:
        told = Part("loses data", "blocking")
        yield line("        -- ", told, f": {printable(loss)}", hang=11)


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
