"""Hostile caches, manifests, git trees and settings: nothing runs, nothing outside changes.

10,000 inputs, or as many as STILLROOM_FUZZ says; STILLROOM_SEED repeats a run. An input fails if it
starts a program, writes a file outside, gives a verdict that git does not bear out, or raises
something else than what a user is told.
"""

from __future__ import annotations

import json
import os
import pickle
import random
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

_FOLDER = tempfile.TemporaryDirectory(prefix="stillroom-fuzz-")
os.environ["XDG_CACHE_HOME"] = f"{_FOLDER.name}/caches"  # before the engine is imported

from benchmarks._timing import table  # noqa: E402
from stillroom.catalog import Catalog, Session, Target, execute  # noqa: E402
from stillroom.errors import StillroomError  # noqa: E402
from stillroom.project import settings  # noqa: E402
from stillroom.project.cache_place import place_of  # noqa: E402
from stillroom.project.git import OWN_OPTION, Entry, Repository  # noqa: E402
from stillroom.replay.cache import Cache  # noqa: E402
from stillroom.replay.server import State  # noqa: E402
from stillroom.staged import index_verdicts, tree_verdicts  # noqa: E402
from stillroom.staged.checkout import checkout  # noqa: E402
from stillroom.staged.dependencies import Dependencies  # noqa: E402

COUNT = int(os.environ.get("STILLROOM_FUZZ", "10000"))
SEED = int(os.environ.get("STILLROOM_SEED", str(random.SystemRandom().randrange(10**6))))
_MEMORY_BYTES = 2 * 2**30
NAMES = [
    *("app", "a.py", "models", "..", ".", "", "/etc", ".git", ".GIT", "__pycache__", "-rf", "*"),
    *("x\ny", "\udcff\udcfe", "a" * 300, "a`id`", "$(id)", "'\"", "con", ".env", "staged.json"),
]
MODES = ["100644", "100755", "120000", "160000", "040000", "000000", "999999"]
TARGETS = [b"../../outside", b"/etc/passwd", b".", b"..", b"a.py", b"app/..", b"\xff", b"x" * 5000]
LINES = [
    *("[alembic]", "[stillroom]", "[stillroom]", "target = mysql 9.7", "target = x", "merge = x"),
    *("models = a b", "models = a,b", "lock_wait = -1", "base = x", "%(here)s = %", "a", "= b"),
    *("DB_URL='x", 'DB_HOST="a\\', "export A=b", "é = ü", "[[", "severity = MY301", "\ufeff"),
    *("extra_files = ../x /etc/*", "DB_PASSWORD=hunter2", "A=${B}", "nan = nan", "\0", "\t x"),
]


class Programs:
    """What was started, and what was written outside, since the last look."""

    def __init__(self) -> None:
        self.bad: list[str] = []
        sys.addaudithook(self._heard)

    def _heard(self, event: str, arguments: tuple[Any, ...]) -> None:
        if event in ("os.system", "os.exec", "os.posix_spawn", "pty.spawn"):
            self.bad.append(f"{event} {arguments!r}"[:100])
        elif event == "subprocess.Popen" and OWN_OPTION not in arguments[1]:
            if list(arguments[1][:2]) != ["git", "rev-parse"]:
                self.bad.append(f"started {arguments[1]!r}"[:100])
        elif event == "open" and isinstance(arguments[2], int):
            writes = arguments[2] & (os.O_WRONLY | os.O_RDWR | os.O_CREAT)
            path = os.path.realpath(os.fsdecode(arguments[0])) if _is_path(arguments[0]) else ""
            if writes and path and not path.startswith((_FOLDER.name, "/dev/")):
                self.bad.append(f"wrote {path}")


def _is_path(found: Any) -> bool:
    return isinstance(found, (str, bytes, os.PathLike))


class Fuzz:
    """One repository with a little in it, and a folder outside that must stay as it is."""

    def __init__(self, chance: random.Random) -> None:
        self.chance = chance
        root = Path(_FOLDER.name) / "project"
        root.mkdir()
        self.outside = Path(_FOLDER.name) / "outside"
        self.outside.write_text("keep")
        (root / "app").mkdir()
        (root / "app" / "a.py").write_text("A = 1\n")
        for number, link in enumerate(TARGETS):
            (root / f"target{number}").write_bytes(link)
        git = ["git", OWN_OPTION]
        subprocess.run([*git, "init", "--quiet"], cwd=root, check=True)
        subprocess.run([*git, "add", "--all"], cwd=root, check=True)
        repository = Repository.find(root)
        assert repository is not None
        self.root, self.repository = root, repository
        self.entries = repository.staged_entries()
        self.blobs = [entry.blob for entry in self.entries.values()]
        target = Target.parse("mariadb 10.11")
        statement = "CREATE TABLE t (id INT PRIMARY KEY, e ENUM('a') DEFAULT 'a')"
        catalog = execute(Catalog.empty(target), statement, Session.default(target)).catalog
        self.state = State(catalog)
        with checkout(repository, self.entries):
            self.place = Path(place_of(str(root)))

    def mutated(self, content: bytes) -> bytes:
        """``content`` with some bytes changed, cut off or repeated."""
        chance, changed = self.chance, bytearray(content)
        for _ in range(chance.randint(1, 4)):
            position = chance.randrange(len(changed) + 1)
            match chance.randrange(4):
                case 0:
                    changed[position : position + 1] = bytes([chance.randrange(256)])
                case 1:
                    del changed[position : position + chance.randrange(40)]
                case 2:
                    changed[position:position] = changed[: chance.randrange(60)]
                case _:
                    changed[position:position] = chance.choice(TARGETS[:-1])
        return bytes(changed)

    def cache(self) -> str:
        """A state that is damaged, sealed by somebody who can write in the cache, or not."""
        kept = Cache(self.place / "history")
        content = self.mutated(pickle.dumps(self.state, pickle.HIGHEST_PROTOCOL))
        kept.put("key", self.state)
        sealed = self.chance.random() < 0.5
        if sealed:
            kept.write("key", content)
        else:
            (kept.folder / "key").write_bytes(self.mutated((kept.folder / "key").read_bytes()))
        found = kept.get("key")
        return "" if sealed or found in (None, self.state) else "a damaged state was taken"

    def manifest(self) -> str:
        """A manifest and verdicts that lie about what is staged."""
        file = self.place / "staged.json"
        before = file.read_bytes() if file.exists() else b"{}"
        content = json.dumps({name: [mode, "0" * 40] for name in NAMES for mode in MODES[:1]})
        file.write_bytes(self.mutated(self.chance.choice([before, content.encode(), b"[]"])))
        known = {
            "surroundings": index_verdicts.surroundings(str(self.root)),
            "staged": Dependencies(everything=True).digest({}),
            "committed": "",
            "revisions": ["app"],
            "files": NAMES,
            "folders": NAMES,
            "everything": True,
        }
        (self.place / "trees.json").write_bytes(self.mutated(json.dumps([known]).encode()))
        (self.place / "clean").write_bytes(self.mutated(f"index {'0' * 40} 1 x\n".encode()))
        (self.place / "lint").write_bytes(self.mutated(b"key\n0 3\nabc"))
        if tree_verdicts.is_clean(self.root) or index_verdicts.is_clean(str(self.root)):
            return "a forged verdict was taken"
        if index_verdicts.answer(str(self.root)) is not None:
            return "a forged answer was taken"
        with checkout(self.repository, self.entries) as copy:
            same = (copy.top / "app" / "a.py").read_text() == "A = 1\n"
            return "" if same else "the copy is not what git has"

    def tree(self) -> str:
        """Names, modes and links as no honest git writes them."""
        chance = self.chance
        entries = {
            "/".join(chance.choices(NAMES, k=chance.randint(1, 3))): Entry(
                chance.choice(MODES), chance.choice(self.blobs), self.repository.top
            )
            for _ in range(chance.randint(1, 4))
        }
        with checkout(self.repository, entries) as copy:
            top = os.path.realpath(copy.top)
            for path in copy.top.rglob("*"):
                if os.path.commonpath([top, os.path.realpath(path)]) != top:
                    return f"{path} leads out"
        return ""

    def files(self) -> str:
        """.env and alembic.ini."""
        for name in (".env", "alembic.ini"):
            lines = self.chance.choices(LINES, k=self.chance.randint(1, 6))
            content = "\n".join(lines).encode("utf-8", "surrogatepass")
            mutate = self.chance.random() < 0.5
            (self.root / name).write_bytes(self.mutated(content) if mutate else content)
        settings.load(self.root)
        return ""


def main() -> None:
    """Print how many inputs of each kind were tried, and fail at the first bad one."""
    # A pickle can ask for any amount of memory: more than this is an error, and so no entry.
    resource.setrlimit(resource.RLIMIT_AS, (_MEMORY_BYTES, _MEMORY_BYTES))
    chance = random.Random(SEED)  # noqa: S311
    fuzz, programs = Fuzz(chance), Programs()
    kinds: list[Callable[[], str]] = [fuzz.cache, fuzz.manifest, fuzz.tree, fuzz.files]
    rows: list[list[object]] = []
    for kind in kinds:
        start, told = time.perf_counter(), 0
        for number in range(COUNT // len(kinds)):
            try:
                wrong = kind()
            except StillroomError:
                told += 1
                wrong = ""
            if fuzz.outside.read_text() != "keep":
                wrong = "a file outside was changed"
            if wrong or programs.bad:
                raise SystemExit(f"{kind.__name__} {number}, seed {SEED}: {wrong} {programs.bad}")
        seconds = f"{time.perf_counter() - start:.0f}"
        rows.append([kind.__name__, COUNT // len(kinds), told, 0, seconds])
    print(table(["kind", "inputs", "refused with words", "bad", "seconds"], rows))
    print(f"seed {SEED}")
