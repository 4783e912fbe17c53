"""Cut an upgrade off at many points, run it again, and compare with an undisturbed run.

On a server of its own for each program in STILLROOM_SERVER_PROGRAMS (paths of mariadbd or mysqld,
apart by spaces; default: the installed one). There are STILLROOM_CRASH_POINTS points a server
(default 200; 0: all), half of them in the downgrade: the client dies before or during a message,
or the server ends its connection. At STILLROOM_SERVER_CRASHES more (default 40) the server itself
dies by SIGKILL in the middle of a DDL statement. STILLROOM_CRASH_PART=2/3 takes the second third.
"""

from __future__ import annotations

import os
import random
from functools import partial
from itertools import zip_longest

from benchmarks._servers import part, private_server, programs, restart, spread
from benchmarks._timing import table
from stillroom.project.servers.dev_server import LocalServer
from tests.support.crashes import CrashRuns, Cut

_DDL = ("CREATE", "ALTER", "DROP", "RENAME", "TRUNCATE")
_LONGEST = 0.03  # seconds: most statements of the history take less


def main() -> None:
    rows = [row for program in programs() for row in measure(program)]
    print(table(("server", "cut off", "points", "converged", "messages up", "down"), rows))


def measure(program: str) -> list[tuple[object, ...]]:
    """Try all points of one server; prints those that fail."""
    with private_server(program) as server:
        return [_clients(server), _servers(server)]


def _clients(server: LocalServer) -> tuple[object, ...]:
    laboratory = CrashRuns(server.url())
    laboratory.prepare()
    cuts = points(laboratory, int(os.environ.get("STILLROOM_CRASH_POINTS", "200")))
    cuts = part(cuts)
    wrong = [laboratory.try_cut(direction, cut) for direction, cut in cuts]
    return _row(laboratory, "client, connection", cuts, wrong)


def _servers(server: LocalServer) -> tuple[object, ...]:
    laboratory = CrashRuns(server.url(), restart=partial(restart, server))
    laboratory.prepare()
    wanted = int(os.environ.get("STILLROOM_SERVER_CRASHES", "40"))
    chosen = random.Random(wanted)  # noqa: S311 - not a secret
    every = [
        (direction, number)
        for direction, messages in laboratory.messages.items()
        for number, text in enumerate(messages, start=1)
        if text.strip().upper().startswith(_DDL) and "stillroom" not in text
    ]
    cuts, wrong = [], []
    delays = [
        chosen.uniform(0, _LONGEST if count % 2 else _LONGEST / 10) for count in range(wanted)
    ]
    for count in part(range(wanted)):
        direction, number = every[count * len(every) // wanted]
        delay = delays[count]
        cut = Cut(number, "server", server.pid or 0, delay)
        cuts.append((direction, cut))
        wrong.append(laboratory.try_cut(direction, cut))
    return _row(laboratory, "server", cuts, wrong)


def _row(
    laboratory: CrashRuns, what: str, cuts: list[tuple[str, Cut]], wrong: list[str]
) -> tuple[object, ...]:
    for (direction, cut), problem in zip(cuts, wrong, strict=True):
        if problem:
            message = " ".join(laboratory.messages[direction][cut.number - 1].split())[:100]
            print(f"{direction}, {cut} ({message}):\n{problem}\n", flush=True)
    good = wrong.count("") / len(wrong) if wrong else 1
    counts = [len(laboratory.messages[direction]) for direction in ("up", "down")]
    return laboratory.server_name, what, len(cuts), f"{good:.1%}", *counts


def points(laboratory: CrashRuns, wanted: int) -> list[tuple[str, Cut]]:
    """Points spread evenly over both directions and all ways to be cut off."""
    by_direction = []
    for direction in ("up", "down"):
        every = [
            (direction, Cut(number, how))
            for number in range(1, len(laboratory.messages[direction]) + 1)
            for how in ("before", "during", "kill")
        ]
        by_direction.append(spread(every, wanted // 2 or len(every)))
    pairs = zip_longest(*by_direction)
    return [point for pair in pairs for point in pair if point is not None]
