"""A file is written whole or not at all."""

import os
from pathlib import Path

import pytest

from stillroom.files import write_text


def test_the_mode_and_the_line_ends_stay(tmp_path: Path) -> None:
    file = tmp_path / "a.ini"
    file.write_text("old")
    file.chmod(0o640)
    write_text(file, "new\r\nlines\n")
    assert file.read_bytes() == b"new\r\nlines\n"
    assert file.stat().st_mode & 0o777 == 0o640


def test_a_failure_leaves_the_old_file_and_nothing_else(tmp_path: Path) -> None:
    file = tmp_path / "a.ini"
    file.write_text("old")
    with pytest.raises(UnicodeEncodeError):
        write_text(file, "\ud800")
    assert file.read_text() == "old"
    assert list(tmp_path.iterdir()) == [file]


def test_a_full_disk_is_named_and_leaves_the_old_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "schema.sql"
    file.write_text("old")

    def full(*_: object) -> None:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(os, "fdopen", full)
    with pytest.raises(OSError, match="No space") as caught:
        write_text(file, "new")
    assert caught.value.filename == str(file)
    assert [path.read_text() for path in tmp_path.iterdir()] == ["old"]
