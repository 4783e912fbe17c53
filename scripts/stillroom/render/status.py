"""Renders where a database is as text and as data."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import asdict, dataclass

from stillroom.apply import Status
from stillroom.apply.errors import shorten
from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN, EXIT_FINDINGS, counted
from stillroom.marked import Line, Mark, Part, line
from stillroom.render.findings import entries
from stillroom.replay import scratch
from stillroom.shell import Command

MATCH, DIFFER, CANNOT_TELL, NOT_COMPARED = "match", "differ", "cannot tell", "not compared"
_MARKS: dict[str, Mark] = {MATCH: "harmless", DIFFER: "blocking", CANNOT_TELL: "blocking"}
_BESIDE = 10  # columns before the text


@dataclass(frozen=True)
class Comparison:
    """Tables or models against the revisions: ``status`` is one of the four constants.

    ``words`` say it, with ``details`` below; ``server`` is the scratch server that was asked.
    """

    status: str
    words: str
    code: int
    details: tuple[str, ...] = ()
    server: str = ""


def matching(server: str) -> Comparison:
    """Of what is as the revisions make it."""
    return Comparison(MATCH, "match the revisions", EXIT_CLEAN, server=server)


def unknown(reason: object) -> Comparison:
    """Of what nobody can tell."""
    return Comparison(CANNOT_TELL, f"cannot tell: {reason}", EXIT_CANNOT)


@dataclass(frozen=True)
class Overview:
    """``target`` says which server is assumed, and how to set it; "" if it is the one there is.

    ``others`` are databases of the same env.py, whose tables are not compared.
    """

    database: str
    status: Status
    target: str
    tables: Comparison
    models: Comparison
    others: tuple[Status, ...] = ()

    @property
    def exit_code(self) -> int:
        """The worst of all that is told."""
        all_of_them = (self.status, *self.others)
        up_to_date = all(status.up_to_date for status in all_of_them)
        own = EXIT_CLEAN if up_to_date else EXIT_FINDINGS
        return max(own, self.tables.code, self.models.code)


def as_data(overview: Overview) -> dict[str, object]:
    """One object: the database, its revisions, and how tables and models compare with them."""
    return {
        **_own(overview.database, overview.status),
        "others": [_own(status.server.database, status) for status in overview.others],
        "target": overview.target or None,
        "tables": _comparison(overview.tables),
        "models": _comparison(overview.models),
        "findings": entries(overview.status.findings),
    }


def _own(database: str, status: Status) -> dict[str, object]:
    """What a database itself says."""
    half_applied, deployer = status.half_applied, status.deployer
    return {
        "database": database,
        "server": str(status.server),
        "revisions": status.heads,
        "unknown": status.unknown,
        "pending": status.pending,
        "waiting": status.contracts,
        "half_applied": half_applied and asdict(half_applied),
        "deployer": deployer and asdict(deployer),
        "sources": status.sources or None,
    }


def _comparison(compared: Comparison) -> dict[str, object]:
    return {"status": compared.status, "text": compared.words, "details": compared.details}


def as_lines(overview: Overview) -> list[Line]:
    """One screen for a reader."""
    lines = [_line("database", f"{overview.database}, {overview.status.server}")]
    if overview.target:
        lines.append(_line("target", overview.target))
    lines += _revisions(overview.status)
    lines += _compared("tables", overview.tables)
    lines += _compared("models", overview.models)
    for status in overview.others:
        lines.append(_line("database", f"{status.server.database}, {status.server}"))
        lines += _revisions(status)
    return lines


def _line(name: str, text: str, mark: Mark = "") -> Line:
    first, *rest = text.split("\n")
    more = [f"\n{text}" for text in rest]
    return line(Part(f"{name:<{_BESIDE}}", "place"), Part(first, mark), *more, hang=_BESIDE)


def _compared(name: str, compared: Comparison) -> Iterator[Line]:
    yield _line(name, compared.words, _MARKS.get(compared.status, "warning"))
    asked = [f"({scratch.words(compared.server)})"] if compared.server else []
    for detail in (*compared.details, *asked):
        yield _line("", detail)


def _revisions(status: Status) -> Iterator[Line]:
    yield _line("revision", ", ".join(status.heads) or "none")
    if status.unknown:
        text = f"{', '.join(status.unknown)}: there is no file for it here"
        yield _line("unknown", text, "blocking")
    pending: Mark = "warning" if status.pending else "harmless"
    yield _line("pending", ", ".join(status.pending) or "nothing", pending)
    for name in status.contracts:
        text = (
            f"{name} is a contract revision: upgrade stops before it until no older code runs;"
            f" {Command('upgrade', contract=True)}"
        )
        yield _line("waiting", text)
    half_applied = status.half_applied
    if half_applied is not None:
        done = counted(len(half_applied.done), "statement is", "statements are")
        text = (
            f"the {half_applied.direction} of {half_applied.revision}: {done} "
            f"done; {Command('resume')} finishes it, {Command('repair')} shows it"
        )
        yield _line("half-way", text, "blocking")
        if half_applied.in_doubt:
            yield _line("", f"interrupted in: {shorten(half_applied.in_doubt)}")
    if status.deployer is not None:
        who = status.deployer
        state = {True: ": at work", False: ": has ended", None: ""}[who.at_work]
        text = f"{who.host}, connection {who.connection}, since {who.since}{state}"
        yield _line("deployer", text)
    if status.sources:
        yield _line("sources", f"{status.sources} records the text of each applied revision")
    for finding in status.findings:
        yield _line("", finding.headline, "warning")
