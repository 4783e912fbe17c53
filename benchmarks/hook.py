"""The hook against starting Python, importing the models, and a check on a real server.

The histories of 10, 100 and 1,000 revisions are generated; _history.py says what is in them and
why. The server is MariaDB as it comes, durable at each commit, on this machine; to start it is
not counted. All commands of a row are run in turns, in one run.
"""

from __future__ import annotations

import os
import re
import shutil
import statistics
import subprocess
import sys
import tempfile
import time
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from benchmarks._history import GeneratedHistory
from benchmarks._timing import table
from stillroom.project.folders import cache_folder
from tests.support import servers
from tests.support.repositories import RepositoryProject, make_repository

SIZES = tuple(int(size) for size in os.environ.get("STILLROOM_SIZES", "10 100 1000").split())
ROUNDS = 5
IMPORT = (
    "import alembic.command; from stillroom.env import import_models; import_models('app.models')"
)


def main() -> None:
    """Print the table."""
    rows: list[list[object]] = []
    with servers.all_urls(durable=True) as urls:
        for size in SIZES:
            rows += _measure(size, urls[0])
    print(table(["revisions", "hook", "seconds", "against", "ratio", "MiB"], rows))


def _measure(size: int, server_url: str) -> list[list[object]]:
    with tempfile.TemporaryDirectory() as folder:
        project = make_repository(Path(folder), hook="none")
        history = GeneratedHistory(project)
        history.grow(size)
        hook = [sys.executable, "scripts/check_revision.py"]
        python = [sys.executable, "-c", "pass"]
        importing = [sys.executable, "-c", f"import sys; sys.path[:0] = ['scripts', '.']; {IMPORT}"]
        cold = _cold(hook, project)
        server = on_server(project, server_url)
        again = _cold(hook, project)
        quiet = [(run(hook, project), run(python, project)) for _ in range(ROUNDS * 3)]
        changed = []
        for _ in range(ROUNDS):
            history.add()
            project.git("add", "--all")
            changed.append((run(hook, project), run(importing, project)))
            project.git("commit", "--quiet", "--message", "one more")
        return [
            _row(size, "unchanged", quiet, "python -c pass"),
            _row(size, "one new revision", changed, "importing Alembic and the models"),
            _row(
                size, "cold", [(cold, server), (again, server)], "scratch database, upgrade, check"
            ),
        ]


Cost = tuple[float, float]  # seconds, MiB


def _row(size: int, what: str, costs: list[tuple[Cost, Cost]], against: str) -> list[object]:
    """The medians of both sides, and the ratio of their times."""
    ours, theirs = (
        tuple(statistics.median(pair[side][part] for pair in costs) for part in (0, 1))
        for side in (0, 1)
    )
    ratio = ours[0] / theirs[0]
    shown = f"{ratio:.2f}" if ratio > 0.2 else f"1/{1 / ratio:.0f}"
    return [size, what, f"{ours[0]:.3f}", against, shown, f"{ours[1]:.0f} / {theirs[1]:.0f}"]


def run(command: list[str], project: RepositoryProject, **environment: str) -> Cost:
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("DB_")}
    # Images of containers often set it. Whoever commits has compiled modules.
    inherited.pop("PYTHONDONTWRITEBYTECODE", None)
    start = time.perf_counter()
    with subprocess.Popen(
        command,
        cwd=project.root,
        env={**inherited, **environment},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        watch = Thread(target=(peak := _Peak(process.pid)).watch)
        watch.start()
        said = process.communicate()[1]
        seconds = time.perf_counter() - start
        watch.join()
    if process.returncode:
        raise RuntimeError(f"{command} failed: {said.decode()}")
    return seconds, peak.mib


@dataclass
class _Peak:
    """The most memory that a process had: what the kernel keeps for it while it lives.

    What wait() tells in the end is no less than what its parent had when it forked.
    """

    process: int
    mib: float = 0

    def watch(self) -> None:
        with suppress(OSError):
            while found := re.search(
                r"VmHWM:\s+(\d+)", Path(f"/proc/{self.process}/status").read_text()
            ):
                self.mib = int(found[1]) / 1024
                time.sleep(0.01)


def _cold(hook: list[str], project: RepositoryProject) -> Cost:
    forget(project)
    return run(hook, project)


def forget(project: RepositoryProject) -> None:
    """Throw away all that is kept between two commands."""
    shutil.rmtree(cache_folder(project.root.resolve()), ignore_errors=True)
    cache_folder.cache_clear()


def on_server(project: RepositoryProject, server_url: str) -> Cost:
    """A scratch database, created, upgraded, compared and dropped, by Alembic alone."""
    start = time.perf_counter()
    with servers.database(server_url) as url:
        environment = {"DB_URL": url.render_as_string(hide_password=False)}
        alembic = [sys.executable, "-m", "alembic"]
        _, upgrade = run([*alembic, "upgrade", "head"], project, **environment)
        _, check = run([*alembic, "check"], project, **environment)
    return time.perf_counter() - start, max(upgrade, check)
