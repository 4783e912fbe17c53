"""The verbs: what each does and takes, for ``--help`` and for ``make help``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal, NamedTuple

from stillroom.shell import Value


class Verb(NamedTuple):
    """``takes`` are its usual arguments, as make takes them; ``example`` has some of them.

    ``room`` is the room of `stillroom.commands` that its module is in. ``scope`` is what the verb
    works on in a project that has several databases, where none is named: each of them, one that
    has to be named, or the project. What is not needed
    ``often`` has no line of its own in the overview, which fits a screen.
    """

    room: str
    summary: str
    takes: str = ""
    example: Mapping[str, Value] = {}
    scope: Literal["each", "one", "project"] = "one"
    often: bool = True


VERBS = {
    "init": Verb("setup", "create what alembic/ and alembic.ini lack", scope="project"),
    "adopt": Verb(
        "setup",
        "set up an existing project, showing each change",
        "[dry_run=1]",
        example={"dry_run": True},
        scope="each",
    ),
    "migrate": Verb(
        "database",
        "update the database; with m, write a revision first",
        '[m="…"]',
        example={"m": "add last_login to user"},
        scope="each",
    ),
    "revision": Verb(
        "revisions",
        "write the revision that the models need",
        'm="…"',
        example={"m": "add last_login to user"},
    ),
    "merge": Verb(
        "revisions",
        "join the heads of the history in one revision",
        'm="…"',
        example={"m": "join the branches"},
    ),
    "rebase": Verb("revisions", "move unpushed revisions after the other head", "[head=…]"),
    "squash": Verb(
        "revisions", "make one revision of all up to rev", "rev=…", example={"rev": "1975ea83b712"}
    ),
    "upgrade": Verb(
        "database", "run the revisions up to rev", "[rev=head]", example={"rev": "+1"}, scope="each"
    ),
    "downgrade": Verb(
        "database", "go back to base, a revision, -1, -2 …", "rev=…", example={"rev": "-1"}
    ),
    "plan": Verb(
        "database",
        "show what an upgrade would do, its cost and losses",
        "[rev=head from=…]",
        example={"from": "base"},
        scope="each",
    ),
    "status": Verb("database", "show where the database is, and what is wrong", scope="each"),
    "doctor": Verb("setup", "check the setup, with a remedy for each problem", scope="each"),
    "resume": Verb("database", "finish a half-applied revision"),
    "repair": Verb(
        "database",
        "show a half-applied revision; correct its journal",
        '[done="3 4"]',
        example={"done": ["3", "4"]},
    ),
    "current": Verb("database", "show the revision that the database is at", scope="each"),
    "history": Verb("revisions", "list all revisions", scope="each"),
    "heads": Verb("revisions", "show the newest revision", scope="each"),
    "stamp": Verb(
        "database",
        "record a revision in the database, run nothing",
        "rev=…",
        example={"rev": "head"},
    ),
    "sql": Verb(
        "database",
        "print the upgrade as a script for a client",
        "[rev=head from=…]",
        example={"rev": "head"},
    ),
    "check": Verb(
        "checks",
        "fail if the models need a revision that is missing",
        "[full=1]",
        example={"full": True},
        scope="each",
    ),
    "lint-revisions": Verb(
        "checks",
        "report dangerous statements in staged revisions",
        example={"all": True},
        scope="each",
    ),
    "report": Verb(
        "checks",
        "describe a branch for a pull request",
        "[from=…]",
        example={"from": "main"},
    ),
    "compatible": Verb(
        "checks",
        "tell whether another release runs on these tables",
        "[with=…]",
        example={"with": "v1.4"},
        often=False,
    ),
    "baseline": Verb(
        "checks",
        "accept today's differences of models and revisions",
        scope="each",
        often=False,
    ),
    "schema": Verb(
        "revisions",
        "print the tables as they are at rev",
        "[rev=head]",
        example={"rev": "head"},
        often=False,
    ),
    "diagram": Verb(
        "revisions",
        "draw the tables, or their changes",
        "[from=…]",
        example={"tables": "user*", "format": "svg"},
        often=False,
    ),
    "pages": Verb(
        "revisions",
        "write the schema as one HTML page",
        example={"output": "schema.html"},
        often=False,
    ),
    "snapshot": Verb(
        "revisions", "write schema.sql, the tables at head", scope="each", often=False
    ),
    "diff": Verb(
        "revisions",
        "show what changes from one state to another",
        "from=… [to=head]",
        example={"from": "base"},
        often=False,
    ),
    "load": Verb(
        "database",
        "fill an empty database from schema.sql",
        "[rows=skip]",
        example={"rows": "skip"},
        often=False,
    ),
    "fleet": Verb(
        "database",
        "plan, upgrade or show many databases of one history",
        "[rev=head]",
        example={"action": "upgrade", "waves": "1, 10 %, rest"},
        often=False,
    ),
    "completion": Verb(
        "setup",
        "print what completes commands in a shell",
        "shell=…",
        example={"shell": "bash"},
        scope="project",
        often=False,
    ),
    "db-start": Verb(
        "setup", "start a private MariaDB or MySQL; print its DB_URL", scope="project"
    ),
    "db-stop": Verb("setup", "stop the private server and keep its data", scope="project"),
}


def make_target(verb: str) -> str:
    """What make calls a verb; of one with two words, the target that its example shows."""
    action = VERBS[verb].example.get("action")
    return f"{verb}-{action}" if action else verb


def module_of(verb: str) -> str:
    """The name of the module that has the arguments of a verb, and runs it."""
    return f"stillroom.commands.{VERBS[verb].room}.{verb.replace('-', '_')}"
