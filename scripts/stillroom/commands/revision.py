"""``revision``: write the revision that the models need, with no database, once it is proven."""

from __future__ import annotations

import re
import sys
from argparse import Action, ArgumentParser, Namespace
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from alembic import command
from alembic.config import Config
from alembic.operations.ops import MigrationScript

from stillroom.authoring.author import Written
from stillroom.authoring.author import write as author
from stillroom.authoring.renames.questions import Interactive, Questioner
from stillroom.authoring.request import Request
from stillroom.console.arguments import add_message
from stillroom.console.output import note, show_log
from stillroom.errors import StillroomError
from stillroom.project.explanations import explained
from stillroom.project.folders import drafts_folder
from stillroom.project.git import tracked_files
from stillroom.project.model_imports import import_models, unimported_tables
from stillroom.project.project import (
    alembic_config,
    application_engine,
    make_importable,
)
from stillroom.project.settings import Settings
from stillroom.replay.sandbox import sandbox
from stillroom.shell import Command
from stillroom.staged.workspace import inside, load_settings, project_history

_TEXTS = {
    "rename": "table.old:new or table:new, several apart by spaces: what was renamed",
    "drop": "table.column or table, several apart by spaces: what was not renamed, but dropped",
    "fill": "table.column=SQL, several apart by ;: the value for old rows of a new column",
    "head": "the revision to follow, if not the only newest one",
    "splice": "follow a revision that others follow already",
    "branch": "the label of a new branch",
    "depends_on": "a revision that must have run before, without being followed",
    "empty": "a skeleton, for a revision that changes rows",
}
_FLAGS = ("splice", "empty")
_APART = {"rename": " ", "drop": " ", "fill": ";"}


class _Joining(Action):
    """May be given several times: the values are one, with ``const`` between them."""

    def __call__(
        self, parser: ArgumentParser, namespace: Namespace, value: Any, option: str | None = None
    ) -> None:
        before = getattr(namespace, self.dest)
        setattr(namespace, self.dest, f"{before}{self.const}{value}" if before else value)


def arguments(parser: ArgumentParser) -> None:
    add_message(parser)
    for name, text in _TEXTS.items():
        option = f"--{name.replace('_', '-')}"
        if name in _FLAGS:
            parser.add_argument(option, action="store_true", help=text)
        elif name in _APART:
            apart = _APART[name]
            parser.add_argument(option, action=_Joining, const=apart, default="", help=text)
        else:
            parser.add_argument(option, default="", help=text)


def run(args: Namespace) -> int:
    if not args.message:
        raise StillroomError(
            "what does the revision do? m= is missing",
            fix=str(Command("revision", m="add last_login to user")),
        )
    write_revision(Path.cwd(), request_of(args))
    return 0


def request_of(args: Namespace) -> Request:
    """What ``args`` ask for. Raises StillroomError if an answer is malformed."""
    renames = dict(_rename(text) for text in _words(args, "rename"))
    asks = Interactive if sys.stdin is not None and sys.stdin.isatty() else Questioner
    return Request(
        args.message,
        empty=args.empty,
        head=args.head or "head",
        splice=args.splice,
        branch_label=args.branch or None,
        depends_on=args.depends_on or None,
        fills=_fills(args.fill),
        questioner=asks(renames, [word.replace("'", "") for word in _words(args, "drop")]),
    )


def write_revision(root: Path, request: Request) -> bool:
    """Write the revision; returns False, having said so, if the models need none."""
    settings = load_settings(root)
    with inside(settings), _forgotten(settings.root), sandbox(settings.root):
        make_importable(settings)
        refuse_unimported_tables(settings)
        if _is_for_sqlite(settings):
            show_log("alembic.autogenerate.compare", only="Detected ")
            return _by_alembic(alembic_config(settings), settings, request)
        with project_history(settings) as history:
            written = author(history, request, drafts=drafts_folder(settings.root))
    if written is None:
        print("The models need no revision: nothing was written.")
        return False
    for change in written.changes:
        note(change)
    print(_report(written, settings.root, request))
    return True


def _is_for_sqlite(settings: Settings) -> bool:
    """Whether the project's engine is SQLite whatever is set: no replay stands in for it."""
    try:
        return application_engine(settings).url.get_backend_name() == "sqlite"
    except StillroomError:
        return False  # env.py may have an engine of its own; if not, it says what is wrong


def _by_alembic(config: Config, settings: Settings, request: Request) -> bool:
    """Alembic's own revision, from a look at the database."""
    try:
        written = command.revision(
            config,
            message=request.message,
            autogenerate=not request.empty,
            head=request.head,
            splice=request.splice,
            branch_label=request.branch_label,
            depends_on=request.depends_on,
            process_revision_directives=None if request.empty else _drop_empty,
        )
    except Exception as error:
        raise explained(error, settings) from error
    if not written:
        note("The models need no revision: nothing was written.")
    return bool(written)


def _drop_empty(
    context: Any, revision: str | Iterable[str | None], directives: list[MigrationScript]
) -> None:
    operations = directives[0].upgrade_ops
    if operations is not None and operations.is_empty():
        directives.clear()


@contextmanager
def _forgotten(root: Path) -> Iterator[None]:
    """Let the project's modules be imported anew: those that are there know another database."""
    own = {
        name: module
        for name, module in list(sys.modules.items())
        if (file := getattr(module, "__file__", None))
        and Path(file).is_relative_to(root)
        and "site-packages" not in file
        and name.partition(".")[0] not in ("stillroom", "__main__")
    }
    for name in own:
        del sys.modules[name]
    try:
        yield
    finally:
        sys.modules.update(own)


def _report(written: Written, root: Path, request: Request) -> str:
    path = written.path
    shown = path.relative_to(root) if path.is_relative_to(root) else path
    if request.empty:
        return f"Wrote {shown}: a skeleton."
    text = f"Wrote {shown}: a replay for {written.target} shows that it is what the models need."
    if written.losses:
        text += (
            "\nIt takes data away. Complete each line `# stillroom: allow …` in it with the "
            "reason: the hook refuses it until then."
        )
    return text


def _words(args: Namespace, name: str) -> list[str]:
    """The answers of an option; a name with blanks is in single quotes."""
    return [str(word) for word in re.findall(r"(?:'[^']*'|[^\s,])+", getattr(args, name))]


def _rename(text: str) -> tuple[str, str]:
    parts = re.fullmatch(r"((?:'[^']*'|[^':])+):((?:'[^']*'|[^':])+)", text)
    if parts is None:
        raise _malformed("rename", text, "article.title:headline")
    old, new = (part.replace("'", "") for part in parts.groups())
    return old, new


def _fills(text: str) -> Mapping[str, str]:
    """SQL by column; a semicolon in quotes or brackets is part of it."""
    parts: list[str] = [""]
    depth = 0
    for piece in re.findall(r"'(?:[^'\\]|\\.)*'|\"(?:[^\"\\]|\\.)*\"|.", text, re.DOTALL):
        depth += {"(": 1, ")": -1}.get(piece, 0)
        if piece == ";" and depth <= 0:
            parts.append("")
        else:
            parts[-1] += piece
    return dict(_fill(part) for part in parts if part.strip())


def _fill(text: str) -> tuple[str, str]:
    name, found, value = (part.strip() for part in text.partition("="))
    if not name or not found or not value:
        raise _malformed("fill", text.strip(), "article.slug=''")
    return name, value


def _malformed(option: str, text: str, example: str) -> StillroomError:
    return StillroomError(f"{option}: '{text}' is not of the form {example}")


def refuse_unimported_tables(settings: Settings) -> None:
    """Raise StillroomError if tracked code declares a table that nothing imports."""
    try:
        import_models(settings.models)
    except Exception as error:
        raise explained(error, settings) from error
    packages = {name.partition(".")[0] for name in settings.models}
    files = [
        file
        for file in tracked_files(settings.root)
        if file.endswith(".py") and file.partition("/")[0] in packages
    ]
    findings = unimported_tables(settings.root, files)
    if findings:
        lines = "\n".join(f"{found.where}: {found.code} {found.what}" for found in findings)
        raise StillroomError(
            f"{lines}\n{findings[0].why}", fix=f"{findings[0].fix}\nNothing was written."
        )
