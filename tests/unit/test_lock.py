"""The lock: installed by the real pip, from an index that lives in the future."""

from __future__ import annotations

import ensurepip
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import lock
import pytest

from tests.support.index import Index, served
from tests.support.projects import ROOT, Answer

FUTURE = "9999"
PROGRAM = (
    "from importlib.metadata import distributions\n"
    "print(*sorted(f'{item.name}=={item.version}' for item in distributions()))"
)
# Whoever runs the tests in the background may have them started with SIGINT ignored.
INTERRUPTIBLE = """
import runpy, signal, sys
signal.signal(signal.SIGINT, signal.default_int_handler)
sys.argv[:] = ["scripts/install.py"]
sys.path[0] = "scripts"
runpy.run_path(sys.argv[0], run_name="__main__")
"""
UV = shutil.which("uv") or ""


@dataclass
class Checkout:
    """A copy of what an installation needs, and an index that has what its lock names."""

    root: Path
    index: Index

    def relock(self, file: str, text: str) -> None:
        """Write a file of the lock with the hashes of this index, which has newer ones as well."""
        for block in lock.pins(text):
            ((name, version),) = re.findall(r"^([^=\[]+)\S*==(\S+)", block)
            requires = lock.requirements(name)
            digest = self.index.offer(name, version, requires)
            self.index.offer(name, FUTURE, requires)
            line = block.split("\n")[0].removesuffix(" \\")
            text = text.replace(block, f"{line} \\\n    --hash=sha256:{digest}\n")
        (self.root / "requirements" / file).write_text(text, encoding="utf-8")

    def environment(self, uv: str) -> dict[str, str]:
        kept = {
            name: value
            for name, value in os.environ.items()
            if not name.startswith(("PIP_", "UV_", "VIRTUAL_ENV"))
        }
        return kept | {
            "HOME": str(self.root / "home"),
            "NO_PROXY": "127.0.0.1",
            "PIP_CONFIG_FILE": os.devnull,
            "PIP_INDEX_URL": self.index.url,
            "PIP_NO_CACHE_DIR": "1",
            "PIP_RETRIES": "1",
            "UV": uv,
            "UV_DEFAULT_INDEX": self.index.url,
            "UV_HTTP_RETRIES": "0",
            "UV_NO_CACHE": "1",
            "UV_NO_CONFIG": "1",
        }

    def run(self, *command: str | Path, uv: str = "") -> Answer:
        done = subprocess.run(
            command,
            cwd=self.root,
            env=self.environment(uv),
            capture_output=True,
            text=True,
            check=False,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def install(self, *arguments: str, uv: str = "") -> Answer:
        return self.run(sys.executable, "scripts/install.py", *arguments, uv=uv)

    def pip(self, *arguments: str) -> Answer:
        """What pip says by itself, in the environment that was made."""
        return self.run(self.root / ".venv/bin/python", "-m", "pip", *arguments)

    def installed(self) -> dict[str, str]:
        said = self.run(self.root / ".venv/bin/python", "-c", PROGRAM)
        assert said.code == 0, said.err
        pairs = (item.split("==") for item in said.out.split())
        found = {re.sub(r"[-_.]+", "-", name).lower(): version for name, version in pairs}
        return {name: version for name, version in found.items() if name not in lock.TOOLS}


@pytest.fixture
def project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """One that needs a, and b for development; a needs c, and d with its extra x."""
    needed = {
        "a": ["c>=2", "d; extra == 'x'", "nothing; python_version < '3'", "a[y]; extra == 'x'"],
        "b": ["a"],
    }
    (tmp_path / "pyproject.toml").write_text(
        "[project]\ndependencies = [\"a[x]; python_version >= '3'\", \"e; python_version < '3'\"]\n"
        "[project.optional-dependencies]\nnone = []\n"
        '[dependency-groups]\ndev = ["b"]\n'
    )
    monkeypatch.setattr(lock, "ROOT", tmp_path)
    for name in ("RUNTIME", "DEV"):
        monkeypatch.setattr(lock, name, tmp_path / "requirements" / f"{name.lower()}.txt")
    monkeypatch.setattr(lock, "HEADER", {lock.RUNTIME: "# runtime\n", lock.DEV: "-r runtime.txt\n"})
    monkeypatch.setattr(lock, "requirements", lambda name: needed.get(name, []))
    monkeypatch.setattr(lock, "installed", lambda: {"a": "1", "b": "1", "c": "2", "d": "1"})
    (tmp_path / "requirements").mkdir()
    lock.RUNTIME.write_text("a[x]==1 \\\n    --hash=sha256:0\nc==2\nd==1\nw==1 ; os_name == 'nt'\n")
    lock.DEV.write_text("-r runtime.txt\nb==1\n")
    return tmp_path


def check() -> list[str]:
    return list(lock.check([lock.RUNTIME, lock.DEV]))


def test_a_complete_lock(project: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert check() == []
    assert lock.main(["--check"]) == 0
    assert "4 packages are installed" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("old", "new", "problems"),
    [
        ("d==1\n", "", ["runtime.txt: d is missing; a needs d; extra == 'x'"]),
        ("c==2", "c==1", ["runtime.txt: c is 1; a needs c>=2"]),
        ("c==2", "c==3", []),
        ("d==1\n", "d==1\nf==1\n", ["runtime.txt: nothing needs f"]),
    ],
)
def test_an_incomplete_lock(project: Path, old: str, new: str, problems: list[str]) -> None:
    text = lock.RUNTIME.read_text()
    assert old in text
    lock.RUNTIME.write_text(text.replace(old, new))
    said = check()
    assert [line for line in said if line.startswith("runtime.txt")] == problems
    assert [line for line in said if "is installed, and the lock says" in line]
    assert lock.main(["--check"]) == 1


def test_what_development_alone_needs_is_not_in_the_runtime(project: Path) -> None:
    lock.RUNTIME.write_text(lock.RUNTIME.read_text() + "b==1\n")
    assert "runtime.txt: nothing needs b" in check()


def test_more_than_the_lock_is_installed(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    here = lock.installed()
    monkeypatch.setattr(lock, "installed", lambda: here | {"extra": "1"})
    assert check() == ["extra: 1 is installed, and the lock says nothing"]


def test_the_lock_is_written_in_two_parts(project: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Versions stay where they can: what was locked is there before uv writes."""
    uv = project / "uv"
    uv.write_text(
        "#!/bin/sh\n"
        'for last; do case "$before" in --output-file) file=$last;; esac; before=$last; done\n'
        f'cat "$file" >> {project}/before\n'
        'printf "a[x]==2 \\\\\n    --hash=sha256:0\nc==2\n" > "$file"\n'
        'case "$*" in *--group*) printf "b==2\n" >> "$file";; esac\n'
    )
    uv.chmod(0o755)
    monkeypatch.setenv("UV", str(uv))
    assert lock.main([]) == 0
    assert lock.RUNTIME.read_text() == "# runtime\na[x]==2 \\\n    --hash=sha256:0\nc==2\n"
    assert lock.DEV.read_text() == "-r runtime.txt\nb==2\n"
    assert (project / "before").read_text().count("b==1\n") == 2


@pytest.fixture
def checkout(tmp_path: Path) -> Iterator[Checkout]:
    for name in ("scripts", "requirements"):
        (tmp_path / name).mkdir()
    for path in ("scripts/install.py", "scripts/stillroom/__init__.py"):
        (tmp_path / path).parent.mkdir(exist_ok=True)
        shutil.copy(ROOT / path, tmp_path / path)
    with served() as index:
        yield Checkout(tmp_path, index)


@pytest.fixture
def small(checkout: Checkout) -> Checkout:
    """One with a lock of two packages."""
    checkout.relock("runtime.txt", "mako==1.0\nmarkupsafe==2.0\n")
    checkout.relock("dev.txt", "-r runtime.txt\n")
    return checkout


@pytest.mark.parametrize(
    "uv",
    [
        pytest.param("", id="pip"),
        pytest.param(UV, id="uv", marks=pytest.mark.skipif(not UV, reason="uv is not on PATH")),
    ],
)
def test_what_is_newer_than_the_lock_is_not_looked_at(checkout: Checkout, uv: str) -> None:
    for file in (lock.RUNTIME, lock.DEV):
        checkout.relock(file.name, file.read_text(encoding="utf-8"))
    said = checkout.install("--dev", uv=uv)
    assert said.code == 0, said.err
    assert checkout.installed() == lock.locked(lock.RUNTIME) | lock.locked(lock.DEV)
    assert not [name for name in checkout.index.served if FUTURE in name]


@pytest.mark.skipif(
    tuple(map(int, ensurepip.version().split(".")[:2])) >= (24, 1),
    reason="this pip takes the locked version for a package that another names with an extra",
)
def test_a_lock_without_extras_does_not_outlive_a_release_if_pip_resolves(
    checkout: Checkout,
) -> None:
    """Why nothing is resolved: pip looks for the newest of a package with another extra."""
    digests = {
        "coverage": checkout.index.offer("coverage", "7.0", ["tomli; extra == 'toml'"]),
        "pytest-cov": checkout.index.offer("pytest-cov", "7.0", ["coverage[toml]>=7"]),
        "tomli": checkout.index.offer("tomli", "7.0"),
    }
    lines = [f"{name}==7.0 --hash=sha256:{digest}\n" for name, digest in digests.items()]
    for file, text in (("runtime.txt", "".join(lines)), ("dev.txt", "")):
        (checkout.root / "requirements" / file).write_text(text, encoding="utf-8")
    checkout.index.offer("coverage", FUTURE, ["tomli; extra == 'toml'"])
    assert checkout.install().code == 0
    checkout.pip("uninstall", "--yes", *digests)
    said = checkout.pip("install", "--require-hashes", "-r", "requirements/runtime.txt")
    assert said.code != 0
    assert "coverage" in said.err


def test_a_wrong_hash_names_the_package(small: Checkout) -> None:
    file = small.root / "requirements" / "runtime.txt"
    file.write_text(file.read_text(encoding="utf-8")[:-9] + "00000000\n", encoding="utf-8")
    said = small.install()
    assert said.code == 2
    assert "markupsafe==2.0: what was downloaded has another hash" in said.err
    assert not (small.root / ".venv").exists()


def test_without_a_network_the_environment_stays(small: Checkout) -> None:
    assert small.install().code == 0
    small.relock("runtime.txt", "mako==2.0\n")
    there, small.index.url = small.index.url, "http://127.0.0.1:1/simple"
    said = small.install()
    assert said.code == 2
    assert "no package index answers" in said.err
    assert "Traceback" not in said.err
    assert small.installed() == {"mako": "1.0", "markupsafe": "2.0"}

    small.index.url = there  # which does offer newer ones, or the first test would show nothing
    assert small.pip("install", "--upgrade", "mako").code == 0
    assert small.installed()["mako"] == FUTURE


def test_a_run_that_was_cut_is_mended_by_the_next(small: Checkout) -> None:
    for number, code in ((signal.SIGINT, 130), (signal.SIGKILL, -9)):
        small.index.hold.clear()
        small.index.asked.clear()
        running = subprocess.Popen(
            [sys.executable, "-c", INTERRUPTIBLE],
            cwd=small.root,
            env=small.environment(uv=""),
            stderr=subprocess.PIPE,
            text=True,
            start_new_session=True,
        )
        assert small.index.asked.wait(60)
        os.killpg(running.pid, number)
        _, said = running.communicate()
        assert running.returncode == code, said
        assert "Traceback" not in said
        small.index.hold.set()
    assert small.install().code == 0
    assert small.installed() == {"mako": "1.0", "markupsafe": "2.0"}
