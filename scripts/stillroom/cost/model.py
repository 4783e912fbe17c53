"""The cost of a statement, and the effects of single clauses that it is made of."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum, IntEnum


class Algorithm(IntEnum):
    """How a server alters a table, by rising cost. NOCOPY is MariaDB's alone."""

    INSTANT = 0
    NOCOPY = 1
    INPLACE = 2
    COPY = 3


class Lock(IntEnum):
    """Whom an alteration keeps out while it works: nobody, writers, or readers too."""

    NONE = 0
    SHARED = 1
    EXCLUSIVE = 2


class Clauses(Enum):
    """Which of the clauses ALGORITHM and LOCK a statement may be given."""

    NEITHER = "neither"
    ALGORITHM = "algorithm"
    BOTH = "both"


@dataclass(frozen=True)
class Cost:
    """``rewrites`` is whether every row is written anew; ``why`` names the clause at fault.

    ``error`` is the number of the error that the server answers with on a table with rows.
    """

    algorithm: Algorithm
    lock: Lock
    rewrites: bool = False
    why: str = ""
    clauses: Clauses = Clauses.BOTH
    error: int | None = None

    @property
    def accepted(self) -> tuple[str | None, str | None]:
        """The cheapest ALGORITHM and the weakest LOCK that the server accepts as clauses."""
        algorithm = None if self.clauses is Clauses.NEITHER else self.algorithm.name
        return algorithm, self.lock.name if self.clauses is Clauses.BOTH else None

    @property
    def blocks(self) -> bool:
        """Whether it holds up readers or writers for as long as it has rows to work through."""
        works = self.rewrites or self.algorithm is not Algorithm.INSTANT
        return works and self.lock is not Lock.NONE

    def __str__(self) -> str:
        lock = {
            Lock.NONE: "without a lock",
            Lock.SHARED: "blocks writes",
            Lock.EXCLUSIVE: "blocks reads and writes",
        }[self.lock]
        # Some servers accept a cheaper clause than what they then do.
        copies = self.rewrites and self.algorithm is Algorithm.INSTANT
        return f"{'COPY' if copies else self.algorithm.name}, {lock}"


class Work(IntEnum):
    """How deep a clause goes into a table."""

    METADATA = 0
    COLUMNS = 1  # columns that InnoDB adds or drops at once, unless other clauses do more
    INDEX = 2  # index trees, or what MySQL calls in place; no row
    REBUILD = 3
    COPY = 4


@dataclass(frozen=True)
class Effect:
    """What one clause takes. ``builds`` marks a new index tree."""

    work: Work
    why: str
    lock: Lock = Lock.NONE
    builds: bool = False
    error: int | None = None
