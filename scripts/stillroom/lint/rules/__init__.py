"""The rules, a package for each group: each module in it holds one ``RULE``.

So does each module in the packages that a project names.
"""

from __future__ import annotations

from collections.abc import Iterable
from importlib import import_module
from pkgutil import iter_modules

from stillroom.errors import SettingsError
from stillroom.lint.rule import GROUPS, Rule

_OWN = tuple(f"{__name__}.{group.replace(' ', '_')}" for group in GROUPS)


def load(packages: Iterable[str] = ()) -> list[Rule]:
    """All rules, sorted by code. Raises SettingsError for a bad package or a code used twice."""
    rules: dict[str, tuple[Rule, str]] = {}
    for package in (*_OWN, *packages):
        for name in _modules(package):
            rule = getattr(_imported(name), "RULE", None)
            if not isinstance(rule, Rule):
                raise SettingsError(
                    "has no RULE, a stillroom.lint.rule.Rule",
                    where=name,
                    fix="See docs/rules.md for what a rule looks like.",
                )
            if rule.code in rules:
                raise SettingsError(
                    f"the code {rule.code} is also that of {rules[rule.code][1]}", where=name
                )
            rules[rule.code] = rule, name
    return [rules[code][0] for code in sorted(rules)]


def _modules(package: str) -> list[str]:
    path = getattr(_imported(package), "__path__", None)
    if path is None:
        raise SettingsError(
            f"{package} is a module; rules are the modules of a package",
            where="alembic.ini [stillroom] rules",
        )
    return sorted(f"{package}.{module.name}" for module in iter_modules(path))


def _imported(name: str) -> object:
    try:
        return import_module(name)
    except Exception as error:
        raise SettingsError(
            f"{name} cannot be imported: {type(error).__name__}: {error}",
            where="alembic.ini [stillroom] rules",
            fix="Name it as Python imports it from the project's folder, such as tools.rules.",
        ) from error
