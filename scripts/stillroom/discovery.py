"""The former place of ``import_models``, for env.py files that still import it from here."""

from __future__ import annotations

import sys

from stillroom.env import import_models

__all__ = ["import_models"]

print(
    "stillroom.discovery.import_models is deprecated: from stillroom.env import import_models",
    file=sys.stderr,
)
