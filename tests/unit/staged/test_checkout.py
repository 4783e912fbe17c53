"""The copy of what is staged."""

import os
import py_compile
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from stillroom.errors import CannotTell
from stillroom.project.folders import cache_folder
from stillroom.project.git import Entry, Repository
from stillroom.staged import checkout as module
from stillroom.staged.checkout import checkout


def test_a_change_of_the_same_length_in_the_same_second_is_seen(tmp_path: Path) -> None:
    def git(*arguments: str) -> None:
        subprocess.run(["git", *arguments], cwd=tmp_path, check=True)

    git("init", "--quiet")
    seen: list[bytes] = []
    for text in ("VALUE = 40\n", "VALUE = 50\n"):
        (tmp_path / "module.py").write_text(text)
        git("add", "module.py")
        repository = Repository.find(tmp_path)
        assert repository is not None
        with checkout(repository, repository.staged_entries()) as copy:
            file = copy.project / "module.py"
            if not seen:
                py_compile.compile(str(file))
            command = "import module; print(module.VALUE)"
            done = subprocess.run(
                [sys.executable, "-c", command], cwd=copy.project, capture_output=True, check=True
            )
            seen.append(done.stdout.strip())
    assert seen == [b"40", b"50"]


def test_bytecode_is_believed_only_if_a_check_has_left_it(repository: Repository) -> None:
    git(repository.top, "add", "--all")
    entries = repository.staged_entries()
    with checkout(repository, entries) as copy:
        source = copy.top / "app" / "a.py"
        bytecode = Path(str(py_compile.compile(str(source))))
    with checkout(repository, entries):
        assert bytecode.exists()
    times, other = source.stat(), source.with_name("b.py")
    other.write_text("A = 2\n")
    os.utime(other, ns=(times.st_atime_ns, times.st_mtime_ns))
    before = bytecode.stat()
    forged = Path(str(py_compile.compile(str(other)))).read_bytes()
    bytecode.write_bytes(forged)
    os.utime(bytecode, ns=(before.st_atime_ns, before.st_mtime_ns))
    planted = bytecode.with_name("planted.pyc")
    planted.write_bytes(forged)
    with checkout(repository, entries):
        assert not bytecode.exists()
        assert not planted.exists()


@pytest.fixture
def repository(tmp_path: Path) -> Repository:
    root = tmp_path / "project"
    root.mkdir()
    git(root, "init", "--quiet")
    (root / "app").mkdir()
    (root / "app" / "a.py").write_text("A = 1\n")
    return found(root)


def git(root: Path, *arguments: str) -> None:
    subprocess.run(["git", *arguments], cwd=root, check=True)


def found(root: Path) -> Repository:
    repository = Repository.find(root)
    assert repository is not None
    return repository


def copied(repository: Repository) -> tuple[dict[str, str], dict[str, str]]:
    """The files in the copy of all that is there, with their texts, and what is left out."""
    git(repository.top, "add", "--all")
    entries = repository.with_submodules(repository.staged_entries())
    with checkout(repository, entries) as copy:
        files = {
            str(path.relative_to(copy.top)): path.read_text()
            for path in copy.top.rglob("*")
            if path.is_file()
        }
        return files, copy.left_out


def test_all_files_are_there_whatever_their_names(repository: Repository) -> None:
    names = ["VERSION", ".env.example", "a/b.jinja", "x y", "*[a]?.py", "Ünicode", "new\nline.py"]
    for name in names:
        path = repository.root / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(name)
    raw = os.fsencode(repository.root) + b"/\xff\xfe.py"
    with open(raw, "w") as file:  # noqa: PTH123
        file.write("raw")
    files, left_out = copied(repository)
    assert files == {
        **{name: name for name in names},
        "app/a.py": "A = 1\n",
        "\udcff\udcfe.py": "raw",
    }
    assert left_out == {}


def test_a_change_in_the_copy_is_undone(repository: Repository) -> None:
    copied(repository)
    top = cache_folder(repository.root) / "staged"
    before = (top / "app" / "a.py").stat()
    (top / "app" / "a.py").write_text("A = 2\n")
    os.utime(top / "app" / "a.py", ns=(before.st_atime_ns, before.st_mtime_ns))
    (top / "app" / "planted.py").write_text("B = 1\n")
    (top / "more").mkdir()
    (top / "more" / "planted.py").write_text("B = 1\n")
    assert copied(repository)[0] == {"app/a.py": "A = 1\n"}


def test_nothing_is_written_or_removed_through_a_link_in_the_copy(
    repository: Repository, tmp_path: Path
) -> None:
    outside = tmp_path / "outside"
    outside.mkdir()
    (outside / "a.py").write_text("keep")
    copied(repository)
    top = cache_folder(repository.root) / "staged"
    shutil.rmtree(top / "app")
    (top / "app").symlink_to(outside)
    assert copied(repository)[0] == {"app/a.py": "A = 1\n"}
    assert (outside / "a.py").read_text() == "keep"
    assert len(list(outside.iterdir())) == 1


@pytest.mark.parametrize("manifest", ["", "[]", "[" * 100_000, '{"app/a.py": 1, "../x": ["", ""]}'])
def test_a_broken_manifest_is_none(repository: Repository, manifest: str) -> None:
    copied(repository)
    (cache_folder(repository.root) / "staged.json").write_text(manifest)
    (cache_folder(repository.root) / "x").write_text("keep")
    assert copied(repository)[0] == {"app/a.py": "A = 1\n"}
    assert (cache_folder(repository.root) / "x").exists()


def test_a_file_becomes_a_folder_and_a_folder_a_file(repository: Repository) -> None:
    for _ in range(2):
        shutil.rmtree(repository.root / "app")
        (repository.root / "app").write_text("file")
        assert copied(repository)[0] == {"app": "file"}
        (repository.root / "app").unlink()
        (repository.root / "app" / "a.py").mkdir(parents=True)
        (repository.root / "app" / "a.py" / "b.py").write_text("B")
        assert copied(repository)[0] == {"app/a.py/b.py": "B"}


def test_links_stay_inside(repository: Repository, tmp_path: Path) -> None:
    (tmp_path / "secret").write_text("secret")
    links = {
        "same": "app/a.py",
        "folder": "app",
        "app/up": "../app/a.py",
        "out": "../secret",
        "absolute": str(tmp_path / "secret"),
        "loop": "loop",
        "dot": ".",
        "by_way": "dot/../../secret",
    }
    for name, target in links.items():
        (repository.root / name).symlink_to(target)
    files, left_out = copied(repository)
    assert "secret" not in files.values()
    assert files["same"] == files["app/up"] == files["app/a.py"]
    assert left_out.keys() == {"out", "absolute", "by_way"}
    assert copied(repository) == (files, left_out)


def test_a_submodule_is_there_as_committed(repository: Repository, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    git(other, "init", "--quiet")
    (other / "m.py").write_text("M = 1\n")
    git(other, "add", "--all")
    name = ["-c", "user.name=n", "-c", "user.email=e@e"]
    git(other, *name, "commit", "--quiet", "--message", "one")
    allowed = ["-c", "protocol.file.allow=always"]
    git(repository.root, *allowed, "submodule", "--quiet", "add", str(other), "lib")
    (repository.root / "lib" / "m.py").write_text("M = 2\n")
    files, left_out = copied(repository)
    assert files["lib/m.py"] == "M = 1\n"
    assert left_out == {}
    shutil.rmtree(repository.root / "lib")
    (repository.root / "lib").mkdir()
    entries = repository.with_submodules(repository.staged_entries())
    with checkout(repository, entries) as copy:
        assert copy.left_out == {"lib": "is a submodule whose commit is not here"}


def test_a_name_that_lies_outside_is_refused(repository: Repository) -> None:
    git(repository.root, "add", "--all")
    (blob,) = {entry.blob for entry in repository.staged_entries().values()}
    for name in ("../x", "/x", "a//b", "a/.git/config", ".GIT/x", "a/../../x"):
        with (
            pytest.raises(CannotTell, match="git refuses"),
            checkout(repository, {name: Entry("100644", blob, repository.top)}),
        ):
            pass


def test_what_is_large_is_left_out(repository: Repository, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "LARGEST_BYTES", 1_000_000)
    (repository.root / "large").write_bytes(b"x" * 1_000_001)
    files, left_out = copied(repository)
    assert files.keys() == {"app/a.py"}
    assert left_out == {"large": "is larger than 1 MB"}


def test_a_project_below_the_top_has_its_neighbours(repository: Repository) -> None:
    (repository.root / "VERSION").write_text("1")
    copied(repository)
    below = found(repository.root / "app")
    with checkout(below, below.staged_entries()) as copy:
        assert (copy.project / "a.py").exists()
        assert (copy.project / "../VERSION").read_text() == "1"
    assert below.staged() == {"a.py": below.staged()["a.py"]}
