"""A script as data for a driver: it can be pickled, and sent on another machine."""

from __future__ import annotations

import json
from collections.abc import Sequence
from dataclasses import dataclass

from stillroom.apply.journal.applied_sources import DEFINITION
from stillroom.apply.script.lines import Line, Part
from stillroom.catalog import Session, Target


@dataclass(frozen=True)
class ScriptLine:
    """A line of the journal, and ``texts``, what is sent for it; see `lines.Line`."""

    number: int
    kind: str
    state: str
    digest: str
    texts: tuple[str, ...]
    text: str
    before: str | None
    answer: bytes | None
    is_setting: bool

    @classmethod
    def of(cls, line: Line) -> ScriptLine:
        """The line without what only its compilation needs."""
        before = None
        if line.evidence is not None:
            evidence = line.evidence
            fact = {"fact": evidence.kind, "table": evidence.table, "name": evidence.name}
            before = json.dumps({**fact, "there": "1" if evidence.there else ""})
        texts = tuple(text.strip() for text in line.texts)
        return cls(
            line.number,
            line.kind,
            line.state,
            line.digest,
            texts,
            texts[0] if texts else line.text,
            before,
            line.answer,
            line.setting,
        )


@dataclass(frozen=True)
class ScriptRevision:
    """A revision; ``before`` and ``after`` are the heads that the version table names."""

    id: str
    direction: str
    file: str
    digest: str
    source: bytes
    blob: str
    before: tuple[str, ...]
    after: tuple[str, ...]
    lines: tuple[ScriptLine, ...]

    @classmethod
    def of(cls, part: Part) -> ScriptRevision:
        """The revision of a part."""
        planned = part.planned
        return cls(
            planned.revision.id,
            "upgrade" if planned.up else "downgrade",
            part.file,
            part.digest,
            part.source,
            part.blob,
            tuple(planned.before),
            tuple(planned.after),
            tuple(map(ScriptLine.of, part.lines)),
        )


@dataclass(frozen=True)
class Script:
    """What is sent, as data that can be pickled: ``revisions`` in their order.

    ``versions`` makes the version table where there is none.
    """

    family: str
    sql_mode: str
    version_table: str
    versions: str
    revisions: tuple[ScriptRevision, ...]

    @classmethod
    def of_parts(cls, parts: Sequence[Part], target: Target) -> Script:
        """The script whose text ``writer.text`` writes."""
        first = parts[0].planned
        modes = ",".join(sorted(Session.default(target).sql_mode))
        revisions = tuple(map(ScriptRevision.of, parts))
        head, _, tail = first.versions.rpartition(")")
        versions = f"{head}, {DEFINITION}){tail}"
        return cls(target.family, modes, first.version_table, versions, revisions)
