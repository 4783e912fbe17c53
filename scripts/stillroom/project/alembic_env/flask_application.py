"""Gives an env.py that asks for Flask's ``current_app`` the application, as ``flask db`` does."""

from __future__ import annotations

import os
import re
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager, nullcontext
from functools import partial
from importlib import import_module
from pathlib import Path
from types import ModuleType
from typing import Any

from alembic import command

from stillroom.errors import StillroomError
from stillroom.project.patching import replaced

_ASKS = re.compile(r"\bcurrent_app\b")
# The application that was made last, and the module that it was made in.
_made: list[tuple[Any, ModuleType | None]] = []


@contextmanager
def application_context(env_py: str | Path, *, replayed: bool = False) -> Iterator[None]:
    """Within it ``current_app`` is the project's application, if env.py asks for one.

    An application that upgrades its database when it is made does so only where it is
    ``replayed``: whoever only looks changes nothing, and an upgrade is ours, with its lock.

    It is found as ``flask db`` finds it: by FLASK_APP, in ``.flaskenv`` or the environment, else
    in ``wsgi.py`` or ``app.py``. Raises StillroomError if it is not found.
    """
    path = Path(env_py)
    text = path.read_text(encoding="utf-8", errors="replace") if path.exists() else ""
    if not _ASKS.search(text):
        yield
        return
    try:
        flask: Any = import_module("flask")
    except ImportError:  # env.py says so, and in which line
        yield
        return
    if flask.has_app_context():
        yield
        return
    with nullcontext() if replayed else _no_changes():
        application = _application()
    with application.app_context():
        yield


@contextmanager
def _no_changes() -> Iterator[None]:
    """Within it Alembic's commands that change a database say only that they were called."""
    with ExitStack() as stack:
        for name in ("upgrade", "downgrade", "stamp"):
            stack.enter_context(replaced(command, name, partial(_left_out, name)))
        yield


def _left_out(name: str, *_: Any, **__: Any) -> None:
    print(f"The application runs Alembic's {name} when it is made: not done here.", file=sys.stderr)


def _application() -> Any:
    """The application; the one made before, as long as its module is the one that is imported."""
    if _made:
        application, module = _made[-1]
        if module is not None and sys.modules.get(application.import_name) is module:
            return application
        _made.clear()
    cli: Any = import_module("flask.cli")
    cli.load_dotenv()
    try:
        application = cli.ScriptInfo(app_import_path=os.environ.get("FLASK_APP")).load_app()
    except cli.NoAppException as error:
        if isinstance(error.__context__, ImportError) and "\n" in str(error):  # with a traceback
            raise error.__context__ from None  # of what the application imports
        raise StillroomError(
            f"env.py needs Flask's current_app, but there is no application: {error}",
            where=".flaskenv" if Path(".flaskenv").exists() else "FLASK_APP",
            fix="Name it in .flaskenv, as for `flask db`: FLASK_APP=package:create_app",
        ) from error
    _made.append((application, sys.modules.get(application.import_name)))
    return application
