"""Differences that a project has accepted, in a file that people read and commit.

What is accepted is a state: below the difference stands the table as the models had it. A replay
puts that into the catalog behind the revision at which it was accepted, as if a revision had made
it. So any later change of the table is a difference of its own, and the next revision is written
for what is there.
"""

from __future__ import annotations

import dataclasses
import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping, Sequence, Set
from dataclasses import dataclass, field
from pathlib import Path
from types import MappingProxyType

from alembic.config import Config

from stillroom.catalog import Catalog, Table, Target
from stillroom.catalog.record import replace
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.drift import report
from stillroom.drift.accepted_parts import with_parts
from stillroom.drift.comparison import table_differences
from stillroom.drift.difference import ABSENT, Difference, shown_schema
from stillroom.drift.server_catalog import read_definitions
from stillroom.drift.verdict import DRIFT, Verdict
from stillroom.errors import CannotTell
from stillroom.findings import Finding, Place
from stillroom.replay.history import History
from stillroom.shell import Command

NAME = "accepted_drift.txt"
STALE = "DR110"
_HEADER = """\
# Accepted differences between the models and the revisions: the check reports only others, and
# lines of this file that no longer apply. `{command}` rewrites it.
# Below each difference is its table as it was accepted; any other state of it is reported.
"""
_NOT_REPLAYED = ("MD", report.REFUSED)  # what stands for no state of a table
_AT, _BASE = "[at ", "base"
_SCHEMA = "-- in the schema "
_INDENT = "    "
_CONFLICT = ("<<<<<<<", "=======", ">>>>>>>", "|||||||")
Key = tuple[str, str]  # schema ("" for the default one), table


@dataclass
class Section:
    """What was accepted when the history ended in ``heads``: lines by number, and table texts."""

    heads: frozenset[str]
    target: Target
    lines: dict[str, int] = field(default_factory=dict)
    tables: dict[Key, str] = field(default_factory=dict)

    @property
    def digest(self) -> str:
        """What a replay with it depends on."""
        text = repr((sorted(self.heads), sorted(self.lines), sorted(self.tables.items())))
        return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()

    def applied(self, catalog: Catalog) -> Catalog:
        """``catalog``, at the heads of this section, with what was accepted there."""
        for key, chosen in self.accepted_in(catalog).items():
            before = catalog.find(key[0] or DEFAULT_SCHEMA, key[1])
            catalog = with_parts(catalog, before, self._table(key), chosen)
        return catalog

    def accepted_in(self, catalog: Catalog) -> dict[Key, list[Difference]]:
        """The accepted differences that there still are between ``catalog`` and the file."""
        tables = [(shown_schema(table.schema), table.name) for table in catalog.all_tables()]
        return {
            key: [
                difference
                for difference in differences_of(
                    key, catalog.find(key[0] or DEFAULT_SCHEMA, key[1]), self._table(key)
                )
                if line_of(difference) in self.lines
            ]
            for key in dict.fromkeys([*self.tables, *tables])
        }

    def _table(self, key: Key) -> Table | None:
        schema, name = key
        if key not in self.tables:
            return None
        table = read_definitions([self.tables[key]], self.target, NAME).find(DEFAULT_SCHEMA, name)
        if table is None or not schema:
            return table
        keys = tuple(
            replace(key, schema=schema) if key.schema == DEFAULT_SCHEMA else key
            for key in table.foreign_keys
        )
        return replace(table, schema=schema, foreign_keys=keys)


@dataclass
class Accepted:
    """The whole file, in the order of its sections."""

    sections: list[Section] = field(default_factory=list)

    @property
    def lines(self) -> dict[str, int]:
        """All lines that stand for differences, and their numbers."""
        return {line: number for section in self.sections for line, number in section.lines.items()}


def differences_of(key: Key, history: Table | None, models: Table | None) -> list[Difference]:
    """What two states of one table do not have in common."""
    schema, name = key
    before, after = ({name: table} if table else {} for table in (history, models))
    return list(table_differences(schema, before, after))


def line_of(difference: Difference) -> str:
    """What stands for a difference in the file."""
    return f"{report.CODES[difference.kind]} {report.words(difference)}"


def path(root: Path, config: Config) -> Path:
    """Where the file is: beside env.py, in the project at ``root``."""
    location = str(config.get_alembic_option("script_location") or "alembic")
    folder = root / location
    if ":" in location and not folder.is_dir():
        package, *below = location.split(":")
        inside = root.joinpath(*package.split("."), *below)
        folder = inside if inside.is_dir() else root
    return (folder if folder.is_relative_to(root) else root) / NAME


def lines_of(findings: Sequence[Finding]) -> list[str]:
    """What stands for ``findings`` in the file: no line numbers, which every edit moves."""
    return sorted({_line(finding) for finding in findings})


def _line(finding: Finding) -> str:
    return " ".join(filter(None, (finding.code, finding.what, finding.state)))


def without_finding(lines: Iterable[str], findings: Sequence[Finding]) -> set[str]:
    """Those of ``lines`` behind which no finding stands, in whatever state."""
    states = tuple(_line(dataclasses.replace(each, state="")) for each in findings if each.state)
    gone = set(lines) - set(lines_of(findings))
    return {line for line in gone if not line.startswith(states)}


def write(verdict: Verdict, findings: Sequence[Finding], kept: Iterable[Section] = ()) -> str:
    """The text of the file that accepts ``findings`` of ``verdict``, beside what is ``kept``."""
    new = Section(frozenset(verdict.heads), verdict.target, dict.fromkeys(lines_of(findings), 0))
    for difference in verdict.differences:
        key = (difference.schema, difference.table)
        if line_of(difference) in new.lines and key in verdict.tables:
            new.tables[key] = verdict.tables[key].create_statement
    sections = []
    for section in kept:
        if section.heads == new.heads:
            new.lines = {**section.lines, **new.lines}
            new.tables = {**section.tables, **new.tables}
        else:
            sections.append(section)
    header = _HEADER.format(command=Command("baseline"))
    return header + "".join(map(_text, [*sections, *([new] if new.lines else [])]))


def _text(section: Section) -> str:
    lines = [f"\n{_AT}{' '.join(sorted(section.heads)) or _BASE}]", *sorted(section.lines)]
    for (schema, _), text in sorted(section.tables.items()):
        lines.append("")
        if schema:
            lines.append(f"{_INDENT}{_SCHEMA}{schema}")
        lines += [_INDENT + line for line in text.split("\n")]
    return "\n".join(lines) + "\n"


def read(path: Path, target: Target, *, merging: bool = False) -> Accepted:
    """What the file accepts; nothing if there is no file.

    ``merging`` takes both sides of a merge conflict, which is CannotTell otherwise.
    """
    try:
        text = path.read_text(encoding="utf-8")
    except FileNotFoundError:
        return Accepted()
    except UnicodeDecodeError as error:
        raise CannotTell("is not UTF-8 text", where=path.name) from error
    # Files of former times have lines alone, and say of no table what it was like.
    accepted = Accepted([Section(frozenset({""}), target)])
    blocks: list[str] = []
    for number, line in enumerate([*text.split("\n"), ""], start=1):
        if line.startswith(_INDENT):
            blocks.append(line.removeprefix(_INDENT))
            continue
        if blocks:
            key, statement = _block(blocks, f"{path.name}:{number}")
            accepted.sections[-1].tables[key] = statement
            blocks = []
        if merging and line.startswith(_CONFLICT):
            continue
        if line.startswith("<<<<<<<"):
            raise CannotTell(
                "has a merge-conflict marker",
                where=f"{path.name}:{number}",
                fix=str(Command("baseline")),
            )
        if line.startswith(_AT) and line.endswith("]"):
            heads = line[len(_AT) : -1].split()
            accepted.sections.append(Section(frozenset(heads) - {_BASE}, target))
        elif line and not line.startswith("#"):
            accepted.sections[-1].lines[line] = number
    return accepted


def _block(lines: list[str], where: str) -> tuple[Key, str]:
    schema = ""
    if lines[0].startswith(_SCHEMA):
        schema = lines.pop(0).removeprefix(_SCHEMA)
    statement = "\n".join(lines)
    named = re.match(r"[^`]*`((?:[^`]|``)+)`", statement)  # a name may go over lines
    if named is None:
        raise CannotTell(
            "the lines above are not a CREATE TABLE", where=where, fix=str(Command("baseline"))
        )
    return (schema, named[1].replace("``", "`")), statement


def without_accepted(findings: Iterable[Finding], history: History) -> list[Finding]:
    """Those of ``findings`` that the project has not accepted."""
    sections = [section for section in history.accepted if isinstance(section, Section)]
    accepted = {line for section in sections for line in section.lines}
    return [finding for finding in findings if not accepted.issuperset(lines_of([finding]))]


def without_gone(history: History, verdict: Verdict) -> dict[str, int]:
    """Take from ``history.accepted`` what the models no longer have; returns those lines.

    They are as the revisions make them again, so nothing is left to accept.
    """
    heads = frozenset(verdict.heads)
    sections = [section for section in history.accepted if isinstance(section, Section)]
    newest = next((section for section in sections if section.heads == heads), None)
    if newest is None or verdict.status != DRIFT:
        return {}
    others = [section for section in sections if section is not newest]
    history.accepted = others
    catalog = history.state_at("heads").catalog
    dropped = {
        (difference.schema, difference.table)
        for difference in verdict.differences
        if difference.kind == "table" and difference.models == ABSENT
    }
    gone: dict[str, int] = {}
    for key, chosen in newest.accepted_in(catalog).items():
        if key not in verdict.tables and key not in dropped:
            continue
        before = catalog.find(key[0] or DEFAULT_SCHEMA, key[1])
        left = {
            _part(difference) for difference in differences_of(key, before, verdict.tables.get(key))
        }
        lines = [line_of(difference) for difference in chosen if _part(difference) not in left]
        gone |= {line: newest.lines[line] for line in lines}
    lines_left = {line: number for line, number in newest.lines.items() if line not in gone}
    history.accepted = [*others, Section(heads, newest.target, lines_left, newest.tables)]
    return gone


def _part(difference: Difference) -> tuple[str, str, str]:
    return difference.kind, difference.name, difference.aspect


def left(
    findings: Sequence[Finding],
    accepted: Accepted,
    shown: str,
    revisions: Set[str] = frozenset(),
    gone: Mapping[str, int] = MappingProxyType({}),
) -> list[Finding]:
    """The findings that are not accepted, and the lines that nothing stands behind any more.

    ``revisions`` are those that there are, ``gone`` is what ``without_gone`` has found.
    """
    blind = {line: number for line, number in accepted.lines.items() if _is_blind(line, accepted)}
    lines = accepted.lines.keys() - blind.keys()
    new = [_told_anew(finding, lines) for finding in findings if _line(finding) not in lines]
    stale = [_stale_line(shown, line, number) for line, number in gone.items()]
    return [*new, *stale, *_stale(findings, accepted, blind, shown, revisions)]


def _told_anew(finding: Finding, accepted: Set[str]) -> Finding:
    """``finding``, with what to do if it was accepted in another state."""
    before = _line(dataclasses.replace(finding, state=""))
    if not finding.state or not any(line.startswith(before) for line in accepted):
        return finding
    return dataclasses.replace(
        finding,
        why="The accepted difference is of another state of the model.",
        fix=f"Write the change into a revision by hand, starting from"
        f" {Command('revision', m='describe the change', empty=True)}, then accept the table as"
        f" it is now: {Command('baseline')}",
    )


def _stale_line(shown: str, line: str, number: int) -> Finding:
    what = f"this accepted difference no longer exists: {line}"
    return Finding(STALE, Place(shown, number), what, fix=str(Command("baseline")))


def _is_blind(line: str, accepted: Accepted) -> bool:
    """Whether it accepts a table without saying what it is like."""
    if not line.startswith("DR101 ") or not line.endswith(" has no revision"):
        return False
    return not any(line in section.lines and section.tables for section in accepted.sections)


def _stale(
    findings: Sequence[Finding],
    accepted: Accepted,
    blind: Mapping[str, int],
    shown: str,
    revisions: Set[str],
) -> Iterator[Finding]:
    unneeded = without_finding(accepted.lines, findings)
    for section in accepted.sections:
        gone = sorted(section.heads - {""} - (revisions or section.heads))
        for line, number in section.lines.items():
            what = ""
            if gone:
                what = (
                    f"this difference was accepted at revision {gone[0]}, but there is no file"
                    f" for that one: {line}"
                )
            elif line in blind:
                what = f"this line does not say what the table was like: {line}"
            elif ("" in section.heads or line.startswith(_NOT_REPLAYED)) and line in unneeded:
                what = f"this accepted difference no longer exists: {line}"
            if what:
                yield Finding(STALE, Place(shown, number), what, fix=str(Command("baseline")))
