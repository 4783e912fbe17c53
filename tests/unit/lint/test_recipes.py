"""What findings tell to write is code that runs, and that raises them no more."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.dialects import mysql
from sqlalchemy.orm import DeclarativeBase, Mapped, Mapper, mapped_column

from stillroom.findings import Finding
from stillroom.lint.check import Report
from tests.support.lint_cases import NAMES, LintCase, code_of, source_of
from tests.support.projects import ROOT
from tests.support.recipes import Recipe, recipes

TARGETS = ("mariadb 10.11", "mysql 9.7")
PUBLISHED = "0123abc"
SCOPE = {"sa": sa, "mysql": mysql, "Mapped": Mapped, "mapped_column": mapped_column}
# What these tell is done by hand: at a fitting hour, or by leaving a comment out.
BY_HAND = {"my001_no_reason", "my002_unknown_code", "my003_not_needed"}
BY_HAND |= {"my301_fulltext", "my301_partition", "my303_rewrites", "my506_page", "my506_columns"}
BY_HAND |= {"my508_id_too_long"}


@pytest.fixture(scope="module")
def bench(tmp_path_factory: pytest.TempPathFactory) -> LintCase:
    return LintCase(tmp_path_factory.mktemp("bench"))


def findings(report: Report, code: str) -> list[Finding]:
    return [one for one in (*report.findings, *report.warnings) if one.code == code]


def remedies(bench: LintCase, name: str, target: str) -> Iterator[Recipe]:
    source = source_of("my102_drop_column" if name == "my607_published" else name, "raises")
    report = bench.lint([source], target, PUBLISHED)
    for finding in findings(report, code_of(name)):
        assert "..." not in finding.fix
        yield from recipes(finding.fix)


@pytest.mark.parametrize("target", TARGETS)
@pytest.mark.parametrize("name", NAMES)
def test_recipes_run(bench: LintCase, name: str, target: str) -> None:
    found = list(remedies(bench, name, target))
    assert found or name in BY_HAND
    before: list[Recipe] = []
    for recipe in found:
        if recipe.kind != "rows":  # for servers: see tests/server/test_recipes.py
            CHECKS[recipe.kind](bench, name, target, recipe, before)
        before.append(recipe)


def check_operations(
    bench: LintCase, name: str, target: str, recipe: Recipe, before: list[Recipe]
) -> None:
    """Alone, behind the other revisions of the remedy, or behind the rest of the case."""
    others = [one for one in before if one.kind == "operations"]
    source, behind = source_of(name, "raises"), recipe.revision("case1", "case")
    answers = [
        bench.lint(chained([recipe]), target),
        bench.lint(chained([*others, recipe]), target),
        bench.lint([allowed(source, code_of(name)), behind], target),
        bench.lint([without_index(source), behind], target),
    ]
    assert any(
        answer.reason is None and not answer.end and not findings(answer, code_of(name))
        for answer in answers
    ), [str(answer) for answer in answers]


def chained(steps: list[Recipe]) -> list[str]:
    names = ["ground", *(f"step{number}" for number in range(len(steps)))]
    return [
        step.revision(id_, below) for step, below, id_ in zip(steps, names, names[1:], strict=False)
    ]


def check_allowance(
    bench: LintCase, name: str, target: str, recipe: Recipe, before: list[Recipe]
) -> None:
    text = source_of(name, "raises").replace("def upgrade", f"{recipe.code}\ndef upgrade")
    assert findings(bench.lint([text], target), code_of(name)) == []


def without_index(source: str) -> str:
    return "".join(line for line in source.splitlines(True) if "sa.Index(" not in line)


def allowed(source: str, code: str) -> str:
    return source.replace("def upgrade", f"# stillroom: allow {code} it is done\ndef upgrade")


def check_module(
    bench: LintCase, name: str, target: str, recipe: Recipe, before: list[Recipe]
) -> None:
    """Functions: a revision of its own, or the downgrade of the case."""
    if "def upgrade" in recipe.code:
        report = bench.lint([recipe.revision("case", "ground")], target)
    else:
        kept = source_of(name, "raises").partition("\n\n\ndef downgrade")[0]
        report = bench.lint([f"{kept}\n\n\n{recipe.code}\n"], target)
    assert report.reason is None
    assert findings(report, code_of(name)) == []


def check_model(
    bench: LintCase, name: str, target: str, recipe: Recipe, before: list[Recipe]
) -> None:
    class Base(DeclarativeBase):
        pass

    scope: dict[str, object] = {}
    exec(recipe.code, {**SCOPE}, scope)  # noqa: S102
    key = mapped_column(sa.Integer, primary_key=True)
    model = type("Model", (Base,), {"__tablename__": "orders", "id": key, **scope})
    mapper: Mapper[Any] = sa.inspect(model)
    mapped = set(mapper.column_attrs.keys())
    if "exclude_properties" in recipe.code:
        assert len(mapper.local_table.c) == 2
        assert mapped == {"id"}
    else:
        assert mapped == {"id", *scope}


def check_part(
    bench: LintCase, name: str, target: str, recipe: Recipe, before: list[Recipe]
) -> None:
    exec(recipe.code, {**SCOPE})  # noqa: S102


def check_shell(
    bench: LintCase, name: str, target: str, recipe: Recipe, before: list[Recipe]
) -> None:
    subprocess.run(["bash", "-n", "-c", recipe.code], check=True)
    makefile = (ROOT / "Makefile").read_text()
    for line in recipe.code.splitlines():
        if line.startswith("make "):
            verbs = re.search(r"VERBS := (.*(?:\\\n.*)*)", makefile)
            assert verbs
            assert line.split()[1] in verbs[1].split()


CHECKS = {
    "operations": check_operations,
    "allowance": check_allowance,
    "module": check_module,
    "model": check_model,
    "part": check_part,
    "shell": check_shell,
}
