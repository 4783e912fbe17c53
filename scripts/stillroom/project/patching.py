"""Replaces attributes, and hides libraries, for a while."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

_ABSENT = object()


@contextmanager
def replaced(owner: Any, name: str, value: Any) -> Iterator[None]:
    """Within it ``owner.name`` is ``value``.

    As ``unittest.mock`` does it, which takes a tenth of a second to import asyncio.
    """
    before = vars(owner).get(name, _ABSENT)
    setattr(owner, name, value)
    try:
        yield
    finally:
        if before is _ABSENT:
            delattr(owner, name)
        else:
            setattr(owner, name, before)


@contextmanager
def without_library(name: str) -> Iterator[None]:
    """Within it nothing can import ``name``, unless that has been imported before."""
    if name in sys.modules:
        yield
        return
    sys.modules[name] = None  # type: ignore[assignment]  # what the import statement asks first
    try:
        yield
    finally:
        del sys.modules[name]
