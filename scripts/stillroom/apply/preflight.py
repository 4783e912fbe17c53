"""Checks a server before the first statement: what must be right, and what should be known."""

from __future__ import annotations

import ast
import difflib
import re
from collections.abc import Collection, Iterator
from contextlib import contextmanager
from pathlib import Path

from alembic.runtime.migration import RevisionStep
from alembic.script import ScriptDirectory
from alembic.util import CommandError

from stillroom.apply.connection import Raw
from stillroom.apply.errors import ApplyError
from stillroom.apply.journal.applied_sources import AppliedSources, blob_name, read_source
from stillroom.apply.server import Server, settings_of, settle_session
from stillroom.findings import Finding, Place, shown
from stillroom.project import git_history
from stillroom.project.alembic_env.alembic_internals import version_folders
from stillroom.replay.revisions.squashes import squashes_of
from stillroom.shell import Command, quote

_STRICT = {"STRICT_TRANS_TABLES", "STRICT_ALL_TABLES", "TRADITIONAL"}
NEEDED = frozenset(
    {"SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "ALTER", "DROP", "INDEX", "REFERENCES"}
)
# What only some commands need, and for what.
OPTIONAL_PRIVILEGES = {
    "CREATE ROUTINE": "the script of `sql` needs it",
    "PROCESS": "without it an upgrade cannot show the progress of a long ALTER",
    "TRIGGER": "copies by pt-online-schema-change need it",
}
_ALEMBICS_OWN = 32  # characters of an id that the version table of Alembic holds
_GRANT = re.compile(r"^GRANT (?P<what>.+?) ON (?P<where>\S+) TO ", re.IGNORECASE)


def check_server(server: Server, raw: Raw, target: str | None) -> None:
    """Raises ApplyError: not the target, not strict, read only, or too few privileges."""
    for problem in server_problems(server, raw, target):
        raise problem


def server_problems(server: Server, raw: Raw, target: str | None) -> Iterator[ApplyError]:
    """All that keeps an upgrade from this server, the worst first."""
    if target and not _fits(server, target):
        yield ApplyError(
            "AP105",
            f"the revisions are written for {target}, but this server is {server}",
            fix="Use another DB_URL, or change target in alembic.ini, section [stillroom].",
        )
    if server.kind == "sqlite":
        return
    if not server.database:
        yield ApplyError(
            "AP112",
            f"DB_URL names the server {server}, but no database on it",
            fix="Add the database's name at the end: mysql+pymysql://user:password@host:3306/shop",
        )
        return
    if not _STRICT & server.sql_mode:
        yield ApplyError(
            "AP103",
            "sql_mode is not strict: the server would silently change values that do not fit",
            fix=(
                "Turn strict mode on, for the server or in env.py for its own session:\n"
                "SET GLOBAL sql_mode = CONCAT(@@sql_mode, ',STRICT_TRANS_TABLES')"
            ),
        )
    if server.read_only:
        yield ApplyError(
            "AP109",
            f"the server {server} is read-only; it may be a replica",
            fix="Point DB_URL to the primary.",
        )
    missing = missing_privileges([str(row[0]) for row in raw.execute("SHOW GRANTS")], server)
    if missing:
        yield ApplyError(
            "AP104",
            f"this account lacks {', '.join(sorted(missing))} on database {server.database}",
            fix=(
                "Let an administrator run this, with the account in place of CURRENT_USER():\n"
                f"GRANT {', '.join(sorted(missing))} ON `{server.database}`.* TO CURRENT_USER()"
            ),
        )


@contextmanager
def own_settings(server: Server, raw: Raw) -> Iterator[None]:
    """Set the session for an upgrade, and set it back unless the upgrade fails."""
    if not server.is_mysql:
        yield
        return
    names = list(settings_of(server))
    before = raw.execute("SELECT " + ", ".join(f"@@SESSION.{name}" for name in names))[0]
    settle_session(server, raw)
    yield
    # Not after a failure: the connection is dead then, or given up.
    pairs = ", ".join(f"{name} = {value}" for name, value in zip(names, before, strict=True))
    raw.execute(f"SET SESSION {pairs}")


def _fits(server: Server, target: str) -> bool:
    kind, _, version = target.strip().lower().partition(" ")
    wanted = version.strip().split(".") if version.strip() else []
    return kind == server.kind and server.version.split(".")[: len(wanted)] == wanted


def missing_privileges(
    grants: list[str], server: Server, needed: Collection[str] = NEEDED
) -> set[str]:
    """Those of ``needed`` that the grants do not give; nothing if roles decide it."""
    given: set[str] = set()
    for grant in grants:
        match = _GRANT.match(grant)
        if not match:
            return set()  # a role is granted: what it holds is not seen here
        # The session decides about the quotes: backticks, double quotes (ANSI_QUOTES), none.
        scope = re.sub(r"[`\"]", "", match["where"]).rpartition(".")[0]
        pattern = re.escape(scope).replace("%", ".*").replace(r"\\_", "_").replace(r"\_", "_")
        if scope == "*" or re.fullmatch(pattern, server.database, re.IGNORECASE):
            given |= {word.strip().upper() for word in match["what"].split(",")}
    return set() if {"ALL PRIVILEGES", "ALL"} & given else {*needed} - given


def check_heads(script: ScriptDirectory, heads: tuple[str, ...]) -> None:
    """Raises ApplyError if the database is at a revision that has no file here."""
    for head in heads:
        try:
            script.get_revision(head)
        except CommandError:
            raise _unknown(script, head) from None


def _unknown(script: ScriptDirectory, head: str) -> ApplyError:
    folders = version_folders(script)
    for revision in script.walk_revisions():
        for squash in squashes_of(read_source(revision) or ""):
            if head in squash.ids:
                return ApplyError(
                    "AP131",
                    f"the database is at revision {head}, which has become a part of"
                    f" {revision.revision} since",
                    where=shown(Path(revision.path)),
                    fix=f"Upgrade it with {squash.available} first, then with what is here:\n"
                    f"git switch --detach {quote(squash.available)} && "
                    f"{Command('upgrade', rev=revision.revision)}",
                )
    if places := git_history.places_of(folders, head):
        listed = "\n".join(places)
        fix = f"The file is in git:\n{listed}\n\nDeploy from there, or merge that branch."
    else:
        fix = (
            "No branch or commit of this clone has it. Try git fetch --all.\n"
            "It may have been applied from somebody's working copy and never pushed."
        )
    what = f"the database is at revision {head}, but there is no file for it here"
    return ApplyError("AP106", what, where=shown(folders[0]), fix=fix)


def check_version_table(step: RevisionStep, applied: AppliedSources, table: str) -> None:
    """Raises ApplyError if the version table has no room for where a step leads.

    Not for a revision that speaks of that table: it may make room itself.
    """
    widest = max((*step.to_revisions, ""), key=len)
    room = applied.longest_revision() if len(widest) > _ALEMBICS_OWN else None
    if room is None or len(widest) <= room or table in (read_source(step.revision) or ""):
        return
    raise ApplyError(
        "AP117",
        f"the id {widest} has {len(widest)} characters, but {table}.version_num holds"
        f" {room}: the server would refuse it after running the whole revision",
        where=shown(step.revision.path),
        fix=f"Shorten the id, or widen the column in an earlier revision or by hand:\n"
        f"ALTER TABLE {table} MODIFY version_num VARCHAR(255) NOT NULL",
    )


def edited_revisions(
    script: ScriptDirectory, applied: AppliedSources, half_applied: str | None = None
) -> Iterator[Finding]:
    """Applied revisions whose file says something else by now. Comments and layout are free.

    ``half_applied`` is left out: its edits are looked at where it is gone on with.
    """
    for revision, name in applied.names.items():
        if revision == half_applied:
            continue
        try:
            current = script.get_revision(revision)
        except CommandError:
            continue
        source = read_source(current)
        if source is None or blob_name(source) == name:
            continue
        path = Path(current.path)
        before = git_history.text_of(path.parent, name)
        if name in _former_names(source, before, path):
            continue
        if before is not None and same_code(before, source):
            continue
        told = difference(before, source, path.name) if before is not None else (
            f"The text that was applied ({name[:12]}) is not in this clone of the repository."
        )  # fmt: skip
        yield Finding(
            "AP107",
            Place(shown(path)),
            f"revision {revision} was edited after it was applied to this database",
            why=told,
            fix="Undo the edit and put the change into a new revision.",
        )


def _former_names(source: str, applied: str | None, path: Path) -> Iterator[str]:
    """Git's names for what a squash was before, and for ``applied`` if that is the same code."""
    for squash in squashes_of(source):
        yield squash.blob
        former = git_history.text_of(path.parent, squash.blob) if applied is not None else None
        if applied is not None and former is not None and same_code(applied, former):
            yield blob_name(applied)


def same_code(before: str, now: str) -> bool:
    """Whether two texts are the same program: comments, layout and docstrings do not count."""
    try:
        return _code(before) == _code(now)
    except SyntaxError:
        return before == now


def _code(source: str) -> str:
    tree = ast.parse(source)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(
            node, clean=False
        ):
            node.body = node.body[1:]
    return ast.dump(tree)


def difference(before: str, now: str, name: str) -> str:
    """A unified diff of two texts of a revision."""
    lines = difflib.unified_diff(
        before.splitlines(), now.splitlines(), f"{name} (as applied)", f"{name} (now)", lineterm=""
    )
    return "\n".join(lines)
