"""How much is said: ``--quiet`` and ``--verbose``, and what Alembic logs."""

from __future__ import annotations

import logging
from argparse import ArgumentParser, Namespace
from enum import IntEnum

from stillroom.errors import printable

# They tell what our verbs tell themselves. A filter stays when an env.py configures the logging.
_ALEMBIC = ("alembic.runtime.migration", "alembic.runtime.plugins", "alembic.ddl.impl")


class Volume(IntEnum):
    """What is said beside an answer."""

    QUIET = 0
    USUAL = 1
    VERBOSE = 2


_current = Volume.USUAL


def add_volume(parser: ArgumentParser) -> None:
    """``--quiet`` and ``--verbose``."""
    of_both = parser.add_mutually_exclusive_group()
    of_both.add_argument(
        "--quiet", "-q", action="store_true", help="leave out progress, summaries and hints"
    )
    of_both.add_argument(
        "--verbose", "-v", action="store_true", help="name each statement, and what Alembic logs"
    )


def choose(args: Namespace) -> None:
    """Say as much as ``args`` ask for, from now on."""
    global _current  # of the process, as its streams are
    _current = Volume.USUAL + args.verbose - args.quiet
    for name in _ALEMBIC:
        logger = logging.getLogger(name)
        logger.removeFilter(_is_grave)
        if _current < Volume.VERBOSE:
            logger.addFilter(_is_grave)
    if _current == Volume.VERBOSE:
        show_log("alembic.runtime", "")
        logging.getLogger("alembic.runtime").propagate = False


def is_quiet() -> bool:
    """Whether progress, summaries and hints are left out."""
    return _current == Volume.QUIET


def is_verbose() -> bool:
    """Whether everything is said."""
    return _current == Volume.VERBOSE


def _is_grave(record: logging.LogRecord) -> bool:
    return record.levelno >= logging.WARNING


class _OneLine(logging.Formatter):
    """Lines of a log, one for each record, whatever the names in it are."""

    def format(self, record: logging.LogRecord) -> str:
        return printable(record.getMessage())


def show_log(logger: str, only: str) -> None:
    """Print the lines of one of Alembic's loggers that begin with ``only``."""
    handler = logging.StreamHandler()
    handler.setFormatter(_OneLine())
    handler.addFilter(lambda record: record.getMessage().startswith(only))
    logging.getLogger(logger).handlers = [handler]
    logging.getLogger(logger).setLevel(logging.INFO)
