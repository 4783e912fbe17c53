"""Write the lock: all packages that this project runs and is developed with, with their hashes.

    python scripts/lock.py             what pyproject.toml asks for; versions stay where they can
    python scripts/lock.py --upgrade   the newest release of everything
    .venv/bin/python scripts/lock.py --check
                                       show that the lock is complete, and that it is installed

``requirements/runtime.txt`` is what `make migrate` and the hooks need, ``requirements/dev.txt``
the rest, and ``requirements/docs.txt`` what `make docs` needs. They are for all Pythons and
machines, and are installed without resolution: see ``scripts/install.py``.
"""

from __future__ import annotations

import argparse
import re
import subprocess
import sys
import tomllib
import venv
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import TYPE_CHECKING, NamedTuple

import install

if TYPE_CHECKING:
    from collections.abc import Iterator

ROOT = Path(__file__).resolve().parents[1]
RUNTIME = ROOT / "requirements" / "runtime.txt"
DEV = ROOT / "requirements" / "dev.txt"
DOCS = ROOT / "requirements" / "docs.txt"
HEADER = {
    RUNTIME: "# What this project and its hooks run with, complete. Written by scripts/lock.py.\n",
    DEV: "# What tests, linters and benchmarks need besides. Written by scripts/lock.py.\n"
    "-r runtime.txt\n",
    DOCS: "# What builds the documentation, complete. Written by scripts/lock.py.\n",
}
TOOLS = {"pip", "setuptools"}  # a virtual environment may come with them


class Need(NamedTuple):
    """That ``by`` needs a package, as it says in ``text``."""

    by: str
    text: str


def main(arguments: list[str]) -> int:
    """Write or check the lock. Returns the exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--upgrade", action="store_true")
    parser.add_argument("--check", nargs="?", choices=["runtime", "dev"], const="dev")
    options = parser.parse_args(arguments)
    if not options.check:
        write(upgrade=options.upgrade)
        return 0
    files = [RUNTIME] if options.check == "runtime" else [RUNTIME, DEV]
    problems = list(check(files))
    for problem in problems:
        print(problem)
    if not problems:
        print(f"{len(installed())} packages are installed: what the lock says, and all they need")
    return 1 if problems else 0


def write(*, upgrade: bool) -> None:
    """Resolve ``pyproject.toml`` for all Pythons and machines."""
    with TemporaryDirectory() as name:
        folder = Path(name)
        uv = install.find_uv() or new_uv(folder)
        old = "".join(file.read_text() for file in (RUNTIME, DEV) if file.exists())
        runtime, everything = folder / "runtime.txt", folder / "everything.txt"
        own = ["--all-extras", "pyproject.toml"]
        compile_lock(uv, runtime, old, own, upgrade=upgrade)
        own += ["--group", "dev", "-c", str(runtime)]
        compile_lock(uv, everything, old, own, upgrade=upgrade)
        blocks = pins(runtime.read_text())
        RUNTIME.write_text(HEADER[RUNTIME] + "".join(blocks))
        rest = [block for block in pins(everything.read_text()) if block not in blocks]
        DEV.write_text(HEADER[DEV] + "".join(rest))
        if "docs" in tomllib.loads((ROOT / "pyproject.toml").read_text())["dependency-groups"]:
            docs, old = folder / "docs.txt", DOCS.read_text() if DOCS.exists() else ""
            compile_lock(uv, docs, old, ["--group", "docs"], upgrade=upgrade)
            DOCS.write_text(HEADER[DOCS] + "".join(pins(docs.read_text())))


def compile_lock(uv: str, file: Path, old: str, sources: list[str], *, upgrade: bool) -> None:
    """Write what ``sources`` ask for into ``file``; the versions in ``old`` stay where they can."""
    file.write_text(re.sub("^-r.*\n", "", old, flags=re.MULTILINE))  # what uv keeps
    subprocess.run(
        [
            *[uv, "pip", "compile", "--quiet", "--universal", "--python-version", "3.11"],
            *["--generate-hashes", "--no-strip-extras", "--no-annotate", "--no-header"],
            *[*sources, *(["--upgrade"] if upgrade else [])],
            *["--output-file", str(file)],
        ],
        cwd=ROOT,
        check=True,
    )


def new_uv(folder: Path) -> str:
    """The path of an uv that is installed into ``folder``."""
    venv.create(folder, with_pip=True)
    subprocess.run([folder / "bin" / "pip", "install", "--quiet", "uv"], check=True)
    return str(folder / "bin" / "uv")


def pins(text: str) -> list[str]:
    """The pinned packages of a file of the lock, each with the lines of its hashes."""
    return re.findall(r"^\S+==.*\n(?:    .*\n)*", text, re.MULTILINE)


def check(files: list[Path]) -> Iterator[str]:
    """What keeps this environment from being ``files``, and each of these from being complete."""
    project = tomllib.loads((ROOT / "pyproject.toml").read_text())
    wanted = [*project["project"]["dependencies"]]
    for extra in project["project"]["optional-dependencies"].values():
        wanted += extra
    pinned: dict[str, str] = {}
    for file in files:
        pinned |= locked(file)
        if file == DEV:
            wanted += project["dependency-groups"]["dev"]
        yield from incomplete(file.name, pinned, needs(wanted))
    installed_here = installed()
    for name in sorted(installed_here.keys() | pinned.keys()):
        if installed_here.get(name) != pinned.get(name):
            was, says = installed_here.get(name, "nothing"), pinned.get(name, "nothing")
            yield f"{name}: {was} is installed, and the lock says {says}"


def locked(file: Path) -> dict[str, str]:
    """The versions that a file of the lock pins on this Python and machine."""
    from packaging.requirements import Requirement  # writing needs none

    locked_versions = {}
    for block in pins(file.read_text()):
        text = block.splitlines()[0].removesuffix("\\")
        if applies(text):
            pin = Requirement(text)
            locked_versions[pin.name] = str(pin.specifier).removeprefix("==")
    return locked_versions


def installed() -> dict[str, str]:
    """The versions of all packages of this environment, but for what installs them."""
    from packaging.utils import canonicalize_name

    versions = {canonicalize_name(item.name): item.version for item in metadata.distributions()}
    return {name: version for name, version in versions.items() if name not in TOOLS}


def needs(wanted: list[str]) -> dict[str, list[Need]]:
    """What ``wanted`` and all that this needs ask for on this Python and machine, extras too."""
    from packaging.requirements import Requirement
    from packaging.utils import canonicalize_name

    by_name: dict[str, list[Need]] = {}
    seen: set[tuple[str, str]] = set()
    queue = [Need("pyproject.toml", text) for text in wanted if applies(text)]
    while queue:
        need = queue.pop()
        requirement = Requirement(need.text)
        name = canonicalize_name(requirement.name)
        if need in by_name.setdefault(name, []):
            continue
        by_name[name].append(need)
        for extra in {"", *requirement.extras} - {extra for known, extra in seen if known == name}:
            seen.add((name, extra))
            queue += [Need(name, text) for text in requirements(name) if applies(text, extra)]
    return by_name


def applies(text: str, extra: str = "") -> bool:
    """Whether a requirement is one on this Python and machine, for an extra of what needs it."""
    from packaging.requirements import Requirement

    marker = Requirement(text).marker
    return marker is None or marker.evaluate({"extra": extra})


def requirements(name: str) -> list[str]:
    """What an installed package needs; nothing if it is not installed, which is told elsewhere."""
    try:
        return metadata.requires(name) or []
    except metadata.PackageNotFoundError:
        return []


def incomplete(file: str, pinned: dict[str, str], needed: dict[str, list[Need]]) -> Iterator[str]:
    """What a file of the lock lacks or has too much."""
    from packaging.requirements import Requirement

    for name, reasons in sorted(needed.items()):
        for need in reasons:
            if name not in pinned:
                yield f"{file}: {name} is missing; {need.by} needs {need.text}"
            elif not Requirement(need.text).specifier.contains(pinned[name], prereleases=True):
                yield f"{file}: {name} is {pinned[name]}; {need.by} needs {need.text}"
    for name in sorted(pinned.keys() - needed.keys()):
        yield f"{file}: nothing needs {name}"


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
