"""A private MariaDB or MySQL server: own data folder, loopback only, stopped by its own pid.

It serves development (``make db-start``) and the tests. Its files are in a folder of the user's
own, root has a password that is made at random and kept there, and the server reads and writes
files in one empty folder of its own. So whoever else works on this machine reads and writes
nothing; whoever can become this user, or root, does.
"""

from __future__ import annotations

import os
import secrets
import shlex
import shutil
import signal
import socket
import stat
import subprocess
import time
from dataclasses import dataclass
from pathlib import Path

from stillroom.errors import StillroomError
from stillroom.files import write_bytes
from stillroom.project.cache_place import is_private
from stillroom.project.folders import local_folder

WAIT_S = 120.0
_UMASK = 0o077
_FOLDERS = ("/usr/sbin", "/usr/local/sbin", "/usr/libexec", "/usr/local/mysql/bin")


@dataclass(frozen=True)
class LocalServer:
    """The server whose files are all in ``folder``, run by ``program`` or an installed one.

    A ``durable`` one flushes its log at each commit, as servers do by default; others each second.
    """

    folder: Path
    durable: bool = False
    program: str | None = None

    @property
    def port(self) -> int:
        """The port it was last started on. Raises FileNotFoundError before the first start."""
        return int((self.folder / "port").read_text())

    @property
    def password(self) -> str:
        """Root's. Raises FileNotFoundError before the first start."""
        return (self.folder / "password").read_text()

    def url(self, database: str = "") -> str:
        """For SQLAlchemy, with the driver PyMySQL and the password, which needs no quoting."""
        return f"mysql+pymysql://root:{self.password}@127.0.0.1:{self.port}/{database}"

    @property
    def pid(self) -> int | None:
        """The process that runs on this folder, or None.

        After a crash or a reboot the number may be somebody else's: the command line tells.
        """
        try:
            pid = int((self.folder / "server.pid").read_text())
            command = Path(f"/proc/{pid}/cmdline").read_bytes()
        except (FileNotFoundError, ProcessLookupError, ValueError):
            return None
        return pid if os.fsencode(self._defaults) in command else None

    @property
    def _defaults(self) -> Path:
        return self.folder / "my.cnf"

    def start(self) -> None:
        """Start it, initialising the data first if need be, and wait until it answers.

        Raises StillroomError if no server program is installed or it does not start.
        """
        if self.pid is not None:
            if self._has_password:
                return
            self.stop()  # it was started when root had none
        program = self.program or find_program()
        if program is None:
            raise StillroomError(
                "neither mariadbd nor mysqld is installed",
                fix="On Debian or Ubuntu: apt-get install --no-install-recommends mariadb-server",
            )
        make_private(self.folder)
        make_private(self.folder / "files")
        if not self._has_password:
            self._write("password", secrets.token_urlsafe(24))
        self._write("init.sql", self._accounts())
        if not (self.folder / "port").exists():
            self._write("port", str(_free_port()))
        self._configure(program)
        if not (self.folder / "data").exists():
            self._initialise(program)
        if not _is_free(self.port):  # by now, or since the last start, another server has it
            self._write("port", str(_free_port()))
            self._configure(program)
        with (self.folder / "server.log").open("ab") as log:
            process = subprocess.Popen(
                [program, f"--defaults-file={self._defaults}"],
                stdin=subprocess.DEVNULL,
                stdout=log,
                stderr=log,
                start_new_session=True,
                umask=_UMASK,
            )
        self._write("server.pid", str(process.pid))
        self._wait_for_answer(process)

    def stop(self) -> bool:
        """Stop it in order and wait for its end; False if it was not running."""
        pid = self.pid
        if pid is None:
            return False
        os.kill(pid, signal.SIGTERM)
        deadline = time.monotonic() + WAIT_S
        while self.pid is not None and not _is_zombie(pid):
            if time.monotonic() > deadline:
                raise StillroomError(f"pid {pid} is still running, {WAIT_S:.0f} s after SIGTERM")
            time.sleep(0.05)
        (self.folder / "server.pid").unlink()
        return True

    def _write(self, name: str, text: str) -> None:
        """For this user alone, whatever the umask: MariaDB ignores settings that all can write."""
        write_bytes(self.folder / name, text.encode(), 0o600)

    @property
    def _has_password(self) -> bool:
        return (self.folder / "password").exists()

    def _accounts(self) -> str:
        """Run at each start, before anybody can connect: a folder of former times has none."""
        hosts = ("localhost", "127.0.0.1", "::1", socket.gethostname())
        quoted = [host.replace("'", "''") for host in hosts]
        lines = [
            f"ALTER USER IF EXISTS 'root'@'{host}' IDENTIFIED BY '{self.password}';"
            for host in quoted
        ]
        lines += [f"DROP USER IF EXISTS ''@'{host}';" for host in quoted]
        return "\n".join([*lines, ""])

    def _configure(self, program: str) -> None:
        lines = [
            "[mysqld]",
            f"datadir={self.folder / 'data'}",
            f"socket={self.folder / 'sock'}",
            f"port={self.port}",
            "bind-address=127.0.0.1",
            f"secure-file-priv={self.folder / 'files'}",
            f"init-file={self.folder / 'init.sql'}",
            "character-set-server=utf8mb4",
            "skip-log-bin",
            f"innodb-flush-log-at-trx-commit={1 if self.durable else 2}",
            "innodb-buffer-pool-size=128M",
        ]
        if not _is_mariadb(program):
            lines += ["mysqlx=OFF"]
        if os.geteuid() == 0:
            # In this file and not an argument: mariadb-install-db would hand files of the
            # system to the user that its own argument names.
            lines += ["user=root"]
        self._write(self._defaults.name, "\n".join(lines) + "\n")

    def _initialise(self, program: str) -> None:
        # Into a folder of its own, so that a kill leaves no half of a data folder.
        part = self.folder / "data.part"
        shutil.rmtree(part, ignore_errors=True)
        part.mkdir()
        # The accounts that init.sql is about are not there yet.
        initial = self.folder / "initial.cnf"
        config = self._defaults.read_text().splitlines(keepends=True)
        kept = (line for line in config if not line.startswith("init-file="))
        self._write(initial.name, "".join(kept))
        defaults = f"--defaults-file={initial}"
        if _is_mariadb(program):
            installer = shutil.which("mariadb-install-db") or "mysql_install_db"
            command = [
                *[installer, defaults, f"--datadir={part}", "--skip-test-db"],
                "--auth-root-authentication-method=normal",
            ]
        else:
            command = [program, defaults, f"--datadir={part}", "--initialize-insecure"]
        with (self.folder / "server.log").open("ab") as log:
            done = subprocess.run(command, stdout=log, stderr=log, check=False, umask=_UMASK)
        if done.returncode:
            raise self._failed("the data folder could not be initialised")
        part.rename(self.folder / "data")

    def _wait_for_answer(self, process: subprocess.Popen[bytes]) -> None:
        deadline = time.monotonic() + WAIT_S
        while not self._lets_in():
            if process.poll() is not None:
                raise self._failed("the server ended while starting")
            if time.monotonic() > deadline:
                raise self._failed(f"the server did not answer within {WAIT_S:.0f} s")
            time.sleep(0.05)
        process.returncode = 0  # it outlives us on purpose: no warning that it still runs

    def _lets_in(self) -> bool:
        """Whether root can log in, by the socket in our folder.

        On the port may be another server, which was faster and must not see the password.
        """
        import pymysql  # type: ignore[import-untyped, unused-ignore]

        path = str(self.folder / "sock")
        try:
            with socket.socket(socket.AF_UNIX) as probe:  # PyMySQL does not close one that fails
                probe.connect(path)
            pymysql.connect(unix_socket=path, user="root", password=self.password).close()
        except (pymysql.Error, OSError):
            return False
        return True

    def _failed(self, what: str) -> StillroomError:
        log = self.folder / "server.log"
        last = log.read_text(errors="replace").splitlines()[-5:]
        return StillroomError(what, where=str(log), fix="\n".join(last))


def development_server() -> LocalServer:
    """The server of the project in the current folder."""
    return LocalServer(local_folder(Path.cwd()) / "server")


def make_private(folder: Path) -> None:
    """Make a folder that is this user's alone. Raises StillroomError if it is somebody else's."""
    folder.parent.mkdir(parents=True, exist_ok=True)
    if not folder.is_symlink():
        folder.mkdir(mode=0o700, exist_ok=True)  # at no moment is it anybody else's, too
        if folder.stat().st_uid == os.geteuid():
            folder.chmod(0o700)
    # What others have put there, while it was open to them, must not become ours.
    if not is_private(str(folder)) or not all(map(_is_own, folder.iterdir())):
        raise StillroomError(
            "must be a folder of your own, but it is a link or belongs to somebody else",
            where=str(folder),
            fix=f"Look at what it holds, then: rm -r {shlex.quote(str(folder))}",
        )


def _is_own(path: Path) -> bool:
    status = path.lstat()
    return status.st_uid == os.geteuid() and not stat.S_ISLNK(status.st_mode)


def find_program() -> str | None:
    """The path of an installed server program, MariaDB first; None if there is none."""
    path = os.pathsep.join([os.environ.get("PATH", ""), *_FOLDERS])
    return shutil.which("mariadbd", path=path) or shutil.which("mysqld", path=path)


def _is_mariadb(program: str) -> bool:
    version = subprocess.run([program, "--version"], capture_output=True, check=True, text=True)
    return "MariaDB" in version.stdout


def _free_port() -> int:
    """Below 32768: from there on the kernel takes ports for outgoing connections."""
    for port in range(23306, 32768):
        if _is_free(port):
            return port
    raise StillroomError("no port is free from 23306 to 32767")


def _is_free(port: int) -> bool:
    with socket.socket() as probe:
        return probe.connect_ex(("127.0.0.1", port)) != 0


def _is_zombie(pid: int) -> bool:
    """Whether the process has ended and only waits for its parent, which may be ourselves."""
    try:
        state = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()[0]
    except FileNotFoundError:
        return True
    return state == "Z"


def compose_password() -> str:
    """The password of the server in compose.yaml, made at random and kept in a private file."""
    folder = local_folder(Path.cwd()) / "compose"
    make_private(folder)
    file = folder / "password"
    if not file.exists():
        write_bytes(file, secrets.token_urlsafe(24).encode(), 0o600)
    return file.read_text()
