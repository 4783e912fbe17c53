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
        threading.Thread(target=_greet, args=(other,), daemon=True).start()
        server = LocalServer(tmp_path / "server", program=str(program))
        (tmp_path / "server").mkdir(mode=0o700)
        (tmp_path / "server/port").write_text(str(other.getsockname()[1]))
        with pytest.raises(StillroomError, match="the server ended while starting"):
            server.start()
        assert (server.port != other.getsockname()[1]) is early


_GREETING = (
    b"\n9.7.0\0" + b"\1\0\0\0" + b"12345678\0" + b"\xff\xf7\xff\2\0\xff\xdf\x15" + b"\0" * 10
    + b"123456789012\0" + b"mysql_native_password\0"
)  # fmt: skip
_DENIED = b"\xff\x15\x04#28000Access denied for user 'root'@'localhost' (using password: YES)"


def _greet(other: socket.socket) -> None:
    """Greet as a server does, and let nobody in."""
    with suppress(OSError):
        while True:
            connection, _ = other.accept()
            with connection:
                connection.sendall(len(_GREETING).to_bytes(3, "little") + b"\0" + _GREETING)
                connection.recv(1000)
                connection.sendall(len(_DENIED).to_bytes(3, "little") + b"\2" + _DENIED)
