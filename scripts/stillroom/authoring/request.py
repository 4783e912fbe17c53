"""What a person asks for with ``revision``: message, place in the history, answers."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from copy import copy
from dataclasses import dataclass, field, replace

from stillroom.authoring.renames.questions import Questioner, spelled
from stillroom.errors import StillroomError
from stillroom.shell import Command


@dataclass(frozen=True)
class Request:
    """The message of a revision, its place in the history, and the answers of its author.

    ``fills`` are SQL expressions by ``table.column``; ``without_default`` names new columns that
    get no server default; ``questioner`` knows of renames; ``steps`` is 2 for an expand and a
    contract revision.
    """

    message: str
    empty: bool = False
    head: str = "head"
    splice: bool = False
    branch_label: str | None = None
    depends_on: str | None = None
    version_path: str | None = None
    fills: Mapping[str, str] = field(default_factory=dict)
    without_default: Collection[str] = ()
    steps: int = 1
    questioner: Questioner = field(default_factory=lambda: Questioner({}, ()))

    def refuse_others(self, tables: Collection[str]) -> None:
        """Raise StillroomError if an answer is about none of ``tables``."""
        given = self.questioner
        for name in (*self.fills, *self.without_default, *given.renames, *given.drops):
            if name.partition(".")[0] not in tables:
                raise StillroomError(
                    f"{name}: no database of env.py has this table",
                    fix="Write a column with its table, as article.title. Nothing was written.",
                )

    def about(self, tables: Collection[str]) -> Request:
        """The request with those of its answers that are about ``tables``, or columns of theirs."""

        def own(names: Iterable[str]) -> list[str]:
            return [name for name in names if name.partition(".")[0] in tables]

        questioner = copy(self.questioner)
        questioner.renames = {name: questioner.renames[name] for name in own(questioner.renames)}
        questioner.drops = set(own(questioner.drops))
        return replace(
            self,
            fills={name: self.fills[name] for name in own(self.fills)},
            without_default=own(self.without_default),
            questioner=questioner,
        )

    def command(
        self,
        *,
        renames: Iterable[str] = (),
        drops: Iterable[str] = (),
        fills: Iterable[str] = (),
        head: str = "",
        splice: bool = False,
        steps: int = 0,
    ) -> Command:
        """What to type for this request with more answers."""
        given = self.questioner
        answers = {
            "rename": [
                *(f"{spelled(old)}:{spelled(new)}" for old, new in given.renames.items()),
                *renames,
            ],
            "drop": [*map(spelled, sorted(given.drops)), *map(spelled, drops)],
            "default": [f"{spelled(name)}:none" for name in self.without_default],
            "fill": [*(f"{spelled(name)}={value}" for name, value in self.fills.items()), *fills],
        }
        return Command(
            "revision",
            m=self.message,
            head=head or ("" if self.head == "head" else self.head),
            **{
                name: ("; " if name == "fill" else " ").join(dict.fromkeys(values))
                for name, values in answers.items()
            },
            splice=splice or self.splice,
            steps="2" if (steps or self.steps) == 2 else "",
        )
