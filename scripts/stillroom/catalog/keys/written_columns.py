"""Refuse foreign keys that would write into columns which checks or generated columns use."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence

from stillroom.catalog import error_numbers as er
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import ForeignKey
from stillroom.catalog.record import replace
from stillroom.catalog.table import Table


def without_set_default(key: ForeignKey, instead: str | None = None) -> ForeignKey:
    """A foreign key with ``instead`` in place of SET DEFAULT, which InnoDB does not do."""
    return replace(
        key,
        on_delete=instead if key.on_delete == "SET DEFAULT" else key.on_delete,
        on_update=instead if key.on_update == "SET DEFAULT" else key.on_update,
    )


def writing_clause(key: ForeignKey) -> str | None:
    """The clause by which a foreign key changes its own columns."""
    if key.on_update in ("CASCADE", "SET NULL", "SET DEFAULT"):
        return f"ON UPDATE {key.on_update}"
    if key.on_delete in ("SET NULL", "SET DEFAULT"):
        return f"ON DELETE {key.on_delete}"
    return None


def check_written_columns(  # noqa: C901 - checks, then columns
    table: Table, keys: Sequence[ForeignKey], named: Callable[[str], frozenset[str]]
) -> None:
    """A column that a foreign key changes cannot be in a check or under a stored column.

    ``named`` gives the columns of an expression in lower case.
    """
    for key in keys:
        if writing_clause(key) is None:
            if table.target.mysql and key.on_delete == "CASCADE":
                _check_stored(table, {name.lower(): name for name in key.columns}, named)
            continue
        defaulted = table.target.mysql and writing_clause(without_set_default(key)) is None
        own = {name.lower(): name for name in key.columns}
        written = dict(own)
        for column in table.columns:  # what is computed from a written column is written too
            if column.generated and not column.stored and named(column.generated) & set(written):
                written[column.name.lower()] = column.name
        checked = own if table.target.mysql else written
        for check in table.checks:
            for folded in sorted(named(check.expression) & set(checked)):
                if table.target.mysql:
                    raise refusal(
                        er.CHECK_CONSTRAINT_CLAUSE_USING_FK_REFER_ACTION_COLUMN,
                        checked[folded],
                        check.name,
                        key.name,
                    )
                raise refusal(
                    er.MARIADB_FUNCTION_NOT_ALLOWED_IN_CLAUSE, written[folded], "CHECK", check.name
                )
        for column in table.columns:
            if column.check and named(column.check) & set(written):
                raise refusal(
                    er.MARIADB_FUNCTION_NOT_ALLOWED_IN_CLAUSE, column.name, "CHECK", column.name
                )
        if not defaulted:
            _check_stored(table, written, named)


def _check_stored(
    table: Table, written: Mapping[str, str], named: Callable[[str], frozenset[str]]
) -> None:
    for column in table.columns:
        if column.generated and column.stored and named(column.generated) & set(written):
            if table.target.mysql:
                raise refusal(er.CANNOT_ADD_FOREIGN)
            name = min(named(column.generated) & set(written))
            raise refusal(
                er.MARIADB_FUNCTION_NOT_ALLOWED_IN_CLAUSE, name, "GENERATED ALWAYS AS", column.name
            )
