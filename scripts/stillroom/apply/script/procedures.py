"""The procedures that a script creates on the server and drops again."""

from __future__ import annotations

import re
from pathlib import Path

from stillroom.apply.connection import Raw, error_code
from stillroom.apply.journal.applied_sources import COLUMN
from stillroom.apply.journal.journal import Journal
from stillroom.catalog import error_numbers as er

LOCK = "CONCAT('stillroom_', LEFT(SHA2(COALESCE(DATABASE(), ''), 256), 24))"
_FILE = Path(__file__).parent / "procedures.sql"
_HANDLER = f"""DECLARE EXIT HANDLER FOR SQLEXCEPTION
    BEGIN
        GET DIAGNOSTICS CONDITION 1
            @stillroom_number = MYSQL_ERRNO, @stillroom_text = MESSAGE_TEXT;
        ROLLBACK;
        SET @stillroom_open = NULL, @stillroom_failed = COALESCE(@stillroom_failed, CONCAT(
            IF(@stillroom_number = {er.SIGNAL_EXCEPTION}, '', CONCAT(@stillroom_number, ' ')),
            @stillroom_text,
            COALESCE(
                CONCAT(' (revision ', @stillroom_revision, ', statement ', @stillroom_line, ')'), ''
            )
        ));
    END;"""
_GUARD = """IF COALESCE(@stillroom_open, 0) <> CONNECTION_ID() THEN
        SIGNAL SQLSTATE '45000' SET MESSAGE_TEXT =
            'stopped before; run the script from its beginning';
    END IF;"""


def procedures(journal: Journal, version_table: str) -> str:
    """The statements that make them, each ended by ``$$``."""
    text = _FILE.read_text(encoding="utf-8")
    for name, value in {
        "{journal}": journal.table,
        "{versions_name}": version_table,
        "{versions}": f"`{version_table}`",
        "{sources}": COLUMN,
        "{lock}": LOCK,
        "{handler}": _HANDLER,
        "{guard}": _GUARD,
    }.items():
        text = text.replace(name, value)
    return text


def names() -> list[str]:
    """What they are called."""
    return re.findall(r"CREATE PROCEDURE (\w+)", _FILE.read_text(encoding="utf-8"))


def drop_procedures(raw: Raw) -> None:
    """Remove what a script has left that was cut off, if that is allowed to us."""
    if not raw.mysql:
        return  # SQLite has no procedures
    try:
        for name in names():
            raw.execute(f"DROP PROCEDURE IF EXISTS {name}")
    except Exception as failure:
        if error_code(failure) not in er.LACKS_PRIVILEGE:
            raise
