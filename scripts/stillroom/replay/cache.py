"""Caches replayed states on disk. The folder may be deleted or shared, and a write interrupted.

An entry is a pickle, because a thousand tables are read from one in milliseconds where parsing
their SHOW CREATE TABLE texts would take seconds. It is read by an unpickler that builds records and
enumerations defined by the catalog and the rows, and no other object, so that a file of a stranger
can run no code. Each file begins with a digest of its name and content: what was damaged, or lies
under another name, is not there.
"""

from __future__ import annotations

import hashlib
import json
import pickle
import re
from collections.abc import Callable
from contextlib import suppress
from dataclasses import is_dataclass
from enum import Enum
from functools import cache
from io import BytesIO
from pathlib import Path
from typing import Any, TypeVar

import stillroom
from stillroom.files import write_bytes
from stillroom.replay import imported_modules
from stillroom.replay.imported_modules import Module
from stillroom.replay.revisions.source import Source, digest_of, read
from stillroom.replay.server import State

_MOST_ENTRIES = 200
_SEAL_BYTES = 16
_SOURCES = "sources.json"
_MODULES = "modules.json"
_BUILT = re.compile(
    r"stillroom\.(catalog\.[\w.]+|replay\.server\.known_rows) \w+"
    r"|stillroom\.replay\.server\.state State"
)


Known = TypeVar("Known", Source, Module)


class Cache:
    """A folder of states by key, and what is known of revision files by digest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        self._sources = _Index(self, _SOURCES)
        self._modules = _Index(self, _MODULES)

    def get(self, key: str) -> State | None:
        """The state under ``key``; None if there is none, or it cannot be read."""
        content = self.read(key)
        if content is None:
            return None
        try:
            state = _Unpickler(BytesIO(content)).load()
        except Exception:  # noqa: BLE001 - a damaged pickle raises anything
            return None
        return state if isinstance(state, State) else None

    def has(self, key: str) -> bool:
        """Whether there is an entry; it may still turn out to be unreadable."""
        return (self.folder / key).exists()

    def put(self, key: str, state: State) -> None:
        """Keep a state; if the folder cannot be written, do without."""
        self.write(key, pickle.dumps(state, pickle.HIGHEST_PROTOCOL))

    def source(self, path: Path, content: bytes) -> Source:
        """``source.read``, done once for each content."""
        return self._sources.get(content, Source.from_json, lambda: read(path, content))

    def save_sources(self) -> None:
        """Keep what was learnt, and only about the files that are still there."""
        self._sources.save()

    def module(self, content: bytes) -> Module:
        """``modules.read``, done once for each content."""
        return self._modules.get(content, Module.from_json, lambda: imported_modules.read(content))

    def save_modules(self) -> None:
        """As ``save_sources``."""
        self._modules.save()

    def prune(self) -> None:
        """Remove the entries that were written longest ago, beyond the newest 200."""
        with suppress(OSError):
            entries = sorted(
                (path for path in self.folder.iterdir() if len(path.name) == len(digest_of(b""))),
                key=lambda path: path.stat().st_mtime,
            )
            for path in entries[:-_MOST_ENTRIES]:
                path.unlink(missing_ok=True)

    def read(self, name: str) -> bytes | None:
        """What ``write`` has kept under ``name``; None if there is nothing, or it is damaged."""
        try:
            sealed = (self.folder / name).read_bytes()
        except OSError:
            return None
        content = sealed[_SEAL_BYTES:]
        return content if sealed[:_SEAL_BYTES] == _seal(name, content) else None

    def write(self, name: str, content: bytes) -> None:
        """All of it or nothing, also when another process does the same."""
        with suppress(OSError):
            self.folder.mkdir(parents=True, exist_ok=True)
            write_bytes(self.folder / name, _seal(name, content) + content, 0o600)


def _seal(name: str, content: bytes) -> bytes:
    digest = hashlib.blake2b(f"{name}\0".encode(), digest_size=_SEAL_BYTES)
    digest.update(content)
    return digest.digest()


class _Index:
    """What is known of files by the digest of their content."""

    def __init__(self, cache: Cache, name: str) -> None:
        self.cache = cache
        self.name = name
        self.known: dict[str, Any] | None = None
        self.used: dict[str, Any] = {}
        self.has_new = False

    def get(
        self, content: bytes, from_json: Callable[[list[Any]], Known], make: Callable[[], Known]
    ) -> Known:
        if self.known is None:
            self.known = self._read()
        digest = digest_of(content)
        try:
            known = from_json(self.known[digest])
        except (KeyError, TypeError, ValueError):
            known = make()
            self.has_new = True
        self.known[digest] = self.used[digest] = known
        return known

    def save(self) -> None:
        if self.has_new:
            self.cache.write(self.name, json.dumps(self.used, separators=(",", ":")).encode())
            self.has_new = False

    def _read(self) -> dict[str, Any]:
        try:
            content = json.loads(self.cache.read(self.name) or b"{}")
        except (ValueError, RecursionError):
            content = {}
        return content if isinstance(content, dict) else {}


class _Unpickler(pickle.Unpickler):
    """Builds records and enumerations that are defined in the modules of states, and no others."""

    def find_class(self, module: str, name: str) -> Any:
        if _BUILT.fullmatch(f"{module} {name}"):
            class_ = super().find_class(module, name)
            if _is_data(class_) and (class_.__module__, class_.__qualname__) == (module, name):
                return class_
        raise pickle.UnpicklingError(f"{module}.{name} has no place in a cache")


def _is_data(value: Any) -> bool:
    return isinstance(value, type) and (is_dataclass(value) or issubclass(value, Enum))


def key_of(*parts: str) -> str:
    """A key from texts in order."""
    return digest_of("\0".join(parts).encode("utf-8", "surrogatepass"))


@cache
def engine_digest() -> str:
    """What tells this version of the engine from others: the content of its source files."""
    digest = hashlib.sha256()
    root = Path(stillroom.__file__).parent
    for folder in ("catalog", "replay", "snapshot"):
        for path in sorted((root / folder).rglob("*.py")):
            digest.update(str(path.relative_to(root)).encode() + path.read_bytes())
    return digest.hexdigest()
