"""A report as data for a program: all of it but the picture."""

from __future__ import annotations

from dataclasses import asdict

from stillroom.render.findings import entries
from stillroom.report.model import Report


def as_data(report: Report) -> dict[str, object]:
    """One object, which JSON can hold."""
    plan = report.plan
    return {
        "since": report.since,
        "target": report.target,
        "plan": {**asdict(plan), "complete": plan.complete} if plan else None,
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
