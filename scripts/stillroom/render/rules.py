"""The lint rules as a table in Markdown."""

from __future__ import annotations

from collections.abc import Sequence

from stillroom.lint.check import OWN_CODES
from stillroom.lint.release_codes import RELEASE_CODES
from stillroom.lint.rule import GROUPS, Rule

_OWN_GROUPS = dict.fromkeys(RELEASE_CODES, "the release that runs")


def as_markdown(rules: Sequence[Rule]) -> str:
    """One line for each code: what is found, in which group, and how severe it is by default."""
    lines = ["| code | what was found | group | severity |", "|---|---|---|---|"]
    lines += [
        f"| `{code}` | {text} | {_OWN_GROUPS.get(code, 'the linter itself')} | {severity} |"
        for code, (text, severity) in OWN_CODES.items()
    ]
    groups = [*GROUPS, *sorted({rule.group for rule in rules} - set(GROUPS))]
    lines += [
        f"| `{rule.code}` | {rule.summary} | {rule.group} | {rule.severity} |"
        for group in groups
        for rule in rules
        if rule.group == group
    ]
    return "\n".join(lines)
