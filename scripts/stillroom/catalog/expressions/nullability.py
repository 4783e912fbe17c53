"""Whether MySQL takes it that an expression may be NULL, which decides the place of its key.

As `SHOW INDEX` of MySQL 9.7 tells of a key on each of its functions and operators.
"""

from __future__ import annotations

from collections.abc import Sequence

from stillroom.catalog.expressions.charsets import case_groups
from stillroom.catalog.expressions.scope import Scope
from stillroom.catalog.expressions.tree import TRUTH_TESTS, Node, names

_NEVER = {*TRUTH_TESTS, "<=>", "is null", "is not null"}
_NEVER |= names("string number hex true false temporal")
_NEVER_CALLS = names("coercibility field interval pi")
# What is NULL only if one of its operands is. All that is not named here may be NULL of itself:
# a string may become too long, a date be wrong, a divisor be 0.
_OF_OPERANDS = names("row = <> < <= > >= + - * & | ^ << >> neg ~ not and or xor like regexp in")
_OF_OPERANDS |= {"between", "member of", "not between", "not in"}
_CALLS_OF_OPERANDS = names(
    "abs any_value ascii bit_count bit_length ceiling char_length coalesce crc32 degrees "
    "find_in_set floor greatest ifnull is_ipv4 is_ipv4_compat is_ipv4_mapped is_ipv6 "
    "json_overlaps least length locate make_set ord period_add period_diff radians regexp_instr "
    "regexp_like round sign strcmp truncate uncompressed_length"
)
_NUMBERS = ("signed", "unsigned", "decimal", "double", "float", "real")


def may_be_null(node: Node, scope: Scope) -> bool:
    """Whether a value of the expression may be NULL, as far as MySQL looks."""
    if node.op == "column":
        return scope.columns[node.text].nullable
    if node.op in _NEVER or (node.op == "call" and node.text in _NEVER_CALLS):
        return False
    operands = [may_be_null(arg, scope) for arg in _deciding(node)]
    if node.op == "call" and node.text in ("coalesce", "ifnull"):
        return all(operands)
    return any(operands) or not operands


def _deciding(node: Node) -> Sequence[Node]:
    """The operands on which it depends whether the result is NULL; none if it always may be."""
    match node.op:
        case "case" if node.text.endswith("else"):
            return [node.args[at] for at in case_groups(node.text, [*range(len(node.args))])[-1]]
        case "call" if node.text == "if":
            return node.args[1:]
        case "call" if node.text in _CALLS_OF_OPERANDS:
            return node.args
        case "cast" if node.text.startswith(_NUMBERS) and not node.text.endswith("array"):
            return node.args
        case op if op in _OF_OPERANDS:
            return node.args
    return ()
