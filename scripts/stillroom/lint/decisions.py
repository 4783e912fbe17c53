"""Marks, in a revision that was just written, each line that a person has to decide on."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Sequence
from dataclasses import replace
from pathlib import Path

from stillroom import files
from stillroom.authoring.losses import PLACEHOLDER
from stillroom.errors import printable
from stillroom.findings import Finding, shown
from stillroom.lint import allowances
from stillroom.lint.check import lint
from stillroom.lint.selection import rules_of
from stillroom.project.settings import Settings
from stillroom.replay.history import History

_OPEN = re.compile(rf"(?P<before>\s*# stillroom: allow .*?) {re.escape(PLACEHOLDER)}\n?")


def mark(
    history: History, settings: Settings, path: Path, release: Sequence[Finding] | None
) -> int:
    """Write above each statement that the linter refuses what is wrong, and the allowance to fill.

    Returns how many statements were marked; those that lose data have their mark already.
    ``release`` is that of `lint`. No server is asked.
    """
    environment = {**settings.environment, "LINT_URL": ""}
    offline = replace(settings, environment=environment)
    file = shown(path)
    report = lint(history, rules_of(settings), offline, wanted=[file], release=release)
    source = path.read_text(encoding="utf-8")
    known = allowances.read(source)
    refused = [
        finding
        for finding in report.findings
        if finding.code not in allowances.OWN_CODES
        and finding.where.line
        and not any(allowances.covers(allowance, finding, file) for allowance in known)
    ]
    if refused:
        files.write_text(path, marked(source, refused))
    return len({finding.where.line for finding in refused})


def marked(source: str, findings: Iterable[Finding]) -> str:
    """``source`` with the marks of ``findings`` above their lines."""
    by_line: dict[int, list[Finding]] = defaultdict(list)
    for finding in findings:
        by_line[finding.where.line].append(finding)
    lines = source.splitlines(keepends=True)
    for number in sorted(by_line, reverse=True):
        index = number - 1
        indent = lines[index][: len(lines[index]) - len(lines[index].lstrip())]
        codes = " ".join(dict.fromkeys(finding.code for finding in by_line[number]))
        told = dict.fromkeys(_sentence(finding) for finding in by_line[number])
        comments = [f"{indent}# {sentence}\n" for sentence in told]
        if index and (open_ := _OPEN.fullmatch(lines[index - 1])):
            lines[index - 1 : index] = [*comments, f"{open_['before']} {codes} {PLACEHOLDER}\n"]
        else:
            mark_ = f"{indent}# stillroom: allow {codes} {PLACEHOLDER}\n"
            lines[index:index] = [*comments, mark_]
    return "".join(lines)


def _sentence(finding: Finding) -> str:
    what = printable(finding.what)
    return f"{what[:1].upper()}{what[1:]}."
