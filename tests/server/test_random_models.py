"""Random models, followed by revisions on a server; the benchmark of that name does more."""

from __future__ import annotations

import tempfile
from pathlib import Path
from random import Random

from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st

from tests.support import servers
from tests.support.generators.random_history import RandomHistory

STEPS = 3


@settings(
    max_examples=2,
    phases=[Phase.generate],  # to shrink a history would take minutes
    suppress_health_check=[HealthCheck.function_scoped_fixture],
)
@given(random=st.randoms(use_true_random=False))
def test_the_revisions_follow_the_models(server_url: str, random: Random) -> None:
    with servers.database(server_url) as database, tempfile.TemporaryDirectory() as folder:
        history = RandomHistory(random, server_url, database, Path(folder))
        for _ in range(STEPS):
            history.step()
