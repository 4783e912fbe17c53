"""Does the linter get through every revision of public histories? Prints a table of what it finds.

    python benchmarks/public_histories/lint.py                     # octavia glance zun heat ironic
    python benchmarks/public_histories/lint.py --server mysql-9.7 --sample 50 nova keystone

The environments are those of compare.py. ``--sample`` prints findings that were drawn by lot, with
the lines of the revision that they are about, to be judged by a reader; ``--seed`` draws others.
"""

from __future__ import annotations

import argparse
import json
import os
import random
import subprocess
import sys
import tomllib
from collections import Counter
from pathlib import Path
from typing import Any

from compare import HERE, NOWHERE, SERVERS, environment  # type: ignore[import-not-found]

FIVE = ("octavia", "glance", "zun", "heat", "ironic")
AROUND = 3  # lines of a revision before and behind the place of a finding


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").splitlines()[0])
    parser.add_argument("names", nargs="*", default=FIVE)
    parser.add_argument("--server", choices=SERVERS, default="mariadb-10.11")
    parser.add_argument("--sample", type=int, default=0)
    parser.add_argument("--seed", type=int, default=1)
    cache = Path(os.environ.get("XDG_CACHE_HOME", "~/.cache")).expanduser()
    parser.add_argument("--cache", type=Path, default=cache / "stillroom-histories")
    arguments = parser.parse_args()
    projects = tomllib.loads((HERE / "histories.toml").read_text())
    print(
        f"{'history':<12} {'server':<14} {'revisions':>9} {'findings':>8} {'warnings':>8}"
        f" {'seconds':>7}  codes"
    )
    found: list[dict[str, Any]] = []
    failures = 0
    for name in arguments.names:
        answer = _lint(arguments, name, environment(arguments.cache, projects[name]))
        failures += _report(name, arguments.server, answer)
        found += answer.get("findings", []) + answer.get("warnings", [])
    draw = random.Random(arguments.seed)  # noqa: S311 - not a secret
    for one in draw.sample(found, min(arguments.sample, len(found))):
        _show(one, arguments.cache)
    return 1 if failures else 0


def _lint(arguments: argparse.Namespace, name: str, python: Path) -> dict[str, Any]:
    out = arguments.cache / f"lint-{os.getpid()}.json"
    out.unlink(missing_ok=True)
    target = arguments.server.replace("-", " ")
    command = [*map(str, (python, HERE / "worker.py", "lint", name, NOWHERE, target, out))]
    done = subprocess.run(
        command,
        env={**os.environ, "PYTHONPATH": str(HERE.parent.parent / "scripts")},
        cwd=arguments.cache,
        capture_output=True,
        text=True,
        timeout=900,
        check=False,
    )
    if not out.exists():
        return {"error": (done.stderr.strip().splitlines() or [f"exit {done.returncode}"])[-1]}
    try:
        answer: dict[str, Any] = json.loads(out.read_text())
    finally:
        out.unlink()
    return answer


def _report(name: str, server: str, answer: dict[str, Any]) -> bool:
    """Print one row; True if the linter did not get through."""
    if "error" in answer:
        print(f"{name:<12} {server:<14} {answer['error']}\n{answer.get('traceback', '')}")
        return True
    codes = Counter(one["code"] for one in answer["findings"] + answer["warnings"])
    shown = " ".join(f"{code}×{count}" for code, count in sorted(codes.items()))
    print(
        f"{name:<12} {server:<14} {answer['revisions']:>9} {len(answer['findings']):>8}"
        f" {len(answer['warnings']):>8} {answer['seconds']:>7.1f}  {shown}",
        flush=True,
    )
    if answer["reason"]:
        print(f"{'':<12} stopped: {answer['reason']}")
    return bool(answer["reason"])


def _show(one: dict[str, Any], cache: Path) -> None:
    file = cache / one["file"]
    print(f"\n{file.parent.name}/{file.name}:{one['line']}: {one['code']} {one['what']}")
    for text in (one["why"], one["fix"]):
        print("".join(f"    {line}\n" for line in text.splitlines()), end="")
    lines = file.read_text(encoding="utf-8").splitlines()
    first, last = max(one["line"] - AROUND, 1), min(one["line"] + AROUND, len(lines))
    for number in range(first, last + 1):
        print(f"  {'>' if number == one['line'] else ' '} {number:>4} {lines[number - 1]}")


if __name__ == "__main__":
    sys.exit(main())
