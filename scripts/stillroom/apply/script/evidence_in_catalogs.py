"""The evidence from which a server itself, without our client, tells whether DDL took effect."""

from __future__ import annotations

from stillroom.apply.outcome.evidence import AGAIN, ROWS, Evidence
from stillroom.apply.statements import Statement
from stillroom.catalog import CatalogError, Session, Table, execute
from stillroom.replay import ReplayedStatement

OBJECTS = frozenset({"TABLE", "VIEW", "TRIGGER", "PROCEDURE", "FUNCTION", "EVENT"})
_REPEATABLE = frozenset({"ANALYZE", "OPTIMIZE", "REPAIR", "CHECK", "FLUSH", "GRANT", "REVOKE"})


def evidence_in(step: ReplayedStatement, statement: Statement) -> Evidence | None:
    """The evidence that a statement leaves in the catalog; None if no single name tells."""
    if statement.verb in _REPEATABLE or statement.words[:2] == ("ALTER", "DATABASE"):
        return Evidence(AGAIN)
    if not statement.objects:
        return None
    item = statement.objects[0]
    name = item.name.strip("`").replace("``", "`")
    if item.kind != "TABLE":
        return _of_object(statement, item.kind, name)
    if statement.verb == "TRUNCATE":
        return Evidence(ROWS, table=name)
    return _of_tables(step, statement)


def _of_object(statement: Statement, kind: str, name: str) -> Evidence | None:
    if kind not in OBJECTS:
        return None
    if statement.verb == "ALTER" or "REPLACE" in statement.words[:3] or "IF" in statement.words[:6]:
        return Evidence(AGAIN)
    return Evidence(kind, name, there=statement.verb == "CREATE")


def _of_tables(step: ReplayedStatement, statement: Statement) -> Evidence | None:
    """From the difference that the statement makes in a catalog."""
    before, after = step.before.tables(), step.after.tables()
    gone = [name for name in before if name not in after]
    new = [name for name in after if name not in before]
    if statement.verb == "RENAME" and len(statement.objects) > 2:
        return None  # MariaDB does them one by one
    if new:
        return Evidence("TABLE", new[-1])
    if gone:
        return Evidence("TABLE", gone[-1], there=False)
    changed = [name for name in after if after[name] is not before[name]]
    for name in changed:
        if evidence := _of_change(before[name], after[name]):
            return evidence
    return Evidence(AGAIN) if _is_repeatable(step, statement) else None


def _of_change(before: Table, after: Table) -> Evidence | None:
    for kind, old, new in (
        ("column", before.columns, after.columns),
        ("index", before.indexes, after.indexes),
        ("constraint", before.foreign_keys, after.foreign_keys),
        ("constraint", before.checks, after.checks),
    ):
        old_names = {item.name.lower() for item in old}
        new_names = {item.name.lower() for item in new}
        for item in new:
            if item.name.lower() not in old_names:
                return Evidence(kind, item.name, table=after.name)
        for item in old:
            if item.name.lower() not in new_names:
                return Evidence(kind, item.name, there=False, table=after.name)
    return None


def _is_repeatable(step: ReplayedStatement, statement: Statement) -> bool:
    """Whether the same statement once more leaves the same tables."""
    if step.after is step.before:
        return True
    if "RENAME" in statement.words or _renames(statement):
        return False  # two names may have changed places
    try:
        again = execute(step.after, step.sql, Session.default(step.after.target)).catalog
    except CatalogError:
        return False
    return dict(again.tables()) == dict(step.after.tables())


def _renames(statement: Statement) -> bool:
    """Whether a CHANGE gives a column another name."""
    words = [word.strip("`").upper() for word in statement.words]
    for position, word in enumerate(words[:-2]):
        if word == "CHANGE":
            first = position + (2 if words[position + 1] == "COLUMN" else 1)
            if words[first : first + 1] != words[first + 1 : first + 2]:
                return True
    return False
