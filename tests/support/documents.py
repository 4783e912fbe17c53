"""Writes the pages of docs/ that come from the source: messages, codes and settings."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from tests.support import codes, messages
from tests.support.projects import ROOT
from tests.support.settings_tables import settings_table, variables_table

SETTINGS = """\
# Settings

Settings live in two places only: what is secret or local, in the environment or in `.env`; what is
true for everybody, in `alembic.ini`, which is committed. This page is generated from the source.

## The environment, or `.env`

Git ignores `.env`; variables of the environment take precedence over it.

{variables}

With none of them, the database is the SQLite file `app.db`. A driver whose engine is async, such as
`mysql+aiomysql`, works the same.

## `alembic.ini`, section `[stillroom]`

A project without `alembic.ini` has them in `pyproject.toml`, section `[tool.stillroom]`.

{settings}

A password never goes into `alembic.ini`; `make init` refuses one that it finds there.
"""


def settings() -> str:
    """The text of docs/settings.md."""
    return SETTINGS.format(variables=variables_table(), settings=settings_table())


DOCUMENTS: dict[Path, Callable[[], str]] = {
    messages.FILE: messages.written,
    codes.FILE: codes.written,
    ROOT / "docs" / "settings.md": settings,
}


def write() -> None:
    """Write all of them."""
    for file, text in DOCUMENTS.items():
        file.write_text(text(), encoding="utf-8")


if __name__ == "__main__":
    write()
