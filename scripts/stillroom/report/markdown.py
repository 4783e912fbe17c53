"""Writes a report as Markdown, for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from stillroom.diagram import as_mermaid
from stillroom.diagram.mermaid import is_too_large
from stillroom.diagram.model import visible
from stillroom.errors import counted
from stillroom.findings import Finding
from stillroom.plan.text import Statement
from stillroom.replay import scratch
from stillroom.report.model import Report
from stillroom.shell import Command

Section = Callable[[Report], Iterator[str]]
# The first line: by it a later run finds the comment that it replaces.
MARKER = "<!-- stillroom report -->"
# A comment may have 65,536 characters on GitHub, and more on GitLab.
_MOST_CHARACTERS = 60_000
_MOST_LINES, _MOST_STATEMENTS, _LONGEST_STATEMENT, _LARGEST_PICTURE = 40, 40, 2_000, 15_000
_MARKUP = re.compile(r"[\\`*_{}\[\]|~!]")
# What code hosts make of a name behind these is stopped by an empty comment, not by a backslash.
_MENTION = re.compile(r"([@#])(?=\w)")


def as_markdown(report: Report) -> str:
    """The report; without the statements and the picture, where it would be too long."""
    for sections in ((_changes, _statements, _picture), (_changes, _statements), (_changes,)):
        text = "\n".join(_lines(report, sections))
        if len(text) <= _MOST_CHARACTERS:
            break
    return text


def _lines(report: Report, sections: Sequence[Section]) -> Iterator[str]:
    yield MARKER
    yield "## Schema changes\n"
    yield f"{' '.join([_summary(report), *map(_text, report.release)])}\n"
    decisions = [*_about_history(report), *_about_statements(report)]
    if decisions:
        yield "### For the reviewer to decide\n"
        yield from (f"- [ ] {line}" for line in decisions)
        yield ""
    for section in sections:
        yield from section(report)
    yield from _findings(report)
    how = scratch.words(report.server) if report.server else "no database was contacted"
    yield (
        f"<sub>Stillroom, for {_text(report.target)}: a replay of the revisions since"
        f" {_text(report.since)}; {_text(how)}.</sub>"
    )


def _summary(report: Report) -> str:
    if report.reasons:
        return "**What this changes cannot be told.**"
    revisions = report.plan.revisions if report.plan else ()
    statements = list(report.statements())
    if not revisions:
        return (
            "The models have changed, and **no revision covers it**."
            if report.drift
            else "No revision is new, and the models need none."
        )
    count = sum(1 + statement.more for statement in statements)
    losing = sum(bool(statement.losses) for statement in statements)
    blocking = sum(_blocks(statement) for statement in statements)
    loses = f"**{losing} {'loses' if losing == 1 else 'lose'} data**"
    blocks = "**1 blocks others** while it works"
    if blocking > 1:
        blocks = f"**{blocking} block others** while they work"
    told = [loses if losing else "no data is lost", blocks if blocking else "nobody is blocked"]
    return (
        f"{counted(len(revisions), 'revision')}, {counted(count, 'statement')}: {', '.join(told)}."
    )


def _blocks(statement: Statement) -> bool:
    """Whether others wait for as long as it has rows to work through."""
    return "blocks" in statement.cost and not statement.cost.startswith("INSTANT")


def _about_history(report: Report) -> Iterator[str]:
    for reason in report.reasons:
        yield f"It cannot be told what this does: {_text(reason)}"
    for finding in report.heads:
        yield f"{_text(finding.what)}. Join them, or move one behind the other: {_fix(finding)}"
    if report.missing:
        yield (
            f"{_names(report.missing)} {_is(report.missing)} no longer here. A database that has"
            " run it cannot be upgraded."
        )
    if report.behind:
        yield (
            f"{_names(report.behind)} {_is(report.behind)} new, but before a revision that is not."
            " A database that is past that one never runs it."
        )
    if report.drift:
        command = Command("revision", m="…")
        changes = counted(
            len(report.drift), "change of the models has", "changes of the models have"
        )
        yield f"{changes} no revision: `{command}` writes it."


def _about_statements(report: Report) -> Iterator[str]:
    for statement in report.statements():
        yield from (
            f"Loses data: {_text(loss)}. Is it needed by nobody?" for loss in statement.losses
        )
        if _blocks(statement):
            tables = ", ".join(_text(table.name) for table in statement.tables) or "a table"
            yield f"{_text(statement.cost)} ({tables}): how large is it, and when may that happen?"
    for revision in report.plan.revisions if report.plan else ():
        if revision.reason:
            yield f"{_code(revision.revision)} depends on rows: {_text(revision.reason)}"
    if report.errors:
        yield f"{counted(len(report.errors), 'finding')} of the linter, below."


def _fix(finding: Finding) -> str:
    commands = (line.partition(": ")[2] for line in finding.fix.splitlines())
    return " or ".join(f"`{command}`" for command in commands if command)


def _names(revisions: Sequence[str]) -> str:
    return ", ".join(map(_code, revisions))


def _is(revisions: Sequence[str]) -> str:
    return "is" if len(revisions) == 1 else "are"


def _changes(report: Report) -> Iterator[str]:
    if report.words:
        yield "### What changes\n"
        yield from _some([f"- {_text(word)}" for word in report.words])
        yield ""


def _some(lines: Sequence[str]) -> Iterator[str]:
    yield from lines[:_MOST_LINES]
    if len(lines) > _MOST_LINES:
        yield f"- … and {len(lines) - _MOST_LINES} more"


def _statements(report: Report) -> Iterator[str]:
    revisions = report.plan.revisions if report.plan else ()
    left = _MOST_STATEMENTS
    if not revisions:
        return
    yield "### Statements, cost and locks\n"
    for revision in revisions:
        doc = " ".join(revision.doc.split())
        yield f"{_code(revision.revision)} {_text(doc)}\n"
        if not revision.statements:
            yield "No statement.\n"
        elif left > 0:
            shown = revision.statements[:left]
            yield from _block(_sql(shown))
            left -= len(shown)
    total = sum(1 for _ in report.statements())
    if total > _MOST_STATEMENTS:
        yield f"… and {total - _MOST_STATEMENTS} more statements: `{Command('plan', from_='…')}`\n"


def _sql(statements: Iterable[Statement]) -> str:
    texts = []
    for statement in statements:
        sql = statement.sql.strip()
        if len(sql) > _LONGEST_STATEMENT:
            sql = f"{sql[:_LONGEST_STATEMENT]} …"
        notes = [statement.cost] if statement.cost else []
        notes += [f"loses data: {loss}" for loss in statement.losses]
        notes += [f"and {statement.more} more with other values"] if statement.more else []
        texts.append("\n".join([*(f"-- {visible(note)}" for note in notes), f"{sql};"]))
    return "\n".join(texts)


def _block(sql: str) -> Iterator[str]:
    fence = "`" * max(3, *(len(run) + 1 for run in re.findall("`+", sql)), 3)
    yield f"{fence}sql\n{sql}\n{fence}\n"


def _picture(report: Report) -> Iterator[str]:
    if report.diagram is None or not report.diagram.entities:
        return
    text = as_mermaid(report.diagram)
    if len(text) > _LARGEST_PICTURE or is_too_large(report.diagram, text):
        return
    yield f"### The tables that change\n\n```mermaid\n{text}\n```\n"


def _findings(report: Report) -> Iterator[str]:
    found = [
        *((finding, "") for finding in (*report.drift, *report.errors)),
        *((finding, "warning: ") for finding in report.warnings),
    ]
    if not found:
        return
    yield "### Findings\n"
    lines = []
    for finding, level in found:
        place = _code(str(finding.where))
        why = f" {_text(finding.why)}" if finding.why and not level else ""
        lines.append(f"- {place} {finding.code} {level}{_text(finding.what)}.{why}")
    yield from _some(lines)
    yield ""


def _text(text: str) -> str:
    """``text`` in a line of Markdown, where nothing in it is markup, a tag or a mention."""
    plain = _MARKUP.sub(r"\\\g<0>", visible(text))
    plain = plain.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return _MENTION.sub(r"\1<!-- -->", plain)


def _code(text: str) -> str:
    """``text`` as code in a line."""
    shown = visible(text)
    fence = "`" * (max((len(run) for run in re.findall("`+", shown)), default=0) + 1)
    pad = " " if shown.startswith("`") or shown.endswith("`") else ""
    return f"{fence}{pad}{shown}{pad}{fence}"
