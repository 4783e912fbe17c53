"""Writes a report as Markdown, for a comment on a pull request."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence

from stillroom.diagram import as_mermaid
from stillroom.diagram.mermaid import is_too_large
from stillroom.diagram.model import visible
from stillroom.drift.report import needs_revision
from stillroom.errors import counted
from stillroom.findings import Finding
from stillroom.plan.text import Statement
from stillroom.render.lint_report import contacted
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
    yield from _older(report)
    how = contacted(report.server, asked=report.asked, sized=report.sized)
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
            if any(map(needs_revision, _new_drift(report)))
            else "No revision is new."
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
    if rows := len(report.row_changes()):
        told[0] = loses if losing else "nothing is dropped"
        told[1:1] = [f"**{rows} {'changes' if rows == 1 else 'change'} rows**"]
        told[2] = blocks if blocking else "no table is blocked"
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
        what = f"{finding.what[0].upper()}{finding.what[1:]}"
        yield f"{_text(what)}. Join them, or move one behind the other: {_fix(finding)}"
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
    drift = _new_drift(report)
    if missing := sum(map(needs_revision, drift)):
        command = Command("revision", m="…")
        changes = counted(missing, "change of the models has", "changes of the models have")
        yield f"{changes} no revision: `{command}` writes {'it' if missing == 1 else 'them'}."
    if others := len(drift) - missing:
        yield f"{counted(others, 'finding')} of the check, below."


def _about_statements(report: Report) -> Iterator[str]:
    for statement in report.statements():
        yield from (
            f"Loses data: {_text(loss)}. Does anybody still need that?" for loss in statement.losses
        )
    blocking = [statement for statement in report.statements() if _blocks(statement)]
    for cost in dict.fromkeys(statement.cost for statement in blocking):
        same = [statement for statement in blocking if statement.cost == cost]
        if report.sized:
            each = f"{len(same)} statements, each " if len(same) > 1 else ""
            yield f"{each}{_text(cost)}: {_tables(same)}. When may that happen?"
            continue
        how_large = "how large is it" if len(same) == 1 else "how large are they"
        yield (
            f"{_text(cost)} ({_tables(same)}): {how_large}, and when may that happen?"
            f" `{Command('report', sizes=True)}` asks the database."
        )
    if changing := report.row_changes():
        number = counted(len(changing), "statement changes", "statements change")
        yield (
            f"{number} rows ({_tables(changing)}), which are locked meanwhile: how many are there,"
            " and does anybody need the old values?"
        )
    for revision in report.plan.revisions if report.plan else ():
        if revision.reason:
            yield f"{_code(revision.revision)} depends on rows: {_text(revision.reason)}"
    if report.errors:
        yield f"{counted(len(report.errors), 'finding')} of the linter, below."


def _new_drift(report: Report) -> list[Finding]:
    """What the change itself brings."""
    return [finding for finding in report.drift if finding not in report.older]


def _tables(statements: Iterable[Statement]) -> str:
    """The tables that statements work on: the first that each names."""
    names = (_text(str(table)) for statement in statements for table in statement.tables[:1])
    return ", ".join(dict.fromkeys(names)) or "a table"


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
        if not statement.cost.startswith("INSTANT"):
            notes += [str(table) for table in statement.tables if table.rows is not None]
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
    parts = [
        *((finding, "") for finding in (*_new_drift(report), *report.errors)),
        *((finding, "warning: ") for finding in report.warnings),
    ]
    if not parts:
        return
    yield "### Findings\n"
    lines = []
    for finding, level in parts:
        place = _code(str(finding.where))
        why = f" {_text(finding.why)}" if finding.why and not level else ""
        lines.append(f"- {place} {finding.code} {level}{_text(finding.what)}.{why}")
    yield from _some(lines)
    yield ""


def _older(report: Report) -> Iterator[str]:
    if report.older:
        were = counted(len(report.older), "finding of the check was", "findings of the check were")
        them = "it" if len(report.older) == 1 else "them"
        yield (
            f"{were} there before this change, and not repeated here. To see {them}:"
            f" `{Command('check')}`. To accept {them}: `{Command('baseline')}`.\n"
        )


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
