"""Collects what the page shows: tables, revisions, and what a revision has done to what."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from stillroom.authoring.difference import difference, without_own_tables
from stillroom.catalog import Catalog, Column, Table
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.diagram import Diagram, of_catalog
from stillroom.drift.comparison import (
    check_text,
    column_text,
    foreign_key_text,
    index_text,
    type_words,
)
from stillroom.errors import CannotTell
from stillroom.findings import Finding, shown
from stillroom.lint.check import lint
from stillroom.lint.selection import rules_of
from stillroom.pages.column_history import Origins
from stillroom.plan.forecast import Forecast
from stillroom.plan.start import Start
from stillroom.project.settings import Settings
from stillroom.replay import ReplayedStatement
from stillroom.replay.history import History
from stillroom.replay.revisions.graph import Revision
from stillroom.replay.revisions.source import created_on
from stillroom.report.renames import renamed
from stillroom.staged.workspace import load_settings, project_history

_SILENT = ("session", "transaction", "empty")
_MOST_WORDS, _MOST_STATEMENTS = 60, 40
# Tables whose names begin alike are a group, if there are so many of them.
_GROUP = 3


@dataclass
class Site:
    """What the page shows. ``reason`` says why the replay has ended before its revision."""

    title: str
    target: str
    at: str
    diagram: Diagram
    tables: list[dict[str, Any]]
    revisions: list[dict[str, Any]]
    reason: str = ""
    server: str = ""
    database: str = ""  # where a database is, in words

    def with_database(self, start: Start) -> Site:
        """The page with the state of a database: each revision is ``applied`` there, or not."""
        if start.unknown:
            self.database = f"Where the database is could not be told: {start.unknown}"
            return self
        applied = set(start.heads)
        for revision in reversed(self.revisions):
            revision["applied"] = revision["id"] in applied
            if revision["applied"]:
                applied.update(revision["down"])
        self.database = start.words
        return self


@dataclass
class _Walk:
    """The state behind each revision, from one replay."""

    catalog: Catalog
    steps: dict[str, list[ReplayedStatement]] = field(default_factory=lambda: defaultdict(list))
    reason: str = ""


def site_of(root: Path, revision: str) -> Site:
    """The page of the project at ``root`` at a revision; as far as the history can be replayed."""
    settings = load_settings(root)
    with project_history(settings) as history:
        order = history.order(revision)
        walk = _walk(history, revision, order)
        origins = Origins()
        findings = _findings(history, settings, order)
        listed = [
            _revision(step, history, walk, origins, findings[shown(step.path)]) for step in order
        ]
        catalog = without_own_tables(walk.catalog)
        title = root.resolve().name
        diagram = of_catalog(catalog, f"{title} at {revision}")
        return Site(
            title,
            str(history.target),
            revision,
            diagram,
            _tables(catalog, origins),
            listed,
            walk.reason,
            history.server,
        )


def _walk(history: History, revision: str, order: Sequence[Revision]) -> _Walk:
    passed = [revision for revision in order if revision.id in history.origin.passed]
    start = history.state_behind(passed)
    walk = _Walk(start.catalog)
    steps: list[ReplayedStatement] = []
    try:
        walk.catalog = history.move(start, revision, trace=steps).catalog
    except CannotTell as error:
        walk.reason = str(error)
        done = [step.after for step in steps if step.up and step.error is None]
        walk.catalog = done[-1] if done else start.catalog
    for step in steps:
        walk.steps[step.revision].append(step)
    return walk


def _findings(
    history: History, settings: Settings, order: Sequence[Revision]
) -> Mapping[str, list[tuple[Finding, str]]]:
    """The findings of the linter by file, each with its severity."""
    by_file: dict[str, list[tuple[Finding, str]]] = defaultdict(list)
    if order:
        wanted = [shown(revision.path) for revision in order]
        report = lint(history, rules_of(settings), settings, wanted=wanted)
        for severity, findings in (("error", report.findings), ("warning", report.warnings)):
            for finding in findings:
                by_file[finding.where.file].append((finding, severity))
    return by_file


def _revision(
    revision: Revision,
    history: History,
    walk: _Walk,
    origins: Origins,
    findings: Sequence[tuple[Finding, str]],
) -> dict[str, Any]:
    steps = walk.steps.get(revision.id, [])
    script = history.project.scripts.get_revision(revision.id)
    source = revision.path.read_text(encoding="utf-8", errors="replace")
    # Anew for each: what an older revision has made may have rows by now.
    forecasts = Forecast().of_revision(steps, shown(revision.path))
    statements = [
        {"sql": step.sql, "cost": str(expected.cost or ""), "losses": list(expected.losses)}
        for step, expected in zip(steps, forecasts, strict=True)
        if step.kind not in _SILENT and step.error is None
    ]
    words = _words(revision.id, steps, origins)
    return {
        "id": revision.id,
        "down": list(revision.source.down_revision),
        "doc": " ".join((script.doc if script else "").split()),
        "file": shown(revision.path),
        "date": created_on(source),
        "words": words[:_MOST_WORDS],
        "moreWords": max(len(words) - _MOST_WORDS, 0),
        "statements": statements[:_MOST_STATEMENTS],
        "moreStatements": max(len(statements) - _MOST_STATEMENTS, 0),
        "findings": [
            {
                "code": finding.code,
                "where": str(finding.where),
                "what": finding.what,
                "severity": severity,
            }
            for finding, severity in findings
        ],
    }


def _words(revision: str, steps: Sequence[ReplayedStatement], origins: Origins) -> list[str]:
    """What a revision changes in words, which are kept for its tables and columns, too."""
    done = [step for step in steps if step.error is None]
    if not done or done[0].before is done[-1].after:
        return []
    before, after = without_own_tables(done[0].before), without_own_tables(done[-1].after)
    before, renames = renamed(before, (step.sql for step in done if step.kind == "ddl"))
    origins.note(revision, before, after, renames)
    return [*map(str, renames), *difference(before, after).words]


def _tables(catalog: Catalog, origins: Origins) -> list[dict[str, Any]]:
    tables = {_name(table): table for table in catalog.all_tables()}
    groups = Counter(_prefix(name) for name in tables)
    return [
        {
            **_table(tables[name], catalog),
            "name": name,
            "group": _prefix(name) if groups[_prefix(name)] >= _GROUP else "",
            "revisions": origins.of(name),
            "columns": [
                {**_column(column, tables[name]), "revisions": origins.of(name, column.name)}
                for column in tables[name].columns
            ],
        }
        for name in sorted(tables)
    ]


def _prefix(name: str) -> str:
    return name.partition("_")[0]


def _name(table: Table) -> str:
    return table.name if table.schema == DEFAULT_SCHEMA else f"{table.schema}.{table.name}"


def _table(table: Table, catalog: Catalog) -> dict[str, Any]:
    return {
        "comment": table.comment,
        "engine": table.engine,
        "collation": table.collation,
        "sql": table.create_statement,
        "keys": [*_keys(table)],
        "refers": [
            {
                "key": foreign_key_text(key),
                "name": key.name,
                "table": _referred(key.schema, key.table),
            }
            for key in table.foreign_keys
        ],
        "referred": list(_referring(table, catalog)),
    }


def _keys(table: Table) -> Iterator[dict[str, str]]:
    for index in table.indexes:
        yield {"name": index.name, "text": index_text(index) or "INDEX"}
    for check in table.checks:
        yield {"name": check.name, "text": f"CHECK {check_text(check)}"}


def _referred(schema: str, table: str) -> str:
    return table if schema == DEFAULT_SCHEMA else f"{schema}.{table}"


def _referring(table: Table, catalog: Catalog) -> Iterable[dict[str, str]]:
    for other in catalog.referring(table.schema, table.name):
        for key in other.foreign_keys:
            if (key.schema, key.table) == (table.schema, table.name):
                yield {"table": _name(other), "columns": ", ".join(key.columns)}


def _column(column: Column, table: Table) -> dict[str, Any]:
    type_ = type_words(column.type)
    return {
        "name": column.name,
        "type": type_,
        "rest": column_text(column, table).removeprefix(type_).strip(),
        "comment": column.comment,
    }
