"""Follows tables and columns through a history: what brought them, and what changed them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable

from stillroom.catalog import Catalog
from stillroom.drift.comparison import differences
from stillroom.drift.difference import Difference
from stillroom.report.renames import Rename

Key = tuple[str, str]  # a table as shown, and a column; "" for the table itself


class Origins:
    """The revisions that each table and column has been through, in order."""

    def __init__(self) -> None:
        self._revisions: dict[Key, list[str]] = defaultdict(list)

    def of(self, table: str, column: str = "") -> list[str]:
        """The ids of the revisions that brought and changed it."""
        return self._revisions.get((table, column.lower()), [])

    def note(
        self, revision: str, before: Catalog, after: Catalog, renames: Iterable[Rename]
    ) -> None:
        """A revision; ``before`` has the new names already."""
        for rename in renames:
            self._rename(rename)
            self._add((rename.table or rename.new, rename.new if rename.table else ""), revision)
        differing = differences(before, after)
        for table in dict.fromkeys(difference.qualified_table for difference in differing):
            self._change(
                table,
                revision,
                [difference for difference in differing if difference.qualified_table == table],
            )
        for difference in differing:
            if difference.kind == "table" and difference.models:
                for column in after.table(difference.table, difference.schema or None).columns:
                    self._add((difference.qualified_table, column.name), revision)

    def _change(self, table: str, revision: str, differing: list[Difference]) -> None:
        if differing[0].kind == "table" and not differing[0].models:
            for key in [key for key in self._revisions if key[0] == table]:
                del self._revisions[key]
            return
        self._add((table, ""), revision)
        for difference in differing:
            if difference.kind != "column":
                continue
            if difference.history and not difference.models and not difference.aspect:
                self._revisions.pop((table, difference.name.lower()), None)
            else:
                self._add((table, difference.name), revision)

    def _rename(self, rename: Rename) -> None:
        if rename.table:
            old = (rename.table, rename.old.lower())
            self._revisions[rename.table, rename.new.lower()] = self._revisions.pop(old, [])
            return
        for table, column in [key for key in self._revisions if key[0] == rename.old]:
            self._revisions[rename.new, column] = self._revisions.pop((table, column))

    def _add(self, key: Key, revision: str) -> None:
        known = self._revisions[key[0], key[1].lower()]
        if not known or known[-1] != revision:
            known.append(revision)
