"""One new revision replays one revision, and a broken cache is no cache."""

from __future__ import annotations

import functools
import io
import os
import pickle
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from stillroom.catalog import Target
from stillroom.project.folders import history_cache
from stillroom.replay import cache as caches
from stillroom.replay.cache import Cache
from tests.support.replays import replay, replayed
from tests.unit.replay.conftest import MARIADB, Project

Count = Callable[[], list[str]]


def add(project: Project, name: str, down: str | None = None, extra: str = "") -> Path:
    """A revision that writes its name to the file ``ran`` beside the project when it runs."""
    ran = project.root.parent / "ran"
    path = project.revision(
        name,
        down,
        f"with op.f.__globals__['__builtins__']['open']({str(ran)!r}, 'a') as ran:\n"
        f"    ran.write('{name} ')\n"
        f"op.create_table('t_{name}', sa.Column('id', sa.Integer))",
        extra=extra,
    )
    # Not by the plain word: a revision that opens files is taken to depend on the whole project.
    text = path.read_text().replace(
        "op.f.__globals__['__builtins__']['open']",
        "getattr(__builtins__, 'op' + 'en', None) or __builtins__['op' + 'en']",
    )
    path.write_text(text)
    return path


@pytest.fixture
def line(project: Project, count_runs: Count) -> Project:
    add(project, "a")
    add(project, "b", "a")
    add(project, "c", "b")
    project.replay()
    assert count_runs() == ["a", "b", "c"]
    return project


def test_same_again_runs_nothing_not_even_env(line: Project, count_runs: Count) -> None:
    env = line.root / "alembic" / "env.py"
    before = line.replay()
    assert count_runs() == []
    assert line.replay() == before
    env.write_text(env.read_text() + "\n# changed\n")
    line.replay()
    assert count_runs() == ["a", "b", "c"]


def test_one_new_revision_runs_one_revision(line: Project, count_runs: Count) -> None:
    add(line, "d", "c")
    assert line.tables() == ["t_a", "t_b", "t_c", "t_d"]
    assert count_runs() == ["d"]


def test_changed_revision_runs_again_with_all_that_follow(line: Project, count_runs: Count) -> None:
    line.replay("b")
    count_runs()
    path = line.versions / "c.py"
    path.write_text(path.read_text() + "# changed\n")
    line.replay()
    assert count_runs() == ["c"]
    path = line.versions / "a.py"
    path.write_text(path.read_text() + "# changed\n")
    line.replay()
    assert count_runs() == ["a", "b", "c"]


def test_other_target_has_other_entries(line: Project, count_runs: Count) -> None:
    line.replay(target=Target.parse("mysql 9.7"))
    assert count_runs() == ["a", "b", "c"]


def test_url_and_folder_do_not_matter(line: Project, count_runs: Count) -> None:
    ini = line.root / "alembic.ini"
    ini.write_text(ini.read_text().replace("secret@127.0.0.1:1/app", "other@elsewhere/test"))
    shared = line.root.with_name("shared")
    replay(line.config, target=MARIADB, cache=shared)
    assert count_runs() == ["a", "b", "c"]
    moved = Project(line.root.rename(line.root.with_name("moved")))
    replay(moved.config, target=MARIADB, cache=shared)
    assert count_runs() == []


def test_revision_that_imports_the_project_depends_on_it(
    project: Project, count_runs: Count
) -> None:
    project.write("shop.py", "NAME = 'one'\n")
    add(project, "a")
    add(project, "b", "a", extra="import shop")
    project.replay("a")
    project.replay()
    assert count_runs() == ["a", "b"]
    project.write("shop.py", "NAME = 'another'\n")
    project.replay()
    assert count_runs() == ["b"]


BASE = """
    from sqlalchemy import MetaData

    metadata = MetaData(naming_convention={"uq": "uq_%(table_name)s"})
"""
TABLE = """
    from shop.base import metadata
    from sqlalchemy import Column, Integer, Table

    things = Table("things", metadata, Column("id", Integer))
"""
TYPE = """
    class Money(Integer):
        pass
"""


def test_what_env_imports_matters_but_for_its_tables(line: Project, count_runs: Count) -> None:
    line.write("shop/base.py", BASE)
    line.write("shop/models/__init__.py", "from .thing import things\n")
    line.write("shop/models/thing.py", TABLE)
    env = line.root / "alembic" / "env.py"
    text = env.read_text().replace("target_metadata=None", "target_metadata=things.metadata")
    env.write_text("from shop.models import things\n" + text)
    line.replay()
    assert count_runs() == ["a", "b", "c"]

    line.write("shop/models/thing.py", TABLE.replace("Integer)", "Integer, nullable=False)"))
    line.write("shop/models/other.py", TABLE.replace("things", "others"))
    line.write("shop/models/__init__.py", "from . import other\nfrom .thing import things\n")
    line.replay()
    assert count_runs() == []

    line.write("shop/base.py", BASE.replace("uq_%", "unique_%"))
    line.replay()
    assert count_runs() == ["a", "b", "c"]

    line.write("shop/models/other.py", TABLE.replace("things", "others") + TYPE)
    line.replay()
    assert count_runs() == ["a", "b", "c"]


def test_env_that_imports_what_no_one_can_foresee(line: Project, count_runs: Count) -> None:
    env = line.root / "alembic" / "env.py"
    env.write_text("from importlib import import_module\n" + env.read_text())
    line.write("shop/names.py", "PREFIX = 'a'\n")
    line.replay()
    assert count_runs() == ["a", "b", "c"]
    line.write("shop/names.py", "PREFIX = 'b'\n")
    line.replay()
    assert count_runs() == ["a", "b", "c"]


@pytest.mark.parametrize("content", [b"", b"garbage", pickle.dumps({"a": 1})])
def test_damaged_entry_is_a_miss(line: Project, count_runs: Count, content: bytes) -> None:
    folder = history_cache(line.root)
    for entry in folder.iterdir():
        entry.write_bytes(content)
    assert line.tables() == ["t_a", "t_b", "t_c"]
    assert count_runs() == ["a", "b", "c"]


def test_entry_of_a_stranger_runs_no_code(line: Project, tmp_path: Path) -> None:
    class Evil:
        def __reduce__(self) -> tuple[object, ...]:
            return (Path.touch, (tmp_path / "touched",))

    folder = history_cache(line.root)
    for entry in folder.iterdir():
        entry.write_bytes(pickle.dumps(Evil()))
    line.replay()
    assert not (tmp_path / "touched").exists()


def test_folder_may_be_elsewhere_or_unwritable(
    line: Project, tmp_path: Path, count_runs: Count
) -> None:
    assert not (line.root / ".stillroom").exists()
    other = tmp_path / "other"
    replay(line.config, target=MARIADB, cache=other)
    assert count_runs() == ["a", "b", "c"]
    replay(line.config, target=MARIADB, cache=other)
    assert count_runs() == []
    blocked = tmp_path / "file"
    blocked.write_text("")
    assert "t_c" in replay(line.config, target=MARIADB, cache=blocked).tables()


def test_interrupted_write_leaves_no_entry(
    line: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    def interrupted(*_: object) -> None:
        raise KeyboardInterrupt

    kept = Cache(tmp_path / "cache")
    state = replayed(line.config, target=MARIADB)
    monkeypatch.setattr(Path, "replace", interrupted)
    with pytest.raises(KeyboardInterrupt):
        kept.put("0" * 64, state)
    assert list(kept.folder.iterdir()) == []


def test_long_history_is_kept_on_the_way(
    project: Project, count_runs: Count, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys.modules["stillroom.replay.history"], "_KEPT_EVERY", 5)
    names = [f"r{number}" for number in range(12)]
    for before, name in zip([None, *names], names, strict=False):
        add(project, name, before)
    project.replay()
    count_runs()
    (project.versions / "r11.py").unlink()
    project.replay()
    assert count_runs() == names[10:11]


def test_old_entries_are_removed(
    line: Project, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(caches, "_MOST_ENTRIES", 3)
    kept = Cache(tmp_path / "cache")
    state = replayed(line.config, target=MARIADB)
    for number in range(5):
        kept.put(caches.key_of(str(number)), state)
    kept.prune()
    assert sum(len(path.name) == 64 for path in kept.folder.iterdir()) == 3


class _Runs:
    """Pickled, it is a call of a function."""

    def __init__(self, function: object, *arguments: object) -> None:
        self.call = function, arguments

    def __reduce__(self) -> tuple[object, tuple[object, ...]]:
        return self.call


def hostile(ran: Path) -> list[bytes]:
    """Entries that run a command, by way of what modules of the catalog have imported."""
    command = f"touch {ran}"
    names = [
        ("os", "system"),
        ("stillroom.catalog.record", "attrgetter"),
        ("stillroom.catalog.execution", "partial"),
        ("stillroom.catalog.record", "record"),
        ("stillroom.replay.server.server", "Server"),
        ("stillroom.catalog.catalog", "Catalog.execute"),
    ]
    entries = [
        b"".join(
            [
                b"\x80\x04",
                *(b"\x8c" + bytes([len(part)]) + part.encode() for part in (module, name)),
                b"\x93",
                b"\x8c" + bytes([len(command)]) + command.encode(),
                b"\x85R.",
            ]
        )
        for module, name in names
    ]
    calls = [_Runs(os.system, command), _Runs(functools.partial, os.system, command)]
    return [*entries, *map(pickle.dumps, calls)]


def test_an_entry_runs_no_code(tmp_path: Path) -> None:
    ran = tmp_path / "ran"
    kept = Cache(tmp_path / "cache")
    for number, content in enumerate(hostile(ran)):
        kept.write(str(number), content)
        assert kept.read(str(number)) == content
        assert kept.get(str(number)) is None
        (kept.folder / "bare").write_bytes(content)
        assert kept.get("bare") is None
    assert not ran.exists()


def test_classes_that_a_module_only_imports_are_refused() -> None:
    refused = []
    for module in [name for name in sys.modules if name.startswith("stillroom.catalog.")]:
        for name, found in vars(sys.modules[module]).items():
            if callable(found) and getattr(found, "__module__", "") != module:
                refused.append(f"{module} {name}")
                with pytest.raises(pickle.UnpicklingError):
                    caches._Unpickler(io.BytesIO()).find_class(module, name)
    assert len(refused) > 100


def test_an_entry_under_another_name_or_with_another_bit_is_not_there(
    line: Project, tmp_path: Path
) -> None:
    kept = Cache(tmp_path / "cache")
    state = replayed(line.config, target=MARIADB)
    kept.put("a", state)
    content = (kept.folder / "a").read_bytes()
    assert kept.get("a") == state
    (kept.folder / "b").write_bytes(content)
    assert kept.get("b") is None
    for position in range(0, len(content), 97):
        changed = bytearray(content)
        changed[position] ^= 1
        (kept.folder / "a").write_bytes(changed)
        assert kept.get("a") is None
