"""Random DDL on real servers and on catalogs: how many statements, and where they differ.

Servers are given by STILLROOM_TEST_URLS, blanks between them; STILLROOM_RANDOM_DDL is the
number of statements that each has to accept, 5,000 by default; STILLROOM_SEED which ones.
"""

from __future__ import annotations

import os
from collections import Counter
from random import Random

from benchmarks._timing import table
from tests.support.catalog_oracle import Difference, Diverged, Oracle
from tests.support.generators.random_ddl import RandomDDL

STATEMENTS = 14
SEED = os.environ.get("STILLROOM_SEED", "1")
HEADER = ("server", "accepted", "refused", "refused otherwise", "unsupported", "different")


def main() -> None:
    """Run until each server has accepted enough, and print what differed."""
    wanted = int(os.environ.get("STILLROOM_RANDOM_DDL", "5000"))
    urls = os.environ.get("STILLROOM_TEST_URLS", "").split()
    if not urls:
        print("set STILLROOM_TEST_URLS to the URLs of servers to compare with")
        return
    rows, details = [], []
    for url in urls:
        oracle = Oracle(url)
        try:
            different, otherwise = _run(oracle, wanted)
        finally:
            oracle.close()
        tally = oracle.tally
        rows.append(
            (
                str(oracle.target),
                tally.accepted,
                tally.refused,
                otherwise,
                len(tally.unsupported),
                len(different),
            )
        )
        details += [f"\n{oracle.target}\n{difference}" for difference in different]
        reasons = Counter(text.split(" (line")[0] for text in tally.unsupported)
        details += [f"{oracle.target}: {count} × {reason}" for reason, count in reasons.items()]
    print(table(HEADER, rows))
    print("\n".join(details))


def _run(oracle: Oracle, wanted: int) -> tuple[list[Difference], int]:
    """The differences, and how often both refused a statement, but with other numbers."""
    different: list[Difference] = []
    otherwise = script = 0
    while oracle.tally.accepted < wanted:
        script += 1
        oracle.reset()
        chance = Random(f"{SEED} {script}")  # noqa: S311 - no secret
        writer = RandomDDL(chance, oracle.target, oracle.schema)
        for _ in range(STATEMENTS):
            try:
                difference = oracle.run(writer.statement(oracle.catalog))
            except Diverged:
                break
            if difference is None:
                continue
            if difference.both_refuse:
                otherwise += 1
                continue
            different.append(difference)
            break
    return different, otherwise
