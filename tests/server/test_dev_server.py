"""The private server for development."""

from __future__ import annotations

from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from stillroom.project.dev_server import find_program
from tests.support.projects import make_project

pytestmark = [
    pytest.mark.server,
    pytest.mark.skipif(find_program() is None, reason="needs an installed mariadbd or mysqld"),
]


def test_start_and_stop_keep_the_data() -> None:
    # The path of a socket has room for some 100 bytes.
    with TemporaryDirectory(prefix="stillroom-") as folder:
        project = make_project(Path(folder))
        started = project.verb("db-start")
        assert started.code == 0, started.err
        line = started.out.strip()
        assert started.err == "put this line into .env:\n"
        try:
            assert project.verb("db-start").out.strip() == line
            project.write(".env", line)
            migrated = project.verb("migrate")
            assert migrated.code == 0, migrated.err
            stopped = project.verb("db-stop")
            assert stopped.out == "stopped\n"
            refused = project.verb("current")
            assert "no server answers" in refused.err
            assert project.verb("db-start").out.strip() == line
            assert project.verb("current").out == "e3c87c4a7bde (head)\n"
            engine = sa.create_engine(line.removeprefix("DB_URL="))
            with engine.connect() as connection:
                address = connection.exec_driver_sql("SELECT @@bind_address").scalar()
            engine.dispose()
            assert address == "127.0.0.1"
        finally:
            project.verb("db-stop")
        assert project.verb("db-stop").out == "it was not running\n"
