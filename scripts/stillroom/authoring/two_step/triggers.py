"""The triggers that keep two columns equal, whichever of them a statement writes.

Code of before writes the old column and does not know the new one, code of after the other way
round. On INSERT, the column that was not given has its default. On UPDATE, the one that was changed
is told by a comparison in bytes: to a collation, a change of case is none.
"""

from __future__ import annotations

from stillroom.authoring.two_step.changes import Rename
from stillroom.catalog import Column, quoted_name

_AS_BYTES = ("enum", "set", "json")
_NO_DEFAULT = (None, "NULL")


def created(rename: Rename, new: Column) -> list[str]:
    """The statements that create both; ``new`` is the new column as the revision makes it."""
    old_name, new_name = quoted_name(rename.old), quoted_name(rename.new)
    copies = (
        f"THEN SET NEW.{old_name} = NEW.{new_name}; ELSE SET NEW.{new_name} = NEW.{old_name}; "
        "END IF"
    )
    given = f"NEW.{new_name} IS NOT NULL"
    if new.default not in _NO_DEFAULT:
        given = different(f"NEW.{new_name}", default_of(new), new)
    changed = different(f"NEW.{new_name}", f"OLD.{new_name}", new)
    table = quoted_name(*filter(None, (rename.schema, rename.table)))
    return [
        f"CREATE TRIGGER {rename.trigger(event)} BEFORE {event} ON {table} FOR EACH ROW "
        f"IF {condition} {copies}"
        for event, condition in (("INSERT", given), ("UPDATE", changed))
    ]


def dropped(rename: Rename) -> list[str]:
    """The statements that drop both."""
    return [f"DROP TRIGGER {rename.trigger(event)}" for event in ("INSERT", "UPDATE")]


def different(one: str, other: str, column: Column) -> str:
    """The condition that two values of a column's type differ in any byte, or in being NULL."""
    name = column.type.name
    if column.type.charset is not None or name in _AS_BYTES or name.endswith("text"):
        one, other = f"CAST({one} AS BINARY)", f"CAST({other} AS BINARY)"
    return f"NOT ({one} <=> {other})"


def default_of(column: Column) -> str:
    """The default of a column as a value in its character set."""
    text = str(column.default)
    charset = column.type.charset
    return f"CONVERT({text} USING {charset})" if charset not in (None, "binary") else text
