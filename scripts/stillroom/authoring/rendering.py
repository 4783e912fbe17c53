"""Renders so that the revision says what the models and the history say."""

from __future__ import annotations

from pathlib import Path


def missing_imports(imports: set[str], template_folder: Path) -> set[str]:
    """Those of ``imports`` that the project's template does not have already."""
    try:
        text = (template_folder / "script.py.mako").read_text(encoding="utf-8")
    except OSError:
        return imports
    return imports - set(text.splitlines())
