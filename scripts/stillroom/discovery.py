"""The former place of ``import_models``, for env.py files that still import it from here."""

from __future__ import annotations

import warnings

from stillroom.env import import_models

__all__ = ["import_models"]

warnings.warn(
    "import import_models from stillroom.env, no longer from stillroom.discovery",
    FutureWarning,
    stacklevel=2,
)
