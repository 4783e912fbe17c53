"""Run the tests that need no server on combinations of Python, SQLAlchemy and Alembic.

    python scripts/matrix.py                    the corners: each at its oldest or its newest
    python scripts/matrix.py oldest newest      all three at their oldest, then at their newest
    python scripts/matrix.py all --python 3.13  all combinations, on one Python

It takes the interpreters that it finds: on PATH, pyenv's, and the paths in STILLROOM_PYTHONS. Each
combination gets an environment of its own, from the lock. Needs nothing but Python.
"""

from __future__ import annotations

import argparse
import os
import re
import subprocess
import sys
import time
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import product
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import NamedTuple

import install

ROOT = Path(__file__).resolve().parents[1]
LOGS = ROOT / ".stillroom" / "matrix"
PYTHONS = ("3.11", "3.12", "3.13", "3.14")
SQLALCHEMYS = ("==2.0.30", ">=2.0.30,<2.1", ">=2.1,<2.2")  # a range means its newest release
ALEMBICS = ("==1.16.3", "==1.18.0", ">=1.20,<1.21")  # 1.18 is the first that takes plugins
# Instead of 2.0.30 where that cannot be imported; pyproject.toml says so, too.
FIRST_SQLALCHEMY = {"3.13": "2.0.31", "3.14": "2.0.41"}
CHOICES: dict[str, Callable[[Sequence[str]], Sequence[str]]] = {
    "oldest": lambda axis: axis[:1],
    "middle": lambda axis: axis[len(axis) // 2 :][:1],
    "newest": lambda axis: axis[-1:],
    "corners": lambda axis: (axis[0], axis[-1]),
    "all": lambda axis: axis,
}
VERSIONS = (
    "import platform, sqlalchemy, alembic\n"
    "print(platform.python_version(), sqlalchemy.__version__, alembic.__version__)"
)
TESTS = ("-m", "pytest", "-rfEs", "-m", "not server", "--numprocesses", "auto")
ROW = "{:<9} {:<11} {:<8} {:>7} {:>7} {:>8} {:>8}"


class Combination(NamedTuple):
    """What the tests run on: the version of Python, and what is asked of two packages."""

    python: str
    sqlalchemy: str
    alembic: str


class Outcome(NamedTuple):
    """What the tests gave."""

    counts: dict[str, int]
    details: list[str]  # which failed, and why others were skipped


def main(arguments: list[str]) -> int:
    """Print a table. Returns 1 if a test failed, 2 if there is nothing to run them with."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("which", nargs="*", metavar=f"{{{','.join(CHOICES)}}}")
    parser.add_argument("--python", choices=PYTHONS, action="append")
    options = parser.parse_args(arguments)
    which = options.which or ["corners"]
    if unknown := set(which) - set(CHOICES):
        parser.error(f"not one of {', '.join(CHOICES)}: {', '.join(sorted(unknown))}")
    asked = options.python or PYTHONS
    pythons = interpreters(asked)
    print(ROW.format("Python", "SQLAlchemy", "Alembic", "passed", "failed", "skipped", "seconds"))
    wanted = dict.fromkeys(combinations(which, list(pythons)))
    try:
        outcomes = [tried(item, pythons[item.python]) for item in wanted]
    except install.Failure as error:
        print(error, file=sys.stderr)
        return 2
    for line in [
        *explanations(asked, pythons),
        *(line for item in outcomes for line in item.details),
    ]:
        print(line)
    if any(item.counts["failed"] for item in outcomes):
        return 1
    return 0 if outcomes else 2


def interpreters(versions: Iterable[str]) -> dict[str, str]:
    """The path of an interpreter for each of ``versions`` that is on this machine."""
    named = [path for path in os.environ.get("STILLROOM_PYTHONS", "").split(os.pathsep) if path]
    pyenv = Path(os.environ.get("PYENV_ROOT", "~/.pyenv")).expanduser() / "versions"
    paths = {}
    for version in versions:
        of_pyenv = sorted(map(str, pyenv.glob(f"{version}.*/bin/python")))
        for path in [*named, sys.executable, f"python{version}", *of_pyenv]:
            if version_of(path) == version:
                paths[version] = path
                break
    return paths


def version_of(python: str) -> str:
    """The version of an interpreter that can make environments, such as "3.13"; else ""."""
    program = "import sys, venv, ensurepip; print('%d.%d' % sys.version_info[:2])"
    try:
        return output([python, "-c", program])
    except (OSError, subprocess.CalledProcessError):
        return ""


def output(command: Sequence[str | Path]) -> str:
    """What a command prints. Raises CalledProcessError if it fails."""
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def combinations(which: Iterable[str], pythons: Sequence[str]) -> Iterator[Combination]:
    """The combinations that ``which`` names, of these Pythons."""
    for name in which if pythons else ():
        axes = [CHOICES[name](axis) for axis in (pythons, SQLALCHEMYS, ALEMBICS)]
        yield from (Combination(*item) for item in product(*axes))


def tried(combination: Combination, python: str) -> Outcome:
    """Run the tests on a combination, and print its row."""
    first = FIRST_SQLALCHEMY.get(combination.python, "2.0.30")
    wanted = [
        f"sqlalchemy{combination.sqlalchemy.replace('2.0.30', first)}",
        f"alembic{combination.alembic}",
    ]
    with TemporaryDirectory() as folder:
        venv = Path(folder) / "venv"
        install.make_environment(venv, ROOT / install.DEV, python)
        if refusal := install.run([*install.installer(venv), *wanted]):
            raise install.Failure(refusal, "")
        inside = venv / "bin" / "python"
        versions = output([inside, "-c", VERSIONS]).split()
        log = LOGS / f"{'-'.join(versions)}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        print(f"running the tests; their output is in {log.relative_to(ROOT)}", file=sys.stderr)
        started = time.monotonic()
        with log.open("w") as file:
            done = subprocess.run(
                [inside, *TESTS], cwd=ROOT, stdout=file, stderr=subprocess.STDOUT, check=False
            )
    outcome = read(log.read_text(), done.returncode)
    counts = [outcome.counts[word] for word in ("passed", "failed", "skipped")]
    print(ROW.format(*versions, *counts, round(time.monotonic() - started)), flush=True)
    return Outcome(outcome.counts, [f"{' '.join(versions)}: {line}" for line in outcome.details])


def read(text: str, code: int) -> Outcome:
    """What pytest's output says. An end without a verdict counts as a failure."""
    lines = text.strip().splitlines() or [""]
    counts = {"passed": 0, "failed": 0, "skipped": 0}
    for number, word in re.findall(r"(\d+) (passed|failed|skipped|error)", lines[-1]):
        counts["failed" if word == "error" else word] += int(number)
    if code and not counts["failed"]:
        counts["failed"] = 1
        return Outcome(counts, [f"pytest ended with exit code {code}: {lines[-1]}"])
    return Outcome(counts, [line for line in lines if re.match("FAILED|ERROR|SKIPPED", line)])


def explanations(asked: Iterable[str], pythons: Iterable[str]) -> Iterator[str]:
    """Which combinations there were none of, and why."""
    for version in asked:
        if version not in pythons:
            yield f"skipped: Python {version}, of which no interpreter was found"
        elif version in FIRST_SQLALCHEMY:
            first = FIRST_SQLALCHEMY[version]
            yield f"skipped: SQLAlchemy before {first}, which Python {version} cannot import"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
