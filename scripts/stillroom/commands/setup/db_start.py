"""``db-start``: a private server for development, and the line for ``.env`` that names it."""

from __future__ import annotations

import os
import shutil
import subprocess
from argparse import ArgumentParser, Namespace

from sqlalchemy import create_engine, text

from stillroom.console.output import remark
from stillroom.errors import StillroomError
from stillroom.project.servers.dev_server import (
    LocalServer,
    compose_password,
    development_server,
    find_program,
)

DATABASE = "app"
COMPOSE_PORT = 23306


def arguments(parser: ArgumentParser) -> None:
    """None."""


def run(args: Namespace) -> int:
    if find_program() is None and shutil.which("docker"):
        url = _with_docker()
    else:
        url = _with_program(development_server())
    remark("Put this line into .env:")
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
    password = compose_password()
    environment = {**os.environ, "STILLROOM_DB_PASSWORD": password}
    command = ["docker", "compose", "up", "--detach", "--wait"]
    done = subprocess.run(command, check=False, env=environment)
    if done.returncode:
        raise StillroomError(
            "docker compose could not start the server",
            where="compose.yaml",
            fix="Start Docker, or install a server:\n"
            "apt-get install --no-install-recommends mariadb-server",
        )
    # A volume of former times has a root without a password; in others this is refused.
    subprocess.run(
        ["docker", "compose", "exec", "--no-TTY", "database", "mariadb", "--user=root"],
        input=f"ALTER USER 'root'@'%', 'root'@'localhost' IDENTIFIED BY '{password}'".encode(),
        capture_output=True,
        check=False,
        env=environment,
    )
    return f"mysql+pymysql://root:{password}@127.0.0.1:{COMPOSE_PORT}/{DATABASE}"
