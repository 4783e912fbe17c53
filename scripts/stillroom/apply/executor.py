"""The commands upgrade, downgrade and resume, which converge whatever interrupts them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager

from alembic.config import Config
from alembic.runtime.migration import MigrationContext, RevisionStep

from stillroom.apply import env_runner
from stillroom.apply.errors import ApplyError, Stopped, shorten, ways_out
from stillroom.apply.events import Interrupted, Listener, ignore
from stillroom.apply.options import Direction, Options
from stillroom.apply.run import Run
from stillroom.project.alembic_env import alembic_internals
from stillroom.project.alembic_env.env_runner import UPGRADE
from stillroom.shell import Command


def upgrade(
    config: Config,
    revision: str = "head",
    *,
    listener: Listener = ignore,
    options: Options | None = None,
) -> None:
    """Upgrade to a revision (``head``, ``heads``, ``+1``, a name), or go on with one.

    Runs the project's own env.py and revisions as they are. Raises StillroomError for all
    that can be expected to happen, with the exit code that a command should end in.
    """
    _command(config, "upgrade", revision, listener, options or Options())


def downgrade(
    config: Config,
    revision: str,
    *,
    listener: Listener = ignore,
    options: Options | None = None,
) -> None:
    """Downgrade to a revision (``-1``, ``base``, a name), as ``upgrade`` does it."""
    _command(config, "downgrade", revision, listener, options or Options())


def resume(config: Config, *, listener: Listener = ignore, options: Options | None = None) -> None:
    """Finish the half-applied revision, in its own direction, and no other."""
    _command(config, "resume", None, listener, options or Options())


def apply_in_env(
    context: MigrationContext,
    direction: Direction,
    revision: str,
    proceed: Callable[[], None],
    *,
    listener: Listener,
    options: Options,
) -> None:
    """Run an upgrade or a downgrade that Alembic itself has begun; ``proceed`` is what it would do.

    To be called in env.py, in place of ``context.run_migrations()``. Raises StillroomError.
    """
    runs: list[Run] = []

    def work(context: MigrationContext, proceed: Callable[[], None]) -> None:
        runs.append(Run(context, direction, revision, listener, options))
        with alembic_internals.steps_replaced(context, lambda heads, _: runs[-1].steps(heads)):
            runs[-1].work(proceed)

    with _interruptible(runs, listener):
        env_runner.run_inside(context, work, proceed)


def _command(
    config: Config,
    direction: Direction,
    revision: str | None,
    listener: Listener,
    options: Options,
) -> None:
    runs: list[Run] = []

    def work(context: MigrationContext, proceed: Callable[[], None]) -> None:
        runs.append(Run(context, direction, revision, listener, options))
        runs[-1].work(proceed)

    def steps(heads: tuple[str, ...], context: MigrationContext) -> Iterator[RevisionStep]:
        return runs[-1].steps(heads)

    # An env.py may tell Alembic's commands apart: by the function's name, or by the options.
    steps.__name__ = direction
    command = (direction, revision) if direction == "downgrade" and revision else UPGRADE
    with _interruptible(runs, listener):
        env_runner.run(config, work, steps, revision, command)
    if direction == "resume" and not any(run.revisions for run in runs):
        raise ApplyError(
            "AP303", "there is no half-applied revision to resume", fix=str(Command("upgrade"))
        )
    for run in runs:
        run.check_committed()


@contextmanager
def _interruptible(runs: list[Run], listener: Listener) -> Iterator[None]:
    """Tell what Ctrl-C and SIGTERM leave behind."""
    try:
        with env_runner.ending_on_term():
            yield
    except KeyboardInterrupt as signal:
        name = "SIGTERM" if isinstance(signal, env_runner.Terminated) else "Ctrl-C"
        raise _stopped(runs, name, listener) from None


def _stopped(runs: list[Run], name: str, listener: Listener) -> Stopped:
    """What a signal has left behind, in words."""
    revision, statement = runs[-1].running if runs else (None, None)
    connection = runs[-1].server.connection if runs else None
    listener(Interrupted(name, revision, statement, connection))
    if revision is None:
        return Stopped("AP130", f"{name}: stopped; no revision was being applied")
    if statement is None:
        return Stopped("AP130", f"{name}: stopped in revision {revision}", fix=ways_out())
    fix = shorten(statement)
    if connection is not None:
        fix += (
            f"\n\nAn ALTER TABLE goes on running on the server, as connection {connection};"
            f" the next run waits for it.\nTo stop it: KILL {connection}\n"
            "A statement that changes rows is rolled back."
        )
    return Stopped(
        "AP130",
        f"{name}: stopped in revision {revision} while the server was running a statement",
        fix=f"{fix}\n\n{ways_out()}",
    )
