"""Decides whether a statement took effect. Nothing else does.

Most DDL statements of migrations add, drop or rename one thing: the definition of their table then
tells (``Evidence``). For the others the definitions of all that they name are compared, before and
now. Each DDL statement of MariaDB 10.6+ and MySQL 8 is atomic, except those that name several
objects: MariaDB may have dropped the first table of a DROP and not the second.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from stillroom.apply.connection import Raw, error_code
from stillroom.apply.outcome import definitions
from stillroom.apply.outcome.evidence import ROWS, Evidence, evidence_of
from stillroom.apply.statements import DatabaseObject, Kind, Statement, recorded
from stillroom.catalog import error_numbers as er
from stillroom.catalog import quoted_name

Before = dict[str, str | None]

_DATABASE = "USE"  # the key of the database that a statement was sent to, if by a USE

_AGAIN = frozenset(
    {"ANALYZE", "OPTIMIZE", "REPAIR", "CHECK", "FLUSH", "GRANT", "REVOKE", "SET"}
    | {"CACHE", "RESET", "PURGE", "INSTALL"}
)


@dataclass(frozen=True)
class Verdict:
    """What became of a statement: ``done`` is True, False, or None where only a person can tell.

    ``rest`` are the statements that complete one that was done in part. ``why`` says what
    was compared.
    """

    done: bool | None
    why: str
    rest: tuple[str, ...] = field(default=())


def journalled(text: str, before: Before | None) -> Statement:
    """A statement from the journal, in the database that it was sent to."""
    statement = recorded(text)
    database = (before or {}).get(_DATABASE)
    return statement.in_database(database) if database else statement


class Outcome:
    """Whether a statement has happened on the server: looked at before it and afterwards."""

    def __init__(self, raw: Raw, statement: Statement) -> None:
        self._raw = raw
        self._statement = statement

    def fingerprint(self) -> Before:
        """The state of all that the statement names: ``{"TABLE `t`": definition or None}``.

        Without definitions if one name is evidence enough.
        """
        statement = self._statement
        before: Before = {_DATABASE: statement.database} if statement.database else {}
        if evidence_of(statement) is not None:
            return before
        before |= {_key(item): self._definition(item) for item in statement.objects}
        if statement.verb == "TRUNCATE":
            table = statement.objects[0].name
            count = f"SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT 1) x"
            before["rows"] = str(self._raw.value(count))
            before["id"] = _table_id(self._raw, table)
        elif statement.kind is Kind.DML:
            for item in statement.objects:
                before["checksum " + item.name] = _checksum(self._raw, item)
        elif not statement.objects:
            before["schema"] = _schema(self._raw)
        return before

    def verdict(self, before: Before) -> Verdict:
        """What became of the statement, whose end nobody saw; ``before`` is its fingerprint."""
        statement = self._statement
        evidence = Evidence.from_journal(before) or evidence_of(statement)
        if evidence is not None:
            return self._by_evidence(evidence)
        if statement.verb in _AGAIN:
            return Verdict(False, "running it again changes nothing")
        if statement.kind is Kind.CALL:
            return Verdict(None, "a routine may commit half of its work")
        now = self.fingerprint()
        if statement.verb == "TRUNCATE":
            return _settle_truncate(before, now)
        if statement.kind is Kind.DML:
            return _settle_rows(before, now)
        if "EXCHANGE" in statement.words or "TABLESPACE" in statement.words:
            return Verdict(None, "it leaves no trace in the definition of a table")
        settler: Callable[[Statement, Before, Before], Verdict] = {
            "CREATE": _settle_create,
            "DROP": _settle_drop,
            "RENAME": _settle_rename,
        }.get(statement.verb, _settle_other)
        return settler(statement, before, now)

    def _by_evidence(self, evidence: Evidence) -> Verdict:
        if evidence.kind == ROWS:
            empty = not self._raw.execute(f"SELECT 1 FROM {quoted_name(evidence.table)} LIMIT 1")
            why = (
                "the table is empty"
                if empty
                else "the table has rows, and nothing shows whether they are old or new"
            )
            return Verdict(False if empty else None, why)
        done = evidence.shows_done(self._definition(evidence.subject(self._statement)))
        return Verdict(done, evidence.why(done))

    def _definition(self, item: DatabaseObject) -> str | None:
        return definitions.definition(self._raw, item)


def _settle_rows(before: Before, now: Before) -> Verdict:
    if all(now[key] == before[key] for key in before if key.startswith("checksum")):
        return Verdict(False, "the rows of the table are as they were before")
    return Verdict(None, "the table is not transactional, and its rows have changed")


def _key(item: DatabaseObject) -> str:
    return f"{item.kind} {item.name}"


def _same(before: str | None, now: str | None) -> bool:
    return definitions.without_counter(before) == definitions.without_counter(now)


def _settle_other(statement: Statement, before: Before, now: Before) -> Verdict:
    if all(_same(before[key], now[key]) for key in before):
        return Verdict(False, "everything that it names is as it was before")
    return Verdict(True, "what it names has changed")


def _settle_create(statement: Statement, before: Before, now: Before) -> Verdict:
    if statement.objects and statement.objects[0].kind != "TABLE":
        return _settle_other(statement, before, now)
    if "INDEX" not in statement.words[:4] and any(now[key] is None for key in now):
        return Verdict(False, "what it creates does not exist")
    return _settle_other(statement, before, now)


def _settle_drop(statement: Statement, before: Before, now: Before) -> Verdict:
    if "INDEX" in statement.words[:4] or not statement.objects:
        return _settle_other(statement, before, now)
    existed = [item for item in statement.objects if before[_key(item)] is not None]
    left = [item for item in existed if now[_key(item)] is not None]
    if not left:
        return Verdict(
            bool(existed), "what it drops is gone" if existed else "there was nothing to drop"
        )
    if len(left) == len(existed):
        return Verdict(False, "what it drops still exists")
    rest = tuple(f"DROP {item.kind} {item.name}" for item in left)
    return Verdict(True, f"{len(existed) - len(left)} of {len(existed)} are dropped", rest)


def _settle_rename(statement: Statement, before: Before, now: Before) -> Verdict:
    """Renames run from left to right: find after how many of them things look as they do now."""
    names = [_key(item) for item in statement.objects]
    pairs = list(zip(names[::2], names[1::2], strict=False))
    state = {key: _nameless(text) for key, text in before.items()}
    seen = {key: _nameless(text) for key, text in now.items()}
    fits = [0] if state == seen else []
    for count, (old, new) in enumerate(pairs, start=1):
        state[new], state[old] = state[old], None
        if state == seen:
            fits.append(count)
    if len(fits) != 1:
        return Verdict(None, "the tables look alike, or something else has changed them")
    if fits[0] in (0, len(pairs)):
        return Verdict(bool(fits[0]), f"{fits[0]} of {len(pairs)} renames have happened")
    objects = statement.objects[fits[0] * 2 :]
    left = zip(objects[::2], objects[1::2], strict=True)
    rest = tuple(f"RENAME TABLE {old.name} TO {new.name}" for old, new in left)
    return Verdict(True, f"{fits[0]} of {len(pairs)} renames have happened", rest)


def _nameless(text: str | None) -> str | None:
    """A definition without the table's own name, and without names that follow a rename."""
    if text is None:
        return None
    body = re.sub(r"^(CREATE \w+) `(?:[^`]|``)*`", r"\1", definitions.without_counter(text) or "")
    return re.sub(r"CONSTRAINT `(?:[^`]|``)*`|REFERENCES `(?:[^`]|``)*`", "", body)


def _settle_truncate(before: Before, now: Before) -> Verdict:
    if before["id"] is not None and now["id"] is not None and before["id"] != now["id"]:
        return Verdict(True, "the server has created the table again")
    if now["rows"] == "0":
        return Verdict(False, "the table is empty: running it again loses nothing")
    if before["id"] is not None and before["id"] == now["id"]:
        return Verdict(False, "the table is the same one as before")
    if before["rows"] == "0":
        return Verdict(True, "the table was empty before")
    return Verdict(None, "the table has rows, and nothing shows whether they are the old ones")


def _table_id(raw: Raw, table: str) -> str | None:
    """InnoDB's number of the table, which TRUNCATE changes; None without the PROCESS privilege."""
    parts = [part.replace("``", "`") for part in table.strip("`").split("`.`")]
    schema = parts[0] if len(parts) > 1 else str(raw.value("SELECT DATABASE()"))
    for view in ("INNODB_TABLES", "INNODB_SYS_TABLES"):
        try:
            table_id = raw.value(
                f"SELECT table_id FROM information_schema.{view} WHERE name = %s",
                (f"{schema}/{parts[-1]}",),
            )
            return None if table_id is None else str(table_id)
        except Exception as failure:
            # The other server's view, or not ours to see.
            if error_code(failure) not in (er.UNKNOWN_TABLE, er.SPECIFIC_ACCESS_DENIED_ERROR):
                raise
    return None


def _checksum(raw: Raw, item: DatabaseObject) -> str:
    return str(raw.execute(f"CHECKSUM TABLE {item.name}")[0][1])


def _schema(raw: Raw) -> str:
    """All objects of the database by name: for a statement that names nothing we know of."""
    rows = raw.execute(
        "SELECT 'table', table_name FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_name NOT LIKE 'stillroom%'"
        " UNION ALL SELECT 'routine', routine_name FROM information_schema.routines"
        " WHERE routine_schema = DATABASE()"
        " UNION ALL SELECT 'trigger', trigger_name FROM information_schema.triggers"
        " WHERE trigger_schema = DATABASE() ORDER BY 1, 2"
    )
    return "; ".join(f"{kind} {name}" for kind, name in rows)
