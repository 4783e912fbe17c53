"""Make the virtual environment and install the git hooks; with --clean, remove what was made.

It runs before anything is installed, so it needs nothing but Python. An old Python must be able to
parse it, or nobody would be told that it is too old.
"""

import sys

import stillroom  # noqa: F401  # stops where Python is too old

if sys.platform == "win32":
    sys.stderr.write(
        "Stillroom does not run on Windows: it needs the file locks and processes of Unix\n"
        "    Run it in WSL, in a container, or on Linux or macOS.\n"
    )
    raise SystemExit(2)

import argparse
import fcntl
import hashlib
import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

VENV = Path(".venv")
BEFORE = Path(".venv.before")  # the last environment, until the next one is complete
PYTHON = VENV / "bin" / "python"
RUNTIME = Path("requirements/runtime.txt")
DEV = Path("requirements/dev.txt")  # it includes the other
# Written last. Each holds what its file of the lock was, and the Python that it was installed for.
READY = {RUNTIME: VENV / "ready", DEV: VENV / "ready-dev"}

MADE = (
    *(".venv", ".venv.before", "build", "dist", ".stillroom/cache", ".stillroom/docs"),
    *(".stillroom/docs-venv", ".hypothesis"),
    *(".import_linter_cache", ".mypy_cache", ".pytest_cache", ".ruff_cache", ".coverage"),
)
SOURCES = ("alembic", "app", "benchmarks", "scripts", "tests")

PIN = re.compile(r"^([\w.-]+)\S*==(\S+) \\$", re.MULTILINE)  # on every Python and machine
# The user's settings say where packages come from. Which ones, and where to, says the lock.
DIVERTING = [
    *("PIP_TARGET", "PIP_PREFIX", "PIP_ROOT", "PIP_PYTHON", "PIP_EDITABLE", "PIP_REQUIREMENT"),
    *("PIP_CONSTRAINT", "UV_CONSTRAINT", "UV_OVERRIDE", "UV_EXCLUDE", "UV_EXCLUDE_NEWER"),
    *("UV_SYSTEM_PYTHON", "UV_NO_VERIFY_HASHES", "UV_PROJECT", "UV_WORKING_DIR"),
]
OVERRIDING = {"PIP_USER": "0", "PIP_DRY_RUN": "0"}  # what a configuration file may say, too

UNTRUSTED = re.compile("CERTIFICATE_VERIFY_FAILED|invalid peer certificate")
OFFLINE = re.compile(
    "connection broken by|ConnectTimeout|ReadTimeout|error sending request|dns error"
)
WRONG_HASH = re.compile(
    r"DO NOT MATCH THE HASHES.*?\n\s+(\S+) from|Hash mismatch for `(.+?)`", re.S
)


class Failure(Exception):
    """What went wrong, and below it what to do."""

    def __init__(self, what: str, fix: str) -> None:
        super().__init__(what + "".join(f"\n    {line}" for line in fix.splitlines()))


def main(arguments: list[str]) -> int:
    """Install into the checkout that this file is part of. Returns the exit code."""
    parser = argparse.ArgumentParser(description=str(__doc__).split("\n", maxsplit=1)[0])
    parser.add_argument("--dev", action="store_true", help="also what tests and linters need")
    parser.add_argument("--clean", action="store_true", help="remove what was made, and no data")
    options = parser.parse_args(arguments)
    os.chdir(Path(__file__).resolve().parents[1])
    try:
        if options.clean:
            clean()
        else:
            with alone():
                install(dev=options.dev or READY[DEV].exists())
    except (Failure, OSError) as error:
        print(error, file=sys.stderr)
        return 2
    except KeyboardInterrupt:
        print("interrupted; the virtual environment is as it was before", file=sys.stderr)
        return 130
    return 0


@contextmanager
def alone() -> Iterator[None]:
    """Wait for other installations; they last until the programs that they run have ended, too.

    These inherit the lock: the pip of a run that was killed goes on writing.
    """
    folder = os.open(".", os.O_RDONLY)
    os.set_inheritable(folder, True)
    try:
        try:
            fcntl.flock(folder, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            print("waiting for another installation to end", file=sys.stderr)
            fcntl.flock(folder, fcntl.LOCK_EX)
        yield
    finally:
        os.close(folder)


def clean() -> None:
    """Remove the virtual environment and all caches, that of the checks in your home too."""
    from stillroom.project.cache_place import place_of

    remove(Path(place_of(".")))
    caches = [path for name in SOURCES for path in Path(name).rglob("__pycache__")]
    for path in [*map(Path, MADE), *caches]:
        remove(path)


def install(*, dev: bool) -> None:
    """Make the virtual environment anew if it is not what the lock says, and install the hooks.

    When that fails, the environment stays as it was. It is never changed in place: a package that
    is no longer locked, or that somebody else's interrupted run has left half there, would stay.
    """
    files = [RUNTIME, DEV] if dev else [RUNTIME]
    stamps = {READY[file]: stamp(file) for file in files}
    if PYTHON.exists() and all(
        path.exists() and path.read_text() == text for path, text in stamps.items()
    ):
        install_hooks()
        finish(stamps)
        return
    if VENV.exists() and (READY[RUNTIME].exists() or not BEFORE.exists()):
        remove(BEFORE)
        VENV.rename(BEFORE)
    remove(VENV)  # without the file "ready", beside the last one: a run was killed
    try:
        # Not sys.executable: that may be in the environment that is replaced.
        make_environment(VENV, files[-1], sys._base_executable)  # type: ignore[attr-defined]
        install_hooks()
        finish(stamps)
    except BaseException:
        remove(VENV)
        if BEFORE.exists():
            BEFORE.rename(VENV)
        raise


def stamp(file: Path) -> str:
    """What tells this state of a file of the lock, on this Python and in this folder, from others.

    The folder is the last line: the Makefile compares it.
    """
    digest = hashlib.sha256(file.read_bytes()).hexdigest()
    return f"{sys.implementation.cache_tag} {digest}\n{Path.cwd()}\n"


def finish(stamps: dict[Path, str]) -> None:
    """Call the environment ready."""
    for path, text in stamps.items():
        path.write_text(text)
    remove(BEFORE)


def make_environment(venv: Path, requirements: Path, python: str) -> None:
    """Make a virtual environment of ``python`` with exactly what ``requirements`` lists.

    Nothing is resolved (``--no-deps``): a resolver would look at releases that are newer than the
    lock, and pip before 24 refuses them for want of a hash.
    """
    uv = find_uv()
    print(f"making the virtual environment {venv} from {requirements}", file=sys.stderr)
    make = [uv, "venv", "--quiet", "--python", python] if uv else [python, "-m", "venv"]
    refusal = run([*make, str(venv)])
    if refusal:
        fix = "" if uv else "On Debian or Ubuntu: apt-get install python3-venv"
        raise Failure(f"{refusal}\nthe virtual environment cannot be made", fix)
    refusal = run([*installer(venv), "--require-hashes", "-r", str(requirements)])
    if refusal:
        raise explained(refusal, requirements)
    missing = absent(venv, requirements)
    if missing:
        raise Failure(
            f"{missing[0]} is not in {venv}, though it was installed without an error",
            "A setting sends packages elsewhere. Look for it in: python3 -m pip config list",
        )


def absent(venv: Path, requirements: Path) -> list[str]:
    """Those of the packages in ``requirements`` that an environment lacks."""
    installed = {
        re.sub("[-.]", "_", path.name.removesuffix(".dist-info")).lower()
        for path in venv.glob("lib*/*/site-packages/*.dist-info")
    }
    pins = PIN.findall(requirements.read_text())
    return [
        f"{name}=={version}"
        for name, version in pins
        if re.sub("[-.]", "_", f"{name}-{version}").lower() not in installed
    ]


def installer(venv: Path) -> list[str]:
    """The command that installs what follows it into a virtual environment, and nothing else."""
    uv = find_uv()
    python = str(venv / "bin" / "python")
    if uv:
        return [uv, "pip", "install", "--quiet", "--python", python, "--no-deps"]
    pip = [python, "-m", "pip", "--disable-pip-version-check"]
    return [*pip, "install", "--quiet", "--no-deps"]


def find_uv() -> str | None:
    """The path of uv, which does what pip does in a tenth of the time; ``UV=`` is without."""
    return shutil.which(os.environ.get("UV", "uv"))


def explained(refusal: str, requirements: Path) -> Failure:
    """Why the packages cannot be installed, from what pip or uv said."""
    wrong = WRONG_HASH.search(refusal)
    if wrong:
        return Failure(
            f"{wrong[1] or wrong[2]}: what was downloaded has another hash than the lock says",
            f"Either it or the lock in {requirements.parent}/ was tampered with. Try another\n"
            "network; if that does not help, ask whoever wrote the lock.",
        )
    if UNTRUSTED.search(refusal):
        return Failure(
            f"the package index shows a certificate that is not trusted here: the packages of\n"
            f"{requirements} cannot be downloaded",
            "Where a proxy puts its own certificate there: PIP_CERT, or SSL_CERT_FILE for uv,\n"
            "is the path of that of its authority.",
        )
    if OFFLINE.search(refusal):
        return Failure(
            f"no package index answers: the packages of {requirements} cannot be downloaded",
            "Nothing has changed. Run it again when the network is there.\n"
            "For an index of your own: PIP_INDEX_URL, or UV_DEFAULT_INDEX for uv.",
        )
    return Failure(f"{refusal}\nthe packages of {requirements} cannot be installed", "")


def install_hooks() -> None:
    """Let git run pre-commit, unless it takes its hooks from elsewhere."""
    if not shutil.which("git") or git("rev-parse", "--is-inside-work-tree") != "true":
        print("no git repository is here: no hooks to install", file=sys.stderr)
        return
    hooks = git("config", "core.hooksPath")
    if hooks:
        print(
            f"git takes its hooks from {hooks} (core.hooksPath): pre-commit is not installed.\n"
            "    Call `pre-commit run` there, or: git config --unset-all core.hooksPath",
            file=sys.stderr,
        )
        return
    refusal = run([str(PYTHON), "-m", "pre_commit", "install"])
    if refusal:
        raise Failure(f"{refusal}\nthe git hooks cannot be installed", "")


def git(*arguments: str) -> str:
    """What git prints, or "" where it fails."""
    command = ["git", *arguments]
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout.strip()


def run(command: list[str]) -> str:
    """Run a command that has nothing to say. Returns what it said all the same if it failed."""
    kept = {name: value for name, value in os.environ.items() if name not in DIVERTING}
    done = subprocess.run(
        command,
        stdout=subprocess.PIPE,
        stderr=subprocess.STDOUT,
        env=kept | OVERRIDING,
        close_fds=False,  # see `alone`
        text=True,
        check=False,
    )
    if not done.returncode:
        return ""
    return done.stdout.strip() or f"{command[0]} ended with exit code {done.returncode}"


def remove(path: Path) -> None:
    """Remove a file or a folder, if it is there; of a symbolic link, the link alone."""
    if path.is_dir() and not path.is_symlink():
        shutil.rmtree(path)
    else:
        path.unlink(missing_ok=True)


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
