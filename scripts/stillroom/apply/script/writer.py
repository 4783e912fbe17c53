"""Writes the text of a script."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable, Iterator, Sequence

from stillroom.apply.journal.journal import Journal
from stillroom.apply.preflight import NEEDED
from stillroom.apply.script.lines import Line, Part
from stillroom.apply.script.procedures import LOCK, names, procedures
from stillroom.apply.statements import Kind
from stillroom.catalog import Session, Target
from stillroom.replay import ReplayedStatement
from stillroom.shell import Command

# What is to be said about a statement, as lines of a comment.
Remarks = Callable[[ReplayedStatement], Iterable[str]]

_OF_ROUTINES = frozenset({"CREATE ROUTINE", "ALTER ROUTINE", "EXECUTE"})
_WAIT = 300  # seconds for another deployer
_ESCAPED = str.maketrans({"\\": "\\\\", "'": "''", "\0": "\\0", "\r": "\\r", "\x1a": "\\Z"})


def text(parts: Sequence[Part], target: Target, version_table: str, remarks: Remarks) -> str:
    """A script for the clients mysql and mariadb, from the revisions of ``parts``."""
    return "\n".join([*_begin(parts, target, version_table), *_body(parts, remarks), *_end()])


def _begin(parts: Sequence[Part], target: Target, version_table: str) -> Iterator[str]:
    first, last = parts[0].planned, parts[-1].planned
    journal = Journal(version_table, None)
    yield f"-- From {_shown(first.before)} to {_shown(last.after)}, for {target}."
    yield f"-- Run it with:  {'mariadb' if target.mariadb else 'mysql'} [options] DATABASE < FILE"
    again = Command("upgrade")
    yield f"-- Cut off anywhere, it may be run again, and so may `{again}`: each goes on."
    yield "-- Only a client that is killed leaves procedures behind; each of the two drops them."
    yield ""
    yield "SET NAMES utf8mb4;"
    modes = ",".join(sorted(Session.default(target).sql_mode))
    yield f"SET SESSION sql_mode = '{modes}', autocommit = 1;"
    yield from _missing_rights()
    yield f"SET @stillroom_lock = GET_LOCK({LOCK}, {_WAIT});"
    yield "-- There is no other way to stop a client: a statement that says what is wrong."
    yield "SET @stillroom_sql = CASE WHEN DATABASE() IS NULL THEN 'no database is named'"
    yield "    WHEN @stillroom_missing IS NOT NULL"
    yield "    THEN CONCAT('this account lacks ', @stillroom_missing)"
    yield "    WHEN @stillroom_lock = 1 THEN 'DO 0' ELSE 'another deployer has the lock' END;"
    yield "PREPARE stillroom_statement FROM @stillroom_sql;"
    yield ""
    yield from _dropped()
    yield "DELIMITER $$"
    yield procedures(journal, version_table)
    yield "DELIMITER ;"
    heads = [" ".join(part.planned.before) for part in parts]
    listed = json.dumps([*heads, " ".join(last.after)], ensure_ascii=False)
    yield (
        f"\nCALL stillroom_open({_quoted(target.family)}, {_quoted(listed)},\n"
        f"{_quoted(first.versions)},\n{_quoted(journal.definition(mysql=True))});"
    )


def _missing_rights() -> Iterator[str]:
    """Before anything is done. What an active role gives is not seen: then nothing is missing."""
    first, *others = sorted(NEEDED | _OF_ROUTINES)
    needed = "".join(f" UNION ALL SELECT '{right}'" for right in others)
    of_this_user = "REPLACE(grantee, CHAR(39), '') = CURRENT_USER()"
    yield "SET @stillroom_missing = IF(COALESCE(CURRENT_ROLE(), 'NONE') <> 'NONE', NULL, ("
    yield "    SELECT GROUP_CONCAT(needed.name SEPARATOR ', ')"
    yield f"    FROM (SELECT '{first}' AS name{needed}) AS needed"
    yield "    WHERE CAST(needed.name AS BINARY) NOT IN ("
    yield "        SELECT CAST(privilege_type AS BINARY) FROM information_schema.user_privileges"
    yield f"        WHERE {of_this_user} UNION ALL"
    yield "        SELECT CAST(privilege_type AS BINARY) FROM information_schema.schema_privileges"
    yield f"        WHERE {of_this_user} AND DATABASE() LIKE table_schema"
    yield "    )"
    yield "));"


def _body(parts: Sequence[Part], remarks: Remarks) -> Iterator[str]:
    for number, part in enumerate(parts, start=1):
        planned = part.planned
        direction = "upgrade" if planned.up else "downgrade"
        doc = " ".join(planned.doc.split())
        yield f"\n-- [{number}/{len(parts)}] {direction} {planned.revision.id} {doc}".rstrip()
        yield (
            f"CALL stillroom_revision({number}, {_quoted(planned.revision.id)}, '{direction}',"
            f" {_quoted(part.file)}, '{part.digest}',\n'{part.source.hex()}');"
        )
        for line in part.lines:
            yield from _line(line, remarks)
        gone = json.dumps(sorted(set(planned.before) - set(planned.after)))
        new = json.dumps(sorted(set(planned.after) - set(planned.before)))
        yield f"CALL stillroom_done({number}, {_quoted(gone)}, {_quoted(new)}, '{part.blob}');"


def _line(line: Line, remarks: Remarks) -> Iterator[str]:
    answer = f"'{line.answer.hex()}'" if line.answer is not None else "NULL"
    if not line.texts:
        yield (
            f"CALL stillroom_note({line.number}, '{line.kind}', '{line.state}', '{line.digest}',"
            f" {_quoted(line.text)}, {answer});"
        )
        return
    yield f"-- {line.place}"
    if line.setting:
        yield from (
            f"CALL stillroom_set({_quoted(text.strip().rstrip(';'))});" for text in line.texts
        )
        return
    for step in line.steps[:1]:
        yield from (f"-- {' '.join(remark.split())}" for remark in remarks(step))
    if line.kind == Kind.DML:
        for number, text in enumerate(line.texts, start=1):
            ends = "TRUE" if number == len(line.texts) else "FALSE"
            yield f"CALL stillroom_rows({line.number}, '{line.digest}', {answer}, {ends},"
            yield f"{_quoted(text.strip())});"
        return
    assert line.evidence is not None
    for text in line.texts:
        evidence = line.evidence
        yield (
            f"CALL stillroom_table({line.number}, '{line.digest}', '{evidence.kind}',"
            f" {_quoted(evidence.table)}, {_quoted(evidence.name)}, {str(evidence.there).upper()},"
        )
        yield f"{_quoted(text.strip())});"


def _end() -> Iterator[str]:
    yield "\nCALL stillroom_close();"
    yield from _dropped()
    yield f"DO RELEASE_LOCK({LOCK});"
    yield "-- What has failed is told in whole by a row, and stops the client by an error."
    yield "SET @stillroom_sql = IF(@stillroom_failed IS NULL, 'DO 0',"
    yield "    'SELECT @stillroom_failed AS `the script has stopped`');"
    yield "PREPARE stillroom_statement FROM @stillroom_sql;"
    yield "EXECUTE stillroom_statement;"
    yield "SET @stillroom_sql = COALESCE(@stillroom_failed, 'DO 0');"
    yield "PREPARE stillroom_statement FROM @stillroom_sql;"


def _dropped() -> Iterator[str]:
    yield from (f"DROP PROCEDURE IF EXISTS {name};" for name in names())


def _shown(heads: Sequence[str]) -> str:
    return ", ".join(heads) or "base"


def _quoted(text: str) -> str:
    """A string for both servers in their default modes; line ends stay, for the reader."""
    return "'" + text.translate(_ESCAPED) + "'"
