"""Apply the clauses of an ALTER TABLE on partitions."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.alteration.work import Clauses
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.syntax import Partition
from stillroom.catalog.record import replace
from stillroom.catalog.table_expressions import Formulas
from stillroom.catalog.tables.partitions import partition_bounds


class PartitionClauses(Clauses):
    """PARTITION BY, REMOVE PARTITIONING, ADD and DROP PARTITION."""

    def apply(self) -> None:
        """Change the partitions of the draft."""
        for action in self.actions:
            if isinstance(action, Partition):
                self._partition(action)

    def _partition(self, action: Partition) -> None:  # noqa: C901 - one branch per case
        draft = self.draft
        if action.action == "BY":
            draft.partitions, draft.partitioning = None, action.partitioning
            return
        if draft.partitions is None:
            raise refusal(er.PARTITION_MGMT_ON_NONPARTITIONED)
        if action.action == "REMOVE":
            draft.partitions = None
            return
        partitions = draft.partitions
        if action.action == "DROP" and partitions.definitions:
            names = {name.lower() for name in action.names}
            left = tuple(part for part in partitions.definitions if part.name.lower() not in names)
            if len(left) + len(names) != len(partitions.definitions):
                raise refusal(er.DROP_PARTITION_NON_EXISTENT, "DROP")
            if not left:
                raise refusal(er.DROP_LAST_PARTITION)
            draft.partitions = replace(partitions, definitions=left)
        elif action.action == "ADD" and partitions.definitions and action.definitions:
            formulas = Formulas(
                self.scope.target, self.scope.session, draft.name, self.scope.statement
            )
            new = partition_bounds(action.definitions, self.table, formulas)
            taken = {part.name.lower() for part in partitions.definitions}
            for part in new:
                if part.name.lower() in taken:
                    raise refusal(er.SAME_NAME_PARTITION, part.name)
            draft.partitions = replace(partitions, definitions=(*partitions.definitions, *new))
        elif action.action == "TRUNCATE":
            return
        else:
            raise self.unsupported(f"{action.action} PARTITION here", action.position)
