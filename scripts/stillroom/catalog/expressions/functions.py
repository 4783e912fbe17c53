"""Which functions the server families know, how they print them, and where they refuse them."""

from __future__ import annotations

from collections.abc import Callable

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import DDLError, Unsupported
from stillroom.catalog.expressions.scope import Scope
from stillroom.catalog.expressions.tree import Node, names
from stillroom.catalog.record import replace

_MANY = 99

# name and number of arguments; `2-` is two or more. Printed as `name(…)`, in lower case.
_BOTH = """
    abs:1 acos:1 addtime:2 aes_decrypt:2 aes_encrypt:2 ascii:1 asin:1 atan:1-2 bin:1 bit_count:1
    bit_length:1 ceil:1 ceiling:1 char_length:1 character_length:1 charset:1 coalesce:1-
    coercibility:1 collation:1 compress:1 concat:1- concat_ws:2- connection_id:0 conv:3
    convert_tz:3 cos:1 cot:1 crc32:1 curdate:0 current_user:0 curtime:0-1 database:0 date:1
    datediff:2 day:1 dayname:1 dayofmonth:1 dayofweek:1 dayofyear:1 degrees:1 elt:2- exp:1
    export_set:3-5 field:2- find_in_set:2 floor:1 format:2-3 from_base64:1 from_days:1
    from_unixtime:1-2 greatest:2- hex:1 hour:1 if:3 ifnull:2 inet6_aton:1 inet6_ntoa:1
    inet_aton:1 inet_ntoa:1 insert:4 instr:2 interval:2- is_ipv4:1 is_ipv4_compat:1
    is_ipv4_mapped:1 is_ipv6:1 isnull:1 json_array:0- json_array_append:3- json_array_insert:3-
    json_contains:2-3 json_contains_path:3- json_depth:1 json_extract:2- json_insert:3-
    json_keys:1-2 json_length:1-2 json_merge_patch:2- json_merge_preserve:2- json_object:0-
    json_overlaps:2 json_quote:1 json_remove:2- json_replace:3- json_search:3- json_set:3-
    json_type:1 json_unquote:1 json_valid:1 last_day:1 lcase:1 least:2- left:2 length:1 ln:1
    localtime:0-1 localtimestamp:0-1 locate:2-3 log:1-2 log10:1 log2:1 lower:1 lpad:3 ltrim:1
    make_set:2- makedate:2 maketime:3 md5:1 microsecond:1 mid:3 minute:1 mod:2 month:1
    monthname:1 now:0-1 nullif:2 oct:1 octet_length:1 ord:1 period_add:2 period_diff:2 pi:0
    pow:2 power:2 quarter:1 quote:1 radians:1 rand:0-1 regexp_instr:2 regexp_replace:3
    regexp_substr:2 repeat:2 replace:3 reverse:1 right:2 round:1-2 rpad:3 rtrim:1 schema:0
    sec_to_time:1 second:1 session_user:0 sha1:1 sha2:2 sha:1 sign:1 sin:1 soundex:1 space:1
    sqrt:1 str_to_date:2 strcmp:2 substr:2-3 substring:2-3 substring_index:3 subtime:2
    sysdate:0-1 system_user:0 tan:1 time:1 time_format:2 time_to_sec:1 timediff:2 timestamp:1-2
    to_base64:1 to_days:1 to_seconds:1 truncate:2 ucase:1 uncompress:1 uncompressed_length:1
    unhex:1 unix_timestamp:0-1 upper:1 user:0 utc_date:0 utc_time:0-1 utc_timestamp:0-1 uuid:0
    uuid_short:0 week:1-2 weekday:1 weekofyear:1 year:1 yearweek:1-2 benchmark:2 found_rows:0
    get_lock:2 is_free_lock:1 is_used_lock:1 last_insert_id:0-1 load_file:1 release_lock:1
    row_count:0 sleep:1
"""
_MARIADB = """
    date_format:2-3 json_compact:1 json_detailed:1 json_exists:2 json_loose:1 json_pretty:1
    json_query:2 json_value:2 lengthb:1 nvl:2 nvl2:3 sys_guid:0
"""
_MYSQL = """
    date_format:2 any_value:1 bin_to_uuid:1-2 is_uuid:1 json_pretty:1 json_storage_size:1
    regexp_like:2-3  statement_digest:1 uuid_to_bin:1-2
"""

_SAME = {  # what both print for it
    "ceil": "ceiling",
    "character_length": "char_length",
    "current_date": "curdate",
    "current_time": "curtime",
    "day": "dayofmonth",
    "mid": "substr",
    "power": "pow",
    "schema": "database",
    "session_user": "user",
    "substring": "substr",
    "system_user": "user",
}
_MARIADB_NAMES = _SAME | {
    "length": "octet_length",
    "lengthb": "octet_length",
    "lower": "lcase",
    "upper": "ucase",
    "now": "current_timestamp",
    "localtime": "current_timestamp",
    "localtimestamp": "current_timestamp",
    "json_pretty": "json_detailed",
    "nvl": "ifnull",
    "sha1": "sha",
}
_MYSQL_NAMES = _SAME | {
    "current_timestamp": "now",
    "lcase": "lower",
    "localtime": "now",
    "localtimestamp": "now",
    "octet_length": "length",
    "sha1": "sha",
    "ucase": "upper",
}

# Functions that may stand without parentheses.
BARE = names(
    "current_date current_time current_timestamp current_user localtime localtimestamp "
    "utc_date utc_time utc_timestamp"
)
# Not native functions to the parser if a space stands before their parenthesis.
NO_SPACE = names(
    "adddate cast count curdate curtime date_add date_sub extract max mid min now position "
    "session_user subdate substr substring sum sysdate system_user trim"
)
AGGREGATES = names(
    "avg bit_and bit_or bit_xor count group_concat json_arrayagg json_objectagg max min std "
    "stddev stddev_pop stddev_samp sum var_pop var_samp variance"
)
# What these return MySQL takes for a truth value as it is.
BOOLEAN = names(
    "is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 is_uuid json_contains json_contains_path "
    "json_overlaps json_valid regexp_like strcmp"
)

# What no expression may call.
_NEVER = names(
    "benchmark found_rows get_lock is_free_lock is_used_lock last_insert_id load_file release_lock "
    "row_count sleep"
)
# What only a DEFAULT may call. MariaDB computes a virtual column anew for every reader, so it
# allows there, too, what depends on the clock or the session.
_CLOCK = names("curdate curtime sysdate utc_date utc_time utc_timestamp")
_SESSION = names("connection_id current_user database rand user uuid uuid_short")
_MARIADB_FIXED = (
    _CLOCK | _SESSION | names("current_timestamp dayname from_unixtime monthname sys_guid")
)
_MYSQL_FIXED = _CLOCK | _SESSION | names("now unix_timestamp")
# Functions that take what they miss from the session, with that many arguments or fewer.
_SESSION_DEFAULTS = {"date_format": 2, "unix_timestamp": 0, "week": 1}
_PARTITIONING = names(
    "abs ceiling dayofmonth dayofweek dayofyear floor hour microsecond minute month quarter second "
    "time_to_sec to_days to_seconds unix_timestamp weekday year yearweek"
)


def _arities(*tables: str) -> dict[str, tuple[int, int]]:
    arities = {}
    for entry in " ".join(tables).split():
        name, _, count = entry.partition(":")
        low, dash, high = count.partition("-")
        arities[name] = (int(low), int(high) if high else _MANY if dash else int(low))
    return arities


ARITIES = {"mariadb": _arities(_BOTH, _MARIADB), "mysql": _arities(_BOTH, _MYSQL)}
for _known in ARITIES.values():
    _known |= {"current_date": (0, 0), "current_time": (0, 1), "current_timestamp": (0, 1)}
NAMES = {"mariadb": _MARIADB_NAMES, "mysql": _MYSQL_NAMES}


def call(name: str, *args: Node, at: int = 0) -> Node:
    """A call of a function."""
    return Node("call", args, name, at=at)


def _number(value: int) -> Node:
    return Node("number", text=str(value))


_REWRITES: dict[tuple[str, int], Callable[..., Node]] = {
    ("bin", 1): lambda x: call("conv", x, _number(10), _number(2)),
    ("date", 1): lambda x: Node("cast", (x,), "date"),
    ("datediff", 2): lambda x, y: Node("-", (call("to_days", x), call("to_days", y))),
    ("from_unixtime", 2): lambda x, y: call("date_format", call("from_unixtime", x), y),
    ("instr", 2): lambda x, y: call("locate", y, x),
    ("isnull", 1): lambda x: Node("is null", (x,)),
    ("mod", 2): lambda x, y: Node("%", (x, y)),
    ("oct", 1): lambda x: call("conv", x, _number(10), _number(8)),
    ("round", 1): lambda x: call("round", x, _number(0)),
    ("time", 1): lambda x: Node("cast", (x,), "time"),
    ("timestamp", 1): lambda x: Node("cast", (x,), "datetime"),
    ("weekofyear", 1): lambda x: call("week", x, _number(3)),
    ("yearweek", 1): lambda x: call("yearweek", x, _number(0)),
}
_MYSQL_REWRITES = _REWRITES | {("week", 1): lambda x: call("week", x, _number(0))}


def rewritten(family: str, name: str, args: tuple[Node, ...], at: int) -> Node:
    """The call as the server keeps it: synonyms resolved, defaults filled in."""
    rewrite = (_MYSQL_REWRITES if family == "mysql" else _REWRITES).get((name, len(args)))
    if rewrite is not None:
        return replace(rewrite(*args), at=at)
    return Node("call", args, NAMES[family].get(name, name), at=at)


def check(tree: Node, scope: Scope, statement: str) -> None:
    """Raise the server's error if this usage may not make one of these calls."""
    for arg in tree.args:
        check(arg, scope, statement)
    if tree.op != "call":
        return
    name, target = tree.text, scope.target
    if scope.usage == "partition" and name not in _PARTITIONING:
        if name in _MYSQL_FIXED | _MARIADB_FIXED:
            raise Unsupported(statement, tree.at, f"{name} in a partition function is not known")
        raise DDLError(
            er.PARTITION_FUNCTION_IS_NOT_ALLOWED, "This partition function is not allowed"
        )
    if name in _NEVER or _forbidden(tree, scope):
        raise scope.refused_function(name)
    if name in ("md5", "sha") and target.mysql_from(9, 6):
        raise Unsupported(statement, tree.at, "MySQL 9.6 moved this function to a component")
    if name.startswith("regexp_") and target.mysql and scope.usage == "key":
        raise Unsupported(statement, tree.at, "a regular expression in a key is not known")


def _forbidden(node: Node, scope: Scope) -> bool:
    target, usage, name = scope.target, scope.usage, node.text
    if usage not in ("check", "generated", "key"):
        return False
    if target.mysql:
        return name in _MYSQL_FIXED
    if usage == "generated" and not scope.stored:
        return False
    missing = _SESSION_DEFAULTS.get(name)
    if missing is not None and len(node.args) <= missing:
        return True
    return name in _MARIADB_FIXED or (name.startswith("aes_") and target.mariadb_from(11, 2))
