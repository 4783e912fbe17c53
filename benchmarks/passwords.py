"""Every verb with every URL variable and every way to fail: where the password is found.

STILLROOM_SHARE=10 takes each tenth command, STILLROOM_CRASH_PART=2/3 the second third of them.
"""

from __future__ import annotations

import os
import sys
import tempfile
from collections import Counter
from pathlib import Path

_FOLDER = tempfile.TemporaryDirectory(prefix="stillroom-passwords-")
os.environ["XDG_CACHE_HOME"] = f"{_FOLDER.name}/caches"  # before the engine is imported

from benchmarks._servers import part  # noqa: E402
from benchmarks._timing import table  # noqa: E402
from tests.support.leaks import VARIABLES, Leaks, cases, refusing_server  # noqa: E402

SHARE = int(os.environ.get("STILLROOM_SHARE", "1"))


def main() -> None:
    """Print the counts, and fail if the password was found anywhere."""
    codes: Counter[tuple[str, int]] = Counter()
    leaks: Counter[str] = Counter()
    with refusing_server() as port:
        project = Leaks(Path(_FOLDER.name), port)
        for case in part(cases()[::SHARE]):
            found = project.found(case)
            codes[case.variable, found.code] += 1
            leaks[case.variable] += len(found.places)
            if found.places:
                print(f"{case}: {', '.join(found.places)}", flush=True)
    heads = ["variable", "commands", "exit code 0", "1", "2", "occurrences"]
    rows: list[list[object]] = []
    for variable in VARIABLES:
        by_code = [codes[variable, code] for code in (0, 1, 2)]
        rows.append([variable, sum(by_code), *by_code, leaks[variable]])
    print(table(heads, rows))
    if leaks.total():
        sys.exit(1)
