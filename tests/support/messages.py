"""Lists every message of the program, from its source: findings, refusals, notices and help.

``python -m tests.support.messages`` writes docs/messages.md and the other pages that come from the
source, see `tests.support.documents`. A value that only a run can tell is a
name in angle brackets; alternatives stand between brackets, with a bar between them.
"""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from runpy import run_module

from stillroom.drift.difference import Difference
from stillroom.drift.report import finding
from stillroom.findings import Finding, Place
from tests.support.projects import ROOT

ENGINE = ROOT / "scripts" / "stillroom"
FILE = ROOT / "docs" / "messages.md"
HEADER = """\
# Messages

Every message of Stillroom, room by room, so that they can be read in one sitting. Written by
`python -m tests.support.messages` from the source; a test compares the two. `<name>` stands for
what only a run can tell, `[one | other]` for alternatives.
"""
# Whose texts reach the user although they are in no finding, error or notice.
SPEAKING = ("commands", "console", "doctor", "plan", "render", "cli.py", "hook.py", "verbs.py")
NOTICES = ("note", "print", "told")
# What the constructors take without a keyword.
TAKEN = {"Finding": ("code", "where", "what", "why", "fix"), "ApplyError": ("code", "what")}
# What is no message by itself, but becomes a part of one: reasons, costs, lines of `doctor`.
PARTS = {
    "Effect": ("", "what"),
    "Line": ("where", "what"),
    "Loss": ("", "what"),
    "Unanswerable": ("what",),
    "Unsupported": ("", "", "what"),
    "Verdict": ("", "what"),
    "refuse": ("what", "fix"),
    "refuse_database": ("what", "fix"),
    "unknown": ("where", "what", "fix"),
    "unsupported": ("what",),
    "unusable": ("what", "where", "fix"),
    "wrong": ("where", "what", "fix"),
}
CODE = re.compile(r"(AP|CF|DR|HS|MD|MY)\d{3}")


@cache
def written() -> str:
    """The text of docs/messages.md."""
    rooms: dict[str, list[str]] = defaultdict(list)
    for file, texts in messages().items():
        rooms[file.split("/")[0]].append(f"### {file}\n\n" + "\n\n".join(map(block, texts)))
    sections = [f"## {room}\n\n" + "\n\n".join(texts) for room, texts in rooms.items()]
    return "\n\n".join([HEADER.rstrip(), *sections]) + "\n"


def messages() -> dict[str, list[str]]:
    """The messages of each module that has some."""
    source = Source({path: ast.parse(path.read_text("utf-8")) for path in _files()})
    found = {}
    for path, tree in source.trees.items():
        parts = path.relative_to(ENGINE).parts
        texts = [*_Messages(source, tree, parts[0] in SPEAKING).found()]
        if path == ENGINE / "drift" / "report.py":
            texts += map(str, differences())
        if texts:
            found["/".join(parts)] = list(dict.fromkeys(texts))
    return found


def differences() -> Iterator[Finding]:
    """An example of each kind of drift: what is put together there cannot be read as text."""
    model = Place("app/models/user.py", 14)
    for kind, name, aspect, history, models in (
        ("table", "", "", "", "CREATE TABLE"),
        ("column", "nickname", "", "", "VARCHAR(40) NULL"),
        ("column", "email", "type", "VARCHAR(50)", "VARCHAR(80)"),
        ("primary key", "", "", "(id)", "(id, tenant_id)"),
        ("index", "ix_user_email", "", "(email)", "(email, tenant_id)"),
        ("foreign key", "fk_user_team", "", "", "(team_id) REFERENCES team (id)"),
        ("check", "ck_age", "", "(age > 0)", ""),
        ("option", "", "collation", "COLLATE utf8mb4_general_ci", "COLLATE utf8mb4_bin"),
    ):
        difference = Difference("", "user", kind, name, aspect, history, models)
        yield finding(difference, {("user", ""): model, ("user", name): model}, "alembic.ini")


def _files() -> list[Path]:
    return sorted(path for path in ENGINE.rglob("*.py") if "templates" not in path.parts)


def block(text: str) -> str:
    return "\n".join(f"    {line}".rstrip() for line in text.splitlines())


class Source:
    """All modules: which classes are errors, and what functions and constants say."""

    def __init__(self, trees: dict[Path, ast.Module]) -> None:
        self.trees = trees
        self.errors = {"StillroomError"}
        self.texts: dict[str, ast.expr | None] = {}  # None: there are several of that name
        self.own: dict[tuple[str, str], ast.expr] = {}  # constants, by module and name
        classes = [
            node
            for tree in trees.values()
            for node in ast.walk(tree)
            if isinstance(node, ast.ClassDef)
        ]
        before = 0
        while len(self.errors) != before:
            before = len(self.errors)
            for node in classes:
                if any(
                    isinstance(base, ast.Name) and base.id in self.errors for base in node.bases
                ):
                    self.errors.add(node.name)
        for path, tree in trees.items():
            for statement in tree.body:
                self._keep(path.stem, statement)

    def _keep(self, module: str, statement: ast.stmt) -> None:
        if isinstance(statement, ast.Assign) and isinstance(statement.targets[0], ast.Name):
            value: ast.expr | None = statement.value
            name = statement.targets[0].id
            self.own[module, name] = statement.value
        elif isinstance(statement, ast.FunctionDef):
            returned = [node for node in ast.walk(statement) if isinstance(node, ast.Return)]
            value = returned[0].value if len(returned) == 1 else None
            name = f"{statement.name}()"
        else:
            return
        known = self.texts.setdefault(name, value)
        if known is None or value is None or ast.dump(known) != ast.dump(value):
            self.texts[name] = None


class _Messages(ast.NodeVisitor):
    """The messages of one module, in the order of its source."""

    def __init__(self, source: Source, tree: ast.Module, speaking: bool) -> None:
        self._source = source
        self._tree = tree
        self._speaking = speaking
        self._classes: list[str] = []
        self._locals: list[dict[str, list[ast.Assign]]] = []
        self._said: list[str] = []
        self._quiet = 0  # inside of a message, or of what is none
        self._statement: ast.stmt | None = None
        self._blocks = {  # which statements stand in one block
            statement: (node, name)
            for node in ast.walk(tree)
            for name in ("body", "orelse", "finalbody")
            if isinstance(block := getattr(node, name, None), list)
            for statement in block
        }

    def found(self) -> Iterator[str]:
        self.visit(self._tree)
        yield from self._said

    # ---- the walk ------------------------------------------------------------------------

    def visit(self, node: ast.AST) -> None:
        if isinstance(node, ast.stmt):
            self._statement = node
        super().visit(node)

    def visit_ClassDef(self, node: ast.ClassDef) -> None:
        self._classes.append(node.name)
        self.generic_visit(node)
        self._classes.pop()

    def visit_FunctionDef(self, node: ast.FunctionDef) -> None:
        assigned: dict[str, list[ast.Assign]] = defaultdict(list)
        for inner in ast.walk(node):
            if isinstance(inner, ast.Assign) and isinstance(inner.targets[0], ast.Name):
                assigned[inner.targets[0].id].append(inner)
        self._locals.append(assigned)
        self.generic_visit(node)
        self._locals.pop()

    def visit_Expr(self, node: ast.Expr) -> None:
        if not isinstance(node.value, ast.Constant):  # no docstring
            self.generic_visit(node)

    def visit_Call(self, node: ast.Call) -> None:
        text = self._message(node)
        if text is None:
            self.generic_visit(node)
            return
        if _says_something(text):
            self._said.append(text)
        self._quiet += 1
        self.generic_visit(node)
        self._quiet -= 1

    def visit_Constant(self, node: ast.Constant) -> None:
        self._text(node)

    def visit_JoinedStr(self, node: ast.JoinedStr) -> None:
        self._text(node)

    def _text(self, node: ast.expr) -> None:
        if self._speaking and not self._quiet:
            text = self._rendered(node)
            if _says_something(text):
                self._said.append(text)

    # ---- what a call says ----------------------------------------------------------------

    def _message(self, node: ast.Call) -> str | None:
        name = _name(node.func)
        if name == "cls" and self._classes and self._classes[-1] in self._source.errors:
            name = self._classes[-1]
        if name == "line" and self._speaking:
            return "".join(map(self._rendered, node.args))
        if name in NOTICES and not any(_name(part) == "line" for part in _calls(node)):
            return self._rendered(node.args[0]) if node.args else ""
        if name != "Finding" and name not in self._source.errors and name not in PARTS:
            return None
        kind = "ApplyError" if name == "Stopped" else name
        taken = PARTS.get(kind) or TAKEN.get(kind, ("what",))
        given = dict(zip(taken, node.args, strict=False))
        given |= {word.arg: word.value for word in node.keywords if word.arg}
        parts = {key: self._rendered(value) for key, value in given.items()}
        head = " ".join(parts[key] for key in ("code", "what") if parts.get(key))
        if where := parts.get("where"):
            head = f"{where}: {head}"
        details = [parts[key] for key in ("why", "fix") if parts.get(key)]
        below = [f"    {line}" for text in details for line in text.splitlines()]
        return "\n".join([head, *below])

    def _rendered(self, node: ast.expr, depth: int = 0) -> str:
        if depth > 4:
            return "<…>"
        match node:
            case ast.Constant():
                return str(node.value)
            case ast.JoinedStr():
                return "".join(self._rendered(part, depth) for part in node.values)
            case ast.BinOp(op=ast.Add()):
                return self._rendered(node.left, depth) + self._rendered(node.right, depth)
            case _:
                return self._computed(node, depth + 1)

    def _computed(self, node: ast.expr, depth: int) -> str:
        match node:
            case ast.FormattedValue():
                return self._rendered(node.value, depth)
            case ast.IfExp():
                either = [self._rendered(part, depth) for part in (node.body, node.orelse)]
                return f"[{' | '.join(either)}]"
            case ast.BoolOp(op=ast.Or()):
                return self._rendered(node.values[0], depth)
            case ast.Name():
                return self._named(node.id, depth)
            case ast.Attribute() if node.attr.isupper():
                value = self._source.own.get((_name(node.value), node.attr))
                return (
                    self._named(node.attr, depth) if value is None else self._rendered(value, depth)
                )
            case ast.Call():
                return self._call(node, depth)
            case ast.Subscript():
                return f"<{_name(node.value) or '…'}>"
            case _:
                return f"<{_name(node) or '…'}>"

    def _named(self, name: str, depth: int) -> str:
        values = self._assigned(name)
        values = values or [value for value in [self._source.texts.get(name)] if value]
        texts = [self._rendered(value, depth + 1) for value in values if _is_text(value)]
        return f"[{' | '.join(texts)}]" if len(texts) > 1 else texts[0] if texts else f"<{name}>"

    def _assigned(self, name: str) -> list[ast.expr]:
        """What a local name may stand for: the last assignment in the same block, or any."""
        known = self._locals[-1].get(name, []) if self._locals else []
        here = self._statement
        if here is None or not known:
            return [one.value for one in known]
        before = [one for one in known if one.lineno < here.lineno] or known
        last = max(before, key=lambda one: one.lineno)
        same = self._blocks[last] == self._blocks[here]
        return [last.value] if same else [one.value for one in before]

    def _call(self, node: ast.Call, depth: int) -> str:
        name = _name(node.func)
        if name == "Command":
            return self._command(node, depth)
        if name in ("str", "Place", "Part", "quote") and node.args:
            return self._rendered(node.args[0], depth + 1)
        if name == "shorten":
            return "<statement>"
        if name == "len":
            return "<number>"
        if name in ("join", "sorted", "next", "map") and node.args:
            return f"<{_named_things(node.args[-1])}>"
        said = self._source.texts.get(f"{name}()")
        if said is not None and _is_text(said):
            return self._rendered(said, depth + 1)
        return f"<{name or '…'}>"

    def _command(self, node: ast.Call, depth: int) -> str:
        words = [self._rendered(node.args[0], depth)] if node.args else []
        for argument in node.keywords:
            value = self._rendered(argument.value, depth + 1)
            name = (argument.arg or "…").rstrip("_")
            if name == "action":
                words[0] += f"-{value}"
                continue
            quoted = f'"{value}"' if name == "m" or " " in value else value
            words.append(f"{name}={'1' if value == 'True' else quoted}")
        return " ".join(["make", *words])


def _name(node: ast.expr) -> str:
    return node.id if isinstance(node, ast.Name) else getattr(node, "attr", "")


def _calls(node: ast.AST) -> Iterator[ast.expr]:
    """What is called inside of a call."""
    return (inner.func for inner in ast.walk(node) if isinstance(inner, ast.Call))


def _named_things(node: ast.expr) -> str:
    """What a list that is shown holds."""
    match node:
        case ast.GeneratorExp() | ast.ListComp():
            return (
                _named_things(node.elt)
                if _name(node.elt)
                else _named_things(node.generators[0].iter)
            )
        case ast.Call(args=[*_, last]) if _name(node.func) in (
            "sorted",
            "map",
            "filter",
            "enumerate",
        ):
            return _named_things(last)
        case ast.Call():
            return _name(node.func) or "…"
        case _:
            return _name(node) or "…"


def _is_text(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str()) | ast.JoinedStr():
            return True
        case ast.BinOp(op=ast.Add()):
            return _is_text(node.left) or _is_text(node.right)
        case ast.IfExp():
            return _is_text(node.body) or _is_text(node.orelse)
        case ast.Call():
            return _name(node.func) in ("Command",)
        case _:
            return False


def _says_something(text: str) -> bool:
    """Whether it has a code, or two words that are no values."""
    if CODE.search(text):
        return True
    plain = " ".join(word for word in text.split() if "<" not in word)
    return sum(word.strip("`'\".,:;()[]|").isalpha() for word in plain.split()) > 1


if __name__ == "__main__":
    run_module("tests.support.documents", run_name="__main__")
