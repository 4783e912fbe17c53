"""A way to a server that can be cut, that can fall silent, and that is disturbed at a message."""

from __future__ import annotations

import contextlib
import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

STALL = 1.0  # seconds


@dataclass(frozen=True)
class Disturbance:
    """What happens at the ``number``-th message to the server, counted from 1.

    ``how``: "reset", all connections are cut before the message is passed on; "lost", the
    connection is cut before its answer is passed on; "stall", the answer takes a second; "silent",
    the message is passed on, and nothing after it, in either direction.
    """

    number: int
    how: str

    def __str__(self) -> str:
        return f"{self.how} at message {self.number}"


class Proxy:
    """Passes bytes between clients and a server. ``silent``: it takes them, and passes none.

    ``messages`` counts what came from clients.
    """

    def __init__(self, port: int, disturbance: Disturbance | None = None) -> None:
        self._server_port = port
        self._disturbance = disturbance
        self._listener = socket.create_server(("127.0.0.1", 0))
        self.port: int = self._listener.getsockname()[1]
        self.silent = threading.Event()
        self.messages = 0
        self._counting = threading.Lock()
        self._open: list[socket.socket] = []
        threading.Thread(target=self._accept, daemon=True).start()

    def reset(self) -> None:
        """Cut all connections."""
        _cut(*self._open)
        self._open.clear()

    def close(self) -> None:
        """Cut all connections, and take no more."""
        self._listener.close()
        self.reset()

    def _accept(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
                server = socket.create_connection(("127.0.0.1", self._server_port))
            except OSError:
                return
            self._open += [client, server]
            answers = threading.Event()  # set: the next answer is the one that is disturbed
            for target, ends in (
                (self._pass_questions, (client, server)),
                (self._pass_answers, (server, client)),
            ):
                threading.Thread(target=target, args=(*ends, answers), daemon=True).start()

    def _pass_questions(
        self, client: socket.socket, server: socket.socket, answers: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := client.recv(1 << 16):
                how = self._next()
                if how == "reset":
                    self.reset()
                    return
                if how in ("lost", "stall"):
                    answers.set()
                if not self.silent.is_set():
                    server.sendall(data)
                if how == "silent":
                    self.silent.set()
        self._end(server)

    def _pass_answers(
        self, server: socket.socket, client: socket.socket, disturbed: threading.Event
    ) -> None:
        with contextlib.suppress(OSError):
            while data := server.recv(1 << 16):
                if disturbed.is_set():
                    disturbed.clear()
                    assert self._disturbance is not None
                    if self._disturbance.how == "lost":
                        _cut(client, server)
                        return
                    time.sleep(STALL)
                if not self.silent.is_set():
                    client.sendall(data)
        self._end(client)

    def _next(self) -> str:
        """How the message that has just come is disturbed."""
        with self._counting:
            self.messages += 1
            mine = self._disturbance
            return mine.how if mine is not None and mine.number == self.messages else ""

    def _end(self, target: socket.socket) -> None:
        if not self.silent.is_set():
            with contextlib.suppress(OSError):
                target.shutdown(socket.SHUT_WR)


def _cut(*ends: socket.socket) -> None:
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


@contextmanager
def proxy_to(port: int, disturbance: Disturbance | None = None) -> Iterator[Proxy]:
    """A proxy to a local server."""
    proxy = Proxy(port, disturbance)
    try:
        yield proxy
    finally:
        proxy.close()
