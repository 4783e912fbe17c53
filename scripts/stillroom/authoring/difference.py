"""What takes one state of the tables to another: in words, and as statements."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from stillroom.authoring.operations.alter_statements import alterations
from stillroom.catalog import Catalog, CatalogError, Program, Session, execute, quoted_name
from stillroom.catalog.record import replace
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift.comparison import differences
from stillroom.drift.report import change_words

_OWN = ("alembic_version", "stillroom_")


@dataclass(frozen=True)
class Difference:
    """``words`` and ``statements`` say the same; unless ``complete``, the statements less."""

    words: tuple[str, ...]
    statements: tuple[str, ...]
    complete: bool = True


def difference(before: Catalog, after: Catalog) -> Difference:
    """What makes the tables, views, triggers and routines of ``before`` those of ``after``.

    The version table is left out, and so is the order of columns.
    """
    before, after = without_own_tables(before), without_own_tables(after)
    changes = differences(before, after)
    statements = alterations(before, after, changes)
    words = [change_words(change) for change in changes]
    programs = list(_programs(before, after))
    return Difference(
        (*words, *(said for said, _ in programs)),
        (*statements, *(text for _, texts in programs for text in texts)),
        not differences(_executed(statements, before), after),
    )


def without_own_tables(catalog: Catalog) -> Catalog:
    """``catalog`` without the tables of Alembic and of the journal."""
    schema = catalog.schemas.get(DEFAULT_SCHEMA)
    for name in list(schema.tables) if schema else ():
        if name.startswith(_OWN):
            catalog = catalog.with_schema(catalog.schema(DEFAULT_SCHEMA).without_table(name))
    return catalog


def _executed(statements: list[str], catalog: Catalog) -> Catalog:
    session = Session.default(catalog.target).with_changes(foreign_key_checks=False)
    for statement in statements:
        try:
            catalog = execute(catalog, statement, session).catalog
        except CatalogError:
            return replace(catalog, schemas={})  # equal to none
    return catalog


def _programs(before: Catalog, after: Catalog) -> Iterator[tuple[str, list[str]]]:
    """Views, triggers and routines that are new, gone or others, and what makes them so."""
    old, new = _by_name(before), _by_name(after)
    for key in sorted({*old, *new}):
        kind, name = key
        drop = f"DROP {kind} {quoted_name(name)}"
        title = f"{kind.lower()} {name}"
        if key not in new:
            yield f"{title} is dropped", [drop]
        elif key not in old:
            yield f"{title} is new", [new[key].text]
        elif old[key].text != new[key].text:
            yield f"{title} is another", [drop, new[key].text]


def _by_name(catalog: Catalog) -> dict[tuple[str, str], Program]:
    schema = catalog.schemas.get(DEFAULT_SCHEMA)
    programs = schema.programs.values() if schema else ()
    return {(program.kind, program.name): program for program in programs}
