"""Reads which modules of the project env.py imports, and what is in them besides tables.

A naming convention, a type, a function that compiles or listens: they change what a revision does
that never names them. What a model's table looks like does not, and it changes with every revision.
"""

from __future__ import annotations

import ast
import importlib.util
import sys
from collections.abc import Callable, Iterable, Iterator, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from stillroom.project.call_site import is_library
from stillroom.replay.revisions.source import Ids, digest_of


class Module(NamedTuple):
    """``rest`` is the digest of all that is neither a table nor an import; empty for nothing else.

    ``imports`` are the modules that it may import, with as many dots in front as it has itself.
    """

    rest: str
    imports: Ids = ()

    @classmethod
    def from_json(cls, kept: list[Any]) -> Module:
        """A module that was written as JSON; TypeError or ValueError for anything else."""
        rest, imports = kept
        return cls(rest, tuple(imports))


def read(content: bytes) -> Module:
    """What a module is made of; all of it counts if it is no valid Python."""
    try:
        tree = ast.parse(content)
    except (SyntaxError, ValueError):
        return Module(digest_of(content))
    imports = {name for node in ast.walk(tree) for name in _imported(node)}
    rest = "\n".join(ast.dump(node) for node in tree.body if not _is_without_effect(node))
    digest = digest_of(rest.encode("utf-8", "surrogatepass")) if rest else ""
    return Module(digest, tuple(sorted(imports)))


def _imported(node: ast.AST) -> Iterator[str]:
    """The modules that a statement may import: ``from a import b`` imports a, and maybe a.b."""
    if isinstance(node, ast.Import):
        yield from (alias.name for alias in node.names)
    elif isinstance(node, ast.ImportFrom):
        package = "." * node.level + (f"{node.module}." if node.module else "")
        yield package
        yield from (f"{package}{alias.name}" for alias in node.names)


def _is_without_effect(node: ast.stmt) -> bool:
    """Whether it is an import, a docstring, ``__all__`` or the declaration of a table."""
    if isinstance(node, (ast.Import, ast.ImportFrom)):
        return True
    if isinstance(node, ast.Expr):
        return isinstance(node.value, ast.Constant) or _is_table(node.value)
    if isinstance(node, (ast.Assign, ast.AnnAssign)):
        return "__all__" in _names(node) or _is_table(node.value)
    if isinstance(node, ast.ClassDef) and not node.decorator_list:
        return _is_model(node)
    return False


def _is_table(value: ast.expr | None) -> bool:
    return _called(value) == "Table"


def _is_model(class_: ast.ClassDef) -> bool:
    """Whether it declares columns or a table, and no metadata for others."""
    assigned = [node for node in class_.body if isinstance(node, (ast.Assign, ast.AnnAssign))]
    names = {name for node in assigned for name in _names(node)}
    columns = any(_called(node.value) in ("Column", "mapped_column") for node in assigned)
    return "metadata" not in names and (columns or "__tablename__" in names)


def _called(value: ast.expr | None) -> str:
    """The last part of the name of the function that is called."""
    if not isinstance(value, ast.Call):
        return ""
    return ast.unparse(value.func).rpartition(".")[2]


def _names(node: ast.stmt) -> list[str]:
    if isinstance(node, ast.AnnAssign):
        targets: list[ast.expr] = [node.target]
    else:
        targets = node.targets if isinstance(node, ast.Assign) else []
    return [target.id for target in targets if isinstance(target, ast.Name)]


def reached(
    roots: Iterable[Path], folders: Sequence[Path], known: Callable[[bytes], Module] = read
) -> Iterator[tuple[Path, Module]]:
    """The files ``roots`` and all that they import from ``folders``, each once.

    ``known`` reads a file; a cache may stand in front of it.
    """
    left = sorted(roots, reverse=True)
    seen, asked = set(left), set()
    while left:
        path = left.pop()
        module = known(path.read_bytes())
        yield path, module
        for name in module.imports:
            question = (path.parent if name.startswith(".") else None, name)
            if question in asked:
                continue
            asked.add(question)
            new = [file for file in _files(name, path, folders) if file not in seen]
            seen.update(new)
            left += new


def _files(name: str, importer: Path, folders: Sequence[Path]) -> Iterator[Path]:
    """The files that importing ``name`` runs: a module, and the packages around it."""
    dots = len(name) - len(name.lstrip("."))
    parts = [part for part in name.split(".") if part]
    if dots:
        folders = [importer.parents[dots - 1]]
    elif parts[0] in sys.stdlib_module_names or parts[0] == "stillroom":
        return
    for folder in folders:
        for count in range(1, len(parts) + 1):
            base = folder.joinpath(*parts[:count])
            candidates = [base / "__init__.py", base.with_name(f"{base.name}.py")]
            yield from filter(Path.is_file, candidates)
            if not base.is_dir():
                break


def python_files(folder: Path) -> Iterator[Path]:
    """All Python files below a folder, but for hidden, linked and virtual environments' ones."""
    for path in folder.iterdir():
        hidden = path.name.startswith(".") or path.name in ("node_modules", "__pycache__")
        virtual = path.is_dir() and (path / "pyvenv.cfg").exists()
        if hidden or virtual or path.is_symlink():
            continue
        if path.is_dir():
            yield from python_files(path)
        elif path.suffix == ".py":
            yield path


def is_local(name: str) -> bool:
    """Whether a module belongs to the project; one that cannot be found might."""
    top = name.lstrip(".").partition(".")[0]
    if name.startswith(".") or not top:
        return True
    if top in sys.stdlib_module_names or top in ("alembic", "sqlalchemy"):
        return False
    try:
        spec = importlib.util.find_spec(top)
    except (ImportError, ValueError):
        return True
    if spec is None:
        return True
    places = [spec.origin] if spec.origin else list(spec.submodule_search_locations or [])
    return not all(map(is_library, places))


def top_names(module: Module) -> set[str]:
    """The packages that a module imports, but for Python's own: a library may bring listeners."""
    tops = {name.partition(".")[0] for name in module.imports}
    return tops - sys.stdlib_module_names - {""}
