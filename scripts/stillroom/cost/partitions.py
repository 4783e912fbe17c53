"""The cost of clauses on partitions; such a clause stands alone in its statement."""

from __future__ import annotations

from stillroom.catalog import Target
from stillroom.catalog.parser.syntax import Partition
from stillroom.cost.model import Algorithm, Clauses, Cost, Lock

# Moves the rows of some partitions, or of all.
_MOVES = frozenset(["REORGANIZE", "COALESCE", "REBUILD", "OPTIMIZE", "REPAIR"])
_READS = frozenset(["ANALYZE", "CHECK"])


def partition_cost(action: Partition, target: Target) -> Cost:
    """The cost of one clause on partitions."""
    if action.action in ("BY", "REMOVE"):
        return _whole_table(target)
    why = f"{action.action} PARTITION"
    if action.action in _READS:
        return Cost(Algorithm.INSTANT, Lock.NONE, False, why, Clauses.NEITHER)
    moves = action.action in _MOVES or (action.action == "ADD" and not action.definitions)
    if target.mariadb:
        algorithm = Algorithm.COPY if moves else Algorithm.INSTANT
        return Cost(algorithm, Lock.EXCLUSIVE, moves, why, Clauses.NEITHER)
    if action.action == "TRUNCATE":
        return Cost(Algorithm.INSTANT, Lock.NONE, False, why)
    lock = Lock.SHARED if moves else Lock.NONE
    return Cost(Algorithm.INPLACE, lock, moves, why)


def _whole_table(target: Target) -> Cost:
    why = "every row moves to another partition"
    if target.mariadb_from(11, 2):
        return Cost(Algorithm.COPY, Lock.NONE, True, why)
    if target.mariadb:
        # It accepts ALGORITHM=INSTANT, and copies for seconds nevertheless.
        return Cost(Algorithm.INSTANT, Lock.SHARED, True, why)
    return Cost(Algorithm.COPY, Lock.SHARED, True, why)
