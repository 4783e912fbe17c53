"""Reads what a revision file says about itself, without running it."""

from __future__ import annotations

import ast
import hashlib
import re
from collections.abc import Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, NamedTuple, TypeAlias

from stillroom.errors import CannotTell
from stillroom.findings import shown
from stillroom.project.marks import comments
from stillroom.replay.revisions.contracts import contract_of

Ids: TypeAlias = "tuple[str, ...]"

_NAMES = ("revision", "down_revision", "branch_labels", "depends_on")
_CONFLICT = re.compile(r"^(<{7}|>{7}|\|{7}) ", re.MULTILINE)
_DATA_ONLY = re.compile(r"#\s*stillroom:\s*data-only\b")
_IMPORT = re.compile(
    r"^[ \t]*(?:from[ \t]+(?P<module>[\w.]+)[ \t]+import\b|import[ \t]+(?P<modules>[\w., \t]+))",
    re.MULTILINE,
)
_DATA_OPERATIONS = frozenset(
    ("execute", "bulk_insert", "get_bind", "get_context", "inline_literal", "f")
)
_DDL = re.compile(
    r"\s*(CREATE|ALTER|DROP|RENAME)\s+(TABLE|INDEX|UNIQUE|VIEW|DATABASE|SCHEMA|OR|COLUMN|FULLTEXT)\b",
    re.IGNORECASE,
)
# An assignment to one of the names as Alembic's template writes it, at the beginning of a line.
_ASSIGNED = re.compile(
    r"""^(?P<name>revision|down_revision|branch_labels|depends_on)\b
        (?P<plain>[ \t]*(?::[^=\n]*)?=[ \t]*
            (?:None|(?P<quote>["'])(?P<id>[^"'\\\n]*)(?P=quote))[ \t]*(?:\#.*)?$)?""",
    re.MULTILINE | re.VERBOSE,
)
_DYNAMIC_IMPORT = re.compile(r"\b(import_module|__import__|exec|runpy|open|read_text)\b")

_CREATED = re.compile(r"^Create(?:d| Date): (\d{4}-\d\d-\d\d)", re.MULTILINE)


class Source(NamedTuple):
    """A revision file. ``digest`` is of its content; ``lines`` are those of its four names.

    ``static`` is False if the names are computed, so that only running the file tells them.
    ``imports`` are the modules it imports anywhere; ``data_only`` that it is marked as such.
    ``contract`` is the expand revision that a contract revision names, None for any other.
    """

    digest: str
    revision: str = ""
    down_revision: Ids = ()
    branch_labels: Ids = ()
    depends_on: Ids = ()
    lines: tuple[tuple[str, int], ...] = ()
    imports: Ids = ()
    dynamic: bool = False
    data_only: bool = False
    static: bool = True
    contract: str | None = None

    def line(self, name: str) -> int:
        """The line that assigns ``name``; 0 if none does."""
        return dict(self.lines).get(name, 0)

    @classmethod
    def from_json(cls, kept: list[Any]) -> Source:
        """A source that was written as JSON; TypeError or ValueError for anything else."""
        digest, revision, *ids, lines, imports, dynamic, data_only, static, contract = kept
        down_revision, branch_labels, depends_on = map(tuple, ids)
        return cls(
            digest,
            revision,
            down_revision,
            branch_labels,
            depends_on,
            tuple((name, line) for name, line in lines),
            tuple(imports),
            dynamic,
            data_only,
            static,
            contract,
        )


def created_on(text: str) -> str:
    """The date in the docstring of a revision, as Alembic's template or ours writes it, or ""."""
    date = _CREATED.search(text)
    return date[1] if date else ""


def is_dynamic(text: str) -> bool:
    """Whether what it depends on is more than its import statements say."""
    return _DYNAMIC_IMPORT.search(text) is not None


def digest_of(content: bytes) -> str:
    """The SHA-256 of a content, in hexadecimal: the key of whatever is remembered about it."""
    return hashlib.sha256(content).hexdigest()


def read(path: Path, content: bytes) -> Source:
    """Raises CannotTell, with the line, for what is no Python.

    What is written as in Alembic's template is not parsed: Python does that when it is run.
    """
    with suppress(UnicodeDecodeError):
        if source := _as_in_template(content.decode("utf-8-sig"), content):
            return source
    return parsed(path, content)


def parsed(path: Path, content: bytes) -> Source:
    """As ``read``, by Python's own parser."""
    try:
        text = content.decode("utf-8-sig")
        if "\0" in text:
            raise ValueError("it has null bytes")
        tree = ast.parse(content, filename=str(path))
    except SyntaxError as error:
        conflict = _CONFLICT.search(content.decode("utf-8", "replace"))
        if conflict:
            raise conflict_error(path, content.decode("utf-8", "replace")) from None
        where = f"{shown(path)}:{error.lineno or 0}"
        raise CannotTell(f"this revision is not valid Python: {error.msg}", where=where) from None
    except ValueError as error:
        text = content.decode("latin-1")
        if re.search(r"coding[:=]\s*([-\w.]+)", text[:200]) and "\0" not in text:
            return Source(digest_of(content), static=False)
        raise CannotTell(
            f"this file is not a text file: {error}",
            where=shown(path),
            fix="Remove the file from the folder of revisions.",
        ) from None
    source = _described(tree, text, content)
    if source.data_only:
        _check_data_only(tree, path)
    return source


def _check_data_only(tree: ast.Module, path: Path) -> None:
    """A revision that is never run must not change a schema, as far as its text tells."""
    nodes = list(ast.walk(tree))
    docstrings = {
        id(node.value)
        for node in nodes
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant)
    }
    for node in nodes:
        what = ""
        if id(node) in docstrings:
            continue
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute):
            of_op = isinstance(node.func.value, ast.Name) and node.func.value.id == "op"
            if of_op and node.func.attr not in _DATA_OPERATIONS:
                what = f"op.{node.func.attr}()"
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            is_ddl = _DDL.match(node.value) is not None
            what = " ".join(node.value.split())[:60] if is_ddl else ""
        if what:
            raise CannotTell(
                f"this revision is marked as data-only, but it has {what}",
                where=f"{shown(path)}:{getattr(node, 'lineno', 0)}",
                fix="Remove the mark, or move the schema change to a revision of its own.",
            )


def conflict_error(path: Path, text: str) -> CannotTell:
    """The error for a file with the marks of a merge that git could not finish."""
    match = _CONFLICT.search(text)
    line = text.count("\n", 0, match.start()) + 1 if match else 0
    return CannotTell(
        "there is an unresolved merge conflict here",
        where=f"{shown(path)}:{line}",
        fix="Resolve it, then: git add " + shown(path),
    )


def _as_in_template(text: str, content: bytes) -> Source | None:
    """What a file says whose four names are each assigned once, to a plain string or None."""
    values: dict[str, Ids] = {}
    lines: list[tuple[str, int]] = []
    for match in _ASSIGNED.finditer(text):
        if match["plain"] is None or match["name"] in values:
            return None
        values[match["name"]] = () if match["id"] is None else (match["id"],)
        lines.append((match["name"], text.count("\n", 0, match.start()) + 1))
    named = values.get("revision") and "down_revision" in values
    if not named or "\0" in text or _DATA_ONLY.search(text) or _CONFLICT.search(text):
        return None
    return _source(text, content, values, lines, static=True)


def _described(tree: ast.Module, text: str, content: bytes) -> Source:
    values: dict[str, Any] = {}
    lines: dict[str, int] = {}
    static = True
    for node in tree.body:
        for name, value in _assigned(node):
            if name not in _NAMES:
                continue
            lines[name] = node.lineno
            try:
                values[name] = _ids(ast.literal_eval(value))
            except (ValueError, TypeError):
                static = False
    static = static and "revision" in values and "down_revision" in values
    return _source(text, content, values, list(lines.items()), static=static)


def _source(
    text: str,
    content: bytes,
    values: Mapping[str, Ids],
    lines: Sequence[tuple[str, int]],
    *,
    static: bool,
) -> Source:
    revision = values.get("revision", ())
    contract = contract_of(text)
    if contract is not None:
        lines = [*lines, ("contract", contract[1])]
    return Source(
        digest=digest_of(content),
        revision=revision[0] if revision else "",
        down_revision=values.get("down_revision", ()),
        branch_labels=values.get("branch_labels", ()),
        depends_on=values.get("depends_on", ()),
        lines=tuple(lines),
        imports=_imports(text),
        dynamic=is_dynamic(text),
        data_only=_is_data_only(text),
        static=static,
        contract=None if contract is None else contract[0],
    )


def _assigned(node: ast.stmt) -> list[tuple[str, ast.expr]]:
    if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name) and node.value:
        return [(node.target.id, node.value)]
    if isinstance(node, ast.Assign):
        return [(t.id, node.value) for t in node.targets if isinstance(t, ast.Name)]
    return []


def _ids(value: object) -> Ids:
    if value is None:
        return ()
    if isinstance(value, str):
        return (value,)
    if isinstance(value, (list, tuple, set)) and all(isinstance(item, str) for item in value):
        return tuple(value)
    raise TypeError(value)


def _imports(text: str) -> Ids:
    """The modules that import statements name, at any depth; a line in a string may match, too."""
    names: set[str] = set()
    for match in _IMPORT.finditer(text):
        if match["module"]:
            names.add(match["module"])
        else:
            names.update(part.split()[0] for part in match["modules"].split(",") if part.strip())
    return tuple(sorted(names))


def _is_data_only(text: str) -> bool:
    return any(not comment.column and _DATA_ONLY.match(comment.text) for comment in comments(text))
