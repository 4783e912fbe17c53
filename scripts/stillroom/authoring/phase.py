"""What a revision does beside what its tables need; mostly nothing."""

from __future__ import annotations

from collections.abc import Sequence

from alembic.operations import ops as op
from alembic.runtime.migration import MigrationContext
from sqlalchemy import MetaData

from stillroom.authoring.losses import Loss
from stillroom.catalog import Catalog


class Phase:
    """Has a say in each revision that is composed. This one leaves all as it is."""

    mark: Sequence[str] = ()  # comments in front of ``upgrade()``

    def metadata(
        self, metadata: Sequence[MetaData], context: MigrationContext, start: Catalog
    ) -> Sequence[MetaData]:
        """The models that the revision leads to, from the catalog ``start``."""
        return metadata

    def added(self, operation: op.AddColumnOp) -> Sequence[op.MigrateOperation] | None:
        """What adds a column and fills it; None to let the request decide."""
        return None

    def upgrade(
        self, operations: Sequence[op.MigrateOperation], goal: Catalog
    ) -> Sequence[op.MigrateOperation]:
        """The operations of ``upgrade()``, which lead to ``goal``."""
        return operations

    def downgrade(
        self, operations: Sequence[op.MigrateOperation], start: Catalog
    ) -> Sequence[op.MigrateOperation]:
        """The operations of ``downgrade()``, from the catalog ``start`` behind the revision."""
        return operations

    def loss(self, loss: Loss) -> Loss:
        """A loss of the revision, as its author has to allow it."""
        return loss
