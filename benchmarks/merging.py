"""Random groups of ALTERs of one table: one by one and merged give the same table and rows.

On the servers of STILLROOM_TEST_URLS, else on one that is started for it; STILLROOM_GROUPS
groups a server (default 1,000).
"""

from __future__ import annotations

import os
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from benchmarks._timing import table
from tests.support import servers
from tests.support.generators.random_groups import Groups


def main() -> None:
    with servers.all_urls() as urls:
        rows = [measure(url) for url in urls]
    header = ("server", "groups", "different", "merged statements", "alone", "refused merged")
    print(table(header, rows))


def measure(url: str) -> tuple[object, ...]:
    """Compare on one server; prints the groups that differ."""
    groups = Groups(url)
    count = different = 0

    @settings(
        max_examples=int(os.environ.get("STILLROOM_GROUPS", "1000")),
        database=None,
        deadline=None,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(min_value=0, max_value=2**63))
    def compare(seed: int) -> None:
        nonlocal count, different
        count += 1
        if wrong := groups.try_one(Random(seed)):  # noqa: S311 - no secret
            different += 1
            print(f"seed {seed}:\n{wrong}\n", flush=True)

    try:
        compare()
    finally:
        groups.close()
    tally = groups.tally
    refused = ", ".join(f"{n} × {what[8:]}" for what, n in tally.items() if what[:7] == "refused")
    name = url.rpartition("@")[2]
    return name, count, different, tally["merged"], tally["alone"], refused or "0"
