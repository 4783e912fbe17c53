"""The private server: what it tells without a server program."""

import os
import socket
import threading
from contextlib import suppress
from pathlib import Path

import pytest

from stillroom.errors import StillroomError
from stillroom.project.servers import dev_server
from stillroom.project.servers.dev_server import LocalServer


def test_without_a_program_the_package_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(dev_server, "find_program", lambda: None)
    with pytest.raises(StillroomError, match="apt-get install --no-install-recommends mariadb"):
        LocalServer(tmp_path / "server").start()
    assert list(tmp_path.iterdir()) == []


def test_a_process_that_has_the_number_now_is_not_taken_for_the_server(tmp_path: Path) -> None:
    (tmp_path / "server.pid").write_text(str(os.getpid()))
    server = LocalServer(tmp_path)
    assert server.pid is None
    assert server.stop() is False


_PROGRAM = """#!/bin/sh
case "$*" in
    *--version*) echo mysqld ;;
    *--initialize-insecure*) ;;
    *) sleep 0.5; echo "the port is in use"; exit 1 ;;
esac
"""


@pytest.mark.parametrize("early", [True, False])
def test_another_server_on_the_port_is_not_taken_for_ours(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, early: bool
) -> None:
    """Neither one that was there before, whose port is left alone, nor one that was just faster."""
    if not early:
        monkeypatch.setattr(dev_server, "_is_free", lambda _port: True)
    program = tmp_path / "mysqld"
    program.write_text(_PROGRAM)
    program.chmod(0o700)
    with socket.create_server(("127.0.0.1", 0)) as other:
        heard: list[bytes] = []
        threading.Thread(target=_greet, args=(other, heard), daemon=True).start()
        server = LocalServer(tmp_path / "server", program=str(program))
        (tmp_path / "server").mkdir(mode=0o700)
        (tmp_path / "server/port").write_text(str(other.getsockname()[1]))
        with pytest.raises(StillroomError, match="the server ended while starting"):
            server.start()
        assert (server.port != other.getsockname()[1]) is early
    assert not any(heard)  # nothing was said to it, and so no password


def _greet(other: socket.socket, heard: list[bytes]) -> None:
    """Greet as a server does, and note what is answered."""
    with suppress(OSError):
        while True:
            connection, _ = other.accept()
            with connection, suppress(OSError):
                connection.sendall(b"\x4a\x00\x00\x00\n9.7.0\x00" + bytes(67))
                heard.append(connection.recv(1000))
