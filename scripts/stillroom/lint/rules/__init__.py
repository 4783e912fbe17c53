"""The rules: each module here, and in the packages that a project names, holds one ``RULE``."""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules

from stillroom.errors import SettingsError
from stillroom.lint.rule import Rule


def load(packages: Iterable[str] = ()) -> list[Rule]:
    """All rules, sorted by code. Raises SettingsError for a bad package or a code used twice."""
    found: dict[str, tuple[Rule, str]] = {}
    for package in (__name__, *packages):
        for name in _modules(package):
            rule = getattr(_imported(name), "RULE", None)
            if not isinstance(rule, Rule):
                raise SettingsError(
                    "has no RULE, a stillroom.lint.rule.Rule",
                    where=name,
                    fix="See docs/rules.md for what a rule looks like.",
                )
            if rule.code in found:
                raise SettingsError(
                    f"the code {rule.code} is also that of {found[rule.code][1]}", where=name
                )
            found[rule.code] = rule, name
    return [found[code][0] for code in sorted(found)]


def _modules(package: str) -> list[str]:
    path = getattr(_imported(package), "__path__", None)
    if path is None:
        raise SettingsError(
            f"{package} is a module; rules are the modules of a package",
            where="alembic.ini [stillroom] rules",
        )
    return sorted(f"{package}.{found.name}" for found in iter_modules(path))


def _imported(name: str) -> object:
    try:
        return import_module(name)
    except Exception as error:
        raise SettingsError(
            f"{name} cannot be imported: {type(error).__name__}: {error}",
            where="alembic.ini [stillroom] rules",
            fix="Name it as Python imports it from the project's folder, such as tools.rules.",
        ) from error
