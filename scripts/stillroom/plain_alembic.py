"""What Alembic's own commands do in a project whose env.py calls ``stillroom.env.guard``.

They are told apart by what Alembic gives its env.py: the options of the context, and the command
line in ``config.cmd_opts``. Nothing of Alembic is replaced but methods of that one context.
"""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Callable, Mapping
from contextlib import ExitStack
from functools import partial
from pathlib import Path
from typing import Any

from alembic.config import Config
from alembic.runtime.environment import EnvironmentContext
from alembic.util import CommandError

import stillroom
from stillroom.apply import inspector
from stillroom.apply.executor import apply_in_env
from stillroom.apply.options import Direction, options_of_settings
from stillroom.catalog import Catalog
from stillroom.console import progress
from stillroom.console.output import note
from stillroom.errors import EXIT_CLEAN, EXIT_INTERRUPTED, StillroomError
from stillroom.project import settings
from stillroom.project.alembic_env import alembic_internals
from stillroom.project.alembic_env.alembic_options import AlembicOptions
from stillroom.project.settings_files import dotenv
from stillroom.replay.server import stand_in

_DIRECTIONS: dict[str, Direction] = {"upgrade": "upgrade", "downgrade": "downgrade"}
_SERVERS = ("mysql", "mariadb")
_SUPPORTED = (*_SERVERS, "sqlite")
# How `stillroom revision` calls the arguments of `alembic revision`; its other ones it has not.
_OPTIONS = {
    "message": "--message",
    "head": "--head",
    "branch_label": "--branch",
    "depends_on": "--depends-on",
}
# Where this very engine is found is the last place that modules are looked for.
_MAIN = """
import sys
sys.path.append(sys.argv.pop(1))
from stillroom.cli import main
raise SystemExit(main())
"""
_UNKNOWN = {"rev_id": "--rev-id", "version_path": "--version-path"}


def apply_instead(environment: EnvironmentContext) -> None:
    """Run upgrades and downgrades as our own commands do; let a stamp ask for the journal first.

    What moves no revision is left as it is, and so are databases of other kinds.
    """
    wanted = environment.context_opts.get("destination_rev")
    if wanted is None:
        return
    command = alembic_internals.command_of(environment)

    def run_migrations(**arguments: Any) -> None:
        context = environment.get_context()
        proceed = partial(EnvironmentContext.run_migrations, environment, **arguments)
        if context.as_sql:
            is_ours = command == "upgrade" and context.dialect.name in _SERVERS
            _print_script(environment, proceed) if is_ours else proceed()
            return
        is_other = context.connection is None or context.dialect.name not in _SUPPORTED
        # An application may upgrade its database when it is made, also in a replay.
        if is_other or alembic_internals.stands_in(context):
            proceed()
            return
        if command not in _DIRECTIONS:
            refuse_half_applied(environment)
            proceed()
            return
        try:
            own = settings.of_config(environment.config)
            variables = {**dotenv(Path.cwd() / ".env"), **os.environ}
            apply_in_env(
                context,
                _DIRECTIONS[command],
                wanted,
                proceed,
                listener=progress.listener("text"),
                options=options_of_settings(
                    own, variables, is_server=context.dialect.name in _SERVERS
                ),
            )
        except StillroomError as error:
            _end(environment.config, error)

    alembic_internals.call_instead(environment, run_migrations)


def refuse_half_applied(environment: EnvironmentContext) -> None:
    """End the command that runs if the database that env.py works on has a half-applied revision.

    A caller in Python gets Alembic's CommandError.
    """
    command = alembic_internals.command_of(environment)
    wanted = environment.context_opts.get("destination_rev", "")
    asked = f"alembic {command} {_listed(wanted)}".rstrip() if command else "plain alembic"
    try:
        inspector.refuse_half_applied(environment.get_context(), asked)
    except StillroomError as error:
        _end(environment.config, error)


def _print_script(environment: EnvironmentContext, proceed: Callable[[], None]) -> None:
    """Print the script that may be cut off; else Alembic's own, and why it is that."""
    if not _is_typed(environment.config):
        proceed()
        return
    options = environment.context_opts
    words = ["sql", options["destination_rev"], "--from", options.get("starting_rev") or "base"]
    done = _run([*_global_options(environment.config), *words], stdout=subprocess.PIPE)
    if done.returncode == EXIT_CLEAN:
        environment.get_context().output_buffer.write(done.stdout)
        return
    note("So the script is Alembic's own: once it was cut off, it cannot be run again.")
    proceed()


def _listed(revisions: Any) -> str:
    return revisions if isinstance(revisions, str) else " ".join(revisions)


def _end(config: Config, error: StillroomError) -> None:
    """Tell what is wrong as our own commands do; a caller in Python gets Alembic's own error."""
    is_typed = _is_typed(config)
    if not is_typed and error.exit_code != EXIT_INTERRUPTED:
        raise CommandError(str(error)) from error
    print(error, file=sys.stderr)
    if not is_typed:  # whoever swallows errors is to be ended all the same
        raise KeyboardInterrupt from error
    raise SystemExit(error.exit_code) from None


def replay_instead(environment: EnvironmentContext) -> None:
    """Answer a ``check`` or ``revision --autogenerate`` that was typed by our own command.

    That runs in a process of its own, as if it had been typed. Then env.py goes on with a server
    in memory, so that it ends as ever, and Alembic finds nothing left to do. A caller in Python,
    who may have handed over a connection, is left to Alembic.
    """
    revision = environment.context_opts.get("revision_context")
    if revision is None or not _is_typed(environment.config):
        return
    asked: Mapping[str, Any] = revision.command_args
    if not asked["autogenerate"]:
        return
    is_check = alembic_internals.command_of(environment) == "check"
    words = ["check"] if is_check else ["revision", *_arguments(environment.config, asked)]
    code = _run([*_global_options(environment.config), *words]).returncode
    if code != EXIT_CLEAN:
        raise SystemExit(code)
    if not is_check:
        revision.generated_revisions.clear()  # ours is written
    stack = ExitStack()
    target = settings.target_of(environment.config)
    stack.enter_context(stand_in(Catalog.empty(target), for_all=True))
    alembic_internals.call_instead(environment, lambda **_: None)
    alembic_internals.call_at_the_end(environment, stack.close)


def _arguments(config: Config, asked: Mapping[str, Any]) -> list[str]:
    """The arguments of ``alembic revision`` as those of ours."""
    refused = [option for name, option in _UNKNOWN.items() if asked.get(name)]
    words = ["--splice"] * bool(asked.get("splice"))
    for name, option in _OPTIONS.items():
        value = asked.get(name)
        values = value if isinstance(value, list) else [value] if value else []
        if len(values) > 1:
            refused.append(f"{option} more than once")
        words += [f"{option}={value}" for value in values if (name, value) != ("head", "head")]
    for option in refused:
        _end(
            config,
            StillroomError(
                f"a revision that is proven before it is written cannot have {option}",
                fix=f"Leave {option.partition(' ')[0]} out, and write it into the file then.",
            ),
        )
    return words


def _global_options(config: Config) -> list[str]:
    """The configuration that Alembic was given, as our own command takes it."""
    words = []
    file = Path(config.config_file_name or AlembicOptions.file).absolute()
    if file != settings.ini_of(Path.cwd()).absolute():
        words += ["-c", str(file)]
    if config.config_ini_section != AlembicOptions.section:
        words += ["-n", config.config_ini_section]
    for argument in getattr(config.cmd_opts, "x", None) or ():
        words += ["-x", argument]
    return words


def _run(words: list[str], stdout: int | None = None) -> subprocess.CompletedProcess[str]:
    """Run one of our own commands."""
    sys.stdout.flush()
    sys.stderr.flush()
    engine = str(Path(stillroom.__file__).parents[1])
    command = [sys.executable, "-P", "-c", _MAIN, engine, *words]
    try:
        return subprocess.run(
            command,
            env={**os.environ, **_flask_application()},
            stdout=stdout,
            check=False,
            encoding="utf-8",
        )
    except KeyboardInterrupt:  # which the command has got, too
        raise SystemExit(EXIT_INTERRUPTED) from None


def _flask_db() -> Any:
    """Click's context of a ``flask db …`` that was typed; None if none was."""
    click: Any = sys.modules.get("click")
    cli: Any = sys.modules.get("flask_migrate.cli")
    context = click.get_current_context(silent=True) if click and cli else None
    return context if context and context.parent and context.parent.command is cli.db else None


def _flask_application() -> dict[str, str]:
    """``flask --app NAME`` in words of the environment."""
    context = _flask_db()
    cli: Any = sys.modules.get("flask.cli")
    info = context.find_object(cli.ScriptInfo) if context else None
    path = info.app_import_path if info else None
    return {"FLASK_APP": str(path)} if path else {}


def _is_typed(config: Config) -> bool:
    """Whether a command line has called Alembic: its own, or that of Flask-Migrate."""
    return bool(getattr(config.cmd_opts, "cmd", None)) or _flask_db() is not None
