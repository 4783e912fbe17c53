"""A file is written whole or not at all."""

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
