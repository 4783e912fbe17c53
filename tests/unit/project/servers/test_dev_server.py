"""The private server: what it tells without a server program."""

import os
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
