"""Renders findings as text, as JSON, and as annotations that GitHub shows beside the code."""

from __future__ import annotations

from collections.abc import Sequence

from stillroom.errors import printable
from stillroom.findings import Finding, told
from stillroom.marked import Line, Mark, Part, line, message_lines

FORMATS = ("text", "json", "github")


def as_lines(findings: Sequence[Finding], mark: Mark = "blocking") -> list[Line]:
    """One line each: ``file:line: CODE what``, the lines of a remedy below it."""
    return [
        line
        for finding in findings
        for line in message_lines(
            finding.where,
            [Part(printable(finding.code), mark), Part(printable(f" {finding.what}"))],
            finding.why,
            finding.fix,
        )
    ]


def in_format(findings: Sequence[Finding], format_: str) -> list[Line]:
    """The findings for a reader, or for GitHub."""
    if format_ == "github":
        return [line(as_github(findings))] if findings else []
    return as_lines(findings)


def summary(text: str) -> Line:
    """What was judged, and how; what is clean begins with that."""
    begun = "Clean. " if text.startswith("Clean. ") else ""
    return line(Part(begun, "harmless"), text.removeprefix(begun), hang=0)


def as_data(findings: Sequence[Finding], **more: object) -> dict[str, object]:
    """One object: ``findings``, each with file, line, code, what, why and fix, and ``more``."""
    return {**more, "findings": entries(findings)}


def entries(findings: Sequence[Finding]) -> list[dict[str, object]]:
    """The findings as JSON has them."""
    listed = []
    for finding in findings:
        entry = told(finding)
        listed.append({**entry.pop("where"), **entry})
    return listed


def as_github(findings: Sequence[Finding], level: str = "error") -> str:
    """One workflow command each, which GitHub Actions turns into an annotation."""
    return "\n".join(
        f"::{level} file={_property(finding.where.file)},line={finding.where.line or 1},"
        f"title={_property(finding.code)}::{_escaped(_message(finding))}"
        for finding in findings
    )


def _message(finding: Finding) -> str:
    texts = (printable(finding.what), finding.why, finding.fix)
    return "\n".join(printable(text, "\n") for text in texts if text)


def _escaped(text: str) -> str:
    return text.replace("%", "%25").replace("\r", "%0D").replace("\n", "%0A")


def _property(text: str) -> str:
    return _escaped(text).replace(":", "%3A").replace(",", "%2C")
