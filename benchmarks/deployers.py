"""Eight deployers of one database at once: all end well, and the work is done once.

On the servers of STILLROOM_TEST_URLS, else on one that is started for it; 20 rounds a server.
"""

from __future__ import annotations

import time

from benchmarks._timing import table
from tests.support import servers
from tests.support.crashes import contents, difference, run, start, up

DEPLOYERS, ROUNDS = 8, 20


def main() -> None:
    with servers.all_urls() as urls:
        rows = [measure(url) for url in urls]
    print(table(("server", "rounds", "all well", "one deployer", "eight"), rows))


def measure(server_url: str) -> tuple[str, ...]:
    """Rounds on one server, and the seconds of one deployer and of all."""
    with servers.database(server_url) as url:
        began = time.perf_counter()
        assert run(url, up).code == 0
        alone = time.perf_counter() - began
        expected = contents(url)
    good, seconds = 0, 0.0
    for _ in range(ROUNDS):
        with servers.database(server_url) as url:
            began = time.perf_counter()
            outcomes = [one.wait() for one in [start(url, up) for _ in range(DEPLOYERS)]]
            seconds += time.perf_counter() - began
            wrong = difference(expected, contents(url))
            good += not wrong and all(outcome.code == 0 for outcome in outcomes)
            for line in [wrong, *(outcome.text for outcome in outcomes if outcome.code)]:
                print(line, end="")
    name = server_url.rpartition("@")[2]
    return name, str(ROUNDS), f"{good}/{ROUNDS}", f"{alone:.1f} s", f"{seconds / ROUNDS:.1f} s"
