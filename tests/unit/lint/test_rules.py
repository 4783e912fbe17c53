"""The rules as a whole, and the page that lists them."""

from __future__ import annotations

import re
import subprocess
import sys

from stillroom.lint import rules
from stillroom.lint.allowances import read
from stillroom.lint.rule import GROUPS
from stillroom.render.rules import as_markdown
from tests.support.projects import ROOT

PAGE = (ROOT / "docs" / "rules.md").read_text(encoding="utf-8")


def test_the_table_of_rules_is_up_to_date() -> None:
    """To bring it up to date: ``stillroom lint-revisions --rules``."""
    assert as_markdown(rules.load()) in PAGE


def test_each_rule_is_a_file_of_its_code() -> None:
    for rule in rules.load():
        group = ROOT / "scripts/stillroom/lint/rules" / rule.group.replace(" ", "_")
        (file,) = group.glob(f"{rule.code.lower()}_*.py")
        assert file.read_text().startswith(f'"""{rule.code}: ')
        assert rule.group in GROUPS


def test_the_example_of_a_rule_runs() -> None:
    example = re.search(r"```python\n(.*?)```", PAGE, re.DOTALL)
    assert example is not None
    scope: dict[str, object] = {}
    exec(example[1], scope)  # noqa: S102
    assert getattr(scope["RULE"], "code", "") == "XY101"


FORMER_RULE = """
from pathlib import Path
from stillroom.lint.act import Act, Run
from stillroom.lint.rule import STRUCTURE, Rule, each

def look(run):
    assert (run.revision, run.acts, run.undo) == ("a1", (), ())
    yield from ()

rule = Rule("XY101", STRUCTURE, "none", look)
assert list(rule.look(Run("a1", Path("a1.py"), "a1.py", ""))) == []
assert isinstance(Act.statement, property)
"""


def test_a_rule_of_former_times_is_told_what_things_are_called_now() -> None:
    done = subprocess.run(
        [sys.executable, "-c", f"{FORMER_RULE}\nimport stillroom.lint.act"],
        env={"PYTHONPATH": "scripts"},
        capture_output=True,
        text=True,
        check=True,
    )
    assert done.stderr == (
        "stillroom.lint.act is deprecated: from stillroom.lint.executed import RevisionStatement\n"
    )


def covered(source: str) -> list[tuple[int, int]]:
    return [(one.first, one.last) for one in read(source)]


def test_an_allowance_covers_the_statement_around_it() -> None:
    assert covered("a = (\n    1,  # stillroom: allow MY102 x\n)\nb = 2\n") == [(1, 3)]


def test_an_allowance_covers_the_statement_below_it() -> None:
    source = "def f():\n    a = 1\n    # stillroom: allow MY102 x\n    b = (\n        2)\n"
    assert covered(source) == [(4, 5)]


def test_an_allowance_above_a_function_covers_it() -> None:
    source = "import x\n\n# stillroom: allow MY102 x\n@x.y\ndef f():\n    a = 1\n    b = 2\n"
    assert covered(source) == [(4, 7)]


def test_an_allowance_on_the_line_of_a_function_covers_it() -> None:
    assert covered("def f():  # stillroom: allow MY102 x\n    a = 1\n") == [(1, 2)]


def test_an_allowance_of_several_codes() -> None:
    source = (
        "a = 1  # stillroom: allow MY102, MY402 OK by A1234\nb = 1  # stillroom: allow my102 x\n"
    )
    found = [(one.code, one.reason) for one in read(source)]
    assert found == [("MY102", "OK by A1234"), ("MY402", "OK by A1234"), ("my102", "x")]


def test_an_allowance_in_a_string_is_none() -> None:
    assert covered('a = "# stillroom: allow MY102 x"\n') == []


def test_an_allowance_at_the_end_covers_nothing_else() -> None:
    assert covered("a = 1\n# stillroom: allow MY102 x\n") == [(2, 2)]
