"""Do upgrades of public histories converge when they are cut off and run again? Prints a table.

    python benchmarks/public_histories/cuts.py                        # octavia glance zun heat
    python benchmarks/public_histories/cuts.py --server mysql-9.7 --cuts 20 nova

The environments are those of compare.py. Each cut is a SIGKILL at a random DDL statement.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

from compare import (  # type: ignore[import-not-found]
    HERE,
    SERVERS,
    _execute,
    environment,
    server_url,
)

FOUR = ("octavia", "glance", "zun", "heat")


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", default=FOUR)
    parser.add_argument("--server", choices=SERVERS, default="mariadb-10.11")
    parser.add_argument("--cuts", type=int, default=10)
    parser.add_argument("--seed", type=int, default=1)
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    parser.add_argument("--cache", type=Path, default=cache / "stillroom-histories")
    arguments = parser.parse_args()
    projects = tomllib.loads((HERE / "histories.toml").read_text())
    print(f"{'history':<12} {'server':<14} {'DDL':>5} {'cuts':>5} {'converged':>9}")
    bad = 0
    for name in arguments.names:
        python = environment(arguments.cache, projects[name])
        bad += _measure(arguments, name, python)
    return 1 if bad else 0


def _measure(arguments: argparse.Namespace, name: str, python: Path) -> int:
    whole = _upgrade(arguments, name, python, [0])
    if "error" in whole:
        print(f"{name:<12} {arguments.server:<14} does not upgrade: {whole['error']}")
        return 1
    chosen = random.Random(f"{name} {arguments.seed}")  # noqa: S311 - not a secret
    points = chosen.sample(range(1, whole["statements"] + 1), arguments.cuts)
    good = 0
    for point in points:
        found = _upgrade(arguments, name, python, [point, 0])
        good += found.get("tables") == whole["tables"]
        if "error" in found:
            print(f"cut at {point}: {found['error']}", file=sys.stderr)
        for table, expected in whole["tables"].items() if "tables" in found else ():
            if found["tables"].get(table) != expected:
                print(f"cut at {point}: {table} differs", file=sys.stderr)
                print(f"{expected}\n{found['tables'].get(table)}", file=sys.stderr)
    print(
        f"{name:<12} {arguments.server:<14} {whole['statements']:>5} {len(points):>5}"
        f" {good:>5}/{len(points)}",
        flush=True,
    )
    return len(points) - good


def _upgrade(
    arguments: argparse.Namespace, name: str, python: Path, statements: list[int]
) -> dict[str, Any]:
    """Upgrade a new database in as many runs as there are statements to cut at."""
    url = server_url(arguments.server)
    database = f"stillroom_cut_{name}_{os.getpid()}".replace("-", "_")
    rendered = url.set(database=database).render_as_string(hide_password=False)
    out = arguments.cache / f"cut-{os.getpid()}.json"
    variables = {"PYTHONPATH": str(HERE.parent.parent / "scripts"), "SUPERSET_URL": rendered,
                 "AIRFLOW_HOME": str(arguments.cache / "airflow"),
                 "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": rendered,
                 "SUPERSET_CONFIG_PATH": str(HERE / "superset_config.py")}  # fmt: skip
    _execute(url, f"CREATE DATABASE `{database}`")
    try:
        for statement in statements:
            out.unlink(missing_ok=True)
            done = subprocess.run(
                [python, HERE / "cut_worker.py", name, rendered, str(statement), out],
                env={**os.environ, **variables}, cwd=arguments.cache, capture_output=True,
                text=True, check=False,
            )  # fmt: skip
        if not out.exists():
            return {"error": f"exit {done.returncode}: {done.stderr[-2000:]}"}
        answer: dict[str, Any] = json.loads(out.read_text())
        return answer
    finally:
        out.unlink(missing_ok=True)
        _execute(url, f"DROP DATABASE IF EXISTS `{database}`")


if __name__ == "__main__":
    raise SystemExit(main())
