"""Let statements on rows fail in an upgrade, end the cause, run it again, and compare.

A lock wait timeout (1205), a deadlock (1213), a value out of range (1264) and a duplicate (1062),
in a batch, in an autocommit block and in a plain statement; gone on with by ``upgrade`` and by
``resume``. On a server of its own for each program in STILLROOM_SERVER_PROGRAMS.
"""

from __future__ import annotations

import tempfile
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import sqlalchemy as sa
from alembic.config import Config

from benchmarks._servers import private_server, programs
from benchmarks._timing import table
from stillroom import apply
from tests.support import servers
from tests.support.crashes import (
    HISTORY,
    Command,
    CrashRuns,
    contents,
    difference,
    run,
    start,
    up,
)

CREATE = """\
    op.execute("CREATE TABLE t (id INT PRIMARY KEY, n TINYINT NOT NULL, u INT UNIQUE)")
    op.execute("CREATE TABLE ballast (id INT PRIMARY KEY AUTO_INCREMENT, n INT)")
    op.execute("INSERT INTO ballast (n) VALUES (1), (2), (3), (4), (5), (6), (7), (8)")
    op.execute("INSERT INTO t VALUES (1, 1, 1), (2, 2, 2), (3, 126, 3), (4, 4, 4), (5, 5, 11)")
"""
CHANGE = """\
    op.execute("SET SESSION innodb_lock_wait_timeout = PATIENCE")
    op.execute("CREATE TABLE early (id INT)")
    FORM
    op.execute("ALTER TABLE t ADD COLUMN late INT")
    op.execute("UPDATE t SET late = n + u")
"""
FORMS = {
    "batch": 'batches.update("t", "WHAT", size=2)',
    "autocommit block": 'with op.get_context().autocommit_block(): op.execute("UPDATE t SET WHAT")',
    "plain statement": 'op.execute("UPDATE t SET WHAT")',
}
# What the statement does, and how its cause is ended by hand.
ERRORS = {
    "1264": ("n = n + 2", "UPDATE t SET n = 10 WHERE id = 3"),
    "1062": ("u = u + 10", "UPDATE t SET u = 111 WHERE id = 5"),
    "1205": ("n = 0", "DO 0"),
    "1213": ("n = 0", "DO 0"),
}
_PATIENCE = {"1205": "1"}  # seconds
_LIMIT = 1.5  # seconds for which a batch is tried again
_BOTH = {"upgrade": up, "resume": apply.resume}


def main() -> None:
    rows = [row for program in programs() for row in measure(program)]
    print(table(("server", "error", "runs", "converged"), rows))


def measure(program: str) -> list[tuple[object, ...]]:
    """Try everything on one server; prints what fails."""
    found: list[tuple[object, ...]] = []
    with private_server(program) as server:
        for error in ERRORS:
            tries = [(form, name) for form in FORMS for name in _BOTH]
            good = 0
            for form, name in tries:
                problem = attempt(server.url(), error, form, _BOTH[name])
                good += not problem
                if problem:
                    print(f"{error} in a {form}, then {name}:\n{problem}\n", flush=True)
            found.append(
                (
                    CrashRuns(server.url()).server_name,
                    error,
                    len(tries),
                    f"{good}/{len(tries)}",
                )
            )
    return found


def attempt(server_url: str, error: str, form: str, go_on: Command) -> str:
    """What is wrong after one failure, or ""."""
    what, mend = ERRORS[error]
    with tempfile.TemporaryDirectory() as folder:
        body = CHANGE.replace("FORM", FORMS[form].replace("WHAT", what))
        history = write_history(Path(folder), body.replace("PATIENCE", _PATIENCE.get(error, "20")))
        with servers.database(server_url) as url:
            _begin(url, history)
            servers.execute(url, mend)
            assert run(url, up, history=history).code == 0
            expected = contents(url)
        with servers.database(server_url) as url:
            _begin(url, history)
            with _others(url, error):
                first = start(url, _limited, history=history).wait(60)
            if first.code == 99 or (first.code and error not in first.text):
                return f"the first run: exit {first.code}: {first.text}"
            servers.execute(url, mend)
            if first.code:
                again = run(url, go_on, history=history)
                if again.code:
                    return f"the last run: exit {again.code}: {again.text}"
            return difference(expected, contents(url))


def write_history(folder: Path, change: str) -> Path:
    """A revision that makes a table with rows, and one that changes them."""
    (folder / "versions").mkdir()
    (folder / "env.py").write_text((HISTORY / "env.py").read_text())
    head = "from alembic import op\nfrom stillroom import batches\nrevision, down_revision = "
    for name, parent, body in (("a1", None, CREATE), ("a2", "a1", change)):
        text = f"{head}{name!r}, {parent!r}\n\ndef upgrade():\n{body}"
        (folder / "versions" / f"{name}.py").write_text(text)
    return folder


def _begin(url: sa.URL, history: Path) -> None:
    done = run(url, lambda config: apply.upgrade(config, "a1"), history=history)
    assert done.code == 0, done.text


def _limited(config: Config) -> None:
    apply.upgrade(config, "head", options=apply.Options(lock_limit=_LIMIT))


@contextmanager
def _others(url: sa.URL, error: str) -> Iterator[None]:
    """Another session that is in the way of the upgrade."""
    if error not in ("1205", "1213"):
        yield
        return
    engine = sa.create_engine(url)
    over = threading.Event()
    with engine.connect() as other:
        other.exec_driver_sql("SELECT * FROM t WHERE id = 4 FOR UPDATE")
        crossing = threading.Thread(target=_cross, args=(other, over))
        if error == "1213":
            # The server ends the one of both that has changed fewer rows.
            other.exec_driver_sql("UPDATE ballast SET n = n + 1")
            crossing.start()
        try:
            yield
        finally:
            over.set()
            if error == "1213":
                crossing.join()
            other.rollback()
    engine.dispose()


def _cross(other: sa.Connection, over: threading.Event) -> None:
    """Ask for a row that the upgrade has, once it waits for ours; let it go on then."""
    waiting = "SELECT COUNT(*) FROM information_schema.innodb_trx WHERE trx_state = 'LOCK WAIT'"
    while not over.wait(0.2):  # asked more often, InnoDB repeats what it said the last time
        if other.exec_driver_sql(waiting).scalar():
            other.exec_driver_sql("UPDATE t SET n = n WHERE id = 3")
            over.wait(0.3)
            break
    other.rollback()
