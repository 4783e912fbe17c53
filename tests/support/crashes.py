"""A history of revisions that is cut off at any of its statements, and run again."""

from __future__ import annotations

import os
import re
import signal
import sys
import time
import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import AbstractContextManager, contextmanager, nullcontext
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile
from typing import IO, Any

import pymysql
import sqlalchemy as sa
from alembic.config import Config

from stillroom import apply
from stillroom.errors import StillroomError
from tests.support import servers

_IMPORTS = """\
import os, signal, sqlalchemy as sa
from alembic import op
from sqlalchemy.dialects import mysql
"""
HISTORY = Path(__file__).parents[1] / "cases" / "crashes" / "alembic"
Command = Callable[[Config], object]


@dataclass(frozen=True)
class Cut:
    """Where a command is cut off: at its ``number``-th message to the server, counted from 1.

    ``how``: "before" the message the client dies, "during" it (sent, the answer not awaited),
    "kill": the server ends the connection while it works on it, "server": the server with the
    process ``pid`` dies by SIGKILL, ``delay`` seconds after it got the message, "act": ``act`` is
    called before the message, and nothing dies.
    """

    number: int
    how: str
    pid: int = 0
    delay: float = 0.0
    act: Callable[[], object] = lambda: None

    def __str__(self) -> str:
        after = f", {self.delay * 1000:.0f} ms after it," if self.how == "server" else ""
        return f"{self.how}{after} message {self.number}"


@dataclass
class Watch:
    """Counts the messages that PyMySQL sends, and cuts one off."""

    cut: Cut | None = None
    messages: list[str] = field(default_factory=list)
    _began: bool = False

    def install(self) -> None:
        send = pymysql.connections.Connection._execute_command

        def watched(connection: Any, command: int, sql: Any) -> None:
            text = sql.decode(errors="replace") if isinstance(sql, bytes | bytearray) else str(sql)
            # What comes before the lock reads only.
            self._began = self._began or "GET_LOCK" in text
            if not self._began:
                send(connection, command, sql)
                return
            self.messages.append(text)
            mine = self.cut is not None and len(self.messages) == self.cut.number
            if mine and self.cut and self.cut.how == "before":
                os.kill(os.getpid(), signal.SIGKILL)
            if mine and self.cut and self.cut.how == "act":
                self.cut.act()
            send(connection, command, sql)
            if mine and self.cut and self.cut.how == "during":
                os.kill(os.getpid(), signal.SIGKILL)
            if mine and self.cut and self.cut.how == "kill":
                _kill(connection)
            if mine and self.cut and self.cut.how == "server":
                time.sleep(self.cut.delay)
                os.kill(self.cut.pid, signal.SIGKILL)

        pymysql.connections.Connection._execute_command = watched


def _kill(connection: Any) -> None:
    other = pymysql.connections.Connection(
        host=connection.host, port=connection.port, user=connection.user,
        password=connection.password or "",
    )  # fmt: skip
    try:
        other.kill(connection.thread_id())
    except pymysql.err.OperationalError as failure:
        if failure.args[0] != 1094:  # it is gone already
            raise
    finally:
        other.close()


def write_history(folder: Path, *upgrades: str, ids: Sequence[str] = ()) -> Path:
    """A history whose revisions run these pieces of code in turn; without ``ids``: r0, r1 …

    Further lines of a piece are indented by four spaces. Nothing is done by a downgrade.
    """
    (folder / "versions").mkdir(parents=True, exist_ok=True)
    (folder / "env.py").write_text((HISTORY / "env.py").read_text())
    parent = None
    for number, code in enumerate(upgrades):
        name = ids[number] if ids else f"r{number}"
        (folder / "versions" / f"{name}.py").write_text(
            f"{_IMPORTS}revision, down_revision = {name!r}, {parent!r}\n"
            f"\ndef upgrade():\n    {code.strip()}\n\ndef downgrade():\n    pass\n"
        )
        parent = name
    return folder


@dataclass(frozen=True)
class Outcome:
    """How a forked command ended: exit code (negative: by a signal), and what it printed."""

    code: int
    text: str


def run(url: sa.URL, command: Command, cut: Cut | None = None, history: Path = HISTORY) -> Outcome:
    """Run a command of ``stillroom.apply`` in a fork to its end."""
    return start(url, command, cut, history).wait()


@dataclass
class Running:
    """A command that runs in a fork, and the file that it prints to."""

    pid: int
    out: IO[str]

    def has_ended(self) -> bool:
        """Whether it has ended; ``wait`` tells how."""
        return os.waitid(os.P_PID, self.pid, os.WEXITED | os.WNOHANG | os.WNOWAIT) is not None

    def wait(self, limit: float | None = None) -> Outcome:
        """Wait for its end. After ``limit`` seconds it dies by SIGKILL."""
        deadline = time.monotonic() + (limit or 0)
        while limit is not None and not self.has_ended():
            if time.monotonic() > deadline:
                os.kill(self.pid, signal.SIGKILL)
                break
            time.sleep(0.02)
        code = os.waitstatus_to_exitcode(os.waitpid(self.pid, 0)[1])
        with self.out:
            self.out.seek(0)
            return Outcome(code, self.out.read())


def start(
    url: sa.URL, command: Command, cut: Cut | None = None, history: Path = HISTORY
) -> Running:
    """Begin a command in a fork, as a deployment would."""
    out = TemporaryFile("w+")  # noqa: SIM115  # Running.wait closes it
    child = os.fork()
    if child == 0:
        os._exit(_in_child(url, command, cut, history, out))
    return Running(child, out)


def _in_child(url: sa.URL, command: Command, cut: Cut | None, history: Path, out: IO[str]) -> int:
    watch = Watch(cut)
    watch.install()
    signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell may have taken it away
    os.environ["CRASH_URL"] = url.render_as_string(hide_password=False)
    config = config_for(history)
    try:
        command(config)
    except StillroomError as failure:
        print(failure, file=out)
        return failure.exit_code
    except BaseException:  # noqa: BLE001  # the parent shows it
        print(traceback.format_exc(), file=out)
        return 99
    else:
        print("\x00".join(watch.messages), end="", file=out)
        return 0
    finally:
        out.flush()
        sys.stdout.flush()


def config_for(history: Path) -> Config:
    """Alembic's configuration of a folder of revisions; env.py takes the URL from CRASH_URL."""
    config = Config()
    config.set_main_option("script_location", str(history))
    config.set_main_option("path_separator", "os")
    return config


def up(config: Config) -> None:
    apply.upgrade(config, "head")


def down(config: Config) -> None:
    apply.downgrade(config, "base")


COMMANDS: dict[str, Command] = {"up": up, "down": down}


def dying_at(number: int) -> Command:
    """An upgrade that dies at the n-th of its events."""
    left = number

    def listener(_event: object) -> None:
        nonlocal left
        left -= 1
        if not left:
            os.kill(os.getpid(), signal.SIGKILL)

    return lambda config: apply.upgrade(config, listener=listener)


def contents(url: sa.URL) -> dict[str, Any]:
    """All that a database holds: definitions, rows, triggers, routines."""
    engine = sa.create_engine(url)
    with engine.connect() as connection:
        found: dict[str, Any] = {}
        for name, kind in connection.exec_driver_sql("SHOW FULL TABLES").all():
            found[name] = connection.exec_driver_sql(f"SHOW CREATE TABLE `{name}`").one()[1]
            if kind == "BASE TABLE":
                rows = connection.exec_driver_sql(f"SELECT * FROM `{name}`").all()
                found[f"{name}: rows"] = sorted(map(repr, rows))
        for what in ("TRIGGERS", "PROCEDURE STATUS WHERE Db = DATABASE()"):
            names = [row[0:2] for row in connection.exec_driver_sql(f"SHOW {what}")]
            found[what] = sorted(map(repr, names))
    engine.dispose()
    return found


@dataclass
class CrashRuns:
    """Undisturbed runs on one server, and cut ones to compare with them.

    ``restart`` starts a server again that has died.
    """

    server_url: str
    history: Path = HISTORY
    restart: Callable[[], object] = lambda: None
    expected: dict[str, dict[str, Any]] = field(default_factory=dict)
    messages: dict[str, list[str]] = field(default_factory=dict)

    @property
    def server_name(self) -> str:
        """Kind and version."""
        engine = sa.create_engine(self.server_url)
        with engine.connect() as connection:
            version = str(connection.exec_driver_sql("SELECT VERSION()").scalar_one())
        engine.dispose()
        return f"{'mariadb' if 'MariaDB' in version else 'mysql'} {version.partition('-')[0]}"

    def prepare(self) -> None:
        """Run up and down once, undisturbed."""
        with servers.database(self.server_url) as url:
            for name, command in COMMANDS.items():
                done = run(url, command, history=self.history)
                assert done.code == 0, done.text
                self.messages[name] = done.text.split("\x00")
                self.expected[name] = contents(url)

    @contextmanager
    def begun(self, direction: str) -> Iterator[sa.URL]:
        """A database on which the direction can be gone."""
        with servers.database(self.server_url) as url:
            if direction == "down":
                assert run(url, up, history=self.history).code == 0
            yield url

    def try_cut(
        self,
        direction: str,
        cut: Cut,
        changed: Callable[[], AbstractContextManager[object]] = nullcontext,
    ) -> str:
        """Cut a run off, cut the next one off early too, run it again, and compare.

        ``changed`` is how the server is for the runs after the cut. Returns what is wrong, or "".
        """
        with self.begun(direction) as url:
            first = run(url, COMMANDS[direction], cut, self.history)
            if cut.how == "server":
                self.restart()
            if first.code == 99:
                return f"the cut run: {first.text}"
            with changed():
                failed = self.finish(url, direction, cut.number)
            return failed or self.compare(url, direction, exactly=cut.how != "server")

    def finish(self, url: sa.URL, direction: str, number: int) -> str:
        """Cut the next run off early, at a message that ``number`` chooses, and run it again."""
        second = Cut(number * 7 % 40 + 1, ("before", "during")[number % 2])
        run(url, COMMANDS[direction], second, self.history)
        again = run(url, COMMANDS[direction], history=self.history)
        return f"the last run: exit {again.code}: {again.text}" if again.code else ""

    def compare(self, url: sa.URL, direction: str, *, exactly: bool = True) -> str:
        """What differs from an undisturbed run. ``exactly``: AUTO_INCREMENT, too."""
        expected, found = self.expected[direction], contents(url)
        return difference(expected, found) if exactly else difference(_less(expected), _less(found))


def _less(found: dict[str, Any]) -> dict[str, Any]:
    """Without the next AUTO_INCREMENT: a MariaDB that dies, for whatever reason, forgets numbers
    that an INSERT … SELECT had set aside.
    """
    return {
        key: re.sub(r" AUTO_INCREMENT=\d+", "", text) if isinstance(text, str) else text
        for key, text in found.items()
    }


def difference(expected: dict[str, Any], found: dict[str, Any]) -> str:
    """What differs between two pictures, or ""."""
    return "\n".join(
        f"{key}:\n  expected {expected.get(key)}\n  found    {found.get(key)}"
        for key in sorted(expected.keys() | found.keys())
        if expected.get(key) != found.get(key)
    )
