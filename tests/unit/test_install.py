"""The installation of a checkout, and its removal. `test_lock.py` runs the real pip."""

from __future__ import annotations

import ast
import subprocess
import sys
from pathlib import Path

import install
import pytest

from tests.support.projects import ROOT


class Machine:
    """An empty checkout, and a pip that makes what it is asked for, or fails as it is told."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self.commands: list[list[str]] = []
        self.fails: dict[str, str | BaseException] = {}  # at a word of the command: what is said
        for name in ("runtime", "dev"):
            self.write(f"requirements/{name}.txt", name)

    def write(self, name: str, text: str) -> None:
        path = self.root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)

    def run(self, command: list[str]) -> str:
        self.commands.append(command)
        if "venv" in command:
            self.write(".venv/bin/python", "")
        for word, said in self.fails.items():
            if word in command:
                if isinstance(said, BaseException):
                    raise said
                return said
        return ""

    def environment(self) -> set[str]:
        """What lies in the root of the environment."""
        return {path.name for path in (self.root / ".venv").glob("*")}

    def installed(self) -> str:
        """The file that was installed last."""
        return next(command[-1] for command in reversed(self.commands) if "-r" in command)


@pytest.fixture
def machine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Machine:
    """An empty checkout, outside of a repository, without uv."""
    found = Machine(tmp_path)
    monkeypatch.setattr(install, "__file__", str(tmp_path / "scripts" / "install.py"))
    monkeypatch.setattr(install, "run", found.run)
    monkeypatch.setenv("UV", "")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    monkeypatch.chdir(tmp_path)
    return found


def test_the_runtime_alone_is_installed_without_resolution(machine: Machine) -> None:
    assert install.main([]) == 0
    made, filled = machine.commands
    assert made[1:] == ["-m", "venv", ".venv"]
    assert filled[-4:] == ["--no-deps", "--require-hashes", "-r", "requirements/runtime.txt"]
    assert machine.environment() == {"bin", "ready"}


def test_dev_brings_the_rest(machine: Machine) -> None:
    assert install.main(["--dev"]) == 0
    assert machine.installed() == "requirements/dev.txt"
    assert machine.environment() == {"bin", "ready", "ready-dev"}


def test_uv_is_used_where_it_is_and_not_refused(
    machine: Machine, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("UV", "sh")  # any program
    assert install.main([]) == 0
    made, filled = machine.commands
    assert made[1] == "venv"
    assert filled[1:3] == ["pip", "install"]
    assert filled[-4:] == ["--no-deps", "--require-hashes", "-r", "requirements/runtime.txt"]


def test_what_is_ready_is_not_made_again(machine: Machine) -> None:
    install.main(["--dev"])
    machine.commands.clear()
    (machine.root / "requirements/dev.txt").touch()
    for arguments in ([], ["--dev"]):
        assert install.main(arguments) == 0
    assert machine.commands == []


@pytest.mark.parametrize("name", ["runtime", "dev"])
def test_another_lock_makes_the_environment_anew(machine: Machine, name: str) -> None:
    install.main(["--dev"])
    machine.write(".venv/gone", "")
    machine.write(f"requirements/{name}.txt", "another")
    assert install.main([]) == 0  # and what tests need stays
    assert machine.environment() == {"bin", "ready", "ready-dev"}
    assert not (machine.root / ".venv.before").exists()


def test_so_does_another_python(machine: Machine) -> None:
    install.main([])
    machine.write(".venv/ready", machine.root.joinpath(".venv/ready").read_text().replace("3", "4"))
    machine.commands.clear()
    assert install.main([]) == 0
    assert machine.installed()


def test_and_a_python_that_is_gone(machine: Machine) -> None:
    install.main([])
    (machine.root / ".venv/bin/python").unlink()
    (machine.root / ".venv/bin/python").symlink_to("/nowhere/python3.11")
    machine.commands.clear()
    assert install.main([]) == 0
    assert machine.installed()


@pytest.mark.parametrize("failing", ["venv", "--no-deps", "pre_commit"])
@pytest.mark.parametrize("said", ["it is broken", KeyboardInterrupt(), OSError("disk full")])
def test_a_failure_leaves_what_was_there(
    machine: Machine,
    capsys: pytest.CaptureFixture[str],
    failing: str,
    said: str | BaseException,
) -> None:
    machine.fails[failing] = said
    subprocess.run(["git", "init", "--quiet"], check=True)
    assert install.main([]) == (130 if isinstance(said, KeyboardInterrupt) else 2)
    assert machine.environment() == set()
    assert str(said) in capsys.readouterr().err

    machine.fails.clear()
    install.main([])
    machine.write(".venv/kept", "")
    before = machine.environment()
    machine.write("requirements/runtime.txt", "another")
    machine.fails[failing] = said
    install.main([])
    assert machine.environment() == before
    assert not (machine.root / ".venv.before").exists()


def test_a_run_that_was_killed_is_mended(machine: Machine) -> None:
    """Its environment has no file "ready"; the last one that was complete is beside it."""
    machine.write(".venv/half", "")
    assert install.main([]) == 0
    assert machine.environment() == {"bin", "ready"}

    (machine.root / ".venv").rename(machine.root / ".venv.before")
    machine.write(".venv/half", "")
    machine.fails["--no-deps"] = "no network"
    assert install.main([]) == 2
    assert machine.environment() == {"bin", "ready"}
    machine.fails.clear()
    assert install.main([]) == 0
    assert not (machine.root / ".venv.before").exists()


def test_an_environment_elsewhere_is_left_alone(machine: Machine) -> None:
    machine.write("elsewhere/kept", "")
    (machine.root / ".venv").symlink_to("elsewhere")
    assert install.main([]) == 0
    assert machine.environment() == {"bin", "ready"}
    assert (machine.root / "elsewhere/kept").exists()


def test_in_a_repository_the_hooks_are_installed(machine: Machine) -> None:
    subprocess.run(["git", "init", "--quiet"], check=True)
    assert install.main([]) == 0
    assert machine.commands[-1][1:] == ["-m", "pre_commit", "install"]


def test_without_one_there_are_none(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    assert install.main([]) == 0
    assert "no git repository is here" in capsys.readouterr().err
    assert "pre_commit" not in str(machine.commands)


def test_hooks_of_ones_own_are_left_alone(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    subprocess.run(["git", "init", "--quiet"], check=True)
    subprocess.run(["git", "config", "core.hooksPath", "hooks"], check=True)
    assert install.main([]) == 0
    assert "pre_commit" not in str(machine.commands)
    assert "git takes its hooks from hooks" in capsys.readouterr().err


def test_debian_has_its_own_package_of_venv(
    machine: Machine, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.fails["venv"] = "ensurepip is not available"
    assert install.main([]) == 2
    assert "apt-get install python3-venv" in capsys.readouterr().err


def test_outside_of_a_checkout(machine: Machine, capsys: pytest.CaptureFixture[str]) -> None:
    (machine.root / "requirements/runtime.txt").unlink()
    assert install.main([]) == 2
    assert "requirements/runtime.txt" in capsys.readouterr().err


def test_what_a_failed_command_said_is_told() -> None:
    program = "import sys; print('out'); print('err', file=sys.stderr); raise SystemExit(code)"
    python = [sys.executable, "-u", "-c"]
    assert install.run([*python, f"code = 1; {program}"]) == "out\nerr"
    assert install.run([*python, f"code = 0; {program}"]) == ""
    assert "exit code 3" in install.run([*python, "raise SystemExit(3)"])


def test_a_python_that_is_too_old_can_read_why() -> None:
    for path in ("install.py", "stillroom/__init__.py", "stillroom/__main__.py"):
        source = (ROOT / "scripts" / path).read_text(encoding="utf-8")
        ast.parse(source, feature_version=(3, 6))
    source = (ROOT / "scripts" / "install.py").read_text(encoding="utf-8")
    assert source.index("import stillroom") < source.index("import argparse")
    source = (ROOT / "scripts" / "stillroom" / "__init__.py").read_text(encoding="utf-8")
    older = source.replace("(3, 11)", "(99, 0)")
    said = subprocess.run(
        [sys.executable, "-c", older], capture_output=True, text=True, check=False
    )
    assert said.returncode == 2
    assert "PYTHON=" in said.stderr


def test_clean_removes_caches_and_no_data(machine: Machine) -> None:
    kept = [".env", "app.db", ".stillroom/server/data/x", "app/a.py"]
    removed = [".venv/ready", ".stillroom/cache/x", "app/__pycache__/a.pyc", ".mypy_cache/x"]
    for name in [*kept, *removed, ".coverage"]:
        machine.write(name, "")
    assert install.main(["--clean"]) == 0
    files = [path for path in machine.root.rglob("*") if path.is_file()]
    left = {str(path.relative_to(machine.root)) for path in files}
    assert left == {*kept, "requirements/runtime.txt", "requirements/dev.txt"}
