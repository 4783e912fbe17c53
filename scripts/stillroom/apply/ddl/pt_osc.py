"""Runs pt-online-schema-change of Percona Toolkit, and reads its output."""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import URL

from stillroom.apply.ddl.copy_tool import Job, Leftovers
from stillroom.catalog import Target

PROGRAM = "pt-online-schema-change"
_NAME = re.compile(r"[\w$-]+")
_PERCENT = re.compile(r"^Copying .*?:\s+(\d+)% ")
# In the option file, and as PyMySQL and mysqlclient have them in a URL.
_TLS = {"ssl-ca": "ssl_ca", "ssl-cert": "ssl_cert", "ssl-key": "ssl_key"}


@dataclass(frozen=True)
class PtOsc:
    """Copies a table by triggers, and leaves it to us to put the copy in its place."""

    url: URL
    target: Target
    max_load: int
    lock_limit: float

    name = "pt-osc"

    def missing(self) -> str:
        """What is not installed and has to be, or ""."""
        return "" if shutil.which(PROGRAM) else f"{PROGRAM} (package percona-toolkit)"

    def can_name(self, job: Job) -> bool:
        """Whether the names are read as names: ``t,P=3307`` would be a table and a port."""
        return all(map(_NAME.fullmatch, (job.schema, job.table)))

    @contextmanager
    def command(self, job: Job) -> Iterator[list[str]]:
        """The command; its password is in a file that only we can read, for as long as it runs."""
        # Waiting for a table, as we do it ourselves: a second, then others first.
        variables = ["lock_wait_timeout=1", "innodb_lock_wait_timeout=1"]
        if self.target.mysql and self.target >= Target("mysql", 8, 3, 0):
            # It reads EXPLAIN by its columns, and would else copy all in one transaction.
            variables.append("explain_format=TRADITIONAL")
        tries = max(10, round(self.lock_limit))
        load = f"Threads_running={self.max_load}" if self.max_load else "Threads_running=100000"
        with tempfile.TemporaryDirectory(prefix="stillroom-") as folder:
            file = Path(folder) / "client.cnf"
            file.touch(mode=0o600)
            file.write_text(self._options())
            yield [
                PROGRAM,
                f"--defaults-file={file}",
                "--execute",
                f"--alter={job.clauses}",
                f"--new-table-name={job.new}",
                *("--no-swap-tables", "--no-drop-new-table"),
                *("--no-drop-old-table", "--no-drop-triggers"),
                f"--set-vars={','.join(variables)}",
                f"--tries=create_triggers:{tries}:1,copy_rows:{tries}:0.25",
                f"--max-load={load}",
                "--critical-load=Threads_running=100000",
                # MySQL 8.4 and newer no longer know the statements that look for replicas.
                *("--recursion-method=none", "--no-version-check", "--progress=time,2"),
                "--charset=utf8mb4",
                f"D={job.schema},t={job.table}",
            ]

    def percent(self, line: str) -> float | None:
        """How far the copy is, if a line of its output tells."""
        match = _PERCENT.match(line)
        return float(match[1]) if match else None

    def leftovers(self, job: Job) -> Leftovers:
        """What it makes and does not take away when it is killed."""
        prefix = f"pt_osc_{job.schema}_{job.table}_"
        triggers = tuple((prefix + kind)[-64:] for kind in ("del", "upd", "ins"))
        return Leftovers(triggers, PROGRAM)

    def _options(self) -> str:
        url = self.url
        values = {
            "host": url.host or "127.0.0.1",
            "port": str(url.port or 3306),
            "user": url.username,
            "password": url.password,
            "socket": url.query.get("unix_socket"),
            **{option: url.query.get(key) for option, key in _TLS.items()},
        }
        if values["socket"]:
            values["host"] = "localhost"
        lines = [f"{name}={_quoted(str(value))}" for name, value in values.items() if value]
        return "\n".join(["[client]", *lines, ""])


def _quoted(value: str) -> str:
    return '"' + value.replace("\\", "\\\\").replace('"', '\\"') + '"'
