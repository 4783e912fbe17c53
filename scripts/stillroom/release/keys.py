"""Keys and CHECKs that a release does not know, and what they refuse of what its code does."""

from __future__ import annotations

from collections.abc import Collection, Iterator

from stillroom.catalog import Catalog, ForeignKey, Table, Target
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.catalog.table_expressions import named_columns
from stillroom.lint.release_codes import KEYS
from stillroom.release.models import Release
from stillroom.release.problem import Problem


def rules_of_rows(
    table: Table, now: Table, used: Collection[str], written: Collection[str], target: Target
) -> Iterator[Problem]:
    """What the rows must obey now that they did not have to in ``table``.

    ``used`` are the columns, in lower case, that the code knows, ``written`` those that have a
    value in a row that it inserts. In a key with another one, that one is NULL, which no key
    refuses; and a default that is no parent's key is refused before that.
    """

    def has_values(columns: Collection[str]) -> bool:
        return {column.lower() for column in columns if column} <= {*written}

    unique = [set(index.columns) for index in table.indexes if index.unique]
    for index in now.indexes:
        if not index.unique or not has_values(index.columns):
            continue
        if not any(known <= set(index.columns) for known in unique):
            columns = ", ".join(filter(None, index.columns))
            what = f"may write the same {columns} twice to {now.name}, which must be unique now"
            yield Problem(KEYS, what, "1062 Duplicate entry")
    foreign = {_identity(key) for key in table.foreign_keys}
    for key in now.foreign_keys:
        knows = not {column.lower() for column in key.columns}.isdisjoint(used)
        if knows and has_values(key.columns) and _identity(key) not in foreign:
            columns = ", ".join(key.columns)
            other = key.table if key.schema in (now.schema, DEFAULT_SCHEMA) else key.schema
            what = f"may write a {columns} to {now.name} that is not in {other}"
            yield Problem(KEYS, what, "1452 Cannot add or update a child row")
    checks = set(_checks(table))
    for check in _checks(now):
        if check not in checks and named_columns(check, target) & {*used}:
            what = f"may write rows to {now.name} that break CHECK ({check})"
            yield Problem(KEYS, what, "3819 or 4025, a constraint that failed")


def _checks(table: Table) -> Iterator[str]:
    """Those that are enforced; MariaDB keeps some inside their columns."""
    yield from (check.expression for check in table.checks if check.enforced)
    yield from (column.check for column in table.columns if column.check)


def _identity(key: ForeignKey) -> tuple[object, ...]:
    return key.columns, key.table, key.referenced_columns


def deletions(release: Release, catalog: Catalog, start: Catalog | None) -> Iterator[Problem]:
    """The rows that other rows of ``catalog`` keep from being deleted, and did not before.

    Before: by the tables of ``start``, and by keys that only the models of the release have. Other
    code, which runs meanwhile, writes those other rows.
    """
    for table in catalog.all_tables():
        kept: dict[tuple[object, ...], bool] = {}
        for tables in (release.catalog, start):
            before = tables.find(table.schema, table.name) if tables else None
            kept |= {_identity(key): _keeps(key) for key in (before.foreign_keys if before else ())}
        for key in table.foreign_keys:
            parent = key.schema, key.table
            if _keeps(key) and parent in release.mapped and not kept.get(_identity(key)):
                columns = ", ".join(f"{table.name}.{column}" for column in key.columns)
                what = f"may delete rows of {key.table} that {columns} refers to"
                yield Problem(KEYS, what, "1451 Cannot delete or update a parent row")


def _keeps(key: ForeignKey) -> bool:
    return (key.on_delete or "").upper() not in ("CASCADE", "SET NULL")
