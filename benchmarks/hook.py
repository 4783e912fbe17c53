"""The hook against starting Python, importing the models, and a check on a real server.

Histories of 10, 100 and 1,000 revisions are generated: every tenth makes a table, the others add a
column each. All commands of a row are run in turns, in one run.
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
from contextlib import ExitStack, suppress
from dataclasses import dataclass
from pathlib import Path
from threading import Thread

from benchmarks._timing import table
from tests.support import servers
from tests.support.repositories import RepositoryProject, make_repository

SIZES = tuple(int(size) for size in os.environ.get("STILLROOM_SIZES", "10 100 1000").split())
ROUNDS = 5
REVISION = '''"""{name}"""

import sqlalchemy as sa
from alembic import op

revision = "r{number:04}"
down_revision = {below!r}
branch_labels = None
depends_on = None


def upgrade() -> None:
    {up}


def downgrade() -> None:
    {down}
'''
MODEL = '''"""Table {table}."""

from sqlalchemy import Integer, String
from sqlalchemy.orm import Mapped, mapped_column

from app.database.engine import Base


class Thing{table}(Base):
    __tablename__ = "thing_{table}"

    id: Mapped[int] = mapped_column(Integer, primary_key=True)
'''
COLUMN = '    c{number}: Mapped[str | None] = mapped_column(String(40), comment="列")\n'
IMPORT = (
    "import alembic.command; from stillroom.discovery import import_models as i; i('app.models')"
)


def main() -> None:
    """Print the table."""
    rows: list[list[object]] = []
    with ExitStack() as stack:
        url = (
            servers.names()[0]
            if servers.names() != [servers.LOCAL]
            else stack.enter_context(servers.local_server())
        )
        for size in SIZES:
            rows += _measure(size, url)
    print(table(["revisions", "hook", "seconds", "against", "ratio", "MiB"], rows))


def generate(project: RepositoryProject, size: int) -> None:
    """Replace the project's models and revisions by generated ones."""
    shutil.rmtree(project.root / "app" / "models")
    project.write("app/models/__init__.py", "")
    for file in project.revisions():
        file.unlink()
    for number in range(size):
        add(project, number)
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "generated")


def add(project: RepositoryProject, number: int) -> None:
    """One more revision, and its change of the models."""
    thing, place = divmod(number, 10)
    model = f"app/models/thing_{thing}.py"
    name = f"thing_{thing}"
    if place == 0:
        project.write(model, MODEL.format(table=thing))
        up = (
            f'op.create_table("{name}", sa.Column("id", sa.Integer(), nullable=False), '
            'sa.PrimaryKeyConstraint("id"))'
        )
        down = f'op.drop_table("{name}")'
    else:
        project.write(model, project.read(model) + COLUMN.format(number=number))
        up = f'op.add_column("{name}", sa.Column("c{number}", sa.String(40), comment="列"))'
        down = f'op.drop_column("{name}", "c{number}")'
    below = f"r{number - 1:04}" if number else None
    text = REVISION.format(name=name, number=number, below=below, up=up, down=down)
    project.write(f"alembic/versions/r{number:04}.py", text)


def _measure(size: int, server_url: str) -> list[list[object]]:
    with tempfile.TemporaryDirectory() as folder:
        project = make_repository(Path(folder), hook="none")
        generate(project, size)
        hook = [sys.executable, "scripts/check_revision.py"]
        python = [sys.executable, "-c", "pass"]
        importing = [sys.executable, "-c", f"import sys; sys.path[:0] = ['scripts', '.']; {IMPORT}"]
        _forget(project)
        cold = _run(hook, project)
        server = _on_server(project, server_url)
        _run(hook, project)
        quiet = [(_run(hook, project), _run(python, project)) for _ in range(ROUNDS * 3)]
        changed = []
        for extra in range(ROUNDS):
            add(project, size + extra)
            project.git("add", "--all")
            changed.append((_run(hook, project), _run(importing, project)))
            project.git("commit", "--quiet", "--message", "one more")
        return [
            _row(size, "unchanged", quiet, "python -c pass"),
            _row(size, "one new revision", changed, "importing Alembic and the models"),
            _row(size, "cold", [(cold, server)], "scratch database, upgrade, check"),
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


def _run(command: list[str], project: RepositoryProject, **environment: str) -> Cost:
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


def _forget(project: RepositoryProject) -> None:
    shutil.rmtree(project.root / ".stillroom", ignore_errors=True)


def _on_server(project: RepositoryProject, server_url: str) -> Cost:
    """A scratch database, created, upgraded, compared and dropped, by Alembic alone."""
    start = time.perf_counter()
    with servers.database(server_url) as url:
        environment = {"DB_URL": url.render_as_string(hide_password=False)}
        alembic = [sys.executable, "-m", "alembic"]
        _, upgrade = _run([*alembic, "upgrade", "head"], project, **environment)
        _, check = _run([*alembic, "check"], project, **environment)
    return time.perf_counter() - start, max(upgrade, check)
