"""Every verb with every URL variable, each in a way that fails, and what is left of the password.

The password has every character that is special in URLs, shells, Python or SQL; between them it
consists of marks, so that any piece of it is found: raw, encoded or escaped.
"""

from __future__ import annotations

import shutil
import socket
import struct
import sys
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Thread
from typing import Any, NamedTuple
from urllib.parse import quote

from stillroom.verbs import VERBS
from tests.support.projects import UserProject, make_project

MARK = "leakmark"
PASSWORD = "@".join(
    [MARK, f"{MARK}:{MARK}/{MARK}%{MARK}?{MARK}#{MARK}'{MARK}\"{MARK}", f"$({MARK})\\{MARK}é"]
)
ENCODED = quote(PASSWORD, safe="")
BEYOND = "%E2%86%AC"  # an arrow, which PyMySQL cannot send
SIGNS = (MARK, "\u21ac", "\\u21ac", BEYOND)
DRIVER = "mysql+pymysql"
VARIABLES = ("DB_URL", "DB_PASSWORD", "LINT_URL", "SCRATCH_URL", "REPLICA_URLS", "sqlalchemy.url")
# What the verbs need to get as far as the server.
ARGUMENTS = {
    "downgrade": ["-1"],
    "stamp": ["head"],
    "merge": ["-m", "x"],
    "revision": ["-m", "x"],
    "migrate": ["-m", "x"],
    "adopt": ["--yes"],
    "lint-revisions": ["--all"],
    "schema": ["head"],
    "repair": ["--done", "3"],
}
FORMATS = {
    "check": ("text", "json", "github"),
    "lint-revisions": ("text", "json", "github", "sarif"),
    "plan": ("text", "json"),
}
NOT_RUN = ("db-start", "db-stop")  # they read none of the variables, and start a real server


UNREPLAYABLE = """from alembic import op
revision, down_revision = "bbbb", "e3c87c4a7bde"
def upgrade(): op.execute("CALL unknown()")
def downgrade(): pass
"""


class Failure(NamedTuple):
    """``text`` is a URL, with ``{secret}`` and ``{port}``; ``parts`` are set beside DB_PASSWORD."""

    text: str
    parts: dict[str, str]


_HOST = {"DB_HOST": "127.0.0.1", "DB_PORT": "{port}", "DB_NAME": "x", "DB_USER": "u"}
FAILURES = {
    "refused": Failure(f"{DRIVER}://u:{{secret}}@127.0.0.1:1/x", {**_HOST, "DB_PORT": "1"}),
    "unreachable": Failure(
        f"{DRIVER}://u:{{secret}}@no.invalid/x", {**_HOST, "DB_HOST": "no.invalid", "DB_PORT": ""}
    ),
    "wrong password": Failure(f"{DRIVER}://u:{{secret}}@127.0.0.1:{{port}}/x", _HOST),
    "TLS required": Failure(
        f"{DRIVER}://tls:{{secret}}@127.0.0.1:{{port}}/x", {**_HOST, "DB_USER": "tls"}
    ),
    "killed": Failure(
        f"{DRIVER}://killed:{{secret}}@127.0.0.1:{{port}}/x", {**_HOST, "DB_USER": "killed"}
    ),
    "bad option": Failure(f"{DRIVER}://u:{{secret}}@127.0.0.1:{{port}}/x?colour=red", {}),
    "no TLS file": Failure(f"{DRIVER}://u:{{secret}}@127.0.0.1:{{port}}/x?ssl_ca=/no/such", {}),
    "unknown driver": Failure(
        "mysql+nonsense://u:{secret}@127.0.0.1:{port}/x", {**_HOST, "DB_DRIVER": "mysql+nonsense"}
    ),
    "unknown dialect": Failure("nonsense://u:{secret}@h/x", {**_HOST, "DB_DRIVER": "nonsense"}),
    "missing driver": Failure(
        "mysql+cymysql://u:{secret}@127.0.0.1:{port}/x", {**_HOST, "DB_DRIVER": "mysql+cymysql"}
    ),
    "other server": Failure("postgresql://u:{secret}@h/x", {**_HOST, "DB_DRIVER": "postgresql"}),
    "not encoded": Failure(f"{DRIVER}://u:{{raw}}@127.0.0.1:{{port}}/x", {}),
    "no scheme": Failure("u:{secret}@127.0.0.1/x", {}),
    "one slash": Failure(f"{DRIVER}:/u:{{secret}}@127.0.0.1/x", {}),
    "bad port": Failure(f"{DRIVER}://u:{{secret}}@127.0.0.1:port/x", {**_HOST, "DB_PORT": "port"}),
    "password alone": Failure("{raw}", {}),
    "beyond Latin-1": Failure(f"{DRIVER}://u:{BEYOND}{{secret}}@127.0.0.1:{{port}}/x", {}),
}


@dataclass(frozen=True)
class Case:
    """One command, with one variable, in one format."""

    verb: str
    variable: str
    failure: str
    format: str

    def __str__(self) -> str:
        return f"{self.verb} {self.variable} {self.failure} {self.format}".rstrip()


def cases() -> list[Case]:
    """All of them."""
    return [
        Case(verb, variable, failure, format_)
        for verb in VERBS
        if verb not in NOT_RUN
        for variable in VARIABLES
        for failure, how in FAILURES.items()
        if variable != "DB_PASSWORD" or how.parts
        for format_ in FORMATS.get(verb, ("",))
    ]


class Found(NamedTuple):
    """The exit code of a command, and where a piece of the password is."""

    code: int
    places: list[str]


class Leaks:
    """Runs cases in projects of their own below ``folder``, against a server that refuses."""

    def __init__(self, folder: Path, port: int) -> None:
        self.port = port
        self.folder = folder
        self._plain = make_project(folder / "plain")
        self._generic = make_project(folder / "generic", "generic")
        env_py, lines = "migrations/env.py", self._generic.read("migrations/env.py").split("\n")
        shutil.rmtree(self._generic.root / "app")
        start = lines.index("config.set_main_option(")
        self._generic.write(env_py, "\n".join([*lines[:start], *lines[start + 3 :]]))

    def found(self, case: Case) -> Found:
        """Run the command of ``case``, and look for the password in all that it has left."""
        work = self.folder / "work"
        shutil.rmtree(work, ignore_errors=True)
        own = case.variable == "sqlalchemy.url"
        shutil.copytree((self._generic if own else self._plain).root, work / "project")
        for name in ("home", "tmp"):
            (work / name).mkdir()
        project = UserProject(work / "project")
        environment = {"HOME": str(work / "home"), "TMPDIR": str(work / "tmp")}
        text = self._text(case)
        if own:
            ini = project.read("alembic.ini").replace("driver://user:pass@localhost/dbname", text)
            project.write("alembic.ini", ini)
        elif case.variable == "DB_PASSWORD":
            parts = FAILURES[case.failure].parts
            environment |= {name: part.format(port=self.port) for name, part in parts.items()}
            environment["DB_PASSWORD"] = PASSWORD
        else:
            environment[case.variable] = text
        if case.variable == "SCRATCH_URL":  # which is for what cannot be replayed
            project.write("alembic/versions/b.py", UNREPLAYABLE)
        started = work / "started"
        arguments = ARGUMENTS.get(case.verb, [])
        if case.format:
            arguments = [*arguments, "--format", case.format]
        with _told_to(started):
            answer = project.verb(case.verb, *arguments, **environment)
        places = {"stdout": answer.out, "stderr": answer.err}
        if answer.code not in (0, 1, 2) or "Traceback" in answer.out + answer.err:
            places["a traceback"] = MARK
        for path in work.rglob("*"):
            if path.is_file() and not (own and path == project.root / "alembic.ini"):
                places[str(path.relative_to(work))] = path.read_bytes().decode(errors="replace")
        bad = [name for name, content in places.items() if any(one in content for one in SIGNS)]
        return Found(answer.code, bad)

    def _text(self, case: Case) -> str:
        text = FAILURES[case.failure].text
        raw = PASSWORD
        secret = ENCODED
        if case.variable == "sqlalchemy.url" and case.failure != "not encoded":
            secret, raw = secret.replace("%", "%%"), raw.replace("%", "%%")
        return text.format(secret=secret, raw=raw, port=self.port)


_heard: list[Path] = []
_hearing: list[bool] = []


def _hear(event: str, arguments: tuple[Any, ...]) -> None:
    """Arguments of programs, which /proc shows to everybody."""
    if _heard and event in ("subprocess.Popen", "os.exec", "os.posix_spawn", "os.system"):
        with _heard[-1].open("a", encoding="utf-8", errors="replace") as file:
            file.write(f"{arguments[:2]!r}\n")


@contextmanager
def _told_to(file: Path) -> Iterator[None]:
    if not _hearing:  # it cannot be taken away again
        sys.addaudithook(_hear)
        _hearing.append(True)
    _heard.append(file)
    try:
        yield
    finally:
        _heard.clear()


ANSWERS = {b"tls": (3159, b"08004", b"Connections using insecure transport are prohibited")}
REFUSED = (1045, b"28000", b"Access denied for user (using password: YES)")


@contextmanager
def refusing_server() -> Iterator[int]:
    """The port of a server that lets nobody in, for the reason that the user's name asks for."""
    with closing(socket.create_server(("127.0.0.1", 0))) as listening:
        Thread(target=_serve, args=(listening,), daemon=True).start()
        yield listening.getsockname()[1]


def _serve(listening: socket.socket) -> None:
    while True:
        try:
            client, _ = listening.accept()
        except OSError:  # closed
            return
        with client:
            _refuse(client)


def _refuse(client: socket.socket) -> None:
    salt = b"a" * 8 + b"\0"
    greeting = b"\x0a8.0.40\0" + struct.pack("<I", 1) + salt + struct.pack("<H", 0xF7FF & ~0x0800)
    greeting += b"\x2d\x02\0" + struct.pack("<H", 0x81FF) + b"\x15" + b"\0" * 10 + b"b" * 12 + b"\0"
    greeting += b"mysql_native_password\0"
    client.sendall(struct.pack("<I", len(greeting))[:3] + b"\0" + greeting)
    user = client.recv(4096)[36:].partition(b"\0")[0]
    if user == b"killed":
        return
    number, state, words = ANSWERS.get(user, REFUSED)
    error = b"\xff" + struct.pack("<H", number) + b"#" + state + words
    client.sendall(struct.pack("<I", len(error))[:3] + b"\x02" + error)
