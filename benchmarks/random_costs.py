"""The cost of random ALTER TABLEs by our rules, against what real servers accept on empty clones.

Servers are given by STILLROOM_TEST_URLS, blanks between them; STILLROOM_RANDOM_COSTS is the
number of statements that each is asked about, 1,000 by default, and STILLROOM_SEED the first seed.
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from random import Random

from benchmarks._timing import table
from stillroom.catalog import Catalog, CatalogError, Session, Target, execute
from stillroom.catalog.parser.statements import parse
from stillroom.catalog.session import DEFAULT_SCHEMA
from stillroom.findings import Place
from stillroom.lint.cost_probe import agree, cost_probe
from stillroom.lint.executed import RevisionStatement
from tests.support.generators.random_ddl import RandomDDL
from tests.support.servers import target_of

STATEMENTS = 14
SHOWN = 40


def main() -> None:
    """Ask each server, and print how often it agrees, and where it does not."""
    wanted = int(os.environ.get("STILLROOM_RANDOM_COSTS", "1000"))
    seed = int(os.environ.get("STILLROOM_SEED", "1"))
    urls = os.environ.get("STILLROOM_TEST_URLS", "").split()
    if not urls:
        print("set STILLROOM_TEST_URLS to the URLs of servers to ask")
        return
    rows, details = [], []
    for url in urls:
        target = target_of(url)
        asked = refused = same = 0
        with cost_probe(url, target) as server:
            for statement in _revision_statements(target, seed):
                answer = server.ask(statement)
                if answer is None or statement.cost is None:
                    continue
                if answer.error is not None and statement.cost.error is None:
                    refused += 1  # data, or a foreign key: not a matter of cost
                    continue
                asked += 1
                if agree(statement.cost, answer):
                    same += 1
                else:
                    details.append(_shown(statement, str(answer)))
                if asked >= wanted:
                    break
        rows.append((target, asked, same, asked - same, f"{same / asked:.1%}", refused))
    print(table(("server", "asked", "equal", "different", "share", "refused"), rows))
    print("\n".join(details[:SHOWN]))


def _revision_statements(target: Target, seed: int) -> Iterator[RevisionStatement]:
    """Random statements for ever, with the catalogs around them, that the catalog takes."""
    while True:
        catalog, session = Catalog.empty(target), Session.default(target)
        writer = RandomDDL(Random(seed), target, DEFAULT_SCHEMA)  # noqa: S311 - no secret
        for _ in range(STATEMENTS):
            sql = writer.statement(catalog)
            try:
                outcome = execute(catalog, sql, session)
                statement = parse(sql, target, session.sql_mode)
            except CatalogError:
                continue
            revision_statement = RevisionStatement(
                sql, "ddl", Place("random"), catalog, outcome.catalog, session, statement
            )
            if revision_statement.cost is not None:
                yield revision_statement
            catalog, session = outcome.catalog, outcome.session
        seed += 1


def _shown(statement: RevisionStatement, answer: str) -> str:
    assert statement.change is not None
    why = statement.cost.why if statement.cost else ""
    create = statement.change.before.create_statement
    rules = f"{statement.cost} ({why})"
    return f"\n{statement.target}: {answer}; the rules: {rules}\n{statement.sql}\n{create}"


if __name__ == "__main__":
    main()
