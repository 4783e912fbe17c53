"""The settings as tables in Markdown, as docs/settings.md has them."""

from __future__ import annotations

from collections.abc import Iterable, Sequence

from stillroom.project.settings import VARIABLES, descriptions


def settings_table() -> str:
    """What [stillroom] in alembic.ini may say."""
    rows = [(f"`{name}`", one.default, one.meaning) for name, one in descriptions().items()]
    return _table(("name", "unless set", "meaning"), rows)


def variables_table() -> str:
    """What the environment or .env may say."""
    return _table(("name", "meaning"), [(f"`{name}`", text) for name, text in VARIABLES.items()])


def _table(header: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    lines = ["| " + " | ".join(header) + " |", "|---" * len(header) + "|"]
    lines += ["| " + " | ".join(row) + " |" for row in rows]
    return "\n".join(line.replace("|  |", "| |") for line in lines)
