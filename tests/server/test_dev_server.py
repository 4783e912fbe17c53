"""The private server for development."""

from __future__ import annotations

import encodings.idna  # noqa: F401  # here, since another user may not read where Python is
import os
import pwd
import socket
import traceback
from collections.abc import Callable, Iterator
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


OWNER, NEIGHBOUR = "daemon", "nobody"


def as_user(name: str, work: Callable[[], object]) -> str:
    """What ``work`` raises when a user of that name does it; root alone can try."""
    read, write = os.pipe()
    child = os.fork()
    if not child:
        user = pwd.getpwnam(name)
        os.setgroups([])
        os.setgid(user.pw_gid)
        os.setuid(user.pw_uid)
        os.umask(0)  # the most careless of users
        try:
            work()
        except BaseException:  # noqa: BLE001  # the parent sees it
            os.write(write, traceback.format_exc().encode())
        os._exit(0)
    os.close(write)
    with os.fdopen(read, encoding="utf-8") as told:
        said = told.read()
    os.waitpid(child, 0)
    return said


NAMES = (
    *("", "data", "data/mysql", "data/ibdata1", "data/planted", "password", "init.sql", "my.cnf"),
    *("initial.cnf", "server.log", "server.pid", "port", "sock", "files", "files/x"),
)


def attack(server: LocalServer, port: int, pid: int) -> None:
    """All that a neighbour can try. AssertionError names what has worked."""
    worked = []
    tries: dict[str, Callable[[Path], object]] = {
        "read": lambda path: path.read_bytes(),
        "list": lambda path: list(path.iterdir()),
        "write": lambda path: path.open("ab").close(),
        "remove": lambda path: path.unlink(),
        "rename": lambda path: path.rename(f"{path}.x"),
        "make a folder": lambda path: path.mkdir(),
        "chmod": lambda path: path.chmod(0o777),
        "connect": lambda path: socket.socket(socket.AF_UNIX).connect(str(path)),
    }
    for name in NAMES:
        for what, attempt in tries.items():
            try:
                attempt(server.folder / name)
            except OSError:
                continue
            worked.append(f"{what} {name}")
    for name in ("environ", "mem", "maps", "fd/0", "cwd/ibdata1"):
        try:
            Path(f"/proc/{pid}/{name}").read_bytes()
        except OSError:
            continue
        worked.append(f"read {name} of the process")
    try:
        os.kill(pid, 0)
        worked.append("signal it")
    except PermissionError:
        pass
    for account in ("root", "root:root", "root:x", "", "daemon", "nobody", "mysql", "mariadb.sys"):
        try:
            connect(f"mysql+pymysql://{account}@127.0.0.1:{port}/").close()
            worked.append(f"log in as {account}")
        except sa.exc.OperationalError:
            continue
    assert worked == []


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
def test_one_user_attacked_by_another() -> None:
    with TemporaryDirectory(prefix="stillroom-") as folder:
        owner = pwd.getpwnam(OWNER)
        os.chown(folder, owner.pw_uid, owner.pw_gid)
        Path(folder).chmod(0o755)
        server = LocalServer(Path(folder) / "server")
        with pytest.raises(sa.exc.OperationalError):
            connect("mysql+pymysql://root:x@127.0.0.1:1/")  # which imports what it takes
        assert as_user(OWNER, server.start) == ""
        pid, port = server.pid, server.port
        assert pid is not None
        try:
            assert Path(f"/proc/{pid}").stat().st_uid == owner.pw_uid
            assert server.password not in Path(f"/proc/{pid}/cmdline").read_text()
            assert as_user(NEIGHBOUR, lambda: attack(server, port, pid)) == ""
            connect(server.url()).close()
            everything = [server.folder, *server.folder.rglob("*")]
            assert {path.lstat().st_uid for path in everything} == {owner.pw_uid}
        finally:
            assert as_user(OWNER, server.stop) == ""


@pytest.mark.skipif(os.geteuid() != 0, reason="only root can be two users")
@pytest.mark.parametrize("planted", ["data", "port", "my.cnf"])
def test_what_a_neighbour_has_planted_is_not_used(planted: str) -> None:
    """A folder that was open to all, as a careless umask makes it."""
    with TemporaryDirectory(prefix="stillroom-") as folder:
        Path(folder).chmod(0o777)
        path = Path(folder) / "server"
        assert as_user(OWNER, path.mkdir) == ""
        assert as_user(NEIGHBOUR, lambda: (path / planted).write_text("23307")) == ""
        assert "must be a folder of your own" in as_user(OWNER, LocalServer(path).start)
