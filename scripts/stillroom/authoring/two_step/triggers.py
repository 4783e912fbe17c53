"""The triggers that keep two columns equal, whichever of them a statement writes.

Old code writes the old column and does not know the new one, new code the other way
round. On INSERT, the column that was not given has its default. On UPDATE, the one that was changed
is told by a comparison in bytes: to a collation, a change of case is none.
"""

from __future__ import annotations

from stillroom.authoring.two_step.changes import Rename, has_default
from stillroom.catalog import Column, quoted_name

_AS_BYTES = ("enum", "set", "json")


def created(rename: Rename, old: Column, new: Column) -> list[str]:
    """The statements that create both; the columns are those behind the expand revision."""
    to_old = f"SET NEW.{quoted_name(rename.old)} = NEW.{quoted_name(rename.new)}"
    to_new = f"SET NEW.{quoted_name(rename.new)} = NEW.{quoted_name(rename.old)}"
    given = f"NEW.{quoted_name(rename.new)} IS NOT NULL"
    if has_default(new):
        given = _different(f"NEW.{quoted_name(rename.new)}", _default_of(new), new)
    bodies = {
        "INSERT": f"IF {given} THEN {to_old}; ELSE {to_new}; END IF",
        # A row that is written while the batches have not come to it is left to them.
        "UPDATE": (
            f"IF {_changed(new)} THEN {to_old}; ELSEIF {_changed(old)} THEN {to_new}; END IF"
        ),
    }
    if old.type != new.type:
        bodies["UPDATE"] = (
            f"IF {_written(new, old)} THEN {to_old}; ELSEIF {_written(old, new)} THEN {to_new}; "
            "END IF"
        )
    table = quoted_name(*filter(None, (rename.schema, rename.table)))
    return [
        f"CREATE TRIGGER {rename.trigger(event)} BEFORE {event} ON {table} FOR EACH ROW {body}"
        for event, body in bodies.items()
    ]


def _changed(column: Column) -> str:
    name = quoted_name(column.name)
    return _different(f"NEW.{name}", f"OLD.{name}", column)


def _written(column: Column, other: Column) -> str:
    """That the code of a release has written ``column``; the batches fill it in no such row.

    Between types a value may change on its way there and back, so nothing is copied but what was
    written.
    """
    one, two = quoted_name(column.name), quoted_name(other.name)
    return f"{_changed(column)} AND (OLD.{one} IS NOT NULL OR OLD.{two} IS NULL)"


def unequal(column: Column, other: Column) -> str:
    """True of the rows whose ``column`` must be filled from the other."""
    one, two = quoted_name(column.name), quoted_name(other.name)
    if column.type != other.type:
        return f"{one} IS NULL AND {two} IS NOT NULL"
    return _different(one, two, column)


def dropped(rename: Rename) -> list[str]:
    """The statements that drop both."""
    return [f"DROP TRIGGER {rename.trigger(event)}" for event in ("INSERT", "UPDATE")]


def _different(one: str, other: str, column: Column) -> str:
    """The condition that two values of a column's type differ in any byte, or in being NULL."""
    name = column.type.name
    if column.type.charset is not None or name in _AS_BYTES or name.endswith("text"):
        one, other = f"CAST({one} AS BINARY)", f"CAST({other} AS BINARY)"
    return f"NOT ({one} <=> {other})"


def _default_of(column: Column) -> str:
    """The default of a column as a value in its character set."""
    text = str(column.default)
    charset = column.type.charset
    return f"CONVERT({text} USING {charset})" if charset not in (None, "binary") else text
