"""MY605: a revision that imports what will change under it."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from stillroom.catalog import Table
from stillroom.findings import Finding
from stillroom.lint import revision_source
from stillroom.lint.executed import Run
from stillroom.lint.remedies.blocks import block
from stillroom.lint.remedies.python_code import call, quoted
from stillroom.lint.rule import STRUCTURE, Rule


def look(run: Run) -> Iterator[Finding]:
    for name, line, imported in revision_source.imports(run.source):
        if any(name == one or name.startswith(f"{one}.") for one in run.models):
            table = _table(run, imported)
            yield Finding(
                "MY605",
                run.at(line),
                f"imports {name}, which is code of the models",
                why="The models go on to change; the revision must stay what it was, or it breaks "
                "for everyone who starts with an empty database.",
                fix=f"Write into the revision what it needs of a table:\n{_code(table)}"
                if table
                else "Copy what the revision needs of it into the revision.",
            )


def _table(run: Run, imported: Sequence[str]) -> Table | None:
    """The table of an imported model, by its name."""
    names = {name.lower().replace("_", "") for name in imported}
    tables = run.acts[0].before.tables() if run.acts else {}
    for table in tables.values():
        folded = table.name.lower().replace("_", "")
        if folded in names or folded.removesuffix("s") in names:
            return table
    return None


def _code(table: Table) -> str:
    columns = [f"sa.column({quoted(column.name)})" for column in table.columns]
    variable = re.sub(r"\W", "_", table.name)
    return block(f"{variable} = {call('sa.table', [quoted(table.name), *columns])}")


RULE = Rule("MY605", STRUCTURE, "code of the models is imported into a revision", look)
