"""MY605: a revision imports code of the models."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stillroom.catalog import Table
from stillroom.findings import Finding
from stillroom.lint import revision_source
from stillroom.lint.executed import LintedRevision
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import call, identifier, quoted
from stillroom.lint.rule import STRUCTURE, Rule


def look(revision: LintedRevision) -> Iterator[Finding]:
    for name, line, imported in revision_source.imports(revision.source):
        if any(name == package or name.startswith(f"{package}.") for package in revision.models):
            table = _table(revision, imported)
            yield Finding(
                "MY605",
                revision.at(line),
                f"imports {name}, which belongs to the models",
                why="Models change later. The revision then fails for everyone who starts with an "
                "empty database.",
                fix=f"Write the columns that it needs into the revision:\n{_code(table)}"
                if table
                else "Copy what the revision needs into the revision.",
            )


def _table(revision: LintedRevision, imported: Sequence[str]) -> Table | None:
    """The table of an imported model, by its name."""
    names = {name.lower().replace("_", "") for name in imported}
    tables = revision.statements[0].before.tables() if revision.statements else {}
    for table in tables.values():
        folded = table.name.lower().replace("_", "")
        if folded in names or folded.removesuffix("s") in names:
            return table
    return None


def _code(table: Table) -> str:
    columns = [f"sa.column({quoted(column.name)})" for column in table.columns]
    variable = identifier(table.name)
    return block(f"{variable} = {call('sa.table', [quoted(table.name), *columns])}")


RULE = Rule("MY605", STRUCTURE, "a revision imports code of the models", look)
