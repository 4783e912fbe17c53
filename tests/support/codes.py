"""Writes docs/codes.md: every code, what it means, and its messages as the source has them."""

from __future__ import annotations

from collections import defaultdict

from stillroom.lint.check import OWN_CODES
from stillroom.lint.rules import load
from tests.support.messages import CODE, block, messages
from tests.support.projects import CASES, ROOT

FILE = ROOT / "docs" / "codes.md"
HEADER = """\
# Codes

Every finding and every refusal of an upgrade has a code, which is never used for anything else.
This page is generated from the source. `<name>` stands for what only a run can tell,
`[one | other]` for alternatives. A message says where and what; then why it matters; then what to
type.

"""
FAMILIES = {
    "AP": ("Upgrades", "[The runbook](upgrades.md#runbook) sorts them by what happened."),
    "CF": ("Configuration", "What `env.py` lacks."),
    "DR": ("Drift", "The models differ from the history: a revision is missing."),
    "HS": ("History", "Something is wrong with the revisions themselves."),
    "MD": ("Models", "Something is wrong with the models."),
    "RL": ("Releases", "The code of another release does not run on these tables."),
    "MY": (
        "Rules of the linter",
        "What a revision will do to rows, to running code and to busy tables. [Rules](rules.md)"
        " says how to allow a finding. The examples are findings of the tests.",
    ),
}
MEANINGS = {
    "DR101": "a table",
    "DR102": "a column: it is new or gone, or its type, nullability, default or comment differs",
    "DR103": "a primary key",
    "DR104": "an index or unique key",
    "DR105": "a foreign key",
    "DR106": "a CHECK",
    "DR107": "an option of a table: collation, engine, comment, partitions …",
    "DR108": "an operation of another tool that Alembic has been taught",
    "DR109": "a table of the models that the target would refuse",
    "DR110": "a line of the baseline that no longer applies",
    "DR111": "a view, trigger or routine that a DDL event of the models creates, and no revision",
    "HS101": "two heads",
    "HS102": "a revision that is not staged, or not as it is",
    "HS103": "a staged revision that does nothing",
    "HS104": "a staged revision that covers only part of the changes",
    "HS105": "a revision that is changed, and that others may have run",
    "HS106": "a revision that is deleted, and that others may have run",
    "HS107": "a `schema.sql` that is not what the revisions make",
    "HS108": "a squash that does not make what the revisions made that it stands for",
    "MD101": "a table in tracked code that nothing imports",
    "CF101": "no models for autogenerate",
    "CF102": "a database that does not come from the application",
    **{code: text for code, (text, _) in OWN_CODES.items()},
    **{rule.code: rule.summary for rule in load()},
}


def written() -> str:
    """The text of docs/codes.md."""
    shown: dict[str, dict[str, None]] = defaultdict(dict)
    for texts in messages().values():
        for text in texts:
            for code in dict.fromkeys(match[0] for match in CODE.finditer(text.splitlines()[0])):
                shown[code].setdefault(text)
    parts = []
    for family, (title, words) in FAMILIES.items():
        parts.append(f"## {family}: {title}\n\n{words}\n")
        for code in sorted(shown.keys() | MEANINGS.keys()):
            if code.startswith(family):
                parts.append(_section(code, [*shown.get(code, {})]))  # noqa: PERF401
    return HEADER + "\n".join(parts)


def _section(code: str, texts: list[str]) -> str:
    lines = [f"### {code}", ""]
    if code in MEANINGS:
        lines += [f"{MEANINGS[code][0].upper()}{MEANINGS[code][1:]}.", ""]
    for text in _examples(code) or texts:
        lines += [block(text), ""]
    return "\n".join(lines)


def _examples(code: str) -> list[str]:
    """The findings of one rule in the tests of the linter; none for other codes."""
    folders = sorted((CASES / "lint").glob(f"{code.lower()}_*"))
    if not folders:
        return []
    text = (folders[0] / "message.txt").read_text(encoding="utf-8")
    found, current = [], ""
    for line in text.splitlines():
        if line and not line.startswith(" "):
            found.append(current)
            current = ""
        current += line + "\n"
    return [one.rstrip() for one in [*found, current] if f": {code} " in one][:1]
