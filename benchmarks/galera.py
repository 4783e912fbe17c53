"""A Galera cluster of three nodes: two deployers at once, and a node that dies in mid-upgrade.

Needs the packages mariadb-server, galera-4 and rsync.
"""

from __future__ import annotations

import time
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import sqlalchemy as sa

from benchmarks._timing import table
from stillroom.apply.outcome.definitions import without_counter
from tests.support import servers
from tests.support.crashes import Outcome, contents, difference, run, start, up
from tests.support.galera import Cluster, missing

ROUNDS, KILLS = 20, 5


def main() -> None:
    if lacking := missing():
        print(f"not here: {lacking}")
        return
    with TemporaryDirectory(prefix="stillroom-") as folder, Cluster(Path(folder)) as cluster:
        with servers.database(_text(cluster.url(1))) as url:
            began = time.perf_counter()
            assert run(url, up).code == 0
            seconds = time.perf_counter() - began
            expected = _contents(url)
        together = sum(_two(cluster, expected) for _ in range(ROUNDS))
        moments = [seconds * (n + 1) / (KILLS + 1) for n in range(KILLS)]
        killed = sum(_kill(cluster, expected, moment) for moment in moments)
    header = ("one deployer", "two on two nodes: all well", "node killed: finished on another")
    print(table(header, [(f"{seconds:.1f} s", f"{together}/{ROUNDS}", f"{killed}/{KILLS}")]))


def _two(cluster: Cluster, expected: dict[str, Any]) -> bool:
    with servers.database(_text(cluster.url(1))) as url:
        running = [start(_on(cluster, node, url), up) for node in (1, 2)]
        outcomes = [one.wait() for one in running]
        wrong = difference(expected, _contents(url))
    return _is_well(outcomes, wrong)


def _kill(cluster: Cluster, expected: dict[str, Any], after: float) -> bool:
    """Kill the node that a deployer works on, and deploy on another one."""
    with servers.database(_text(cluster.url(1))) as url:
        running = start(_on(cluster, 3, url), up)
        time.sleep(after)
        cluster.kill(3)
        first = running.wait()
        again = run(_on(cluster, 2, url), up)
        print(f"after {after:.1f} s: exit {first.code}, then {again.code}", flush=True)
        wrong = difference(expected, _contents(url))
        cluster.start(3)
    return _is_well([again], wrong)


def _contents(url: sa.URL) -> dict[str, Any]:
    """Without AUTO_INCREMENT: INSERT … SELECT reserves numbers on the node that runs it alone."""
    found = contents(url)
    return {
        name: without_counter(value) if isinstance(value, str) else value
        for name, value in found.items()
    }


def _is_well(outcomes: list[Outcome], wrong: str) -> bool:
    for line in [wrong, *(outcome.text for outcome in outcomes if outcome.code)]:
        print(line, end="", flush=True)
    return not wrong and all(outcome.code == 0 for outcome in outcomes)


def _on(cluster: Cluster, node: int, url: sa.URL) -> sa.URL:
    return cluster.url(node).set(database=url.database)


def _text(url: sa.URL) -> str:
    return url.render_as_string(hide_password=False)
