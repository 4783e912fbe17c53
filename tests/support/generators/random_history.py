"""Random models, revision after revision, on a real server: what differs is a fault."""

from __future__ import annotations

import re
from contextlib import suppress
from pathlib import Path
from random import Random

import sqlalchemy as sa
from alembic import command

from stillroom.authoring.renames.questions import Questioner
from stillroom.authoring.request import Request
from stillroom.catalog import Target
from stillroom.drift import CLEAN
from stillroom.errors import StillroomError
from tests.support.generators.mutations import project
from tests.support.generators.random_models import RandomModels
from tests.support.replays import check, write
from tests.support.tables import created, tables, target_of

_ANSWERS = 6


class Wrong(AssertionError):
    """What a revision did not do, with the changes of the models that it was written for."""


class RandomHistory:
    """A history for random models on one server, in ``folder`` and in ``database``."""

    def __init__(self, random: Random, server_url: str, database: sa.URL, folder: Path) -> None:
        self.random = random
        self.server_url, self.database, self.folder = server_url, database, folder
        self.target = target_of(database)
        self.models = RandomModels(random)
        while self._expected(self.models) is None:
            self.models = RandomModels(random)
        self.config = project(folder / "alembic", self.models.metadata(), self.target)
        self._migrate("upgrade", "head")

    def step(self) -> bool:
        """Change the models, and follow them; False if the server would refuse them.

        Raises Wrong if anything is not as it should be.
        """
        models = self.models.copy()
        changes = models.change()
        expected = self._expected(models)
        if expected is None or models.converts_uuids(self.models):
            return False
        before = tables(self.database, ordered=True)
        try:
            written = self._write(models.metadata())
            text = written.read_text(encoding="utf-8") if written else "no revision"
            self._migrate("upgrade", "head")
            after = tables(self.database, ordered=False)
            _compare(after, expected, "upgraded, against create_all()", text)
            self._is_clean(models.metadata())
            if written:
                self._migrate("downgrade", "-1")
                _compare(tables(self.database, ordered=True), before, "downgraded", text)
                self._migrate("upgrade", "head")
                _compare(tables(self.database, ordered=False), after, "upgraded again", text)
        except Exception as error:
            raise Wrong(f"after {', '.join(changes)}:\n{error}") from error
        self.models = models
        return True

    def _expected(self, models: RandomModels) -> dict[str, list[str]] | None:
        with suppress(sa.exc.DBAPIError):
            return created(self.server_url, models.metadata())
        return None

    def _migrate(self, verb: str, revision: str) -> None:
        self.config.attributes["url"] = self.database
        getattr(command, verb)(self.config, revision)
        del self.config.attributes["url"]

    def _write(self, metadata: sa.MetaData) -> Path | None:
        """Write the revision, pasting the answers that the refusals show."""
        self.config.attributes["metadata"] = metadata
        renames: dict[str, str] = {}
        drops: set[str] = set()
        fills: dict[str, str] = {}
        for _ in range(_ANSWERS):
            request = Request("change", fills=fills, questioner=Questioner(renames, drops))
            try:
                written = write(self.config, request, cache=self.folder / "cache")
            except StillroomError as error:
                answers = dict(re.findall(r'\b(rename|drop|fill)="([^"]*)"', error.fix))
                if not answers:
                    raise
                if "fill" in answers:
                    fills |= dict(one.split("=") for one in answers["fill"].split("; "))
                elif self.random.random() < 0.5:
                    renames |= dict(one.split(":") for one in answers["rename"].split())
                else:
                    drops |= set(answers["drop"].split())
            else:
                return written.path if written else None
        raise Wrong("it asks again and again")

    def _is_clean(self, metadata: sa.MetaData) -> None:
        target = Target.parse(self.target)
        verdict = check(self.config, metadata, target=target, cache=self.folder / "cache")
        if verdict.status != CLEAN:
            raise Wrong(f"{verdict.status}: {verdict.reason or verdict.findings}")


def _compare(
    found: dict[str, list[str]], expected: dict[str, list[str]], what: str, text: str
) -> None:
    lines = []
    for name in sorted({*found, *expected}):
        ours, theirs = found.get(name, []), expected.get(name, [])
        if ours != theirs:
            lines.append(f"{what}: table {name}")
            lines += [f"  - {line}" for line in theirs if line not in ours]
            lines += [f"  + {line}" for line in ours if line not in theirs]
            if sorted(ours) == sorted(theirs):
                lines.append(f"  order: {ours} instead of {theirs}")
    if lines:
        raise Wrong("\n".join([*lines, text]))
