"""Findings as SARIF 2.1.0, which code hosts show beside a change."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from stillroom.findings import Finding

_SCHEMA = "https://json.schemastore.org/sarif-2.1.0.json"


def as_sarif(
    errors: Sequence[Finding], warnings: Sequence[Finding], summaries: Mapping[str, str]
) -> dict[str, object]:
    """One log with one run; ``summaries`` tells what each code means."""
    rules = [{"id": code, "shortDescription": {"text": text}} for code, text in summaries.items()]
    results = [_result(finding, "error") for finding in errors]
    results += [_result(finding, "warning") for finding in warnings]
    driver = {"name": "stillroom", "rules": rules}
    return {
        "$schema": _SCHEMA,
        "version": "2.1.0",
        "runs": [{"tool": {"driver": driver}, "results": results}],
    }


def _result(finding: Finding, level: str) -> dict[str, object]:
    text = "\n".join(part for part in (finding.what, finding.why, finding.fix) if part)
    location = {
        "artifactLocation": {"uri": finding.where.file},
        "region": {"startLine": finding.where.line or 1},
    }
    return {
        "ruleId": finding.code,
        "level": level,
        "message": {"text": text},
        "locations": [{"physicalLocation": location}],
    }
