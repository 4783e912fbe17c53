"""The verbs: what each does and takes, for ``--help`` and for ``make help``."""

from __future__ import annotations

from collections.abc import Mapping
from typing import NamedTuple

from stillroom.shell import Value


class Verb(NamedTuple):
    """``takes`` are its usual arguments, as make takes them; ``example`` has some of them."""

    summary: str
    takes: str = ""
    example: Mapping[str, Value] = {}


VERBS = {
    "init": Verb("create what is missing of alembic/ and alembic.ini"),
    "adopt": Verb(
        "prepare an existing project, showing each change",
        "[dry_run=1]",
        example={"dry_run": True},
    ),
    "migrate": Verb(
        "update this database; with m, write the revision",
        '[m="…"]',
        example={"m": "add last_login to user"},
    ),
    "revision": Verb(
        "write the revision that the models need", 'm="…"', example={"m": "add last_login to user"}
    ),
    "merge": Verb(
        "join the heads of the history in one revision", 'm="…"', example={"m": "join the branches"}
    ),
    "rebase": Verb("move unpushed revisions behind the other head", "[head=…]"),
    "upgrade": Verb("run the revisions up to rev", "[rev=head]", example={"rev": "+1"}),
    "downgrade": Verb("go back to base, a revision, -1, -2 …", "rev=…", example={"rev": "-1"}),
    "plan": Verb(
        "show what an upgrade would do, its cost and losses",
        "[rev=head from=…]",
        example={"from": "base"},
    ),
    "status": Verb("show where the database is, and what is wrong"),
    "doctor": Verb("show what is set up and what is not, with remedies"),
    "resume": Verb("finish a half-applied revision"),
    "repair": Verb(
        "show a half-applied revision; correct its journal",
        '[done="3 4"]',
        example={"done": ["3", "4"]},
    ),
    "current": Verb("show the revision that the database is at"),
    "history": Verb("list all revisions"),
    "heads": Verb("show the newest revision"),
    "stamp": Verb(
        "set the revision of the database, running nothing", "rev=…", example={"rev": "head"}
    ),
    "sql": Verb(
        "print the upgrade as a script for a client", "[rev=head from=…]", example={"rev": "head"}
    ),
    "check": Verb("fail if the models need another revision"),
    "lint-revisions": Verb(
        "report what is dangerous in the staged revisions", example={"all": True}
    ),
    "baseline": Verb("accept today's differences of models and revisions"),
    "schema": Verb("print the tables at rev, from a replay", "[rev=head]", example={"rev": "head"}),
    "db-start": Verb("start a private MariaDB or MySQL; print its DB_URL"),
    "db-stop": Verb("stop the private server; its data stay"),
}
