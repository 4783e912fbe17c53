"""``db-stop``: stop the private server; the data stay."""

from __future__ import annotations

import shutil
import subprocess
from argparse import ArgumentParser, Namespace

from stillroom.project.dev_server import development_server, find_program


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    if find_program() is None and shutil.which("docker"):
        return subprocess.run(["docker", "compose", "stop"], check=False).returncode
    print("stopped" if development_server().stop() else "it was not running")
    return 0
