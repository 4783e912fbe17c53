"""Whole projects in temporary folders, and commands run in them as a user would."""

from __future__ import annotations

import os
import runpy
import shutil
import subprocess
import sys
import traceback
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryFile

import alembic.command  # noqa: F401  # so that the forks need not import it
import sqlalchemy.ext.asyncio  # noqa: F401

ROOT = Path(__file__).resolve().parents[2]
CASES = ROOT / "tests" / "cases"
TEMPLATE = ("Makefile", "alembic", "alembic.ini", "app", "scripts", ".env.example", ".gitignore")
# What make hands to the verbs.
TEXTS = (
    *(
        "m",
        "db",
        "rev",
        "from",
        "rename",
        "drop",
        "default",
        "fill",
        "head",
        "splice",
        "branch",
        "depends_on",
    ),
    *("steps", "contract"),
    *("empty", "done", "not_done", "accept_edit", "forget", "all", "explain", "format"),
    *("dry_run", "yes", "target", "without", "stamp", "rows", "full", "to"),
    *("write", "without_models", "base", "models", "engine", "tables", "output", "database"),
    *(
        "action",
        "waves",
        "parallel",
        "per_host",
        "on_error",
        "pause",
        "check",
        "window",
        "shard",
        "with",
        "shell",
        "sizes",
        "quiet",
        "verbose",
    ),
)
# Kept from the projects: settings of the one who runs the tests, and of a make around them.
SETTINGS = {
    "STILLROOM_RELEASE",
    *("DB_URL", "DB_DRIVER", "DB_HOST", "DB_PORT", "DB_USER", "DB_PASSWORD", "DB_NAME"),
    *("SCRATCH_URL", "LINT_URL", "REPLICA_URLS", "FLEET_CONTROL_URL", "ALLOW_LOCK"),
    "CONTRACT",
    *(
        "PRE_COMMIT",
        "GIT_INDEX_FILE",
        "ALEMBIC_CONFIG",
        "CONFIRM",
        "MAKEFLAGS",
        "MAKELEVEL",
        "MFLAGS",
    ),
    *(f"STILLROOM_{name}" for name in TEXTS),
}


def verb_command(verb: str, *arguments: str, scripts: str = "scripts") -> list[str]:
    """A verb in a process of its own, as the Makefile runs it."""
    python = ["env", f"PYTHONPATH={scripts}", sys.executable, "-P"]
    return [*python, "-m", "stillroom", verb, *arguments]


@dataclass(frozen=True)
class Answer:
    """What a command gave: its exit code and what it printed."""

    code: int
    out: str
    err: str


@dataclass
class UserProject:
    """A project of a user at ``root``."""

    root: Path
    environment: dict[str, str] = field(default_factory=dict)

    def write(self, path: str, text: str) -> Path:
        """Write a file of the project."""
        file = self.root / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, encoding="utf-8")
        return file

    def read(self, path: str) -> str:
        """The text of a file of the project."""
        return (self.root / path).read_text(encoding="utf-8")

    def replace(self, path: str, old: str, new: str) -> None:
        """Replace ``old``, which must be there, in a file."""
        text = self.read(path)
        assert old in text
        self.write(path, text.replace(old, new))

    def run(self, *command: str, **environment: str) -> Answer:
        """Run a command in the project. None of the tests' own settings reaches it."""
        inherited = {name: value for name, value in os.environ.items() if name not in SETTINGS}
        done = subprocess.run(
            command,
            cwd=self.root,
            env={**inherited, **self.environment, **environment},
            capture_output=True,
            check=False,
            text=True,
            timeout=300,
        )
        return Answer(done.returncode, done.stdout, done.stderr)

    def script(self, name: str, *arguments: str, **environment: str) -> Answer:
        """Run ``scripts/<name>.py``, in a fork: its imports are done, and its changes are lost."""

        def run() -> None:
            file = str(self.root / "scripts" / f"{name}.py")
            sys.argv[:] = [file, *arguments]
            runpy.run_path(file, run_name="__main__")

        return self._fork(run, environment)

    def verb(self, name: str, *arguments: str, **environment: str) -> Answer:
        """Run a verb in a fork."""

        def run() -> None:
            from stillroom.cli import main

            raise SystemExit(main([name, *arguments]))

        return self._fork(run, environment)

    def _fork(self, run: Callable[[], None], environment: dict[str, str]) -> Answer:
        with TemporaryFile("w+") as out, TemporaryFile("w+") as err:
            child = os.fork()
            if child == 0:
                os.dup2(out.fileno(), 1)
                os.dup2(err.fileno(), 2)
                os._exit(self._in_fork(run, environment))
            code = os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
            out.seek(0)
            err.seek(0)
            return Answer(code, out.read(), err.read())

    def _in_fork(self, run: Callable[[], None], environment: dict[str, str]) -> int:
        sys.stdout = open(1, "w", closefd=False)  # noqa: SIM115
        sys.stderr = open(2, "w", closefd=False)  # noqa: SIM115
        try:
            os.chdir(self.root)
            for setting in SETTINGS:
                os.environ.pop(setting, None)
            os.environ.update({**self.environment, **environment})
            sys.path[0] = str(self.root / "scripts")
            # A test before this one may have imported the sample application here.
            for name in [name for name in sys.modules if name.partition(".")[0] == "app"]:
                del sys.modules[name]
            run()
        except SystemExit as done:
            return done.code if isinstance(done.code, int) else int(done.code is not None)
        except BaseException:  # noqa: BLE001  # the parent sees the traceback and the code
            traceback.print_exc()
            return 1
        else:
            return 0
        finally:
            sys.stdout.flush()
            sys.stderr.flush()

    def alembic(self, *arguments: str, **environment: str) -> Answer:
        """Run plain Alembic."""
        return self.run(sys.executable, "-m", "alembic", *arguments, **environment)

    def files(self) -> dict[str, bytes]:
        """All files, but for caches: to see that nothing was changed."""
        return {
            str(path.relative_to(self.root)): path.read_bytes()
            for path in sorted(self.root.rglob("*"))
            if path.is_file() and "__pycache__" not in path.parts
        }

    def revisions(self) -> list[Path]:
        """The revision files, by name."""
        return sorted((self.root / "alembic" / "versions").glob("*.py"))


def make_project(folder: Path, case: str = "") -> UserProject:
    """A copy of this repository's own project, with the files of ``tests/cases/<case>`` over it."""
    folder.mkdir(parents=True, exist_ok=True)
    for name in TEMPLATE:
        source = ROOT / name
        if source.is_dir():
            own = () if name == "scripts" else ("__pycache__",)
            ignored = shutil.ignore_patterns(*own, "schema.sql")
            shutil.copytree(source, folder / name, ignore=ignored, dirs_exist_ok=True)
        else:
            shutil.copy(source, folder / name)
    if case:
        shutil.copytree(CASES / case, folder, dirs_exist_ok=True)
    return UserProject(folder)
