"""Change the server under an upgrade, run it again, and compare with an undisturbed run.

The server becomes read only at a message, or takes no more connections; its disk is full; or the
upgrade is cut off, and the server has other settings when it goes on. On a server of its own for
each program in STILLROOM_SERVER_PROGRAMS, at STILLROOM_STATE_MOMENTS moments a way (default 20).
A small disk is a mounted tmpfs, which needs root; without, that way is left out.
STILLROOM_CRASH_PART=2/3 takes the second third.
"""

from __future__ import annotations

import os
import subprocess
import tempfile
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from functools import partial
from pathlib import Path

import pymysql
import sqlalchemy as sa

from benchmarks._servers import part, private_server, programs, spread
from benchmarks._timing import table
from stillroom.project.servers.dev_server import LocalServer
from tests.support import servers
from tests.support.crashes import COMMANDS, HISTORY, CrashRuns, Cut, run, start

SETTINGS = (
    "sql_quote_show_create = 0",
    "sql_mode = CONCAT(@@sql_mode, ',NO_BACKSLASH_ESCAPES')",
    "sql_mode = CONCAT(@@sql_mode, ',PAD_CHAR_TO_FULL_LENGTH')",
    "sql_mode = CONCAT(@@sql_mode, ',ANSI_QUOTES')",
    "autocommit = 0",
    "wait_timeout = 1",
    "lock_wait_timeout = 1",
    "sql_safe_updates = 0",
    "foreign_key_checks = 0",
    "character_set_client = latin1",
)
_LIMIT = 120.0  # seconds: an upgrade that has not ended by then hangs
_MB = 1 << 20
_DISK = 600 * _MB
_RESERVES = [number * _MB // 4 for number in range(40)]  # bytes that are free when it begins
BULK = """\
from alembic import op
revision, down_revision = "bulk", None

def upgrade():
    op.execute("CREATE TABLE early (id INT PRIMARY KEY)")
    op.execute("CREATE TABLE t (id INT PRIMARY KEY AUTO_INCREMENT, a VARCHAR(500), n INT)")
    op.execute("INSERT INTO t (a, n) VALUES (REPEAT('x', 500), 1)")
    for _ in range(12):
        op.execute("INSERT INTO t (a, n) SELECT a, n + 1 FROM t")
    op.execute("ALTER TABLE t MODIFY n BIGINT")
    op.execute("CREATE INDEX ix_a ON t (a)")
    op.execute("UPDATE t SET n = n + 1")
    op.execute("CREATE TABLE u (id INT PRIMARY KEY, a VARCHAR(500))")
    op.execute("INSERT INTO u SELECT id, a FROM t")
    op.execute("ALTER TABLE u ADD COLUMN b INT, MODIFY a VARCHAR(600)")
    op.execute("DROP TABLE early")

def downgrade():
    for table in ("t", "u"):
        op.execute(f"DROP TABLE {table}")
"""


def main() -> None:
    rows = [row for program in programs() for row in measure(program)]
    print(table(("server", "state", "moments", "converged"), rows))


def measure(program: str) -> list[tuple[object, ...]]:
    """Try all ways on one server; prints what fails."""
    wanted = int(os.environ.get("STILLROOM_STATE_MOMENTS", "20"))
    with private_server(program) as server:
        laboratory = CrashRuns(_with_account(server))
        laboratory.prepare()
        found = [
            _try(laboratory, "read only", wanted, partial(_at, server, _make_read_only, "AP109")),
            _try(laboratory, "connections", wanted, partial(_at, server, _take_all, "AP116")),
            _try(laboratory, "settings", wanted, partial(_with_settings, server)),
        ]
    with _small_disk() as folder:
        if folder is not None:
            found.append(_full(program, folder, wanted))
    return found


Attempt = Callable[[CrashRuns, str, int], str]


def _try(laboratory: CrashRuns, what: str, wanted: int, attempt: Attempt) -> tuple[object, ...]:
    """``attempt`` gets a direction and a message, and tells what is wrong."""
    messages = laboratory.messages
    every = [(name, number + 1) for name in COMMANDS for number in range(len(messages[name]))]
    chosen = part(spread(every, wanted))
    good = 0
    for direction, number in chosen:
        problem = attempt(laboratory, direction, number)
        good += not problem
        if problem:
            text = " ".join(messages[direction][number - 1].split())[:100]
            print(f"{what}, {direction} at {number} ({text}):\n{problem}\n", flush=True)
    return laboratory.server_name, what, len(chosen), f"{good}/{len(chosen)}"


# ---- read only, too many connections -----------------------------------------------------------


def _with_account(server: LocalServer) -> str:
    """The server's URL for an account that is not root: root may do more than others."""
    _set(
        server, f"CREATE USER deployer IDENTIFIED BY '{server.password}'",
        "GRANT ALL ON `stillroom\\_%`.* TO deployer", "GRANT PROCESS ON *.* TO deployer",
    )  # fmt: skip
    url = sa.make_url(server.url()).set(username="deployer")
    return url.render_as_string(hide_password=False)


def _set(server: LocalServer, *statements: str) -> None:
    servers.execute(sa.make_url(server.url()), *(text.replace("%", "%%") for text in statements))


def _at(
    server: LocalServer,
    act: Callable[[LocalServer], object],
    code: str,
    laboratory: CrashRuns,
    direction: str,
    number: int,
) -> str:
    """The server changes before a message, and is as it was for the next run."""
    with laboratory.begun(direction) as url:
        cut = Cut(number, "act", act=partial(act, server))
        try:
            first = start(url, COMMANDS[direction], cut, laboratory.history).wait(_LIMIT)
        finally:
            _set(server, "SET GLOBAL read_only = 0")
        if first.code not in (0, 2) or (first.code == 2 and code not in first.text):
            return f"the disturbed run: exit {first.code}: {first.text}"
        problem = laboratory.finish(url, direction, number)
        return problem or laboratory.compare(url, direction)


def _make_read_only(server: LocalServer) -> None:
    # It waits for statements that lock tables, such as our own.
    with suppress(sa.exc.OperationalError):
        _set(server, "SET SESSION lock_wait_timeout = 1", "SET GLOBAL read_only = 1")


_held: list[object] = []


def _take_all(server: LocalServer) -> None:
    """Open connections until the server takes no more; they end with this process."""
    with suppress(pymysql.err.OperationalError):
        while True:
            _held.append(
                pymysql.connect(
                    host="127.0.0.1", port=server.port, user="deployer", password=server.password
                )
            )


# ---- settings ----------------------------------------------------------------------------------


def _with_settings(server: LocalServer, laboratory: CrashRuns, direction: str, number: int) -> str:
    """Cut off, and gone on with by sessions that have another setting."""
    setting = SETTINGS[number % len(SETTINGS)]
    changed = partial(_changed, server, setting)
    problem = laboratory.try_cut(direction, Cut(number, "during"), changed)
    return f"{setting}: {problem}" if problem else ""


@contextmanager
def _changed(server: LocalServer, setting: str) -> Iterator[None]:
    name = setting.partition(" ")[0]
    _set(server, f"SET GLOBAL {setting}")
    try:
        yield
    finally:
        _set(server, f"SET GLOBAL {name} = DEFAULT")


# ---- a full disk -------------------------------------------------------------------------------


@contextmanager
def _small_disk() -> Iterator[Path | None]:
    """A folder with little room; None if this may not be mounted."""
    with tempfile.TemporaryDirectory(prefix="stillroom-") as folder:
        mount = ["mount", "-t", "tmpfs", "-o", f"size={_DISK}", "tmpfs", folder]
        if os.geteuid() or subprocess.run(mount, check=False).returncode:
            print("full disk: left out, as a small disk cannot be mounted without root")
            yield None
            return
        try:
            yield Path(folder)
        finally:
            subprocess.run(["umount", "--lazy", folder], check=True)  # the server is just ending


def _full(program: str, disk: Path, wanted: int) -> tuple[object, ...]:
    with tempfile.TemporaryDirectory() as place, private_server(program, disk) as server:
        history = Path(place)
        (history / "versions").mkdir()
        (history / "env.py").write_text((HISTORY / "env.py").read_text())
        (history / "versions" / "bulk.py").write_text(BULK)
        laboratory = CrashRuns(server.url(), history)
        laboratory.prepare()
        chosen: Sequence[int] = part(spread(_RESERVES, wanted))
        good = 0
        for reserve in chosen:
            problem = _with_free(laboratory, server, disk, reserve)
            good += not problem
            if problem:
                print(f"full disk, {reserve} bytes free:\n{problem}\n", flush=True)
        return laboratory.server_name, "full disk", len(chosen), f"{good}/{len(chosen)}"


def _with_free(laboratory: CrashRuns, server: LocalServer, disk: Path, reserve: int) -> str:
    """An upgrade that begins with so many bytes free, and goes on when there is room again."""
    ballast = disk / "ballast"
    with servers.database(laboratory.server_url) as url:
        room = os.statvfs(disk)
        with ballast.open("wb") as file:
            os.posix_fallocate(file.fileno(), 0, room.f_bavail * room.f_frsize - reserve)
        try:
            first = start(url, COMMANDS["up"], history=laboratory.history).wait(_LIMIT)
        finally:
            ballast.unlink()
        if server.pid is None:  # a server may end itself on a full disk
            server.start()
        elif first.code not in (0, 2) or (first.code == 2 and "AP115" not in first.text):
            return f"the disturbed run: exit {first.code}: {first.text}"
        again = run(url, COMMANDS["up"], history=laboratory.history)
        if again.code:
            return f"the last run: exit {again.code}: {again.text}\nthe first: {first.text}"
        return laboratory.compare(url, "up")
