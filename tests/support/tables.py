"""The tables of a real server as text that can be compared."""

from __future__ import annotations

import re

import sqlalchemy as sa

from tests.support import servers


def target_of(url: sa.URL) -> str:
    """The server as ``target`` in alembic.ini names it."""
    return str(servers.target_of(url))


def lines_of(text: str, *, ordered: bool) -> list[str]:
    """The lines of a table; keys in any order, and columns in theirs if ``ordered``."""
    lines = [line.strip().rstrip(",") for line in text.splitlines()]
    lines = [re.sub(r" AUTO_INCREMENT=\d+", "", line) for line in lines]
    columns = [line for line in lines if line.startswith("`")]
    others = sorted(line for line in lines if not line.startswith("`"))
    return [*(columns if ordered else sorted(columns)), *others]


def tables(url: sa.URL, *, ordered: bool) -> dict[str, list[str]]:
    """All tables of a database, as ``lines_of``."""
    found = servers.show_create(url)
    return {name: lines_of(text, ordered=ordered) for name, text in found.items()}


def created(server_url: str, metadata: sa.MetaData) -> dict[str, list[str]]:
    """What ``create_all()`` makes on the server."""
    with servers.database(server_url) as url:
        engine = sa.create_engine(url)
        try:
            metadata.create_all(engine)
        finally:
            engine.dispose()
        return tables(url, ordered=False)
