"""Finds what the server will refuse for certain, before the first statement is sent.

It reads only what a revision says plainly: calls of ``op`` with literal arguments, in the first
level of ``upgrade()``. What it cannot read, it leaves to the server.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from functools import cached_property

from alembic.runtime.migration import RevisionStep

from stillroom.apply.connection import Raw
from stillroom.apply.errors import ApplyError
from stillroom.apply.journal.applied_sources import read_source
from stillroom.apply.preflight import missing_privileges
from stillroom.apply.server import Server
from stillroom.findings import shown

_CREATES = re.compile(
    r"\s*CREATE\s+(?:OR\s+REPLACE\s+)?(?:DEFINER\s*=\s*\S+\s+)?"
    r"(TRIGGER|VIEW|PROCEDURE|FUNCTION|EVENT)\b",
    re.IGNORECASE,
)
_PRIVILEGES = {
    "TRIGGER": "TRIGGER",
    "VIEW": "CREATE VIEW",
    "PROCEDURE": "CREATE ROUTINE",
    "FUNCTION": "CREATE ROUTINE",
    "EVENT": "EVENT",
}
_FREES = re.compile(r"\bDROP\s+VIEW\b|\bRENAME\b", re.IGNORECASE)
_KEY_SETTINGS = (
    "SHOW VARIABLES WHERE Variable_name IN ('sql_require_primary_key', 'innodb_force_primary_key')"
)
_VIEWS = "SELECT table_name FROM information_schema.views WHERE table_schema = DATABASE()"


@dataclass
class _Said:
    """What a revision says plainly; numbers are lines."""

    tables: dict[str, int] = field(default_factory=dict)
    without_key: dict[str, int] = field(default_factory=dict)
    privileges: dict[str, int] = field(default_factory=dict)


def check(steps: Iterable[RevisionStep], server: Server, raw: Raw) -> None:
    """Raises ApplyError for the first statement of the upgrade that is bound to fail."""
    facts = _Facts(raw)
    for step in steps:
        source = read_source(step.revision) or ""
        said = _read(source) if step.is_upgrade else _Said()
        path = shown(step.revision.path)
        facts.forget(source)
        for table, line in said.tables.items():
            if table.lower() in facts.views:
                raise _is_a_view(table, f"{path}:{line}")
        for table, line in said.without_key.items():
            if facts.key_setting:
                raise _lacks_key(table, f"{path}:{line}", facts.key_setting)
        _check_privileges(said, facts, server, path)


class _Facts:
    """What the server says, asked when it is needed, and what a revision may change of it."""

    def __init__(self, raw: Raw) -> None:
        self._raw = raw

    def forget(self, source: str) -> None:
        """From here on a name may be free, or the session have another setting."""
        if _FREES.search(source):
            self.__dict__["views"] = frozenset()
        if "require_primary_key" in source or "force_primary_key" in source:
            self.__dict__["key_setting"] = ""

    @cached_property
    def views(self) -> frozenset[str]:
        return frozenset(str(row[0]).lower() for row in self._raw.execute(_VIEWS))

    @cached_property
    def key_setting(self) -> str:
        """The setting of this session by which every table needs a primary key, or nothing."""
        rows = self._raw.execute(_KEY_SETTINGS)
        return next((str(name) for name, value in rows if str(value).upper() in ("ON", "1")), "")

    @cached_property
    def grants(self) -> list[str]:
        return [str(row[0]) for row in self._raw.execute("SHOW GRANTS")]


def _check_privileges(said: _Said, facts: _Facts, server: Server, path: str) -> None:
    needed = said.privileges.keys()
    for missing in sorted(missing_privileges(facts.grants, server, needed)) if needed else ():
        raise ApplyError(
            "AP104",
            f"this account lacks {missing} on database {server.database}, which the revision needs",
            where=f"{path}:{said.privileges[missing]}",
            fix="Let an administrator run this, with the account in place of CURRENT_USER():\n"
            f"GRANT {missing} ON `{server.database}`.* TO CURRENT_USER()",
        )


def _is_a_view(table: str, where: str) -> ApplyError:
    return ApplyError(
        "AP120",
        f"the revision creates the table {table}, but the database has a view of that name",
        where=where,
        fix="Nothing was changed. If the view may go, let the revision drop it first:\n"
        f'op.execute("DROP VIEW {table}")',
    )


def _lacks_key(table: str, where: str, setting: str) -> ApplyError:
    return ApplyError(
        "AP121",
        f"the revision creates the table {table} without a primary key, but the server"
        f" requires one ({setting})",
        where=where,
        fix="Nothing was changed. Give the table a primary key, or let the revision begin with\n"
        f'op.execute("SET SESSION {setting} = 0")  if the account may do that.',
    )


def _read(source: str) -> _Said:
    said = _Said()
    try:
        tree = ast.parse(source)
    except SyntaxError:
        return said
    for node in tree.body:
        if isinstance(node, ast.FunctionDef) and node.name == "upgrade":
            for call in _calls(node):
                _note(call, said)
    return said


def _calls(function: ast.FunctionDef) -> Iterator[ast.Call]:
    """Calls of ``op`` that are statements of their own, and certain to run."""
    for statement in function.body:
        value = getattr(statement, "value", None)
        if isinstance(value, ast.Call) and isinstance(value.func, ast.Attribute):
            owner = value.func.value
            if isinstance(owner, ast.Name) and owner.id == "op" and value.args:
                yield value
        if not isinstance(statement, ast.Expr | ast.Assign | ast.AnnAssign):
            return  # what comes behind may never be reached


def _note(call: ast.Call, said: _Said) -> None:
    assert isinstance(call.func, ast.Attribute)
    text = _literal(call.args[0])
    if text is None:
        return
    elsewhere = any(word.arg in ("schema", "if_not_exists") for word in call.keywords)
    if call.func.attr == "create_table" and not elsewhere:
        said.tables[text] = call.lineno
        if _has_no_key(call):
            said.without_key[text] = call.lineno
    creates = _CREATES.match(text) if call.func.attr == "execute" else None
    if creates is not None:
        said.privileges[_PRIVILEGES[creates[1].upper()]] = call.lineno


def _literal(node: ast.expr) -> str | None:
    """A string, or one in ``text(…)``."""
    if isinstance(node, ast.Call) and len(node.args) == 1 and not node.keywords:
        node = node.args[0]
    return node.value if isinstance(node, ast.Constant) and isinstance(node.value, str) else None


def _has_no_key(call: ast.Call) -> bool:
    """Whether all that makes the table is written out, and nothing of it makes a key."""
    if any(word.arg is None or word.arg == "prefixes" for word in call.keywords):
        return False
    for part in call.args[1:]:
        if not isinstance(part, ast.Call) or any(word.arg is None for word in part.keywords):
            return False
        if not isinstance(part.func, ast.Attribute | ast.Name):
            return False
        name = part.func.attr if isinstance(part.func, ast.Attribute) else part.func.id
        if name == "PrimaryKeyConstraint" or any(w.arg == "primary_key" for w in part.keywords):
            return False
        if name not in ("Column", "ForeignKeyConstraint", "UniqueConstraint", "CheckConstraint"):
            return False
    return len(call.args) > 1
