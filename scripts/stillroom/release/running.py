"""The release that runs, if the settings name one, against the revisions that came after it."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from stillroom.errors import StillroomError, counted
from stillroom.project.settings import DEFAULT_TARGET, Settings
from stillroom.release.boundaries import Compatibility, compatibility
from stillroom.release.models import Reader, Release
from stillroom.replay import History


@dataclass(frozen=True)
class Running:
    """A release and what of the history stops its code."""

    release: Release
    result: Compatibility

    def summary(self) -> Iterator[str]:
        """How far its code runs, as sentences."""
        words, result = self.release.words, self.result
        if self.release.target is not None:
            yield f"Its own settings name another server, {self.release.target}."
        if self.release.unbuilt:
            tables = ", ".join(sorted(name for _, name in self.release.unbuilt))
            yield (
                f"The target refuses to create {tables} from its models, so only the names of"
                " columns were compared there."
            )
        if not result.known:
            yield f"{words} has revisions that are not here, so it was compared only at head."
        count = counted(len(result.findings), "reason")
        if result.findings and result.last:
            yield f"The code of {words} runs up to revision {result.last}, not at head: {count}."
        elif result.findings:
            yield f"The code of {words} does not run at head: {count}."
        elif result.revisions and result.known:
            later = counted(result.revisions, "revision that comes", "revisions that come")
            which = "the" if result.revisions == 1 else "each of the"
            yield f"Clean. The code of {words} runs at {which} {later} after it."
        else:
            yield f"Clean. The code of {words} runs on the tables at head."


def against(history: History, root: Path, settings: Settings, name: str, read: Reader) -> Running:
    """The release that git calls ``name``, which ``read`` reads, against ``history``.

    Raises StillroomError if there is no such commit, and CannotTell if its models cannot be built.
    """
    release = read(root, name, settings.target or DEFAULT_TARGET)
    return Running(release, compatibility(history, release))


def running(
    history: History, root: Path, settings: Settings, read: Reader
) -> tuple[Running | None, str]:
    """The release of the settings, and why nothing can be told of it; neither if none is set."""
    name = settings.running_release
    if not name:
        return None, ""
    try:
        release = against(history, root, settings, name, read)
    except StillroomError as reason:
        return None, f"The release that runs, {name}, cannot be compared: {reason.first_line}"
    if not release.result.known:
        return None, (
            f"The release that runs, {release.release.words}, cannot be compared: it has revisions"
            " that are not here"
        )
    return release, ""
