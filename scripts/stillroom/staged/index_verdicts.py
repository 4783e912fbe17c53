"""The hook's fastest answer: the index is the one that was last found clean.

It takes as long as starting Python, so it imports nothing else than what Python has imported
already. A git index ends in a checksum of itself, and `git` is not even asked for it.
"""

from __future__ import annotations

import os
import sys

import stillroom
from stillroom.project import cache_place

STAMP = "clean"
ANSWER = "lint"
EXTRA = "extra"  # the files that a check has read beside those in git
_CHECKSUM_BYTES = 20
_EXPLICIT = "safe.bareRepository=explicit"  # as in stillroom.project.git
_MOST_KEYS = 20


def is_clean(root: str) -> bool:
    """Whether the project at ``root`` has been found clean with just this index."""
    key = index_key(root)
    return key is not None and key in clean_keys(root)


def clean_keys(root: str) -> list[str]:
    """The keys under which the project was found clean, the newest last."""
    return _read(root, STAMP).splitlines()


def remember(root: str, key: str | None) -> None:
    """Note that the project at ``root`` is clean under ``key``."""
    if key is None:
        return
    keys = [line for line in clean_keys(root) if line != key]
    _write(root, STAMP, "\n".join([*keys, key][-_MOST_KEYS:]) + "\n")


def answer_key(root: str) -> str | None:
    """What an answer about the staged revisions depends on; None if that cannot be told."""
    key = index_key(root)
    if key is None or os.environ.get("LINT_URL") or os.environ.get("PRE_COMMIT_FROM_REF"):
        return None
    import subprocess  # slow to import, and often not needed

    # The option tells our own git from one that the project's code starts.
    command = ["git", "--literal-pathspecs", "-c", _EXPLICIT, "rev-parse", "HEAD"]
    done = subprocess.run(command, cwd=root, capture_output=True, check=False, text=True)
    return f"{key} {done.stdout.strip()}" if done.returncode == 0 else None


def keep_answer(root: str, key: str, code: int, out: str, err: str) -> None:
    """Keep what the linter answers under ``key``: its exit code and both of its texts."""
    _write(root, ANSWER, f"{key}\n{code} {len(out)}\n{out}{err}")


def keep_extra(root: str, paths: list[str]) -> None:
    """Note the files beside those in git that a verdict depends on."""
    _write(root, EXTRA, "\n".join(paths))


def answer(root: str) -> tuple[int, str, str] | None:
    """What was kept for what is staged now: exit code and texts."""
    kept, _, rest = _read(root, ANSWER).partition("\n")
    numbers, _, text = rest.partition("\n")
    if not kept or kept != answer_key(root):
        return None
    try:
        code, length = map(int, numbers.split())
    except ValueError:
        return None
    return code, text[:length], text[length:]


def _read(root: str, name: str) -> str:
    """What is kept under ``name``; nothing if somebody else may have written it."""
    if not cache_place.is_ours(root):
        return ""
    try:
        with open(os.path.join(cache_place.place_of(root), name), encoding="utf-8") as file:
            return file.read()
    except (OSError, ValueError):
        return ""


def _write(root: str, name: str, text: str) -> None:
    """Keep ``text``, if there is a place that is ours, and room in it."""
    if not cache_place.is_ours(root):
        return
    path = os.path.join(cache_place.place_of(root), name)
    temporary = f"{path}.{os.getpid()}"
    try:
        with open(temporary, "w", encoding="utf-8", errors="surrogateescape") as file:
            file.write(text)
        os.replace(temporary, path)
    except OSError:
        if os.path.lexists(temporary):
            os.unlink(temporary)


def index_key(root: str) -> str | None:
    """What a verdict depends on, as one line; None if that cannot be told without git."""
    try:
        with open(_index(root), "rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(-_CHECKSUM_BYTES, os.SEEK_END)
            checksum = file.read()
    except (OSError, ValueError):
        return None
    if not any(checksum):  # index.skipHash writes zeros
        return None
    return f"index {checksum.hex()} {size} {surroundings(root)}"


def surroundings(root: str) -> str:
    """What a verdict depends on besides the index: settings, libraries, this engine, Python."""
    libraries = [path for path in sys.path if path.endswith("site-packages")]
    engine = os.path.dirname(stillroom.__file__)
    extra = [os.path.join(root, name) for name in [".env", *_read(root, EXTRA).splitlines()]]
    stamps = [_stamp(path) for path in (*extra, engine, *libraries)]
    config = os.environ.get("ALEMBIC_CONFIG", "").replace(" ", "%")
    return " ".join([*stamps, f"{stillroom.__version__}{config}", sys.version.split()[0]])


def _stamp(path: str) -> str:
    try:
        status = os.stat(path)
    except OSError:
        return "-"
    return f"{status.st_mtime_ns}:{status.st_size}"


def _index(root: str) -> str:
    """The index that git would use. Raises OSError or ValueError if git itself must be asked."""
    folder = root
    while not os.path.exists(os.path.join(folder, ".git")):
        above = os.path.dirname(folder)
        if above == folder:
            raise FileNotFoundError(".git")
        folder = above
    if given := os.environ.get("GIT_INDEX_FILE"):
        return os.path.join(folder, given)
    if directory := os.environ.get("GIT_DIR"):
        return os.path.join(folder, directory, "index")
    git = os.path.join(folder, ".git")
    if os.path.isfile(git):  # a worktree: "gitdir: /path"
        with open(git, encoding="utf-8") as file:
            git = os.path.join(folder, file.read().removeprefix("gitdir:").strip())
    return os.path.join(git, "index")
