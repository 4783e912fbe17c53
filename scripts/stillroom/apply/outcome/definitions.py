"""Has a statement happened? Told from the definitions of what it names, before it and now.

Each DDL statement of MariaDB 10.6+ and MySQL 8 is atomic, but for those that name several
objects: MariaDB may have dropped the first table of a DROP and not the second.
"""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import dataclass, field

from stillroom.apply.gate.interception import Raw, error_code
from stillroom.apply.outcome.single_name import Witness, witness
from stillroom.apply.statements import Kind, Statement, Thing
from stillroom.catalog import with_backticks

Before = dict[str, str | None]

# Errors that come when the connection or the server dies, perhaps after the work is done.
_BROKEN = frozenset({1053, 1077, 1079, 1152, 1153, 1154, 1155, 1156, 1157, 1158, 1159, 1160, 1161})
_KILLED = 1927  # MariaDB: Connection was killed

# Column of SHOW CREATE … that holds the definition.
_COLUMN = {"TRIGGER": 2, "PROCEDURE": 2, "FUNCTION": 2, "EVENT": 3}
# No such table, database, trigger, routine, event, user; and what is no sequence or view.
_ABSENT = frozenset({1146, 1049, 1360, 1305, 1539, 1141, 1269, 3162, 4091, 4092, 1347})
_COUNTER = re.compile(r" AUTO_INCREMENT=(\d+)(?=[ \n]|$)")
_AGAIN = frozenset(
    {"ANALYZE", "OPTIMIZE", "REPAIR", "CHECK", "FLUSH", "GRANT", "REVOKE", "SET"}
    | {"CACHE", "RESET", "PURGE", "INSTALL"}
)


@dataclass(frozen=True)
class Verdict:
    """What became of a statement: ``done`` True or False, or None: only a person can tell.

    ``rest`` are the statements that complete one that was done in part. ``why`` says what
    was compared.
    """

    done: bool | None
    why: str
    rest: tuple[str, ...] = field(default=())


def definition(raw: Raw, thing: Thing) -> str | None:
    """The text of ``SHOW CREATE``, None if the object is not there."""
    kind = "TABLE" if thing.kind == "VIEW" else thing.kind
    try:
        rows = raw.execute(f"SHOW CREATE {kind} {thing.name}")
    except Exception as failure:
        if error_code(failure) in _ABSENT:
            return None
        raise
    column = _COLUMN.get(kind, len(rows[0]) - 1 if kind == "USER" else 1)
    text = rows[0][column]
    text = text.decode() if isinstance(text, bytes) else str(text)
    # The session decides about the quotes, and a revision may change it. Bodies stay as they are.
    return with_backticks(text) if kind == "TABLE" else text


def without_counter(text: str | None) -> str | None:
    """The definition without AUTO_INCREMENT=n, which other sessions move."""
    return None if text is None else _COUNTER.sub("", text)


def counter(text: str) -> int:
    """The next AUTO_INCREMENT value that a definition tells."""
    found = _COUNTER.search(text)
    return int(found[1]) if found else 1


def definitions(raw: Raw, statement: Statement) -> Before:
    """The definitions of all that the statement names, by kind and name."""
    return {_key(thing): definition(raw, thing) for thing in statement.things}


def take(raw: Raw, statement: Statement) -> Before:
    """The state of all that the statement names: ``{"TABLE `t`": definition or None}``.

    Nothing, if one name is witness enough.
    """
    if witness(statement) is not None:
        return {}
    before = definitions(raw, statement)
    if statement.verb == "TRUNCATE":
        table = statement.things[0].name
        before["rows"] = str(raw.value(f"SELECT COUNT(*) FROM (SELECT 1 FROM {table} LIMIT 1) x"))
        before["id"] = _table_id(raw, table)
    elif statement.kind is Kind.DML:
        for thing in statement.things:
            before["checksum " + thing.name] = _checksum(raw, thing)
    elif not statement.things:
        before["schema"] = _schema(raw)
    return before


def settle(raw: Raw, statement: Statement, before: Before) -> Verdict:
    """What became of a statement that was begun, of which nobody saw the end."""
    if "fact" in before:
        return _settle_fact(raw, before)
    if statement.verb in _AGAIN:
        return Verdict(False, "running it again changes nothing")
    if statement.kind is Kind.CALL:
        return Verdict(None, "a routine may commit half of its work")
    if statement.verb == "TRUNCATE":
        return _settle_truncate(raw, statement, before)
    simple = witness(statement)
    if simple is not None:
        done = simple.verdict(definition(raw, statement.things[0]))
        return Verdict(done, simple.why(done))
    now = take(raw, statement)
    if statement.kind is Kind.DML:
        same = all(now[key] == before[key] for key in before if key.startswith("checksum"))
        if same:
            return Verdict(False, "the rows of the table are as they were before it")
        return Verdict(None, "the table is not transactional, and its rows have changed")
    if "EXCHANGE" in statement.words or "TABLESPACE" in statement.words:
        return Verdict(None, "it leaves no trace in the definition of a table")
    settler: Callable[[Statement, Before, Before], Verdict] = {
        "CREATE": _settle_create,
        "DROP": _settle_drop,
        "RENAME": _settle_rename,
    }.get(statement.verb, _settle_other)
    return settler(statement, before, now)


def _settle_fact(raw: Raw, before: Before) -> Verdict:
    """A script, which has no definitions, notes what to look for."""
    kind, table, name = (str(before[key]) for key in ("fact", "table", "name"))
    if kind == "again":
        return Verdict(False, "running it again gives the same table")
    if kind == "rows":
        empty = not raw.execute(f"SELECT 1 FROM {_quoted(table)} LIMIT 1")
        why = "the table is empty" if empty else "the table has rows: old ones, or new ones"
        return Verdict(False if empty else None, why)
    if kind.isupper():
        there = definition(raw, Thing(kind, _quoted(name))) is not None
        done = there is bool(before["there"])
        return Verdict(done, f"{kind.lower()} {name} is {'' if there else 'not '}there")
    simple = Witness(kind, name, bool(before["there"]))
    if (kind, name) == ("index", "PRIMARY"):
        simple = Witness("primary", there=bool(before["there"]))
    done = simple.verdict(definition(raw, Thing("TABLE", _quoted(table))))
    return Verdict(done, simple.why(done))


def _quoted(name: str) -> str:
    return "`" + name.replace("`", "``") + "`"


def was_refused(failure: BaseException) -> bool:
    """Whether the server itself said no: then nothing has happened. Else nobody knows."""
    code = error_code(failure)
    if code is None:
        return isinstance(failure, ValueError | TypeError)
    return code >= 1000 and not 2000 <= code < 3000 and code not in _BROKEN and code != _KILLED


def _key(thing: Thing) -> str:
    return f"{thing.kind} {thing.name}"


def _same(before: str | None, now: str | None) -> bool:
    return without_counter(before) == without_counter(now)


def _settle_other(statement: Statement, before: Before, now: Before) -> Verdict:
    if all(_same(before[key], now[key]) for key in before):
        return Verdict(False, "all that it names is as it was before it")
    return Verdict(True, "what it names has changed")


def _settle_create(statement: Statement, before: Before, now: Before) -> Verdict:
    if statement.things and statement.things[0].kind != "TABLE":
        return _settle_other(statement, before, now)
    if "INDEX" not in statement.words[:4] and any(now[key] is None for key in now):
        return Verdict(False, "what it creates is not there")
    return _settle_other(statement, before, now)


def _settle_drop(statement: Statement, before: Before, now: Before) -> Verdict:
    if "INDEX" in statement.words[:4] or not statement.things:
        return _settle_other(statement, before, now)
    there = [thing for thing in statement.things if before[_key(thing)] is not None]
    left = [thing for thing in there if now[_key(thing)] is not None]
    if not left:
        return Verdict(bool(there), "what it drops is gone" if there else "nothing was there")
    if len(left) == len(there):
        return Verdict(False, "what it drops is still there")
    rest = tuple(f"DROP {thing.kind} {thing.name}" for thing in left)
    return Verdict(True, f"{len(there) - len(left)} of {len(there)} are gone", rest)


def _settle_rename(statement: Statement, before: Before, now: Before) -> Verdict:
    """Renames run from left to right: find after how many of them things look as they do now."""
    names = [_key(thing) for thing in statement.things]
    pairs = list(zip(names[::2], names[1::2], strict=False))
    state = {key: _nameless(text) for key, text in before.items()}
    seen = {key: _nameless(text) for key, text in now.items()}
    fits = [0] if state == seen else []
    for count, (old, new) in enumerate(pairs, start=1):
        state[new], state[old] = state[old], None
        if state == seen:
            fits.append(count)
    if len(fits) != 1:
        return Verdict(None, "the tables look alike, or somebody else has changed them")
    if fits[0] in (0, len(pairs)):
        return Verdict(bool(fits[0]), f"{fits[0]} of {len(pairs)} renames have happened")
    things = statement.things[fits[0] * 2 :]
    left = zip(things[::2], things[1::2], strict=True)
    rest = tuple(f"RENAME TABLE {old.name} TO {new.name}" for old, new in left)
    return Verdict(True, f"{fits[0]} of {len(pairs)} renames have happened", rest)


def _nameless(text: str | None) -> str | None:
    """A definition without the table's own name, and without names that follow a rename."""
    if text is None:
        return None
    body = re.sub(r"^(CREATE \w+) `(?:[^`]|``)*`", r"\1", without_counter(text) or "")
    return re.sub(r"CONSTRAINT `(?:[^`]|``)*`|REFERENCES `(?:[^`]|``)*`", "", body)


def _settle_truncate(raw: Raw, statement: Statement, before: Before) -> Verdict:
    now = take(raw, statement)
    if before["id"] is not None and now["id"] is not None and before["id"] != now["id"]:
        return Verdict(True, "the table has been made anew")
    if now["rows"] == "0":
        return Verdict(False, "the table is empty, so that nothing is lost by running it again")
    if before["id"] is not None and before["id"] == now["id"]:
        return Verdict(False, "the table is still the one that it was before")
    if before["rows"] == "0":
        return Verdict(True, "the table was empty before it")
    return Verdict(None, "the table has rows: old ones, or new ones that others have written since")


def _table_id(raw: Raw, table: str) -> str | None:
    """InnoDB's number of the table, which TRUNCATE changes; None without the PROCESS privilege."""
    parts = [part.replace("``", "`") for part in table.strip("`").split("`.`")]
    schema = parts[0] if len(parts) > 1 else str(raw.value("SELECT DATABASE()"))
    for view in ("INNODB_TABLES", "INNODB_SYS_TABLES"):
        try:
            found = raw.value(
                f"SELECT table_id FROM information_schema.{view} WHERE name = %s",
                (f"{schema}/{parts[-1]}",),
            )
            return None if found is None else str(found)
        except Exception as failure:
            # 1109: the other server's view; 1227: not ours to see.
            if error_code(failure) not in (1109, 1227):
                raise
    return None


def _checksum(raw: Raw, thing: Thing) -> str:
    return str(raw.execute(f"CHECKSUM TABLE {thing.name}")[0][1])


def _schema(raw: Raw) -> str:
    """All objects of the database by name: for a statement that names nothing we know of."""
    rows = raw.execute(
        "SELECT 'table', table_name FROM information_schema.tables"
        " WHERE table_schema = DATABASE() AND table_name NOT LIKE 'stillroom%'"
        " UNION ALL SELECT 'routine', routine_name FROM information_schema.routines"
        " WHERE routine_schema = DATABASE()"
        " UNION ALL SELECT 'trigger', trigger_name FROM information_schema.triggers"
        " WHERE trigger_schema = DATABASE() ORDER BY 1, 2"
    )
    return "; ".join(f"{kind} {name}" for kind, name in rows)
