"""``db-stop``: stop the private server and keep its data."""

from __future__ import annotations

import os
import shutil
import subprocess
from argparse import ArgumentParser, Namespace

from stillroom.console.output import acknowledge
from stillroom.project.servers.dev_server import compose_password, development_server, find_program


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    if find_program() is None and shutil.which("docker"):
        environment = {**os.environ, "STILLROOM_DB_PASSWORD": compose_password()}
        command = ["docker", "compose", "stop"]
        return subprocess.run(command, check=False, env=environment).returncode
    acknowledge("stopped" if development_server().stop() else "it was not running")
    return 0
