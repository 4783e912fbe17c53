"""What verbs say with ``--format json`` is as the schemas in the package have it."""

from __future__ import annotations

import json
import typing
from argparse import ArgumentParser
from dataclasses import fields
from datetime import datetime
from importlib import import_module
from typing import Any

import fastjsonschema
import pytest

from stillroom.apply import events
from stillroom.console.output import print_json_line
from stillroom.findings import Finding, Place
from stillroom.render.progress import as_data
from stillroom.verbs import VERBS, module_of
from tests.support.projects import ROOT, UserProject
from tests.support.repositories import RepositoryProject, make_repository
from tests.support.schemas import LINES, valid

SCHEMAS = ROOT / "scripts" / "stillroom" / "schemas"
VALUES: dict[Any, Any] = {
    str: "x",
    int: 3,
    float: 1.5,
    bool: True,
    datetime: datetime(2026, 1, 2),
    Finding: Finding("AP107", Place("a.py", 3), "was edited"),
    events.Holder: events.Holder(),
    tuple[str, ...]: ("x", "y"),
}


def takes_json(verb: str) -> bool:
    parser = ArgumentParser()
    import_module(module_of(verb)).arguments(parser)
    return any("json" in (action.choices or ()) for action in parser._actions)


def test_each_verb_that_answers_programs_has_a_schema() -> None:
    named = {LINES.get(verb, verb) for verb in VERBS if takes_json(verb)}
    assert named == {file.stem for file in SCHEMAS.iterdir()}
    assert {"status", "plan", "history", "doctor", "check", "lint-revisions", "report"} <= named


@pytest.mark.parametrize("file", sorted(SCHEMAS.glob("*.json")), ids=lambda file: file.stem)
def test_a_schema_says_all_that_is_said(file: Any) -> None:
    """Each object names its properties, requires them, and takes no others."""
    schema = json.loads(file.read_text(encoding="utf-8"))
    fastjsonschema.compile(schema)
    found = [*objects(schema)]
    assert found
    optional = {"plan"}  # of a group of databases
    for one in found:
        assert one["additionalProperties"] is False or "properties" not in one
        assert {*one.get("properties", ())} - {*one.get("required", ())} <= optional


def objects(schema: Any) -> typing.Iterator[dict[str, Any]]:
    if isinstance(schema, dict):
        if schema.get("type") == "object":
            yield schema
        for value in schema.values():
            yield from objects(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from objects(value)


def values(kind: Any) -> list[Any]:
    if kind in VALUES:
        return [VALUES[kind]]
    return [None if one is type(None) else VALUES[one] for one in typing.get_args(kind)]


@pytest.mark.parametrize("kind", typing.get_args(events.Event), ids=lambda kind: kind.__name__)
def test_each_event_of_an_upgrade(kind: Any, capsys: pytest.CaptureFixture[str]) -> None:
    hints = typing.get_type_hints(kind)
    for position in (0, -1):  # with all that it may have, and with the least
        told = {field.name: values(hints[field.name])[position] for field in fields(kind)}
        print_json_line(as_data(kind(**told)))
        (event,) = valid("upgrade", capsys.readouterr().out)
        assert event["event"] == kind.__name__
    with pytest.raises(fastjsonschema.JsonSchemaException):
        valid("upgrade", json.dumps({**event, "more": 1}))


def test_a_moment_is_told_as_iso_8601_does(capsys: pytest.CaptureFixture[str]) -> None:
    print_json_line({"since": datetime(2026, 1, 2, 3, 4)})
    assert capsys.readouterr().out == '{"since": "2026-01-02T03:04:00"}\n'


def said(project: UserProject, verb: str, *arguments: str, code: int = 0) -> Any:
    answer = project.verb(verb, *arguments, "--format", "json")
    assert answer.code == code, answer.err
    return valid(verb, answer.out)


@pytest.fixture
def repository(tmp_path: Any) -> RepositoryProject:
    """With a model change that no revision has, and a revision that drops a column."""
    repository = make_repository(tmp_path / "project", hook="none")
    repository.git("tag", "v1")
    repository.add_column()
    body = '    op.drop_column("user", "email")'
    repository.add_revision("drop", id_="dddd", below="e3c87c4a7bde", body=body)
    return repository


def test_the_verbs_that_need_no_database(repository: RepositoryProject) -> None:
    assert said(repository, "check", code=1)["findings"]
    assert said(repository, "lint-revisions", "--all", code=1)["findings"]
    assert said(repository, "plan", "--from", "base")["revisions"][1]["statements"]
    assert said(repository, "diff", "--from", "base")["complete"]
    assert said(repository, "report", "--from", "v1", code=1)["errors"]
    assert said(repository, "compatible", "--with", "v1", code=1)["findings"]
    (head,) = said(repository, "heads")["heads"]
    assert head["revision"] == "dddd"
    assert [one["revision"] for one in said(repository, "history")["revisions"]] == [
        "dddd",
        "e3c87c4a7bde",
    ]


def test_the_verbs_that_look_at_a_database(repository: RepositoryProject) -> None:
    assert said(repository, "status", code=1)["pending"] == ["e3c87c4a7bde", "dddd"]
    done = said(repository, "upgrade", "e3c87c4a7bde")
    assert [event["event"] for event in done][-1] == "Finished"
    (at,) = said(repository, "current")["revisions"]
    assert at == {"revision": "e3c87c4a7bde", "head": False, "known": True}
    assert said(repository, "repair") == {"decided": [], "half_applied": None, "others": []}
    subjects = [line["subject"] for line in said(repository, "doctor", code=1)["lines"]]
    assert subjects[:2] == ["python", "packages"]
    assert said(repository, "downgrade", "base")
