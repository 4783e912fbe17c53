"""Records a session in a terminal as a picture that moves: docs/recording.svg.

``python -m tests.support.recording URL`` runs the commands below on a MariaDB or MySQL, whose
database ``shop`` is made and dropped. What they print is real; pauses are cut to two seconds.
"""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from tempfile import TemporaryDirectory
from xml.sax.saxutils import escape

import sqlalchemy as sa
from rich.console import Console
from rich.text import Text

from tests.support.projects import ROOT, UserProject, make_project
from tests.support.terminals import in_terminal

FILE = ROOT / "docs" / "recording.svg"
COLUMNS, ROWS = 100, 26
ROW_HEIGHT, CHARACTER, MARGIN = 18, 8.4, 16
LONGEST, SHORTEST, READING = 2.0, 0.12, 2.5  # seconds of a pause, of a picture, behind a command
ROW_COUNT = 400_000
# By the number that a terminal has for them.
COLOURS = {
    1: "#ff7b72",
    2: "#7ee787",
    3: "#f2cc60",
    5: "#d2a8ff",
    6: "#79c0ff",
    8: "#8b949e",
}
_CONSOLE = Console()
FIRST = "e3c87c4a7bde"
BODY = '''"""{doc}

Created: {date} 10:00:00
"""
import sqlalchemy as sa
from alembic import op
from stillroom import batches

revision, down_revision = {name!r}, {parent!r}


def upgrade() -> None:
    {body}


def downgrade() -> None:
    {back}
'''
REVISIONS = (
    ("5a31c0", FIRST, "add a nickname", "2026-11-24",
     'op.add_column("user", sa.Column("nickname", sa.String(40)))',
     'op.drop_column("user", "nickname")'),
    ("7be210", "5a31c0", "fill it", "2026-11-25",
     'batches.update("user", "nickname = lower(name)", where="nickname IS NULL")', "pass"),
    ("9cf4d8", "7be210", "drop the address", "2026-11-26", 'op.drop_column("user", "email")',
     'op.add_column("user", sa.Column("email", sa.String(255)))'),
)  # fmt: skip


@dataclass
class Recording:
    """What a terminal showed: ``pieces`` are what was printed, each with its second."""

    pieces: list[tuple[float, str]] = field(default_factory=list)
    _clock: float = 0.0
    _last: float = 0.0

    def type(self, command: str) -> None:
        """A command, letter by letter, behind a prompt."""
        self._print(0.4, "\x1b[32m$\x1b[0m ")
        for letter in command:
            self._print(0.04, letter)
        self._print(0.3, "\n")

    def run(self, project: UserProject, command: Sequence[str], *, kill: bytes = b"") -> None:
        """What a command prints; it is killed a second after it has printed ``kill``."""
        self._last = time.monotonic()
        since: list[float] = []

        def watch(process: subprocess.Popen[bytes], piece: bytes) -> None:
            now = time.monotonic()
            self._print(min(now - self._last, LONGEST), piece.decode(errors="replace"))
            self._last = now
            if kill and kill in piece:
                since.append(now)
            if since and now - since[0] > 1:
                os.kill(process.pid, signal.SIGKILL)

        words = [sys.executable, "-P", "-m", "stillroom", *command]
        named = [f"{name}={value}" for name, value in project.environment.items()]
        ended = in_terminal(project.root, ["env", *named, *words], columns=COLUMNS, watch=watch)
        if kill:
            if ended.code != -signal.SIGKILL:
                raise SystemExit(f"it had ended before it was killed: {ended}")
            self._print(0.1, "\nKilled\n")
        self._print(READING, "")

    def _print(self, seconds: float, text: str) -> None:
        self._clock += seconds
        self.pieces.append((self._clock, text.replace("\r\n", "\n")))


def session(url: sa.URL, folder: Path) -> Recording:
    """The commands, on a database with rows."""
    project = make_project(folder)
    url_text = url.render_as_string(hide_password=False)
    project.environment |= {"DB_URL": url_text, "PYTHONPATH": "scripts", "PYTHONUNBUFFERED": "1"}
    (project.root / "Makefile").unlink()
    project.replace("alembic.ini", "target =", "target = mariadb 10.11 #")
    subprocess.run(["git", "init", "--quiet"], cwd=folder, check=True)
    author = ["-c", "user.name=Ann", "-c", "user.email=ann@example.org"]
    project.verb("upgrade")
    with sa.create_engine(url).begin() as connection:
        names = [f"('User{number}', now())" for number in range(ROW_COUNT)]
        connection.exec_driver_sql(
            f"INSERT INTO user (name, create_time) VALUES {', '.join(names)}"
        )
        connection.exec_driver_sql("ANALYZE TABLE user")
    for name, parent, doc, date, body, back in REVISIONS:
        text = BODY.format(name=name, parent=parent, doc=doc, date=date, body=body, back=back)
        project.write(f"alembic/versions/{name}.py", text)
    subprocess.run(["git", "add", "--all"], cwd=folder, check=True)
    subprocess.run(["git", *author, "commit", "--quiet", "-m", "x"], cwd=folder, check=True)
    recording = Recording()
    for command, kill in (
        ("lint-revisions --all", b""),
        ("plan", b""),
        ("upgrade", b"rows/s"),
        ("status", b""),
        ("upgrade", b""),
        ("history", b""),
    ):
        recording.type(f"stillroom {command}")
        recording.run(project, command.split(), kill=kill)
    return recording


def pictures(recording: Recording) -> Iterator[tuple[float, list[str]]]:
    """What is on the screen from some second on: its last rows, with the orders in them."""
    rows = [""]
    shown = -1.0
    for second, text in recording.pieces:
        for number, part in enumerate(text.split("\n")):
            if number:
                rows.append("")
            rows[-1] = (rows[-1] + part).rpartition("\r")[2]
        if second - shown >= SHORTEST:
            shown = second
            yield second, _folded(rows)
    yield recording.pieces[-1][0], _folded(rows)


def _folded(rows: Sequence[str]) -> list[str]:
    """The last rows of a screen, where what is too long goes on in the next row."""
    folded: list[str] = []
    for row in rows[-ROWS:]:
        plain = Text.from_ansi(row).plain
        if len(plain) <= COLUMNS:
            folded.append(row)
        else:  # a statement or a command: its colours do not matter
            folded += [plain[start : start + COLUMNS] for start in range(0, len(plain), COLUMNS)]
    return folded[-ROWS:]


def as_svg(recording: Recording) -> str:
    """The pictures one after the other, for ever; each row is drawn once."""
    known: dict[str, int] = {}
    groups = []
    frames = list(pictures(recording))
    end = frames[-1][0] + READING
    for number, (second, rows) in enumerate(frames):
        until = frames[number + 1][0] if number + 1 < len(frames) else end
        uses = "".join(
            f'<use href="#r{known.setdefault(row, len(known))}" y="{place * ROW_HEIGHT}"/>'
            for place, row in enumerate(rows)
            if Text.from_ansi(row).plain.strip()
        )
        shown = f'begin="t.begin+{second:.2f}s" dur="{max(until - second, 0.01):.2f}s"'
        told = f'<set attributeName="visibility" to="visible" {shown}/>{uses}'
        if number + 1 < len(frames):
            groups.append(f'<g visibility="hidden">{told}</g>')
        else:  # what is seen where pictures do not move
            before = f'begin="t.begin" dur="{second:.2f}s"'
            hidden = f'<set attributeName="visibility" to="hidden" {before}/>'
            groups.append(f"<g>{hidden}{told}</g>")
    width, height = COLUMNS * CHARACTER + 2 * MARGIN, ROWS * ROW_HEIGHT + 2 * MARGIN
    drawn = "".join(f'<text id="r{place}">{_spans(row)}</text>' for row, place in known.items())
    return (
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {width:.0f} {height}"'
        ' font-family="ui-monospace,SFMono-Regular,Menlo,Consolas,monospace" font-size="14">\n'
        "<title>lint, plan, an upgrade that is killed and continues, history</title>\n"
        f'<rect x=".5" y=".5" width="{width - 1:.0f}" height="{height - 1}" rx="8" fill="#0d1117"'
        ' stroke="#30363d"><animate id="t"'
        f' attributeName="opacity" from="1" to="1" begin="0s;t.end" dur="{end:.2f}s"/></rect>\n'
        f'<defs fill="#e6edf3">{drawn}</defs>\n'
        f'<g fill="#e6edf3" xml:space="preserve" transform="translate({MARGIN},{2 * MARGIN})">\n'
        + "\n".join(groups)
        + "\n</g>\n</svg>\n"
    )


def _spans(row: str) -> str:
    text = Text.from_ansi(row)
    drawn = ""
    for piece in text.divide(sorted({edge for span in text.spans for edge in span[:2]})):
        told = escape(piece.plain).replace(" ", "\u00a0")
        style = piece.get_style_at_offset(_CONSOLE, 0)
        number = style.color.number if style.color else None
        attributes = f' fill="{COLOURS[number]}"' if number in COLOURS else ""
        attributes += ' font-weight="bold"' if style.bold else ""
        drawn += f"<tspan{attributes}>{told}</tspan>" if attributes else told
    return drawn


def main(url: str) -> None:
    """Record, and write the picture."""
    server = sa.make_url(url)
    engine = sa.create_engine(server)
    with engine.connect() as connection, TemporaryDirectory() as name:
        connection.exec_driver_sql("DROP DATABASE IF EXISTS shop")
        connection.exec_driver_sql("CREATE DATABASE shop")
        try:
            recording = session(server.set(database="shop"), Path(name) / "shop")
        finally:
            connection.exec_driver_sql("DROP DATABASE shop")
    FILE.write_text(as_svg(recording), encoding="utf-8")


if __name__ == "__main__":
    main(sys.argv[1])
