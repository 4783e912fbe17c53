"""MY201: alter_column loses what it does not repeat."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import NamedTuple

from stillroom.catalog import Column
from stillroom.catalog.parser.syntax import ChangeColumn, ColumnSpec
from stillroom.findings import Finding
from stillroom.lint import revision_source
from stillroom.lint.executed import LintedRevision, RevisionStatement
from stillroom.lint.remedies.blocks import block, enumerated
from stillroom.lint.remedies.python_code import alter_column
from stillroom.lint.rule import WRONG_RESULT, Rule


class _Lost(NamedTuple):
    """An attribute in words, the argument of alter_column that would change it, and its value."""

    what: str
    argument: str
    kept: Mapping[str, object]


def look(revision: LintedRevision) -> Iterator[Finding]:
    for statement in revision.statements:
        for action in statement.change.actions if statement.change else ():
            if isinstance(action, ChangeColumn):
                yield from _judged(statement, action, revision.source)


def _judged(statement: RevisionStatement, action: ChangeColumn, text: str) -> Iterator[Finding]:
    assert statement.change is not None
    old = statement.change.before.column(action.old_name)
    new = statement.change.after.column(action.column.name)
    if old is None or new is None:
        return
    given = revision_source.arguments(text, "alter_column", statement.place.line)
    lost = [
        attribute
        for attribute in _lost(old, new, action.column, given)
        if not _meant(attribute, given)
    ]
    # Where nobody knows what was meant, one attribute that goes alone is taken for the purpose.
    if lost and (given is not None or _changes(old, new) > len(lost)):
        yield _finding(statement, old, new, lost)


def _meant(lost: _Lost, given: set[str] | None) -> bool:
    return given is not None and lost.argument in given


def _lost(old: Column, new: Column, spec: ColumnSpec, given: set[str] | None) -> Iterator[_Lost]:
    """What the column had and the statement does not repeat."""
    # Alembic writes NULL where it is told nothing.
    if not old.nullable and new.nullable and (spec.nullable is None or given is not None):
        yield _Lost("NOT NULL", "nullable", {"nullable": False})
    if old.default not in (None, "NULL") and new.default in (None, "NULL"):
        yield _Lost(f"the default {old.default}", "server_default", {"default": old.default})
    if old.on_update and not new.on_update:
        kept = {"default": old.default, "on_update": old.on_update}
        yield _Lost(f"ON UPDATE {old.on_update}", "server_default", kept)
    if old.comment and not new.comment:
        yield _Lost("the comment", "comment", {"comment": old.comment})
    if old.auto_increment and not new.auto_increment:
        yield _Lost("AUTO_INCREMENT", "autoincrement", {"auto_increment": True})
    strings = old.type.charset and new.type.charset
    if strings and old.type.collation != new.type.collation and not _named(spec):
        kind = replace(new.type, charset=old.type.charset, collation=old.type.collation)
        yield _Lost(f"the collation {old.type.collation}", "collation", {"type": kind})


def _named(spec: ColumnSpec) -> bool:
    return bool(spec.type.charset or spec.type.collation or spec.type.national)


def _changes(old: Column, new: Column) -> int:
    """How many attributes differ."""
    charsets = old.type.collation != new.type.collation
    shapes = [
        (
            column.type.name,
            column.type.length,
            column.type.scale,
            column.type.values,
            column.type.unsigned,
        )
        for column in (old, new)
    ]
    pairs = [
        (old.name, new.name),
        (old.nullable, new.nullable),
        (old.default, new.default),
        (old.on_update, new.on_update),
        (old.comment, new.comment),
        (old.auto_increment, new.auto_increment),
        (shapes[0], shapes[1]),
    ]
    count = sum(before != other for before, other in pairs) + charsets
    default_follows = old.nullable != new.nullable and {old.default, new.default} == {None, "NULL"}
    return count - default_follows


def _finding(statement: RevisionStatement, old: Column, new: Column, lost: list[_Lost]) -> Finding:
    assert statement.change is not None
    changes = {name: value for attribute in lost for name, value in attribute.kept.items()}
    whole = replace(new, **changes)  # type: ignore[arg-type]
    code = alter_column(statement.change.before, old, whole)
    return Finding(
        "MY201",
        statement.place,
        f"{statement.table}.{new.name} loses {enumerated([attribute.what for attribute in lost])}",
        why=(
            "MySQL and MariaDB redefine the whole column, and alter_column repeats only"
            f" what it is given. {statement.costs}"
        ),
        fix=f"To keep {'them' if len(lost) > 1 else 'it'}:\n{block(code)}",
    )


RULE = Rule("MY201", WRONG_RESULT, "alter_column loses an attribute that it does not repeat", look)
