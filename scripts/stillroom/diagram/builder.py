"""Makes a diagram of the tables of a catalog, or of what changes between two."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from fnmatch import fnmatchcase
from types import MappingProxyType

from stillroom.catalog import Catalog, DataType, ForeignKey, Table
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.diagram.model import CHANGED, GONE, NEW, Diagram, Entity, Link, Row
from stillroom.drift.comparison import differences
from stillroom.drift.difference import Difference
from stillroom.drift.report import nothing_of
from stillroom.errors import StillroomError

_WHOLE_NUMBERS = ("tinyint", "smallint", "mediumint", "int", "bigint", "year")
Tables = Mapping[str, Table]
# Former names, by table and column; "" for the table itself. The tables have the new ones.
Former = Mapping[tuple[str, str], str]


def of_catalog(catalog: Catalog, title: str, patterns: Sequence[str] = ()) -> Diagram:
    """All tables; with ``patterns`` those of such names, and by name what is linked with them."""
    tables = _named(catalog)
    chosen = _chosen(tables, patterns)
    entities = [
        Entity(name, tuple(_rows(tables[name])), tables[name].comment) for name in sorted(chosen)
    ]
    return _linked(title, entities, _links(tables), chosen)


def of_change(
    before: Catalog,
    after: Catalog,
    title: str,
    patterns: Sequence[str] = (),
    former: Former = MappingProxyType({}),
) -> Diagram:
    """The tables that differ, with keys and with what is new, gone or another in them."""
    old, new = _named(before), _named(after)
    by_table: dict[str, list[Difference]] = defaultdict(list)
    for difference in differences(before, after):
        by_table[difference.qualified_table].append(difference)
    renamed = {table for table, _ in former if table in new}
    chosen = _chosen({**old, **new}, patterns) & (by_table.keys() | renamed)
    entities = [
        _changed(name, old.get(name), new.get(name), by_table[name], former)
        for name in sorted(chosen)
    ]
    # Who refers to a table that changes is left out: to some tables, half of the others do.
    links = [link for link in _changed_links(_links(old), _links(new)) if link.child in chosen]
    return _linked(title, entities, links, chosen)


def _named(catalog: Catalog) -> dict[str, Table]:
    """The tables by the names that a diagram shows."""
    return {_shown(table.schema, table.name): table for table in catalog.all_tables()}


def _shown(schema: str, name: str) -> str:
    return name if schema == DEFAULT_SCHEMA else f"{schema}.{name}"


def _chosen(tables: Tables, patterns: Sequence[str]) -> set[str]:
    """The names that fit one of the patterns; StillroomError if one fits none."""
    if not patterns:
        return set(tables)
    chosen: set[str] = set()
    for pattern in patterns:
        fitting = {name for name in tables if fnmatchcase(name.lower(), pattern.lower())}
        if not fitting:
            near = get_close_matches(pattern, tables, n=1)
            raise StillroomError(
                f"there is no table {pattern!r}",
                where="tables",
                fix=f"Did you mean {near[0]}?" if near else "A pattern such as user* works, too.",
            )
        chosen |= fitting
    return chosen


def _linked(
    title: str, entities: list[Entity], links: Iterable[Link], chosen: Collection[str]
) -> Diagram:
    """The diagram with the links of its tables, and with the tables at their other ends."""
    kept = [link for link in links if link.child in chosen or link.parent in chosen]
    ends = {name for link in kept for name in (link.child, link.parent)} - set(chosen)
    neighbours = [Entity(name, neighbour=True) for name in sorted(ends)]
    return Diagram(title, (*entities, *neighbours), tuple(kept))


def _rows(table: Table) -> Iterable[Row]:
    primary, unique, foreign = _keys(table)
    for column in table.columns:
        name = column.name.lower()
        kinds = (("PK", primary), ("FK", foreign), ("UK", unique))
        keys = tuple(kind for kind, names in kinds if name in names)
        yield Row(column.name, short_type(column.type), keys, column.comment)


def _keys(table: Table) -> tuple[set[str], set[str], set[str]]:
    """The columns of the primary key, those that are unique by themselves, and those that refer."""
    primary = {name.lower() for name in table.primary_key.columns} if table.primary_key else set()
    unique = {
        index.columns[0].lower()
        for index in table.indexes
        if index.kind == "UNIQUE" and len(index.columns) == 1
    }
    foreign = {name.lower() for key in table.foreign_keys for name in key.columns}
    return primary, unique, foreign


def short_type(type_: DataType) -> str:
    """A type as a diagram has room for it: ``varchar(80)``, ``int unsigned``, ``enum``."""
    name = type_.name
    if type_.length is not None and name not in _WHOLE_NUMBERS:
        scale = f",{type_.scale}" if type_.scale is not None else ""
        name += f"({type_.length}{scale})"
    return f"{name} unsigned" if type_.unsigned else name


def _links(tables: Tables) -> list[Link]:
    return [
        _link(name, tables[name], key)
        for name in sorted(tables)
        for key in tables[name].foreign_keys
        if _shown(key.schema, key.table) in tables
    ]


def _link(name: str, table: Table, key: ForeignKey) -> Link:
    columns = [table.column(column) for column in key.columns]
    names = {column.lower() for column in key.columns}
    unique = any(
        index.unique and {part.lower() for part in index.columns} <= names
        for index in table.indexes
        if all(index.columns)
    )
    optional = any(column is None or column.nullable for column in columns)
    return Link(name, _shown(key.schema, key.table), ", ".join(key.columns), optional, unique)


def _changed_links(old: Sequence[Link], new: Sequence[Link]) -> list[Link]:
    def ends(link: Link) -> tuple[str, str, str]:
        return link.child, link.parent, link.columns

    before, after = set(map(ends, old)), set(map(ends, new))
    return [
        *(link if ends(link) in before else replace(link, state=NEW) for link in new),
        *(replace(link, state=GONE) for link in old if ends(link) not in after),
    ]


def _changed(
    name: str,
    old: Table | None,
    new: Table | None,
    differing: Sequence[Difference],
    former: Former,
) -> Entity:
    table = new or old
    assert table is not None
    if old is None or new is None:
        state = NEW if old is None else GONE
        return Entity(name, tuple(_rows(table)), table.comment, state)
    columns = (_named_before(row, name, former) for row in _changed_columns(old, new, differing))
    rows = [row for row in columns if row.keys or row.state]
    if (name, "") in former:
        rows.insert(0, Row(former[name, ""], "table", (), "name before", CHANGED, column=False))
    return Entity(name, (*rows, *_other_parts(differing)), table.comment, CHANGED)


def _named_before(row: Row, table: str, former: Former) -> Row:
    """The row of a column with the name that it had, if that is another."""
    name = former.get((table, row.name))
    if name is None or row.state in (NEW, GONE):
        return row
    return replace(row, state=CHANGED, note=", ".join(filter(None, (f"{name} before", row.note))))


def _changed_columns(old: Table, new: Table, differing: Sequence[Difference]) -> Iterable[Row]:
    by_column: dict[str, list[Difference]] = defaultdict(list)
    for difference in differing:
        if difference.kind == "column":
            by_column[difference.name].append(difference)
    for row in _rows(new):
        own = by_column.get(row.name)
        if not own:
            yield replace(row, note="")
        elif not own[0].aspect:
            yield replace(row, state=NEW)
        else:
            said = (
                f"{difference.history or nothing_of(difference.aspect)} before"
                for difference in own
            )
            yield replace(row, state=CHANGED, note=", ".join(said))
    for row in _rows(old):
        if new.column(row.name) is None:
            yield replace(row, state=GONE)


def _other_parts(differing: Sequence[Difference]) -> Iterable[Row]:
    for difference in differing:
        if difference.kind == "column":
            continue
        state = (
            CHANGED
            if difference.history and difference.models
            else NEW
            if difference.models
            else GONE
        )
        note = difference.models or difference.history
        if state == CHANGED:
            note = f"{difference.history} becomes {difference.models}"
        name = difference.name or difference.aspect or "key"
        yield Row(name, difference.kind, (), note, state, column=False)
