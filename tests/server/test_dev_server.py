"""The private server for development."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
import sqlalchemy as sa

from stillroom.errors import StillroomError
from stillroom.project.servers.dev_server import LocalServer, find_program
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
        assert started.err == "Put this line into .env:\n"
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


@pytest.fixture
def server() -> Iterator[LocalServer]:
    with TemporaryDirectory(prefix="stillroom-") as folder:
        server = LocalServer(Path(folder) / "server")
        server.start()
        try:
            yield server
        finally:
            server.stop()


def connect(url: str) -> sa.Connection:
    return sa.create_engine(url, poolclass=sa.NullPool).connect()


def test_a_neighbour_without_the_password_gets_nothing(server: LocalServer) -> None:
    for user in ("root", "root:x", "", "nobody", "mysql", "mariadb.sys"):
        with pytest.raises(sa.exc.OperationalError) as refused:
            connect(f"mysql+pymysql://{user}@127.0.0.1:{server.port}/")
        assert "1045" in str(refused.value) or "4151" in str(refused.value)
    for path in server.folder.iterdir():
        assert server.folder.stat().st_mode & 0o077 == 0, path
    assert (server.folder / "password").stat().st_mode & 0o777 == 0o600
    assert len(server.password) >= 32
    arguments = Path(f"/proc/{server.pid}/cmdline").read_bytes()
    assert server.password.encode() not in arguments


def test_the_server_writes_files_in_an_empty_folder_of_its_own(server: LocalServer) -> None:
    with connect(server.url()) as connection:
        query = "SELECT @@secure_file_priv, @@bind_address"
        folder, address = connection.exec_driver_sql(query).one()
        assert Path(folder) == server.folder / "files"
        assert address == "127.0.0.1"
        assert list(Path(folder).iterdir()) == []
        outside = server.folder.parent / "written"
        with pytest.raises(sa.exc.OperationalError, match="1290"):
            connection.exec_driver_sql(f"SELECT 1 INTO OUTFILE '{outside}'")


def test_a_folder_of_former_times_is_taken_over(server: LocalServer) -> None:
    with connect(server.url()) as connection:
        connection.exec_driver_sql("CREATE DATABASE kept")
        connection.exec_driver_sql("ALTER USER 'root'@'localhost' IDENTIFIED BY ''")
    (server.folder / "password").unlink()
    connect(f"mysql+pymysql://root@127.0.0.1:{server.port}/").close()
    server.start()
    with pytest.raises(sa.exc.OperationalError, match="1045"):
        connect(f"mysql+pymysql://root@127.0.0.1:{server.port}/")
    with connect(server.url("kept")) as connection:
        assert connection.exec_driver_sql("SELECT 1").scalar() == 1


def test_a_folder_that_is_a_link_is_not_used(tmp_path: Path) -> None:
    (tmp_path / "server").symlink_to(tmp_path)
    with pytest.raises(StillroomError, match="must be a folder of your own"):
        LocalServer(tmp_path / "server").start()
