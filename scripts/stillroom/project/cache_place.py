"""Where the caches of a project are: in the user's own cache folder, never in the work tree.

What lies in a work tree may come from a stranger's repository, and a cache is believed. The hook's
shortest answer reads one, so this imports nothing that Python has not imported already.
"""

from __future__ import annotations

import os
import stat
from _blake2 import blake2b  # hashlib itself would load OpenSSL

# As the process was started: a project's .env, which comes later, has no say.
_CACHE_HOME = os.environ.get("XDG_CACHE_HOME", "")
_BYTES = 10


def user_folder() -> str:
    """The folder of all projects' caches: this user's, with the number in its name.

    ``sudo`` may keep the home of somebody else.
    """
    home = _CACHE_HOME if os.path.isabs(_CACHE_HOME) else os.path.expanduser("~/.cache")
    return os.path.join(home, f"stillroom-{os.geteuid()}")


def place_of(root: str) -> str:
    """The folder for the project at ``root``, which may not be there yet."""
    root = os.path.realpath(root)
    digest = blake2b(os.fsencode(root), digest_size=_BYTES).hexdigest()
    return os.path.join(user_folder(), f"{os.path.basename(root)}-{digest}")


def is_private(folder: str) -> bool:
    """Whether ``folder`` is a folder, and this user's alone to read and to write."""
    try:
        status = os.lstat(folder)
    except OSError:
        return False
    others = stat.S_IMODE(status.st_mode) & 0o077
    return stat.S_ISDIR(status.st_mode) and status.st_uid == os.geteuid() and not others


def is_ours(root: str) -> bool:
    """Whether the project at ``root`` has a cache that nobody else can have written."""
    return is_private(user_folder()) and is_private(place_of(root))
