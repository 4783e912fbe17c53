"""``db-start``: a private server for development, and the line for ``.env`` that names it."""

from __future__ import annotations

import shutil
import subprocess
from argparse import ArgumentParser, Namespace

from sqlalchemy import create_engine, text

from stillroom.console.output import note
from stillroom.errors import StillroomError
from stillroom.project.dev_server import LocalServer, development_server, find_program

DATABASE = "app"
COMPOSE_URL = "mysql+pymysql://root@127.0.0.1:23306/app"


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    if find_program() is None and shutil.which("docker"):
        url = _with_docker()
    else:
        url = _with_program(development_server())
    note("put this line into .env:")
    print(f"DB_URL={url}")
    return 0


def _with_program(server: LocalServer) -> str:
    server.start()
    engine = create_engine(server.url())
    with engine.connect() as connection:
        connection.execute(text(f"CREATE DATABASE IF NOT EXISTS {DATABASE}"))
    engine.dispose()
    return server.url(DATABASE)


def _with_docker() -> str:
    done = subprocess.run(["docker", "compose", "up", "--detach", "--wait"], check=False)
    if done.returncode:
        raise StillroomError(
            "docker compose could not start the server",
            where="compose.yaml",
            fix="Start Docker, or install a server:\n"
            "apt-get install --no-install-recommends mariadb-server",
        )
    return COMPOSE_URL
