"""What large fleets would need, computed from the time of a statement on this machine.

10,000 databases on 100 hosts, 30 statements each: a simulation of the scheduling of `fleet`, with
the time of a DDL statement as it is measured on the servers of STILLROOM_TEST_URLS, else on one of
its own. Statements that run at once on one host are taken to need no longer for it, which is true
until its disk is busy.
"""

from __future__ import annotations

import heapq
import random
import statistics
import time
from collections import deque

import sqlalchemy as sa

from benchmarks._timing import table
from tests.support import servers

DATABASES, HOSTS, STATEMENTS = 10_000, 100, 30
SURVEY = 3  # times as long as a statement: to look at a database before
SAMPLE = 200


def main() -> None:
    with servers.all_urls() as urls:
        for url in urls:
            seconds = measured(url)
            median = 1000 * statistics.median(seconds)
            print(f"{url.rpartition('@')[2]}: a statement takes {median:.0f} ms (median)")
            rows = [
                (parallel, per_host, *simulated(seconds, parallel, per_host))
                for parallel, per_host in ((8, 8), (50, 4), (100, 1), (200, 2), (400, 4))
            ]
            print(table(("parallel", "per host", "minutes", "connections", "busiest host"), rows))


def measured(server_url: str) -> list[float]:
    """The seconds of each of some DDL statements, one after the other."""
    seconds = []
    with servers.database(server_url) as url:
        engine = sa.create_engine(url)
        with engine.connect() as connection:
            connection.exec_driver_sql("CREATE TABLE t (id INT PRIMARY KEY)")
            for number in range(SAMPLE):
                began = time.perf_counter()
                connection.exec_driver_sql(f"ALTER TABLE t ADD COLUMN c{number} INT")
                seconds.append(time.perf_counter() - began)
        engine.dispose()
    return seconds


def simulated(seconds: list[float], parallel: int, per_host: int) -> tuple[str, int, int]:
    """Minutes for the fleet, the most connections at once, and the most on one host."""
    chance = random.Random(1)  # noqa: S311
    waiting = deque(number % HOSTS for number in range(DATABASES))
    running: list[tuple[float, int]] = []
    now, most, busiest = 0.0, 0, 0
    load = [0] * HOSTS
    while waiting or running:
        for _ in range(len(waiting)):
            if len(running) >= parallel:
                break
            host = waiting.popleft()
            if load[host] >= per_host:
                waiting.append(host)
                continue
            load[host] += 1
            busiest = max(busiest, load[host])
            work = sum(chance.choices(seconds, k=STATEMENTS + SURVEY))
            heapq.heappush(running, (now + work, host))
        most = max(most, len(running))
        now, host = heapq.heappop(running)
        load[host] -= 1
    return f"{now / 60:.1f}", most, busiest


if __name__ == "__main__":
    main()
