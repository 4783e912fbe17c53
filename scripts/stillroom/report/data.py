"""A report as data for a program: all of it but the picture."""

from __future__ import annotations

from stillroom.plan.text import as_data as plan_as_data
from stillroom.render.findings import entries
from stillroom.report.model import Report


def as_data(report: Report) -> dict[str, object]:
    """One object, which JSON can hold."""
    plan = report.plan
    return {
        "since": report.since,
        "target": report.target,
        "plan": plan_as_data(plan) if plan else None,
        "words": report.words,
        "drift": entries(report.drift),
        "errors": entries(report.errors),
        "warnings": entries(report.warnings),
        "heads": entries(report.heads),
        "behind": report.behind,
        "missing": report.missing,
        "reasons": report.reasons,
        "release": report.release,
        "server": report.server,
    }
