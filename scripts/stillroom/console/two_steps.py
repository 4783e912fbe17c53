"""Words the report on the two revisions of a two-step change."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from stillroom.authoring.two_step.author import WrittenTwoSteps
from stillroom.authoring.two_step.model_code import ModelCode
from stillroom.errors import counted
from stillroom.findings import shown
from stillroom.replay import scratch
from stillroom.shell import Command


def report(written: WrittenTwoSteps, marked: int) -> str:
    """Both files, the models of both releases, and when to run what.

    ``marked`` are the statements that the linter refuses.
    """
    expand, contract = written.expand, written.contract
    first = [code for code in written.models if code.release == 1]
    second = [code for code in written.models if code.release == 2]
    lines = [
        f"Wrote {shown(expand.path)}",
        f"  and {shown(contract.path)}: replays for {expand.target} show that together they are "
        "what the models need.",
    ]
    if expand.server:
        lines.append(scratch.sentence(expand.server))
    lines += [
        "",
        f"Release 1 is deployed with {expand.id}; the old code runs beside it. Its models:",
        *_code(first),
        "",
        f"Release 2 is deployed when the old code is gone, and {contract.id} runs with it:"
        f" {Command('upgrade', contract=True)}. Its models:",
        *_code(second),
        "",
        "The models of release 2 may be deployed with release 1 already: `check` accepts either"
        " until the contract has run.",
    ]
    return "\n".join(lines) + reasons_needed(expand.losses + contract.losses, marked)


def _code(models: Sequence[ModelCode]) -> Iterator[str]:
    if not models:
        yield "    as they are now"
    for model in models:
        where = f"{model.place}: " if model.place else ""
        beside = "; __table_args__ keeps what else it has" if _has_arguments(model) else ""
        yield f"    # {where}table {model.table}{beside}"
        yield from (f"    {line}" for line in model.lines)


def _has_arguments(model: ModelCode) -> bool:
    return any(line.startswith("__table_args__") for line in model.lines)


def reasons_needed(losses: int, marked: int) -> str:
    """What a person must do about losses, and statements that the linter refuses."""
    text = "\nIt loses data." if losses else ""
    if marked:
        them = counted(marked, "statement")
        text += (
            f"\nThe linter refuses {them} of it: `{Command('lint-revisions', all=True)}` says why."
        )
    if text:
        text += (
            " Add the reason to each line `# stillroom: allow …` in"
            " it: until then the hook refuses it."
        )
    return text
