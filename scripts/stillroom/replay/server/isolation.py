"""Keeps code that runs in a replay away from the network, and does not let it wait."""

from __future__ import annotations

import errno
import importlib.abc
import importlib.machinery
import ipaddress
import socket
import sys
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import ExitStack, contextmanager
from types import FrameType, ModuleType
from typing import Any

from stillroom.errors import CannotTell
from stillroom.project.patching import replaced
from stillroom.replay.server.refusals import Refusals, Refused, ReplayEnded

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
# What these ask may be the project's own database.
_DATABASE_DRIVERS = frozenset({"aiomysql", "cymysql", "mysql", "pymysql"})
_LOCAL = ("", "localhost", "localhost.localdomain")


@contextmanager
def isolated(refusals: Refusals) -> Iterator[None]:
    """Within it nothing connects, and sleep returns at once.

    In a revision, a driver for databases ends the replay. Whatever else is tried, such as a log
    handler's connection to Redis or an env.py that waits for its server, fails as it does while
    that host is down.
    """
    with ExitStack() as stack:
        stack.enter_context(_no_sockets(refusals))
        stack.enter_context(_no_c_drivers(refusals))
        stack.enter_context(replaced(time, "sleep", _no_sleep))
        yield


def _no_sleep(seconds: float) -> None:
    """Nobody else is here to wait for; a loop that waits is ended by the server's own limit."""


@contextmanager
def _no_sockets(refusals: Refusals) -> Iterator[None]:
    look_up = socket.getaddrinfo

    def connect(self: socket.socket, address: Any) -> None:
        if self.type == socket.SOCK_DGRAM:  # sends nothing; a usual way to learn one's own address
            _connect_datagram(self, address)
        else:
            try:
                _refuse_driver(refusals, address)
                refusals.refuse_connection(_shown(address))
            except (CannotTell, ReplayEnded):  # the caller closes it after errors of its kind
                self.close()
                raise

    def connect_ex(self: socket.socket, address: Any) -> int:
        try:
            connect(self, address)
        except Refused as error:
            return error.errno or errno.ECONNREFUSED
        return 0

    def getaddrinfo(host: Any, port: Any, *args: Any, **kwargs: Any) -> Any:
        kind = kwargs.get("type", args[1] if len(args) > 1 else 0)
        if kind == socket.SOCK_STREAM:
            _refuse_driver(refusals, (host, port))
            if not _is_known(host):
                refusals.refuse_look_up(str(host))
        return look_up(host, port, *args, **kwargs)

    with (
        replaced(socket.socket, "connect", connect),
        replaced(socket.socket, "connect_ex", connect_ex),
        replaced(socket, "getaddrinfo", getaddrinfo),
    ):
        yield


def _connect_datagram(sock: socket.socket, address: Any) -> None:
    super(socket.socket, sock).connect(address)


def _refuse_driver(refusals: Refusals, address: Any) -> None:
    """End the replay if it is a driver for databases that connects, and a revision that asks."""
    driver, is_in_revision = "", False
    frame: FrameType | None = sys._getframe(2)
    while frame is not None:
        package = str(frame.f_globals.get("__name__")).partition(".")[0]
        if package in _DATABASE_DRIVERS:
            driver = package
        is_in_revision = is_in_revision or "down_revision" in frame.f_globals
        frame = frame.f_back
    if driver and is_in_revision:
        refusals.refuse_database(f"a connection by {driver} to {_shown(address)}")


def _is_known(host: Any) -> bool:
    """Whether no server need be asked for the address of ``host``."""
    text = host.decode() if isinstance(host, bytes) else str(host or "")
    if text.lower() in _LOCAL:
        return True
    try:
        ipaddress.ip_address(text.partition("%")[0])
    except ValueError:
        return False
    return True


def _shown(address: Any) -> str:
    if isinstance(address, tuple):
        return ":".join(str(part) for part in address[:2])
    return repr(address)


@contextmanager
def _no_c_drivers(refusals: Refusals) -> Iterator[None]:
    with ExitStack() as stack:
        for name in _C_DRIVERS:
            if name in sys.modules:
                stack.enter_context(_closed(sys.modules[name], refusals))
        finder = _Finder(lambda module: stack.enter_context(_closed(module, refusals)))
        sys.meta_path.insert(0, finder)
        try:
            yield
        finally:
            sys.meta_path.remove(finder)


@contextmanager
def _closed(module: ModuleType, refusals: Refusals) -> Iterator[None]:
    def connect(*_: Any, **__: Any) -> None:
        refusals.refuse_database(f"a connection by {module.__name__}")

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
