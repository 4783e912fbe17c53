"""A mark is a comment, and nothing that only quotes one."""

from __future__ import annotations

from pathlib import Path

import pytest

from stillroom.project.marks import Comment, comments
from stillroom.replay.revisions.source import read


def test_comments_that_mark() -> None:
    source = "# stillroom: data-only\nx = 1  # stillroom: allow MY102 unused\n# no mark\n"
    assert list(comments(source)) == [
        Comment("# stillroom: data-only", 1, 0),
        Comment("# stillroom: allow MY102 unused", 2, 7),
    ]


@pytest.mark.parametrize(
    "source",
    [
        '"""A message.\n\n# stillroom: data-only\n"""\n',
        "TEXT = '''\n# stillroom: allow MY102 <reason>\n'''\n",
        "x = (  # stillroom: data-only\n",  # no Python
    ],
)
def test_what_is_no_mark(source: str) -> None:
    assert [one for one in comments(source) if one.line != 1] == []


def test_a_docstring_that_quotes_the_mark_is_none(tmp_path: Path) -> None:
    head = '"""Says:\n\n# stillroom: data-only\n"""\n'
    code = "revision = 'a'\ndown_revision = None\n"
    assert not read(tmp_path / "a.py", (head + code).encode()).data_only
    assert read(tmp_path / "a.py", ("# stillroom: data-only\n" + code).encode()).data_only
