"""The private parts of Alembic that this project uses, each behind a function with a name of ours.

Alembic may change them in any release. ``test_alembic_internals.py`` in the tests has a test for
each, which says what changed and in which version.
"""

from __future__ import annotations

import traceback
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType
from typing import Any

import alembic.command
import alembic.context
from alembic.autogenerate import comparators, render
from alembic.autogenerate.api import AutogenContext, RevisionContext
from alembic.operations.ops import AddConstraintOp, DropConstraintOp, MigrationScript
from alembic.runtime.environment import EnvironmentContext
from alembic.runtime.migration import HeadMaintainer, MigrationContext, RevisionStep, StampStep
from alembic.script import Script, ScriptDirectory
from alembic.util import CommandError
from sqlalchemy import Table
from sqlalchemy.types import TypeEngine

from stillroom.findings import shown

# The two functions with which a project compares types and defaults; see `comparing_functions`.
_COMPARING = {"_user_compare_type": "type", "_user_compare_server_default": "default"}


def version_folders(scripts: ScriptDirectory) -> list[Path]:
    """The folders with revisions, absolute, in the order of ``version_locations``."""
    return [Path(folder) for folder in scripts._version_locations]


@contextmanager
def another_version_folder(scripts: ScriptDirectory, folder: Path) -> Iterator[None]:
    """Within it ``folder`` holds revisions, too."""
    before = scripts._version_locations
    scripts.__dict__["_version_locations"] = [*before, folder]
    try:
        yield
    finally:
        scripts.__dict__["_version_locations"] = before


@contextmanager
def revision_map_kept(scripts: ScriptDirectory) -> Iterator[None]:
    """Give ``scripts`` back the revisions that it knows now."""
    before = scripts.revision_map
    try:
        yield
    finally:
        scripts.revision_map = before


def files_of_revisions(scripts: ScriptDirectory, folder: Path) -> list[Path]:
    """The files in a folder with revisions; subfolders count where the project says so."""
    return [Path(path) for path in Script._list_py_dir(scripts, folder)]


def upgrade_steps(scripts: ScriptDirectory, revision: str, heads: Any) -> list[RevisionStep]:
    """The steps from ``heads`` up to ``revision``. Raises CommandError if none lead there."""
    with _naming_what_is_missing(), _naming_what_leads_out(revision):
        return scripts._upgrade_revs(revision, heads)


def downgrade_steps(scripts: ScriptDirectory, revision: str, heads: Any) -> list[RevisionStep]:
    """The steps from ``heads`` down to ``revision``. Raises CommandError if none lead there."""
    with _naming_what_is_missing(), _naming_what_leads_out(revision):
        return scripts._downgrade_revs(revision, heads)


def names_on_the_way(
    scripts: ScriptDirectory, revision: str, heads: tuple[str, ...], *, up: bool
) -> list[str]:
    """The revisions from ``heads`` to ``revision`` in the order in which they run.

    No file is run: its imports may need what env.py does first. Raises CommandError if none lead
    there.
    """
    direction = "upgrade" if up else "downgrade"
    ancestor = f"Destination %(end)s is not a valid {direction} target from current head(s)"
    with scripts._catch_revision_errors(ancestor=ancestor, end=revision):
        if up:
            steps = [*scripts.iterate_revisions(revision, heads, implicit_base=True)][::-1]
        else:
            steps = [*scripts.iterate_revisions(heads, revision, select_for_downgrade=True)]
        return [script.revision for script in steps]


@contextmanager
def _naming_what_is_missing() -> Iterator[None]:
    """Within it a revision without the function that is to run raises CommandError."""
    try:
        yield
    except AttributeError as error:
        if not isinstance(error.obj, ModuleType) or error.name not in ("upgrade", "downgrade"):
            raise
        file = shown(error.obj.__file__ or error.obj.__name__)
        raise CommandError(f"{file} has no {error.name}(), so nothing was run") from error


def stamp_steps(scripts: ScriptDirectory, revisions: Sequence[str], heads: Any) -> list[StampStep]:
    """The steps that note ``revisions`` in place of ``heads`` and run nothing."""
    return scripts._stamp_revs(tuple(revisions), heads)


@contextmanager
def explaining_revisions(scripts: ScriptDirectory, end: str = "") -> Iterator[None]:
    """Within it a revision that is not there raises CommandError, in Alembic's words."""
    with _naming_what_leads_out(end), scripts._catch_revision_errors(end=end or None):
        yield


@contextmanager
def _naming_what_leads_out(revision: str) -> Iterator[None]:
    """Within it ``3fa2+5`` raises CommandError if the history ends before, in words that say so.

    Alembic asserts that it does not, or says "Walked too far".
    """
    try:
        yield
    except (AssertionError, CommandError) as error:
        *_, (innermost, _line) = traceback.walk_tb(error.__traceback__)
        is_assert = innermost.f_globals.get("__name__") == "alembic.script.revision"
        if not is_assert and str(error) != "Walked too far":
            raise
        raise CommandError(f"Relative revision {revision} leads out of the history") from error


def version_table(context: MigrationContext) -> Table:
    """Alembic's own table of applied revisions."""
    return context._version


def execute(context: MigrationContext, statement: Any, parameters: dict[str, Any]) -> Any:
    """Run one statement as Alembic runs its own: printed, in offline mode."""
    return context.impl._exec(statement, params=parameters)


# The method that moves the version table from one revision to the next; replaced in a replay.
UPDATE_VERSION = "_update_version"
update_version: Callable[[HeadMaintainer, str, str], None] = getattr(HeadMaintainer, UPDATE_VERSION)


def type_text(type_: TypeEngine[Any], context: AutogenContext) -> str:
    """A type as Alembic writes it into a revision."""
    return render._repr_type(type_, context)


def render_script(
    context: AutogenContext, script: MigrationScript, arguments: dict[str, Any]
) -> None:
    """Put the code of ``script`` into ``arguments`` for the template."""
    render._render_python_into_templatevars(context, script, arguments)


def is_batch(context: AutogenContext) -> bool:
    """Whether what is written now stands in ``with op.batch_alter_table(…)``."""
    return context._has_batch


def rendering_context(revision: RevisionContext) -> AutogenContext:
    """The context of the autogenerate that ran last."""
    return revision._last_autogen_context


def dropped_constraint(operation: DropConstraintOp) -> AddConstraintOp | None:
    """The operation that adds what ``operation`` drops; None if Alembic does not know it."""
    return operation._reverse


def registered_comparators() -> Iterator[Callable[..., Any]]:
    """The comparing functions that Alembic and the project's plug-ins have registered."""
    for functions in vars(comparators).get("_registry", {}).values():
        for function in functions:
            # From 1.18 on each stands in a tuple, beside its group.
            yield function[0] if isinstance(function, tuple) else function


def comparing_functions(context: MigrationContext) -> Iterator[tuple[str, str, Callable[..., Any]]]:
    """``compare_type`` and ``compare_server_default`` of env.py, where they are functions.

    With the attribute of ``context`` that holds it, and the aspect that it compares.
    """
    for attribute, aspect in _COMPARING.items():
        function = getattr(context, attribute, None)
        if callable(function):
            yield attribute, aspect, function


def environment_of(context: ModuleType | MigrationContext) -> EnvironmentContext | None:
    """The one that runs env.py, of ``alembic.context`` or of a context that it has configured."""
    if isinstance(context, ModuleType):
        return getattr(context, "_proxy", None)
    return context.environment_context


def command_of(environment: EnvironmentContext) -> str:
    """Which function of ``alembic.command`` runs env.py: ``upgrade``, ``check`` …; "" for none."""
    steps: Any = environment.context_opts.get("fn")
    if getattr(steps, "__module__", "") != alembic.command.__name__:
        return ""
    return str(steps.__qualname__).partition(".")[0]


def stands_in(context: ModuleType | MigrationContext) -> bool:
    """Whether a context has been configured with a server in memory."""
    return not isinstance(context, ModuleType) and getattr(context.dialect, "stands_in", False)


def call_instead(environment: EnvironmentContext, run_migrations: Callable[..., None]) -> None:
    """Let ``context.run_migrations()`` of an env.py that runs be ``run_migrations``."""
    environment.run_migrations = run_migrations  # type: ignore[method-assign]
    environment._install_proxy()  # alembic.context has the methods as they were


def call_at_the_end(environment: EnvironmentContext, function: Callable[[], None]) -> None:
    """Call ``function`` when env.py has come to its end, or to an error."""
    remove = environment._remove_proxy

    def remove_proxy() -> None:
        try:
            function()
        finally:
            remove()

    environment.__dict__["_remove_proxy"] = remove_proxy


@contextmanager
def steps_replaced(context: MigrationContext, steps: Callable[..., Any]) -> Iterator[None]:
    """Within it, ``steps`` says which revisions a context runs."""
    before = context._migrations_fn
    context._migrations_fn = steps
    try:
        yield
    finally:
        context._migrations_fn = before


@contextmanager
def outer_context_kept() -> Iterator[None]:
    """Give Alembic's proxy, which is global, back to a command of Alembic that replays."""
    outer = getattr(alembic.context, "_proxy", None)
    try:
        yield
    finally:
        if outer is not None:
            outer._install_proxy()
