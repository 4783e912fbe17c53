"""A check and a new database from `schema.sql`, against replays, upgrades and a check on a server.

The histories are those of hook.py: 10, 100 and 1,000 generated revisions. The first table is of
checks; cold is a fresh clone, with nothing kept. The second is of new databases. All commands of a
row are run in turns, in one run; STILLROOM_TEST_URLS names the servers, which should be durable
at each commit, as they come.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import sqlalchemy as sa

from benchmarks._history import GeneratedHistory
from benchmarks._timing import table
from benchmarks.hook import ROUNDS, SIZES, Cost, forget, on_server, run
from tests.support import servers, tables
from tests.support.repositories import RepositoryProject, make_repository

HOOK = [sys.executable, "scripts/check_revision.py"]
CHECKS = ["revisions", "check", "seconds", "against", "seconds", "ratio", "MiB"]
LOADS = ["revisions", "server", "load s", "upgrade s", "ratio"]


def main() -> None:
    """Print both tables, of one length of history after the other."""
    parts = os.environ.get("STILLROOM_PARTS", "checks loads").split()
    with servers.all_urls(durable=True) as urls:
        for size in SIZES:
            with tempfile.TemporaryDirectory() as folder:
                project = make_repository(Path(folder), hook="none")
                history = GeneratedHistory(project)
                history.grow(size)
                if "checks" in parts:
                    rows = _checks(size, project, history, urls[0])
                    print(table(CHECKS, rows), end="\n\n", flush=True)
                if "loads" in parts:
                    rows = [_load(history.length, project, url) for url in urls]
                    print(table(LOADS, rows), end="\n\n", flush=True)


def verb(*words: str) -> list[str]:
    return ["env", "PYTHONPATH=scripts", sys.executable, "-P", "-m", "stillroom", *words]


def _checks(
    size: int, project: RepositoryProject, history: GeneratedHistory, url: str
) -> list[list[object]]:
    server = on_server(project, url)
    forget(project)
    replayed = run(HOOK, project)
    unchanged = min(run(HOOK, project) for _ in range(ROUNDS))
    one_new = _one_new(project, history)
    run(verb("snapshot"), project)
    _commit(project)
    forget(project)
    cold = run(HOOK, project)
    again = min(run(HOOK, project) for _ in range(ROUNDS))
    one_more = _one_new(project, history, snapshot=True)
    return [
        _row(size, "cold", cold, "scratch database, upgrade, check", server),
        _row(size, "cold", cold, "cold, without snapshot", replayed),
        _row(size, "unchanged", again, "without snapshot", unchanged),
        _row(size, "one new revision", one_more, "without snapshot", one_new),
    ]


def _one_new(
    project: RepositoryProject, history: GeneratedHistory, *, snapshot: bool = False
) -> Cost:
    costs = []
    for _ in range(ROUNDS):
        history.add()
        if snapshot:
            run(verb("snapshot"), project)
        project.git("add", "--all")
        costs.append(run(HOOK, project))
        _commit(project)
    return sorted(costs)[len(costs) // 2]


def _commit(project: RepositoryProject) -> None:
    project.git("add", "--all")
    project.git("commit", "--quiet", "--message", "one more")


def _load(size: int, project: RepositoryProject, server_url: str) -> list[object]:
    target = tables.target_of(sa.make_url(server_url))
    ini = project.read("alembic.ini")
    project.replace("alembic.ini", "# target = mariadb 10.11", f"target = {target}")
    run(verb("snapshot"), project)
    costs: list[Cost] = []
    shown = []
    for command in (verb("load"), [sys.executable, "-m", "alembic", "upgrade", "head"]):
        with servers.database(server_url) as url:
            environment = {"DB_URL": url.render_as_string(hide_password=False)}
            costs.append(run(command, project, **environment))
            shown.append(servers.show_create(url))
    assert shown[0] == shown[1]
    project.write("alembic.ini", ini)
    loaded, upgraded = (seconds for seconds, _ in costs)
    return [size, target, f"{loaded:.2f}", f"{upgraded:.2f}", f"1/{upgraded / loaded:.1f}"]


def _row(size: int, what: str, ours: Cost, against: str, theirs: Cost) -> list[object]:
    ratio = theirs[0] / ours[0]
    memory = f"{ours[1]:.0f} / {theirs[1]:.0f}"
    return [size, what, f"{ours[0]:.3f}", against, f"{theirs[0]:.3f}", f"1/{ratio:.2f}", memory]


if __name__ == "__main__":
    main()
