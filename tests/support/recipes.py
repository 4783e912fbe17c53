"""The code in the remedies of findings, cut out and sorted by what it is for."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from textwrap import dedent, indent

HEAD = """import sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql

revision = "{id}"
down_revision = "{below}"

"""
NOTHING = "\n\ndef {name}() -> None:\n    pass\n"
_SHELL = ("git ", "make ", "pt-online", "SCRATCH_URL=")


@dataclass(frozen=True)
class Recipe:
    """One block of code; ``kind`` is allowance, rows, operations, module, model, part or shell."""

    kind: str
    code: str

    def revision(self, id_: str, below: str) -> str:
        """A revision of operations, or of functions that the recipe has written."""
        text = HEAD.format(id=id_, below=below)
        if self.kind == "module":
            text += self.code + "\n"
        else:
            text += f"\ndef upgrade() -> None:\n{indent(self.code, '    ')}\n"
        for name in ("upgrade", "downgrade"):
            if f"def {name}(" not in text:
                text += NOTHING.format(name=name)
        return text


def recipes(fix: str) -> list[Recipe]:
    """The indented blocks of a remedy."""
    return [Recipe(_kind(code), code) for code in _blocks(fix)]


def _blocks(fix: str) -> Iterator[str]:
    for match in re.finditer(r"(?:^    .*\n?)+", fix, re.MULTILINE):
        yield dedent(match[0]).rstrip()


def _kind(code: str) -> str:
    if code.startswith("# stillroom: allow"):
        return "allowance"
    if code.startswith("SELECT"):
        return "rows"
    if code.startswith(_SHELL):
        return "shell"
    if "def upgrade(" in code or "def downgrade(" in code:
        return "module"
    if re.search(r"^op\.|^ +op\.", code, re.MULTILINE):
        return "operations"
    return "model" if "mapped_column(" in code or "__table_args__" in code else "part"
