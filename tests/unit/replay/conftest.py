"""Small Alembic projects, written where a test wants them."""

from __future__ import annotations

import socket
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from textwrap import dedent

import pytest
from alembic.config import Config

from stillroom.catalog import Catalog, Target
from tests.support.replays import replay

MARIADB = Target.parse("mariadb 10.11")

ENV = """
    from alembic import context
    from sqlalchemy import engine_from_config, pool

    config = context.config
    engine = engine_from_config(
        config.get_section(config.config_ini_section), prefix="sqlalchemy.", poolclass=pool.NullPool
    )
    with engine.connect() as connection:
        context.configure(connection=connection, target_metadata=None)
        with context.begin_transaction():
            context.run_migrations()
"""


@pytest.fixture(autouse=True)
def attempts(monkeypatch: pytest.MonkeyPatch) -> Iterator[list[object]]:
    """The addresses that something tried to connect to: at the end of a test there are none."""
    attempts: list[object] = []

    def connect(sock: socket.socket, address: object) -> None:
        attempts.append(address)
        raise ConnectionRefusedError(address)

    monkeypatch.setattr(socket.socket, "connect", connect)
    monkeypatch.setattr(socket.socket, "connect_ex", connect)
    yield attempts
    assert attempts == []


@dataclass
class Project:
    root: Path

    @property
    def versions(self) -> Path:
        return self.root / "alembic" / "versions"

    @property
    def config(self) -> Config:
        return Config(str(self.root / "alembic.ini"))

    def write(self, name: str, text: str) -> Path:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(dedent(text))
        return path

    def revision(
        self,
        name: str,
        down: object = None,
        upgrade: str = "pass",
        downgrade: str = "pass",
        extra: str = "",
        folder: str = "alembic/versions",
    ) -> Path:
        """A revision file ``<name>.py``; the bodies are one or more lines."""
        body = f"revision = {name!r}\ndown_revision = {down!r}\n{dedent(extra)}\n"
        body += "import sqlalchemy as sa\nfrom alembic import op\n"
        for function, lines in (("upgrade", upgrade), ("downgrade", downgrade)):
            indented = "\n".join("    " + line for line in dedent(lines).strip().splitlines())
            body += f"\n\ndef {function}():\n{indented}\n"
        return self.write(f"{folder}/{name}.py", body)

    def table(self, name: str, down: object = None, **options: str) -> Path:
        """A revision that creates a table of its own name, and drops it."""
        return self.revision(
            name,
            down,
            upgrade=f"op.create_table('t_{name}', sa.Column('id', sa.Integer, primary_key=True))",
            downgrade=f"op.drop_table('t_{name}')",
            **options,
        )

    def replay(self, revision: str = "heads", target: Target = MARIADB) -> Catalog:
        return replay(self.config, revision, target=target)

    def tables(self, revision: str = "heads") -> list[str]:
        """The tables at a revision, without the version table."""
        return sorted(set(self.replay(revision).tables()) - {"alembic_version"})


@pytest.fixture
def project(tmp_path: Path) -> Project:
    made = Project(tmp_path / "project")
    made.write(
        "alembic.ini",
        """
        [alembic]
        script_location = %(here)s/alembic
        sqlalchemy.url = mysql+pymysql://user:secret@127.0.0.1:1/app
        """,
    )
    made.write("alembic/env.py", ENV)
    made.versions.mkdir()
    return made


@pytest.fixture
def count_runs(project: Project, tmp_path: Path) -> Callable[[], list[str]]:
    """The revisions that ran since the last call; they must write themselves to ``ran``."""
    ran = tmp_path / "ran"

    def count() -> list[str]:
        names = ran.read_text().split() if ran.exists() else []
        ran.unlink(missing_ok=True)
        return names

    return count
