"""One line of the examination: what was looked at, how it is, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from stillroom import marked
from stillroom.errors import EXIT_CANNOT, EXIT_CLEAN, EXIT_FINDINGS


class State(Enum):
    """How it is; the value is the mark that is printed."""

    GOOD = "ok"
    WRONG = "!!"
    UNKNOWN = "??"  # could not be looked at

    @property
    def exit_code(self) -> int:
        """What it makes the command end in."""
        return {State.GOOD: EXIT_CLEAN, State.WRONG: EXIT_FINDINGS}.get(self, EXIT_CANNOT)


_MARKS: dict[State, marked.Mark] = {
    State.GOOD: "harmless",
    State.WRONG: "blocking",
    State.UNKNOWN: "warning",
}
_BESIDE = 15  # columns before the text


@dataclass(frozen=True)
class Line:
    """``text`` says how ``subject`` is; ``remedy`` what to type or to change."""

    subject: str
    text: str
    state: State = State.GOOD
    remedy: str = ""

    def as_data(self) -> dict[str, str]:
        """The line for a program; ``state`` is ``good``, ``wrong`` or ``unknown``."""
        state = self.state.name.lower()
        return {
            "subject": self.subject,
            "state": state,
            "text": self.text,
            "remedy": self.remedy,
        }

    def lines(self) -> list[marked.Line]:
        """The line as it is printed, and the lines below it."""
        first, *rest = self.text.splitlines() or [""]
        state = marked.Part(self.state.value, _MARKS[self.state])
        head = marked.line(state, f"  {self.subject:<10} {first}", hang=_BESIDE)
        below = " " * _BESIDE
        return [
            head,
            *(marked.line(f"{below}{text.strip()}", hang=_BESIDE) for text in rest),
            *(marked.remedy_line(text.strip(), _BESIDE) for text in self.remedy.splitlines()),
        ]


def wrong(subject: str, text: str, remedy: object = "") -> Line:
    """A line of something that is to be mended."""
    return Line(subject, text, State.WRONG, str(remedy))


def unknown(subject: str, text: str, remedy: object = "") -> Line:
    """A line of something that could not be looked at."""
    return Line(subject, text, State.UNKNOWN, str(remedy))
