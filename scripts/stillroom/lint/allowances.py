"""``# stillroom: allow MY104 <reason>``: findings that the author of a revision has accepted.

One comment may name several codes: ``allow MY102 MY402 <reason>``.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Sequence
from dataclasses import dataclass

from stillroom.findings import Finding, Place
from stillroom.project.marks import comments, is_reason

NO_REASON = "MY001"
UNKNOWN_CODE = "MY002"
NOT_NEEDED = "MY003"
OWN_CODES = {
    NO_REASON: "an allowance gives no reason",
    UNKNOWN_CODE: "an allowance names an unknown code",
    NOT_NEEDED: "an allowance is not needed",
}

_COMMENT = re.compile(
    r"#\s*stillroom:\s*allow\b[\s:]*"
    r"(?P<codes>[A-Z]{2}\d{3}(?:[\s,]+[A-Z]{2}\d{3}\b)*|\S*)[\s,]*(?P<reason>.*)"
)


@dataclass(frozen=True)
class Allowance:
    """One code of such a comment at ``line``; it covers the lines from ``first`` to ``last``."""

    line: int
    code: str
    reason: str
    first: int
    last: int


def read(source: str) -> list[Allowance]:
    """The allowances in a revision; none in what is no Python."""
    try:
        tree = ast.parse(source)
    except (SyntaxError, ValueError):
        return []
    spans = _spans(tree)
    allowances = []
    for comment in comments(source):
        if match := _COMMENT.match(comment.text):
            line = comment.line
            first, last = _covered(line, spans)
            codes, reason = re.split(r"[\s,]+", match["codes"]), match["reason"].strip()
            reason = reason if is_reason(reason) else ""
            allowances += [Allowance(line, code, reason, first, last) for code in codes]
    return allowances


def without_allowed(
    findings: Iterable[Finding], source: str, file: str, codes: Sequence[str]
) -> list[Finding]:
    """The findings that no allowance covers, and what is wrong with the allowances."""
    allowances = read(source)
    used: set[Allowance] = set()
    left = []
    for finding in findings:
        covering = [allowance for allowance in allowances if covers(allowance, finding, file)]
        used.update(covering)
        if not any(allowance.reason for allowance in covering):
            left.append(finding)
    for allowance in allowances:
        left += _faults(allowance, Place(file, allowance.line), codes, needed=allowance in used)
    return left


def _faults(
    allowance: Allowance, place: Place, codes: Sequence[str], *, needed: bool
) -> list[Finding]:
    if allowance.code not in codes:
        what = (
            f"no rule has the code {allowance.code!r}"
            if allowance.code
            else "an allowance without a code"
        )
        fix = "Write: # stillroom: allow MY102 why it is safe here"
        return [Finding(UNKNOWN_CODE, place, what, fix=fix)]
    if not allowance.reason:
        fix = f"Write: # stillroom: allow {allowance.code} why it is safe here"
        return [
            Finding(
                NO_REASON, place, f"the allowance for {allowance.code} gives no reason", fix=fix
            )
        ]
    if not needed:
        what = f"the allowance for {allowance.code} is not needed here"
        return [Finding(NOT_NEEDED, place, what, fix="Remove the comment.")]
    return []


def covers(allowance: Allowance, finding: Finding, file: str) -> bool:
    """Whether an allowance is for a finding of ``file``."""
    where = finding.where
    same = where.file == file and allowance.code == finding.code
    return same and (allowance.first <= where.line <= allowance.last)


def _spans(tree: ast.Module) -> list[tuple[int, int]]:
    """First and last line of every statement; a function begins with its decorators."""
    spans = []
    for node in ast.walk(tree):
        if isinstance(node, ast.stmt):
            decorators = getattr(node, "decorator_list", [])
            first = min([node.lineno, *(decorator.lineno for decorator in decorators)])
            spans.append((first, node.end_lineno or node.lineno))
    return spans


def _covered(line: int, spans: Sequence[tuple[int, int]]) -> tuple[int, int]:
    """What a comment covers: the innermost statement around it, or the one that follows.

    A function around it does not count: in one, a comment on a line of its own is for what
    follows.
    """
    around = [(first, last) for first, last in spans if first <= line <= last]
    starts = {first for first, _ in spans}
    if around and (line in starts or min(around, key=_length) in _simple(around, spans)):
        return min(around, key=_length)
    following = [span for span in spans if span[0] > line]
    if not following:
        return line, line
    first = min(following)[0]
    return max((span for span in following if span[0] == first), key=_length)


def _length(span: tuple[int, int]) -> int:
    return span[1] - span[0]


def _simple(
    around: Sequence[tuple[int, int]], spans: Sequence[tuple[int, int]]
) -> list[tuple[int, int]]:
    """Those of ``around`` that hold no other statement."""
    return [
        span
        for span in around
        if not any(other != span and span[0] <= other[0] and other[1] <= span[1] for other in spans)
    ]
