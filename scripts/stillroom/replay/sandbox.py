"""Keeps this process as it was while a project's env.py, models and revisions run in it."""

from __future__ import annotations

import gc
import io
import logging
import logging.config
import os
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager, redirect_stdout
from pathlib import Path
from types import ModuleType
from typing import Any

from stillroom.project.call_site import is_library
from stillroom.project.patching import replaced
from stillroom.replay.declared_tables import forget_tables

_depth = 0


@contextmanager
def sandbox(root: Path) -> Iterator[None]:
    """Afterwards sys.path, environment, working directory, logging and sys.modules are as before.

    ``root``, the project's folder, is importable within. Modules of libraries stay imported;
    those of the project go. Nested ones do nothing: the outermost restores, so that models
    imported once stay the same objects for as long as they are needed. What the project
    prints is swallowed: standard output belongs to the answer.
    """
    global _depth
    _depth += 1
    try:
        with ExitStack() as stack:
            if _depth == 1:
                stack.enter_context(_collected_less())
                stack.enter_context(_logging_kept())
                stack.enter_context(_modules_kept())
                stack.enter_context(_variables_kept())
                stack.enter_context(_directory_kept())
                stack.enter_context(replaced(sys, "path", _search_path(root)))
            stack.enter_context(redirect_stdout(io.StringIO()))
            yield
    finally:
        _depth -= 1


def _search_path(root: Path) -> list[str]:
    """Where modules are looked for: in the project's folder before all others.

    An alembic.ini may lie inside a package, as it does in programs that are installed. Modules
    there can have the names of libraries, so they come last: what imports them by bare names
    without Alembic's ``prepend_sys_path`` has been started from that folder.
    """
    if not (root / "__init__.py").exists():
        return [str(root), *sys.path]
    package = root
    while (package / "__init__.py").exists():
        package = package.parent
    return [str(package), *sys.path, str(root)]


@contextmanager
def _collected_less() -> Iterator[None]:
    """What is imported by now stays, so the garbage collector need not go through it each time.

    A replay leaves little garbage: 7 MB by a thousand revisions that are never collected.
    """
    before = gc.get_threshold()
    gc.freeze()
    gc.set_threshold(200_000, *before[1:])
    try:
        yield
    finally:
        gc.set_threshold(*before)
        gc.unfreeze()


@contextmanager
def _directory_kept() -> Iterator[None]:
    before = Path.cwd()
    try:
        yield
    finally:
        os.chdir(before)


@contextmanager
def _variables_kept() -> Iterator[None]:
    before = dict(os.environ)
    try:
        yield
    finally:
        if dict(os.environ) != before:
            os.environ.clear()
            os.environ.update(before)


@contextmanager
def _modules_kept() -> Iterator[None]:
    before = set(sys.modules)
    try:
        yield
    finally:
        project = {
            name: module
            for name in set(sys.modules) - before
            if not _is_of_library(module := sys.modules[name])
        }
        forget_tables(project.values())
        for name in project:
            del sys.modules[name]


def _is_of_library(module: ModuleType) -> bool:
    """Whether a module came with Python or was installed; those without a file count, too."""
    file = getattr(module, "__file__", None)
    if not file:
        # A namespace package has a path only, which asks for a parent that may be gone by now.
        return getattr(module, "__path__", []) == []
    return is_library(file)


@contextmanager
def _logging_kept() -> Iterator[None]:
    """fileConfig() in an env.py would close handlers and disable loggers of the whole process."""
    loggers = [logging.getLogger(), *_loggers()]
    before = [
        (
            logger,
            logger.level,
            logger.disabled,
            logger.propagate,
            list(logger.handlers),
            list(logger.filters),
        )
        for logger in loggers
    ]
    disabled = logging.root.manager.disable
    # It would say that revisions run, as on a server.
    logging.getLogger("alembic.runtime.migration").setLevel(logging.WARNING)
    with (
        replaced(logging.config, "fileConfig", _no_configuration),
        replaced(logging.config, "dictConfig", _silent_handlers),
        replaced(logging, "basicConfig", _no_configuration),
    ):
        try:
            yield
        finally:
            logging.root.manager.disable = disabled
            for logger in _loggers():
                logger.handlers[:] = [h for h in logger.handlers if not isinstance(h, _Silent)]
            for logger, level, off, propagate, handlers, filters in before:
                logger.setLevel(level)
                logger.disabled, logger.propagate = off, propagate
                logger.handlers[:] = handlers
                logger.filters[:] = filters


def _loggers() -> list[logging.Logger]:
    known = logging.root.manager.loggerDict.values()
    return [logger for logger in known if isinstance(logger, logging.Logger)]


def _no_configuration(*_: Any, **__: Any) -> None:
    """Logging stays as the process has it."""


class _Silent(logging.NullHandler):
    """Stands for a handler of the project."""


def _silent_handlers(config: Mapping[str, Any]) -> None:
    """Loggers get handlers of the names that they are to have, as Airflow asks: silent ones."""
    for name, options in config.get("loggers", {}).items():
        for handler in options.get("handlers", ()):
            silent = _Silent()
            silent.set_name(handler)
            logging.getLogger(name).addHandler(silent)
