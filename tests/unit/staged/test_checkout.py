"""The copy of what is staged."""

import py_compile
import subprocess
import sys
from pathlib import Path

from stillroom.project.git import Repository
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
        with checkout(repository, repository.staged()) as folder:
            file = folder / "module.py"
            if not seen:
                py_compile.compile(str(file))
            command = "import module; print(module.VALUE)"
            done = subprocess.run(
                [sys.executable, "-c", command], cwd=folder, capture_output=True, check=True
            )
            seen.append(done.stdout.strip())
    assert seen == [b"40", b"50"]
