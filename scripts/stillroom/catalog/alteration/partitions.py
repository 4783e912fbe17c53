"""Apply the clauses of an ALTER TABLE on partitions."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.alteration.work import Clauses
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import PartitionBounds, Partitions
from stillroom.catalog.parser.syntax import Partition
from stillroom.catalog.record import replace
from stillroom.catalog.table import Table
from stillroom.catalog.table_expressions import Formulas
from stillroom.catalog.tables.partition_bounds import check_bounds, upper_bound
from stillroom.catalog.tables.partitions import partition_bounds


class PartitionClauses(Clauses):
    """PARTITION BY, REMOVE PARTITIONING, and all that changes single partitions."""

    def apply(self) -> None:
        """Change the partitions of the draft."""
        for action in self.actions:
            if isinstance(action, Partition):
                self._partition(action)

    def _partition(self, action: Partition) -> None:
        draft = self.draft
        if action.action == "BY":
            draft.partitions, draft.partitioning = None, action.partitioning
            return
        if draft.partitions is None:
            raise refusal(er.PARTITION_MGMT_ON_NONPARTITIONED)
        partitions = draft.partitions
        match action.action:
            case "REMOVE":
                draft.partitions = None
            case "DROP":
                draft.partitions = self._without(partitions, action)
            case "ADD":
                draft.partitions = self._extended(partitions, action)
            case "COALESCE":
                draft.partitions = self._coalesced(partitions, action)
            case "REORGANIZE":
                draft.partitions = self._reorganized(partitions, action)
            case "EXCHANGE":
                self._check_exchange(partitions, action)
            case _:
                self._check_names(partitions, action)

    def _check_names(self, partitions: Partitions, action: Partition) -> None:
        """The partitions that an upkeep is for."""
        known = {name.lower() for name in partitions.names}
        for name in action.names:
            if name.lower() not in known:
                if action.action == "REBUILD":
                    raise refusal(er.DROP_PARTITION_NON_EXISTENT, action.action)
                if action.action in ("TRUNCATE", "EXCHANGE"):
                    raise refusal(er.UNKNOWN_PARTITION, name, self.table.name)
                raise self.unsupported(
                    f"{action.action} of an unknown partition is not supported", action.position
                )

    def _check_exchange(self, partitions: Partitions, action: Partition) -> None:
        """The other table has the same columns and keys; both stay what they are."""
        assert action.table is not None
        schema = action.table.schema or self.scope.session.schema or self.table.schema
        name = action.table.name
        if (schema, name) == (self.table.schema, self.table.name):
            raise refusal(er.NONUNIQ_TABLE, name)
        other = self.scope.foreign_keys.find(schema, name)
        if other is None:
            raise refusal(er.NO_SUCH_TABLE, schema, name)
        self._check_names(partitions, action)
        if _shape(other) != _shape(self.table):
            raise refusal(er.TABLES_DIFFERENT_METADATA)
        if other.partitions or other.foreign_keys or other.temporary:
            raise self.unsupported(
                "EXCHANGE PARTITION with a table like this is not supported", action.position
            )

    def _without(self, partitions: Partitions, action: Partition) -> Partitions:
        if not partitions.method.startswith(("RANGE", "LIST")):
            raise refusal(er.ONLY_ON_RANGE_LIST_PARTITION, "DROP")
        known = {name.lower() for name in partitions.names}
        names = [name.lower() for name in action.names]
        if action.if_exists:
            names = [name for name in names if name in known]
        if len(names) >= len(known):
            raise refusal(er.DROP_LAST_PARTITION)
        if not known.issuperset(names) or len(set(names)) < len(names):
            raise refusal(er.DROP_PARTITION_NON_EXISTENT, "DROP")
        left = tuple(part for part in partitions.definitions if part.name.lower() not in names)
        return replace(partitions, definitions=left)

    def _extended(self, partitions: Partitions, action: Partition) -> Partitions:
        ranged = partitions.method.startswith(("RANGE", "LIST"))
        if ranged and not action.definitions:
            raise self.unsupported(
                "ADD PARTITION without definitions is not supported", action.position
            )
        if not action.definitions:
            if not action.count:
                raise refusal(er.ADD_PARTITION_NO_NEW_PARTITION)
            return self._counted(partitions, len(partitions.names) + action.count)
        new = self._definitions(partitions, action)
        return self._redefined(partitions, [*_defined(partitions), *new])

    def _coalesced(self, partitions: Partitions, action: Partition) -> Partitions:
        if partitions.method.startswith(("RANGE", "LIST")):
            raise refusal(er.COALESCE_ONLY_ON_HASH_PARTITION)
        if not action.count:
            raise refusal(er.COALESCE_PARTITION_NO_PARTITION)
        left = len(partitions.names) - action.count
        if left < 1:
            raise refusal(er.DROP_LAST_PARTITION)
        return self._counted(partitions, left)

    @staticmethod
    def _counted(partitions: Partitions, count: int) -> Partitions:
        """As many partitions; those that are new get names of the server's."""
        if not partitions.definitions:
            return replace(partitions, count=count)
        kept = partitions.definitions[:count]
        new = tuple(PartitionBounds(f"p{number}", "") for number in range(len(kept), count))
        known = {part.name.lower() for part in kept}
        for part in new:
            if part.name in known:
                raise refusal(er.SAME_NAME_PARTITION, part.name)
        return replace(partitions, definitions=(*kept, *new))

    def _reorganized(self, partitions: Partitions, action: Partition) -> Partitions:
        ranged = partitions.method.startswith(("RANGE", "LIST"))
        if not action.names:
            if ranged:
                raise refusal(er.REORG_NO_PARAM)
            return self._counted(partitions, 1)  # as many as the engine likes best
        if not ranged and len(action.names) != len(action.definitions):
            raise refusal(er.REORG_HASH_ONLY_ON_SAME_NO)
        old = _defined(partitions)
        places = self._places(partitions, action)
        new = self._definitions(partitions, action)
        parts = [*old[: places[0]], *new, *old[places[-1] + 1 :]]
        reorganized = self._redefined(partitions, parts)
        if partitions.method.startswith("RANGE"):
            self._check_total(old[places[-1]], new[-1], last=places[-1] + 1 == len(old))
        return reorganized

    @staticmethod
    def _places(partitions: Partitions, action: Partition) -> list[int]:
        """Where the partitions to be reorganized stand: side by side."""
        known = [name.lower() for name in partitions.names]
        names = {name.lower() for name in action.names}
        if not names.issubset(known) or len(names) < len(action.names):
            raise refusal(er.DROP_PARTITION_NON_EXISTENT, "REORGANIZE")
        places = [place for place, name in enumerate(known) if name in names]
        if partitions.method.startswith("RANGE") and len(places) <= places[-1] - places[0]:
            raise refusal(er.CONSECUTIVE_REORG_PARTITIONS)
        return places

    @staticmethod
    def _check_total(old: PartitionBounds, new: PartitionBounds, *, last: bool) -> None:
        before, after = upper_bound(old), upper_bound(new)
        if before is None or after is None:
            extended = last and "MAXVALUE" in new.values
            fits = old.values == new.values or extended
        else:
            fits = before == after or (last and after > before)
        if not fits:
            raise refusal(er.REORG_OUTSIDE_RANGE)

    def _definitions(self, partitions: Partitions, action: Partition) -> list[PartitionBounds]:
        formulas = Formulas(
            self.scope.target, self.scope.session, self.draft.name, self.scope.statement
        )
        return list(partition_bounds(action.definitions, partitions.method, self.table, formulas))

    @staticmethod
    def _redefined(partitions: Partitions, parts: list[PartitionBounds]) -> Partitions:
        seen: set[str] = set()
        for part in parts:
            if part.name.lower() in seen:
                raise refusal(er.SAME_NAME_PARTITION, part.name)
            seen.add(part.name.lower())
        check_bounds(partitions.method, parts)
        return replace(partitions, definitions=tuple(parts), count=None)


def _defined(partitions: Partitions) -> list[PartitionBounds]:
    """All partitions with their names."""
    if partitions.definitions:
        return list(partitions.definitions)
    return [PartitionBounds(name, "") for name in partitions.names]


def _shape(table: Table) -> tuple[object, ...]:
    """What two tables have in common that exchange rows."""
    indexes = [replace(index, generated=False) for index in table.indexes]
    return (table.columns, tuple(indexes), table.engine, table.collation, table.options)
