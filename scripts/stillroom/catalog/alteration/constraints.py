"""Apply the clauses of an ALTER TABLE on foreign keys and CHECKs."""

from __future__ import annotations

from stillroom.catalog import error_numbers as er
from stillroom.catalog.alteration.followers import Followers
from stillroom.catalog.alteration.work import Clauses, Work
from stillroom.catalog.messages import cannot_drop, refusal
from stillroom.catalog.parser.syntax import AlterCheck, Drop, RenameTo
from stillroom.catalog.record import replace
from stillroom.catalog.tables.creation import check_table_name


class ConstraintClauses(Clauses):
    """DROP and ALTER of foreign keys and checks, and what renamed columns do to them."""

    def check_drops(self) -> None:
        """MySQL begins with the question whether all constraints to drop are there."""
        names = {check.name.lower() for check in self.table.checks}
        for action in self.actions:
            if not isinstance(action, Drop):
                continue
            if action.kind == "CONSTRAINT":
                constraint_kind(self.work, action)
            elif action.kind == "CHECK" and action.name.lower() not in names:
                raise refusal(er.CHECK_CONSTRAINT_NOT_FOUND, action.name)

    def apply(self) -> None:  # noqa: C901 - one branch per case
        """Drop and add foreign keys and CHECKs in the draft."""
        for action in self.actions:
            if not isinstance(action, Drop):
                continue
            kind = action.kind
            if kind == "CONSTRAINT":
                kind = constraint_kind(self.work, action)
                if kind == "FOREIGN KEY" and self.mariadb and len(self.actions) > 1:
                    # Where the table is copied the server forgets to drop it.
                    raise self.unsupported(
                        "DROP CONSTRAINT of a foreign key among other clauses is not supported",
                        action.position,
                    )
            if kind == "FOREIGN KEY":
                self._drop_foreign_key(action)
            elif kind == "CHECK":
                self._drop_check(action)
        for action in self.actions:
            if isinstance(action, AlterCheck):
                self._enforce(action)
        Followers(self.work).apply()
        renames = [action for action in self.actions if isinstance(action, RenameTo)]
        for action in renames:
            check_table_name(action.table.name)
        keys = self.table.foreign_keys or self.draft.new_foreign_keys
        if renames and keys and self.mariadb and len(self.actions) > 1:
            # Where the table is copied, the server loses keys on itself.
            raise self.unsupported(
                "RENAME among other clauses is not supported", renames[0].position
            )
        if len(renames) > 1:
            raise self.unsupported(
                "two new names in one statement are not supported", renames[1].position
            )

    def _drop_foreign_key(self, action: Drop) -> None:
        keys = self.draft.foreign_keys
        for key in keys:
            if key.name.lower() == action.name.lower():
                keys.remove(key)
                return
        raise cannot_drop(self.scope.target, "FOREIGN KEY", action.name)

    def _drop_check(self, action: Drop) -> None:
        checks = self.draft.checks
        for check in checks:
            if check.name.lower() == action.name.lower():
                checks.remove(check)
                return
        names = {check.name.lower() for check in self.table.checks}
        if self.mariadb or action.name.lower() not in names:  # MySQL takes it twice
            raise refusal(er.CHECK_CONSTRAINT_NOT_FOUND, action.name)

    def _enforce(self, action: AlterCheck) -> None:
        checks = self.draft.checks
        for place, check in enumerate(checks):
            if check.name.lower() == action.name.lower():
                checks[place] = replace(check, enforced=action.enforced)
                return
        raise refusal(er.CHECK_CONSTRAINT_NOT_FOUND, action.name)


def constraint_kind(work: Work, drop: Drop) -> str:
    """What DROP CONSTRAINT means: MySQL and MariaDB look at all kinds."""
    folded = drop.name.lower()
    kinds = []
    if any(check.name.lower() == folded for check in work.table.checks):
        kinds.append("CHECK")
    if any(key.name.lower() == folded for key in work.table.foreign_keys):
        kinds.append("FOREIGN KEY")
    index = work.table.index(folded)
    if index is not None and index.unique:
        kinds.append("INDEX")
    if not kinds:
        if work.scope.target.mariadb:
            raise cannot_drop(work.scope.target, "CONSTRAINT", drop.name)
        raise refusal(er.CONSTRAINT_NOT_FOUND, drop.name)
    if len(kinds) > 1 and not work.scope.target.mariadb:
        raise refusal(er.MULTIPLE_CONSTRAINTS_WITH_SAME_NAME, drop.name)
    return kinds[0]
