"""The catalog beside a real server: random DDL, statement by statement."""

from __future__ import annotations

import os
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support.catalog_oracle import Difference, Diverged, Oracle
from tests.support.generators.random_ddl import RandomDDL

SCRIPTS = int(os.environ.get("STILLROOM_RANDOM_SCRIPTS", "40"))
STATEMENTS = 12


def first_difference(oracle: Oracle, random: Random) -> Difference | None:
    """Write one script and run it on both; None if they agree to its end."""
    oracle.reset()
    writer = RandomDDL(random, oracle.target, oracle.schema)
    for _ in range(STATEMENTS):
        try:
            difference = oracle.run(writer.statement(oracle.catalog))
        except Diverged:
            return None
        # Two faults in one statement: which one a server reports first is its own affair.
        if difference is not None and not difference.both_refuse:
            return difference
    return None


def test_random_ddl(server_url: str) -> None:
    oracle = Oracle(server_url)

    @settings(
        max_examples=SCRIPTS,
        phases=[Phase.generate, Phase.shrink],
        suppress_health_check=list(HealthCheck),
    )
    @given(st.integers(min_value=0))
    def agree(seed: int) -> None:
        difference = first_difference(oracle, Random(seed))  # noqa: S311 - no secret
        assert difference is None, str(difference)

    try:
        agree()
    finally:
        oracle.close()
    assert oracle.tally.accepted >= 2 * SCRIPTS
