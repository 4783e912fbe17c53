"""Keeps code that runs in a replay away from the network, and does not let it wait."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import ModuleType
from typing import Any, NoReturn

from stillroom.replay.patching import replaced

Refuse = Callable[[str], NoReturn]

# Drivers written in C open sockets that Python does not see.
_C_DRIVERS = (
    "MySQLdb",
    "MySQLdb._mysql",
    "_mysql_connector",
    "mariadb",
    "pyodbc",
    "psycopg2",
    "oracledb",
    "pymssql",
)


@contextmanager
def isolated(refuse: Refuse) -> Iterator[None]:
    """Within it nothing connects, and sleep returns at once.

    ``refuse`` is called with what was tried.
    """
    with ExitStack() as stack:
        stack.enter_context(_no_sockets(refuse))
        stack.enter_context(_no_c_drivers(refuse))
        stack.enter_context(replaced(time, "sleep", _no_sleep))
        yield


def _no_sleep(seconds: float) -> None:
    """Nobody else is here to wait for; a loop that waits is ended by the server's own limit."""


@contextmanager
def _no_sockets(refuse: Refuse) -> Iterator[None]:
    look_up = socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> None:
        if self.type == socket.SOCK_DGRAM:  # sends nothing; a usual way to learn one's own address
            _connect_datagram(self, address)
        else:
            refuse(f"a connection to {_shown(address)}")

    def connect_ex(self: socket.socket, address: Any) -> int:
        refuse(f"a connection to {_shown(address)}")

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        kind = kwargs.get("type", args[1] if len(args) > 1 else 0)
        if kind == socket.SOCK_STREAM:
            refuse(f"a connection to {_shown((host, port))}")
        return look_up(host, port, *args, **kwargs)

    with (
        replaced(socket.socket, "connect", connect),
        replaced(socket.socket, "connect_ex", connect_ex),
        replaced(socket, "getaddrinfo", getaddrinfo),
    ):
        yield


def _connect_datagram(sock: socket.socket, address: Any) -> None:
    super(socket.socket, sock).connect(address)


def _shown(address: Any) -> str:
    if isinstance(address, tuple):
        return ":".join(str(part) for part in address[:2])
    return repr(address)


@contextmanager
def _no_c_drivers(refuse: Refuse) -> Iterator[None]:
    with ExitStack() as stack:
        for name in _C_DRIVERS:
            if name in sys.modules:
                stack.enter_context(_closed(sys.modules[name], refuse))
        finder = _Finder(lambda module: stack.enter_context(_closed(module, refuse)))
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)


@contextmanager
def _closed(module: ModuleType, refuse: Refuse) -> Iterator[None]:
    def connect(*_: Any, **__: Any) -> None:
        refuse(f"a connection by {module.__name__}")

    with ExitStack() as stack:
        for name in ("connect", "Connect", "Connection"):
            if callable(getattr(module, name, None)) and not isinstance(
                getattr(module, name), type
            ):
                stack.enter_context(replaced(module, name, connect))
        yield


class _Finder(importlib.abc.MetaPathFinder):
    """Closes a driver as soon as it is imported."""

    def __init__(self, close: Callable[[ModuleType], None]) -> None:
        self._close = close

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname not in _C_DRIVERS:
            return None
        for finder in sys.meta_path:
            spec = finder.find_spec(fullname, path, target) if finder is not self else None
            if spec is not None and spec.loader is not None:
                spec.loader = _Loader(spec.loader, self._close)
                return spec
        return None


class _Loader(importlib.abc.Loader):
    def __init__(self, loader: Any, close: Callable[[ModuleType], None]) -> None:
        self._loader = loader
        self._close = close

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        module: ModuleType | None = self._loader.create_module(spec)
        return module

    def exec_module(self, module: ModuleType) -> None:
        self._loader.exec_module(module)
        self._close(module)
