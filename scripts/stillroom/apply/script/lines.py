"""Turns pending revisions into lines of the journal, with what a script sends for each."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace

from stillroom import catalog
from stillroom.apply.errors import shorten
from stillroom.apply.journal.applied_sources import blob_name
from stillroom.apply.journal.codec import Unrecordable, pack
from stillroom.apply.journal.entries import DONE, FAILED, as_sent, identity
from stillroom.apply.outcome.evidence import Evidence
from stillroom.apply.script.evidence_in_catalogs import evidence_in
from stillroom.apply.statements import Kind, Statement, classify
from stillroom.catalog import Target
from stillroom.errors import CannotTell
from stillroom.findings import shown
from stillroom.replay import PlannedCall, PlannedRevision, ReplayedStatement
from stillroom.replay.server import Call
from stillroom.replay.server.unknown_value import EXPRESSION
from stillroom.shell import Command

# Settings that concern one connection, and that a script may make again whenever it is run.
_SETTINGS = frozenset(
    {"FOREIGN_KEY_CHECKS", "UNIQUE_CHECKS", "LOCK_WAIT_TIMEOUT", "INNODB_LOCK_WAIT_TIMEOUT"}
    | {"TIME_ZONE", "SQL_NOTES", "INNODB_STRICT_MODE", "MAX_STATEMENT_TIME", "ALTER_ALGORITHM"}
    | {"GROUP_CONCAT_MAX_LEN", "EXPLICIT_DEFAULTS_FOR_TIMESTAMP", "DEFAULT_STORAGE_ENGINE"}
    | {"MAX_EXECUTION_TIME", "COLLATION_CONNECTION", "SYSTEM_VERSIONING_ALTER_HISTORY"}
)
_LAST_ID = frozenset(
    {"LAST_INSERT_ID", "@@IDENTITY", "@@LAST_INSERT_ID", "ROW_COUNT", "FOUND_ROWS"}
)
_VALUES = re.compile(
    r"(?P<before>\s*(?:INSERT|REPLACE)\b.+?\bVALUES?\s*)\(.*\)(?P<after>\s*(?:ON\s+DUPLICATE.*)?)",
    re.IGNORECASE | re.DOTALL,
)
_UNPREPARED = frozenset({"TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"})  # by MySQL


@dataclass(frozen=True)
class Line:
    """One line of the journal.

    ``texts`` is what is sent for it, with the values in place: nothing for what only reads or is
    refused, several for an executemany(). ``answer`` is what the revision got, packed. ``setting``
    lines are sent as they are, whenever the script is run, and are not in the journal.
    """

    number: int
    kind: str
    state: str
    digest: str
    text: str
    texts: tuple[str, ...] = ()
    evidence: Evidence | None = None
    answer: bytes | None = None
    setting: bool = False
    steps: tuple[ReplayedStatement, ...] = ()
    place: str = ""


@dataclass(frozen=True)
class Part:
    """One revision of a script. ``source`` is its packed text, ``blob`` git's name of that."""

    planned: PlannedRevision
    file: str
    source: bytes
    blob: str
    lines: tuple[Line, ...] = ()

    @property
    def digest(self) -> str:
        """Names the revision as this script sends it."""
        seen = hashlib.sha256(self.source)
        for line in self.lines:
            seen.update(f"{line.number} {line.digest} {line.texts}".encode())
        return seen.hexdigest()[:24]


def parts(planned: Sequence[PlannedRevision], target: Target) -> list[Part]:
    """The parts of a script. Raises CannotTell, with the place, for what no script can do."""
    return [_part(revision, target) for revision in planned]


def _part(planned: PlannedRevision, target: Target) -> Part:
    file = shown(planned.revision.path)
    if planned.reason is not None and planned.ends:
        raise _refused(planned.reason.what, planned.reason.where or file)
    if planned.reason is not None:
        raise CannotTell(
            f"revision {planned.revision.id} depends on rows, which a script cannot read",
            where=planned.reason.where or file,
            fix=f"{planned.reason.what}\nRun it with {Command('upgrade')} instead.",
        )
    reader = _Reader(planned, file, target)
    lines = tuple(line for sent in planned.sent for line in reader.lines(sent))
    source = planned.revision.path.read_text(encoding="utf-8")
    return Part(planned, file, pack(source), blob_name(source), lines)


class _Reader:
    """Makes lines of what one revision sends, as the recorder of an upgrade would."""

    def __init__(self, planned: PlannedRevision, file: str, target: Target) -> None:
        self._revision = planned.revision.id
        self._file = file
        self._target = target
        self._number = 1  # that of the revision's own line
        self._uncommitted = False

    def lines(self, sent: PlannedCall) -> Iterator[Line]:
        """Those of one call."""
        text = sent.call.text
        where = str(sent.place or self._file)
        if ";" in text.rstrip("; \n") and len(catalog.statements(text)) > 1:
            for step in sent.steps:  # each by itself, with the values in place
                part = PlannedCall(sent.place, Call(step.sql, None, error=sent.call.error), (step,))
                yield from self._lines(part, where)
        else:
            yield from self._lines(sent, where)

    def _lines(self, sent: PlannedCall, where: str) -> Iterator[Line]:
        statement = classify(sent.call.text)
        if statement.kind is Kind.TRANSACTION:
            self._transaction(statement, where)
            return
        if not statement.verb or (statement.kind is Kind.DML and not sent.steps):
            return  # nothing but a comment; an executemany() of nothing
        if statement.kind is Kind.SESSION:
            yield self._setting(statement, sent, where)
            return
        refused = sent.call.error is not None
        if not refused:
            self._check(statement, sent, where)
        self._number += 1
        line = Line(
            self._number,
            statement.kind,
            FAILED if refused else DONE,
            identity(*as_sent(sent.call.text, sent.call.parameters)),
            sent.steps[0].sql if sent.steps else sent.call.text,
            answer=_answer(sent.call),
            steps=sent.steps,
            place=where,
        )
        if refused or statement.kind is Kind.READ:
            yield line
            return
        evidence = evidence_in(sent.steps[0], statement) if statement.kind is Kind.DDL else None
        if statement.kind is Kind.DDL and evidence is None:
            raise self._refusal(
                "after an interruption, nothing would show whether it took effect", line
            )
        self._uncommitted = statement.kind is Kind.DML
        yield replace(line, texts=tuple(_texts(sent, statement)), evidence=evidence)

    def _transaction(self, statement: Statement, where: str) -> None:
        if statement.verb == "ROLLBACK" and self._uncommitted:
            raise _refused(f"revision {self._revision} rolls back what it has changed", where)
        if statement.verb in ("BEGIN", "START", "COMMIT", "END"):
            self._uncommitted = False

    def _setting(self, statement: Statement, sent: PlannedCall, where: str) -> Line:
        text = sent.steps[0].sql if sent.steps else statement.text
        line = Line(0, statement.kind, DONE, "", text, (text,), setting=True, place=where)
        if statement.variables:
            raise self._refusal("the value of a variable is lost with the connection", line)
        if statement.verb != "SET" or not _assigned(statement.words) <= _SETTINGS:
            raise self._refusal("it may not be safe to run twice", line)
        return line

    def _check(self, statement: Statement, sent: PlannedCall, where: str) -> None:
        """Raise CannotTell for what cannot be done exactly once by a script."""
        reason = ""
        kinds = {item.kind for item in statement.objects}
        if statement.kind in (Kind.TEMPORARY, Kind.CALL):
            reason = {
                Kind.TEMPORARY: "a temporary table is lost with the connection",
                Kind.CALL: "what a procedure does is not known in advance",
            }[statement.kind]
        elif statement.verb in ("LOAD", "IMPORT"):
            reason = "the server accepts it only directly from a client"
        elif _LAST_ID & set(statement.words) or any(EXPRESSION in step.sql for step in sent.steps):
            reason = "it needs a value that only the server will know"
        elif self._target.mysql and kinds & _UNPREPARED:
            reason = f"{self._target.product} accepts it only directly from a client"
        elif any("`.`" in item.name for item in statement.objects):
            reason = "it names a database"
        elif statement.kind is Kind.DML and not _is_transactional(statement, sent.steps[0]):
            reason = "its table takes part in no transaction"
        if reason:
            raise self._refusal(reason, Line(0, "", "", "", sent.call.text, place=where))

    def _refusal(self, reason: str, line: Line) -> CannotTell:
        return _refused(f"revision {self._revision}: {reason}: {shorten(line.text)}", line.place)


def _refused(what: str, where: str) -> CannotTell:
    return CannotTell(
        what,
        where=where,
        fix=(
            f"This revision cannot be written as a script. Run it with {Command('upgrade')}"
            " instead."
        ),
    )


def _answer(call: Call) -> bytes | None:
    """What the revision got, packed; None where a server alone knows."""
    if call.error is not None:
        return pack({"error": [type(call.error).__name__, list(call.error.args)]})
    result = call.result
    if result is None or result.columns is None:
        return None
    description = [(name, None, None, None, None, None, True) for name in result.columns]
    rows = [list(row) for row in result.rows]
    try:
        return pack([description, rows, len(rows), None])
    except Unrecordable:
        return None


def _texts(sent: PlannedCall, statement: Statement) -> Iterator[str]:
    """What is to be sent; the rows of an executemany() by one INSERT, as drivers do it."""
    values = _VALUES.fullmatch(sent.call.text) if len(sent.steps) > 1 else None
    if values is not None and "%" not in values["before"] + values["after"]:
        before, after = values["before"], values["after"]
        rows = [step.sql[len(before) : len(step.sql) - len(after)] for step in sent.steps]
        yield before + ", ".join(rows) + after
        return
    for step in sent.steps:
        several = statement.verb == "DROP" and len(statement.tables) > 1
        if several and "IF" not in statement.words[:3]:
            # MariaDB may have dropped the first, and not the second.
            yield re.sub(r"(?i)(DROP\s+TABLE\s+)", r"\1IF EXISTS ", step.sql, count=1)
        else:
            yield step.sql


def _assigned(words: Sequence[str]) -> set[str]:
    """The variables that a SET names, in capitals; "GLOBAL" where it is not the session's."""
    names = {
        words[position - 1].lstrip("@").removeprefix("SESSION.").removeprefix("LOCAL.")
        for position, word in enumerate(words)
        if word in ("=", ":=") and position
    }
    return names | ({"GLOBAL"} & set(words)) or {"NAMES"}


def _is_transactional(statement: Statement, step: ReplayedStatement) -> bool:
    tables = step.before.tables()
    names = [item.name.strip("`") for item in statement.objects]
    return all(tables[name].engine == "InnoDB" for name in names if name in tables)
