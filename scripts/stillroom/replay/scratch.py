"""What a history asks of a real server: to run the revisions that cannot be replayed."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field

from stillroom.catalog import Catalog
from stillroom.findings import Place
from stillroom.replay.server import State
from stillroom.replay.server.known_rows import Contents, Rows

VERSIONS = "version_num"  # the column of Alembic's own table, whatever that is called


@dataclass(frozen=True)
class ReplayedStatement:
    """One statement of a revision: what it says, where it is, and what it did to the catalog."""

    revision: str
    up: bool
    place: Place | None
    sql: str
    kind: str  # a catalog's StatementKind, e.g. "ddl"
    before: Catalog
    after: Catalog
    error: Exception | None = None  # DDLError where the server refuses it, else what is unknown


@dataclass(frozen=True)
class ScratchRun:
    """What revisions have done on the scratch server.

    ``state`` is what they lead to. Of those whose statements were asked for, ``statements`` has
    them, and ``states`` what each left.
    """

    state: State
    statements: tuple[ReplayedStatement, ...] = ()
    states: Mapping[str, State] = field(default_factory=dict)


# Runs revisions, by name and in order, in an empty database; of the second ones it tells all.
ScratchServer = Callable[[tuple[str, ...], frozenset[str]], ScratchRun]


def at_heads(catalog: Catalog, heads: Iterable[str], filled: Iterable[str] = ()) -> State:
    """The state of a database that is at ``heads``; of the tables ``filled`` no row is known."""
    rows = Rows()
    for name in filled:
        table = catalog.table(name)
        rows = rows.put(table, Contents.of(table).forgotten())
    for table in catalog.tables().values():
        if VERSIONS in table.by_name:
            held = Contents.of(table)
            statements = [
                tuple(head if name == VERSIONS else None for name in held.columns) for head in heads
            ]
            rows = rows.put(table, held.with_rows(tuple(statements)))
    return State(catalog, rows)


def words(server: str) -> str:
    """What is said wherever an answer comes from a server, and not from a replay."""
    return f"the server of SCRATCH_URL ({server}) has run the revisions"


def sentence(server: str) -> str:
    """The same, where it stands alone."""
    text = words(server)
    return f"{text[:1].upper()}{text[1:]}, as a replay cannot."
