"""What a server in memory remembers, and what it tells of each statement."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field

from stillroom.catalog import Catalog, DDLError, Unsupported
from stillroom.catalog.parser.statement_kinds import StatementKind
from stillroom.findings import Place
from stillroom.replay.server.known_rows import Rows
from stillroom.replay.server.results import Call
from stillroom.replay.server.unanswerable import Unanswerable


@dataclass(frozen=True)
class State:
    """All that a server remembers: what replays start from and end with.

    ``databases`` are the schemas that env.py worked in, in its order, if they are several.
    ``server`` is the scratch server that has run revisions on the way, if one has.
    """

    catalog: Catalog
    rows: Rows = field(default_factory=Rows)
    databases: tuple[str, ...] = ()
    server: str = ""


@dataclass(frozen=True)
class ExecutedStatement:
    """One statement that changed a catalog or rows, or might have.

    ``error`` says why it did not.
    """

    sql: str
    kind: StatementKind
    place: Place | None
    before: Catalog
    after: Catalog
    error: DDLError | Unsupported | Unanswerable | None = None


Listener = Callable[[ExecutedStatement], None]
CallListener = Callable[[Call], None]
