"""Disturb the network of an upgrade, run it again, and compare with an undisturbed run.

An upgrade works through a proxy that resets all its connections at a message, loses the answer,
lets it wait for a second, or falls silent for ever, when the upgrade is ended by SIGTERM and the
server notices after a while. On a server of its own for each program in
STILLROOM_SERVER_PROGRAMS, at STILLROOM_NETWORK_MOMENTS moments (default 60), half of them in the
downgrade.
STILLROOM_CRASH_PART=2/3 takes the second third.
"""

from __future__ import annotations

import os
import signal
import time
from collections import Counter
from itertools import zip_longest

import sqlalchemy as sa

from benchmarks._servers import part, private_server, programs, spread
from benchmarks._timing import table
from tests.support.crashes import COMMANDS, CrashRuns, Outcome, run, start
from tests.support.proxy import Disturbance, proxy_to

WAYS = ("reset", "lost", "stall", "silent")
_LIMIT = 60.0  # seconds: a client that has not ended by then hangs
_NOTICES = 1.0  # seconds until a server hears that a silent client is gone
_NAMED = ("AP110", "AP102")  # how a broken network is to be called


def main() -> None:
    rows = [row for program in programs() for row in measure(program)]
    print(table(("server", "network", "moments", "converged"), rows))


def measure(program: str) -> list[tuple[object, ...]]:
    """Try all moments of one server; prints those that fail."""
    tried: Counter[str] = Counter()
    good: Counter[str] = Counter()
    with private_server(program) as server:
        laboratory = CrashRuns(server.url())
        laboratory.prepare()
        for direction, disturbance in part(moments(laboratory)):
            problem = attempt(laboratory, direction, disturbance)
            tried[disturbance.how] += 1
            good[disturbance.how] += not problem
            if problem:
                print(f"{direction}, {disturbance}:\n{problem}\n", flush=True)
        return [
            (laboratory.server_name, way, tried[way], f"{good[way]}/{tried[way]}") for way in WAYS
        ]


def moments(laboratory: CrashRuns) -> list[tuple[str, Disturbance]]:
    """Moments spread evenly over both directions and all ways to disturb."""
    wanted = int(os.environ.get("STILLROOM_NETWORK_MOMENTS", "60"))
    by_direction = []
    for direction in COMMANDS:
        count = _messages(laboratory, direction)
        numbers = spread(range(1, count + 1), wanted // 2)
        by_direction.append(
            [
                (direction, Disturbance(number, WAYS[place % len(WAYS)]))
                for place, number in enumerate(numbers)
            ]
        )
    pairs = zip_longest(*by_direction)
    return [moment for pair in pairs for moment in pair if moment is not None]


def _messages(laboratory: CrashRuns, direction: str) -> int:
    with laboratory.begun(direction) as url, proxy_to(url.port or 0) as proxy:
        done = run(url.set(port=proxy.port), COMMANDS[direction], history=laboratory.history)
        assert done.code == 0, done.text
        return proxy.messages


def attempt(laboratory: CrashRuns, direction: str, disturbance: Disturbance) -> str:
    """What is wrong after one disturbance, or ""."""
    with laboratory.begun(direction) as url:
        problem = _disturb(laboratory, url, direction, disturbance)
        problem = problem or laboratory.finish(url, direction, disturbance.number)
        return problem or laboratory.compare(url, direction)


def _disturb(laboratory: CrashRuns, url: sa.URL, direction: str, disturbance: Disturbance) -> str:
    command, history = COMMANDS[direction], laboratory.history
    with proxy_to(url.port or 0, disturbance) as proxy:
        running = start(url.set(port=proxy.port), command, history=history)
        if disturbance.how != "silent":
            return _judge(disturbance, running.wait(_LIMIT))
        while not (proxy.silent.is_set() or running.has_ended()):
            time.sleep(0.02)
        time.sleep(0.2)
        if not running.has_ended():
            os.kill(running.pid, signal.SIGTERM)
        first = running.wait(_LIMIT)
        # The server still holds the lock of the one that is gone.
        again = start(url, command, history=history)
        time.sleep(_NOTICES)
    second = again.wait(_LIMIT)
    return _judge(disturbance, first) or _judge(disturbance, second)


def _judge(disturbance: Disturbance, outcome: Outcome) -> str:
    """Whether a run has ended as it should."""
    named = outcome.code == 2 and any(code in outcome.text for code in _NAMED)
    expected = outcome.code == 0 or named
    if disturbance.how == "silent":
        expected = expected or outcome.code == 130
    if disturbance.how == "stall":
        expected = outcome.code == 0
    return "" if expected else f"exit {outcome.code}: {outcome.text}"
