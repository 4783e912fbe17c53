"""Cut an upgrade off at many points, run it again, and compare with an undisturbed run.

On the servers of STILLROOM_TEST_URLS, else on one that is started for it. There are
STILLROOM_CRASH_POINTS points a server (default 200; 0: all), half of them in the downgrade.
"""

from __future__ import annotations

import os
from itertools import zip_longest

from benchmarks._timing import table
from tests.support import servers
from tests.support.crashes import Cut, Laboratory


def main() -> None:
    with servers.all_urls() as urls:
        rows = [measure(url) for url in urls]
    print(table(("server", "points", "converged", "messages up", "messages down"), rows))


def measure(server_url: str) -> tuple[object, ...]:
    """Try the points of one server; prints those that fail."""
    laboratory = Laboratory(server_url)
    laboratory.prepare()
    cuts = points(laboratory, int(os.environ.get("STILLROOM_CRASH_POINTS", "200")))
    good = 0
    for direction, cut in cuts:
        wrong = laboratory.try_cut(direction, cut)
        good += not wrong
        if wrong:
            message = " ".join(laboratory.messages[direction][cut.number - 1].split())[:100]
            print(f"{direction}, {cut} ({message}):\n{wrong}\n", flush=True)
    counts = [len(laboratory.messages[direction]) for direction in ("up", "down")]
    return server_url.rpartition("@")[2], len(cuts), f"{good / len(cuts):.1%}", *counts


def points(laboratory: Laboratory, wanted: int) -> list[tuple[str, Cut]]:
    """Points spread evenly over both directions and all ways to be cut off."""
    by_direction = []
    for direction in ("up", "down"):
        every = [
            (direction, Cut(number, how))
            for number in range(1, len(laboratory.messages[direction]) + 1)
            for how in ("before", "during", "kill")
        ]
        half = len(every) if not wanted else min(len(every), wanted // 2)
        by_direction.append([every[number * len(every) // half] for number in range(half)])
    pairs = zip_longest(*by_direction)
    return [point for pair in pairs for point in pair if point is not None]
