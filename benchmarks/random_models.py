"""Random models followed by revisions on real servers: how many steps, and where they fail.

Servers are given by STILLROOM_TEST_URLS, blanks between them; STILLROOM_RANDOM_STEPS is the
number of steps on each, 300 by default; STILLROOM_RANDOM_SEED the first seed. Each step changes
the models, writes the revision with no database, upgrades, compares with create_all(), downgrades,
compares with what was before, and upgrades again.
"""

from __future__ import annotations

import os
import tempfile
import time
from pathlib import Path
from random import Random

from benchmarks._timing import table
from tests.support import servers
from tests.support.generators.random_history import RandomHistory, Wrong

STEPS = 12


def main() -> None:
    """Print the table, and every difference with its seed."""
    wanted = int(os.environ.get("STILLROOM_RANDOM_STEPS", "300"))
    first = int(os.environ.get("STILLROOM_RANDOM_SEED", "1"))
    rows = []
    with servers.all_urls() as urls:
        for url in urls:
            start = time.perf_counter()
            done, refused, wrong = _walk(url, wanted, first)
            shown = url.rpartition("@")[2].strip("/")
            seconds = f"{time.perf_counter() - start:.0f}"
            rows.append((shown, done, refused, wrong, seconds))
    print(table(("server", "steps", "models refused", "different", "seconds"), rows))


def _walk(server_url: str, wanted: int, seed: int) -> tuple[int, int, int]:
    """The steps that went right, those whose models the server refuses, and the wrong ones."""
    done = refused = wrong = 0
    while done + wrong < wanted:
        with (
            servers.database(server_url) as database,
            tempfile.TemporaryDirectory() as folder,
        ):
            random = Random(seed)  # noqa: S311 - no secret
            history = RandomHistory(random, server_url, database, Path(folder))
            try:
                for _ in range(STEPS):
                    if history.step():
                        done += 1
                    else:
                        refused += 1
            except Wrong as difference:
                wrong += 1
                print(f"\n{history.target}, seed {seed}: {difference}", flush=True)
        seed += 1
    return done, refused, wrong
