"""A password that works: in no table of the server, no list of processes and no file."""

from __future__ import annotations

import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from tests.support.leaks import MARK, PASSWORD
from tests.support.projects import Answer, UserProject, verb_command
from tests.support.servers import execute

# The ways to a server differ in how they encode what is beyond ASCII.
SECRET = PASSWORD.replace("é", "")
REVISION = """from alembic import op
revision, down_revision = {name!r}, {before!r}
def upgrade():
    op.execute("CREATE TABLE made_{name} (id INT)")
    {then}
def downgrade():
    op.execute("DROP TABLE made_{name}")
"""


@pytest.fixture
def secret_url(database: sa.URL) -> Iterator[str]:
    """The database as an account sees it whose password is looked for."""
    user = f"leak_{database.database}"[:32]
    engine = sa.create_engine(database, poolclass=sa.NullPool)
    with engine.connect() as connection:
        driver: Any = connection.connection.cursor()
        driver.execute(f"CREATE USER {user}@'%%' IDENTIFIED BY %s", (SECRET,))
        driver.execute(f"GRANT ALL ON `{database.database}`.* TO {user}@'%'")
    place = (database.host, database.port, database.database)
    url = sa.URL.create(database.drivername, user, SECRET, *place)
    yield url.render_as_string(hide_password=False)
    execute(database, f"DROP USER {user}@'%%'")


@contextmanager
def _processes_watched() -> Iterator[set[str]]:
    """The command lines of processes that have the password."""
    found: set[str] = set()
    end = threading.Event()

    def look() -> None:
        while not end.is_set():
            for file in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    line = file.read_bytes().decode(errors="replace")
                except OSError:  # it has ended
                    continue
                if MARK in line:
                    found.add(line)
            time.sleep(0.005)

    thread = threading.Thread(target=look)
    thread.start()
    try:
        yield found
    finally:
        end.set()
        thread.join()


def _rows(url: sa.URL) -> dict[str, str]:
    """All that the tables of the database hold."""
    engine = sa.create_engine(url, poolclass=sa.NullPool)
    with engine.connect() as connection:
        return {
            name: str(connection.exec_driver_sql(f"SELECT * FROM `{name}`").all())
            for name in sa.inspect(connection).get_table_names()
        }


def _said(project: UserProject, verb: str, *words: str, **environment: str) -> Answer:
    answer = project.run(*verb_command(verb, *words), **environment)
    assert "Traceback" not in answer.out + answer.err
    assert MARK not in answer.out + answer.err, verb
    return answer


def test_working_password_is_nowhere(
    project: UserProject, database: sa.URL, secret_url: str, tmp_path: Path
) -> None:
    """Upgrades that end, that fail and that are looked at: what is left has no password."""
    head = project.verb("heads").out.split()[0]
    project.write("alembic/versions/a1.py", REVISION.format(name="a1", before=head, then=""))
    project.write(
        "alembic/versions/b2.py",
        REVISION.format(
            name="b2", before="a1", then="op.execute(\"INSERT INTO made_b2 VALUES (1), ('x')\")"
        ),
    )
    environment = {"HOME": str(tmp_path / "home"), "DB_URL": secret_url}
    with _processes_watched() as seen:
        assert _said(project, "upgrade", "a1", **environment).code == 0
        failed = _said(project, "upgrade", **environment)
        assert failed.code == 2
        assert "b2" in failed.err
        for verb in ("status", "plan", "current", "doctor", "resume", "sql", "check", "history"):
            _said(project, verb, **environment, SCRATCH_URL=secret_url)
    assert not seen
    rows = _rows(database)
    assert "made_b2" in rows["stillroom_journal"]
    assert not [name for name, text in rows.items() if MARK in text]
    for path in tmp_path.rglob("*"):
        if path.is_file():
            assert MARK not in path.read_bytes().decode(errors="replace"), path
