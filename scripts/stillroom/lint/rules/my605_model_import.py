"""MY605: a revision that imports what will change under it."""

from __future__ import annotations

from collections.abc import Iterator

from stillroom.findings import Finding
from stillroom.lint import source
from stillroom.lint.act import Run
from stillroom.lint.rule import STRUCTURE, Rule


def look(run: Run) -> Iterator[Finding]:
    for name, line in source.imports(run.source):
        if any(name == one or name.startswith(f"{one}.") for one in run.models):
            yield Finding(
                "MY605",
                run.at(line),
                f"imports {name}, which is code of the models",
                why="The models go on to change; the revision must stay what it was, or it breaks "
                "for everyone who starts with an empty database.",
                fix="Describe what the revision needs of a table, in the revision:\n"
                '    user = sa.table("user", sa.column("id"), sa.column("name"))',
            )


RULE = Rule("MY605", STRUCTURE, "code of the models is imported into a revision", look)
