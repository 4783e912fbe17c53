"""CHECK constraints: their names and their order."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import DDLError
from stillroom.catalog.keys.foreign_key_names import highest_number
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Check
from stillroom.catalog.parser.syntax import CheckSpec
from stillroom.catalog.record import replace
from stillroom.catalog.table import Table
from stillroom.catalog.table_expressions import Formulas, named_columns, renamed

_LONGEST_NAME = 64


def _refuse_vectors(checks: Sequence[Check], table: Table) -> None:
    """MySQL looks again whether the columns of a check are vectors now."""
    vectors = {column.name.lower() for column in table.columns if column.type.name == "vector"}
    for check in checks if vectors else ():
        for name in sorted(vectors & named_columns(check.expression, table.target)):
            raise refusal(er.INCORRECT_TYPE, name, "CHECK CONSTRAINT")


def resolve_checks(
    existing: Sequence[Check],
    specs: Sequence[CheckSpec],
    table: Table,
    formulas: Formulas,
    taken: Callable[[str, str], bool],
) -> tuple[Check, ...]:
    """All checks of a table, named, in the order in which they are printed.

    ``taken`` tells whether another table of the schema uses a name.
    """
    checks = list(existing)
    if table.target.mysql:
        _refuse_vectors(existing, table)
    names = {check.name.lower() for check in checks}
    names |= {spec.name.lower() for spec in specs if spec.name and table.target.mariadb}
    number = highest_number(table.name, (check.name for check in checks), "chk")
    used = {check.name.lower() for check in checks}
    for spec in specs:
        name = spec.name
        if name is None and table.target.mysql:
            number += 1
            name = f"{table.name}_chk_{number}"
        elif name is None:
            name = _mariadb_name(names)
            names.add(name.lower())
        _check_name(name, used, table, taken)
        used.add(name.lower())
        text = _text(spec, name, table, formulas)
        checks.append(Check(name, text, spec.enforced))
    if table.target.mysql:
        checks.sort(key=lambda check: check.name.lower())
    return tuple(checks)


def read_again(table: Table) -> tuple[Check, ...]:
    """The checks of a table that MySQL works on: it reads them, and spells columns as they are."""
    if table.target.mariadb:
        return table.checks
    names = {folded: column.name for folded, column in table.by_name.items()}
    return tuple(
        replace(check, expression=renamed(check.expression, names, table.target))
        for check in table.checks
    )


def _text(spec: CheckSpec, name: str, table: Table, formulas: Formulas) -> str:
    """The expression; in a column of MySQL it names that column alone."""
    try:
        text = formulas.text(spec.expression, "check", table.columns, name)
    except DDLError as error:
        if spec.column is not None and error.number in (
            er.BAD_FIELD_ERROR,
            er.CHECK_CONSTRAINT_REFERS_UNKNOWN_COLUMN,
        ):
            raise refusal(er.COLUMN_CHECK_CONSTRAINT_REFERENCES_OTHER_COLUMN, name) from None
        raise
    if spec.column is not None and named_columns(text, table.target) - {spec.column.lower()}:
        raise refusal(er.COLUMN_CHECK_CONSTRAINT_REFERENCES_OTHER_COLUMN, name)
    return text


def _mariadb_name(names: set[str]) -> str:
    number = 1
    while f"constraint_{number}" in names:
        number += 1
    return f"CONSTRAINT_{number}"


def _check_name(name: str, used: set[str], table: Table, taken: Callable[[str, str], bool]) -> None:
    if len(name) > _LONGEST_NAME:
        raise refusal(er.TOO_LONG_IDENT, name)
    if table.target.mysql:
        if name.lower() in used or taken(table.schema, name):
            raise refusal(er.CHECK_CONSTRAINT_DUP_NAME, name)
    elif name.lower() in used:
        raise refusal(er.FK_DUP_NAME, name)
