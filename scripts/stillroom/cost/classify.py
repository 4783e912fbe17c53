"""The cost of one statement, from the effects of all its clauses.

The rules are those of InnoDB, as MariaDB 10.11 and 11.8 and MySQL 9.7 answered to the clauses
ALGORITHM and LOCK. Whatever is not known to be cheaper counts as a copy.
"""

from __future__ import annotations

from collections.abc import Sequence
from itertools import chain

from stillroom.catalog import Table, Target
from stillroom.catalog.parser.syntax import AlterTable, Partition
from stillroom.cost.alteration import Alteration
from stillroom.cost.columns import column_effects
from stillroom.cost.keys import fulltext, key_effects, virtual_keys
from stillroom.cost.model import Algorithm, Clauses, Cost, Effect, Lock, Work
from stillroom.cost.options import option_effects
from stillroom.cost.partitions import partition_cost

_ALGORITHMS = {
    Work.METADATA: Algorithm.INSTANT,
    Work.COLUMNS: Algorithm.INSTANT,
    Work.INDEX: Algorithm.NOCOPY,
    Work.REBUILD: Algorithm.INPLACE,
    Work.COPY: Algorithm.COPY,
}


def cost(
    statement: AlterTable,
    before: Table,
    after: Table,
    *,
    sql: str = "",
    foreign_key_checks: bool = True,
) -> Cost:
    """The cost of an ALTER TABLE, CREATE INDEX or DROP INDEX on a filled table.

    ``before`` and ``after`` are the table that it meets and the one that it leaves; ``sql`` is
    its text, which tells DROP INDEX from ALTER TABLE.
    """
    target = before.target
    for action in statement.actions:
        if isinstance(action, Partition):
            return partition_cost(action, target)
    change = Alteration(before, after, statement.actions)
    effects = [
        *column_effects(change, target),
        *key_effects(change, target, foreign_key_checks=foreign_key_checks),
        *option_effects(change, target),
    ]
    total = _combined(effects, change, target)
    if target.mariadb and sql.lstrip()[:4].upper() == "DROP":
        return _without_clauses(total)
    return total


def _combined(effects: Sequence[Effect], change: Alteration, target: Target) -> Cost:
    if not effects:
        return Cost(Algorithm.INSTANT, Lock.NONE, clauses=_clauses(Algorithm.INSTANT, target))
    heaviest = max(effects, key=lambda effect: (effect.work, effect.lock))
    work, why = heaviest.work, heaviest.why
    if {change.before.engine, change.after.engine} != {"InnoDB"}:
        work, why = Work.COPY, f"the engine is {change.after.engine}"
    elif any(effect.work is Work.COLUMNS for effect in effects) and work < Work.REBUILD:
        work, why = _with_columns(effects, change, target, why)
    if work is Work.REBUILD:
        work, why = _rebuilt(work, why, change, target)
    lock = _lock(work, effects, change, target)
    algorithm = _ALGORITHMS[work]
    if algorithm is Algorithm.NOCOPY and target.mysql:
        algorithm = Algorithm.INPLACE
    error = next((effect.error for effect in effects if effect.error), None)
    return Cost(algorithm, lock, work >= Work.REBUILD, why, _clauses(algorithm, target), error)


def _with_columns(
    effects: Sequence[Effect], change: Alteration, target: Target, why: str
) -> tuple[Work, str]:
    """The work of columns that may come and go at once, beside the other effects."""
    if fulltext(change.before):
        return Work.REBUILD, f"{why}, in a table with a FULLTEXT index"
    if (change.before.option("ROW_FORMAT") or "").upper() == "COMPRESSED":
        return Work.REBUILD, f"{why}, in a table with ROW_FORMAT=COMPRESSED"
    others = [effect for effect in effects if effect.work is Work.INDEX]
    kept = target.mysql or virtual_keys(change.before)
    hindering = [effect for effect in others if effect.builds or kept]
    if hindering:
        return (
            Work.REBUILD,
            f"{hindering[0].why}, together with columns that are added, dropped or moved",
        )
    return (Work.INDEX, others[0].why) if others else (Work.COLUMNS, why)


def _rebuilt(work: Work, why: str, change: Alteration, target: Target) -> tuple[Work, str]:
    """A rebuild, or the copy that it comes to."""
    if target.mysql and fulltext(change.before) and fulltext(change.after):
        return Work.COPY, f"{why}; this copies a table with a FULLTEXT index"
    stored_gone = any(not column.generated or column.stored for column in change.dropped)
    virtual = any(column.generated and not column.stored for column in change.before.columns)
    if target.mariadb and stored_gone and virtual:
        return Work.COPY, f"{why}; dropping other columns copies a table with VIRTUAL columns"
    return work, why


def _lock(work: Work, effects: Sequence[Effect], change: Alteration, target: Target) -> Lock:
    lock = max(effect.lock for effect in effects)
    if work is not Work.METADATA and lock is Lock.EXCLUSIVE:
        lock = Lock.NONE  # the name changes at the end, under the short lock of every ALTER
    if work is Work.COPY and not _copies_online(change, target):
        return Lock.SHARED
    if work is Work.REBUILD and fulltext(change.after):
        return Lock.SHARED
    if work is Work.REBUILD and target.mariadb and virtual_keys(change.after):
        return Lock.SHARED
    return lock


def _copies_online(change: Alteration, target: Target) -> bool:
    """MariaDB 11.2 and newer copy while others write, unless a foreign key changes rows unseen."""
    if not target.mariadb_from(11, 2) or change.after.engine != "InnoDB":
        return False
    actions = chain.from_iterable(
        (key.on_delete, key.on_update) for key in change.before.foreign_keys
    )
    return not any(action in ("CASCADE", "SET NULL", "SET DEFAULT") for action in actions)


def _clauses(algorithm: Algorithm, target: Target) -> Clauses:
    """MySQL takes no LOCK beside ALGORITHM=INSTANT (error 1221)."""
    instant = algorithm is Algorithm.INSTANT and target.mysql
    return Clauses.ALGORITHM if instant else Clauses.BOTH


def _without_clauses(total: Cost) -> Cost:
    """MariaDB's DROP INDEX has no place for ALGORITHM and LOCK."""
    return Cost(total.algorithm, total.lock, total.rewrites, total.why, Clauses.NEITHER)
