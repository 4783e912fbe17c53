"""A script as statements for a driver, in place of text for a client."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from stillroom import catalog
from stillroom.apply.connection import Raw
from stillroom.apply.script import writer
from stillroom.apply.script.lines import Part
from stillroom.catalog import Target


@dataclass(frozen=True)
class Script:
    """What a driver sends: ``begin``, the statements of each revision, and ``end``.

    Each revision may be the last one; ``end`` is to be sent in any case.
    """

    begin: tuple[str, ...]
    revisions: tuple[tuple[str, ...], ...]
    end: tuple[str, ...]

    @classmethod
    def of_parts(cls, parts: Sequence[Part], target: Target, version_table: str) -> Script:
        """The script that ``writer.text`` writes for a client."""
        before, procedures, after = writer.beginning(parts, target, version_table)
        programs = (text.strip() for text in procedures.split("$$"))
        return cls(
            (*catalog.statements(before), *filter(None, programs), *catalog.statements(after)),
            tuple(
                tuple(catalog.statements("\n".join(writer.revision(number, len(parts), part))))
                for number, part in enumerate(parts, start=1)
            ),
            tuple(catalog.statements("\n".join(writer.ending()))),
        )


def failure(raw: Raw) -> str:
    """What has stopped the script on this connection; "" if nothing has."""
    return str(raw.value("SELECT @stillroom_failed") or "")
