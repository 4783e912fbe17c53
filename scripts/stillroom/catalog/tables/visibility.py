"""What a server asks of invisible columns, and of keys that the optimizer is not to use."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import DDLError
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import Column, Index
from stillroom.catalog.target import Target


def check_columns(columns: Sequence[Column], target: Target) -> None:
    """One column is visible; on MariaDB the others can be left out of an INSERT."""
    if all(column.invisible for column in columns):
        mariadb = er.TABLE_MUST_HAVE_COLUMNS
        raise refusal(mariadb if target.mariadb else er.TABLE_MUST_HAVE_VISIBLE_COLUMN)
    if target.mysql:
        return
    for column in columns:
        filled = column.default is not None or column.auto_increment or column.generated
        if column.invisible and not column.nullable and not filled:
            raise DDLError(
                er.MARIADB_INVISIBLE_NOT_NULL_WITHOUT_DEFAULT,
                f"Invisible column `{column.name}` must have a default value",
            )


def check_keys(indexes: Iterable[Index], columns: Mapping[str, Column], target: Target) -> None:
    """The first unique key without NULL stands for a primary key, and has to be used.

    ``indexes`` in the server's order, the columns by their lower-case names.
    """
    for index in indexes:
        if not index.unique or any(part.column.lower() not in columns for part in index.parts):
            continue
        if any(columns[part.column.lower()].nullable for part in index.parts):
            continue
        prefixed = index.kind != "PRIMARY" and any(part.length for part in index.parts)
        if target.mariadb and prefixed:
            continue
        if index.ignored:
            raise refusal(er.MARIADB_PK_INDEX_CANT_BE_IGNORED)
        if index.invisible:
            raise refusal(er.PK_INDEX_CANT_BE_INVISIBLE)
        return
