"""Knows and changes from which folders Python imports what is no library."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import stillroom
from stillroom.project.call_site import is_library
from stillroom.project.patching import replaced

_ENGINE = Path(stillroom.__file__).resolve().parent


@contextmanager
def imported_from(copy: Path, instead_of: Path) -> Iterator[None]:
    """Within it every folder of ``instead_of`` that Python imports from is the one in ``copy``.

    The work tree may be in PYTHONPATH, and ``pip install -e`` leads there, too. What has no
    counterpart in the copy, such as what a build has made, stays where it is.
    """
    before, after = instead_of.resolve(), copy.resolve()
    mappings = [(mapping, dict(mapping)) for mapping in _mappings()]
    for mapping, own in mappings:
        mapping.update({name: _moved(place, before, after) for name, place in own.items()})
    try:
        with replaced(sys, "path", [_moved(entry, before, after) for entry in sys.path]):
            yield
    finally:
        for mapping, own in mappings:
            mapping.update(own)


def import_folders() -> list[Path]:
    """Where Python finds modules that are neither its own nor installed libraries."""
    mapped = [str(Path(place).parent) for mapping in _mappings() for place in mapping.values()]
    folders = [Path(entry or ".").resolve() for entry in [*sys.path, *mapped]]
    return [path for path in dict.fromkeys(folders) if path.is_dir() and not is_library(path)]


def forget_relative_folders() -> None:
    """Look for relative folders of ``sys.path`` again, as after a change of directory.

    Python keeps, for "." and "src", the folder that they were when it first looked there.
    """
    for entry in [entry for entry in sys.path_importer_cache if not entry.startswith(os.sep)]:
        del sys.path_importer_cache[entry]


def _mappings() -> Iterator[dict[str, Any]]:
    """Where the finders of packages that setuptools has installed for editing look for them."""
    for finder in sys.meta_path:
        module = sys.modules.get(getattr(finder, "__module__", ""))
        mapping = getattr(module, "MAPPING", None)
        if isinstance(mapping, dict):
            yield mapping


def _moved(entry: Any, before: Path, after: Path) -> Any:
    if not isinstance(entry, str):
        return entry
    place = Path(entry or ".").resolve()
    if not place.is_relative_to(before) or is_library(place):
        return entry
    moved = after / place.relative_to(before)
    is_engine = _ENGINE.parent == place
    exists = moved.exists() or moved.with_suffix(".py").exists()
    return str(moved) if exists and not is_engine else entry
