"""Random expressions over the columns a, b, u … of test_expressions."""

from __future__ import annotations

import random
import re

# What an expression may be, by kind: {n} a number, {s} a string, {m} a moment, {b} a truth value,
# {x} any of them, {w} a unit, {k} a small number.
GRAMMAR = {
    "n": """
a
b
u
big
d
f
flag
`a`
B
0
1
2
10
-1
1.5
0.50
.5
1e3
007
-2.0
0x1f
b'1'
{n1} + {n2}
{n1} - {n2}
{n1} * {n2}
{n1}/{n2}
{n1} % {n2}
{n1} mod {n2}
{n1} div {n2}
{n1} & {n2}
{n1} | {n2}
{n1} ^ {n2}
{n1} << {n2}
{n1} >> {n2}
- {n1}
~{n1}
+{n1}
({n1})
({n1} + {n2}) * {n3}
mod({n1},{n2})
abs({n1})
floor({n1})
ceil({n1})
round({n1})
round({n1}, 2)
power({n1}, 2)
greatest({n1}, {n2})
ifnull({n1}, 0)
coalesce({n1}, {n2})
nullif({n1}, {n2})
if({b1}, {n1}, {n2})
IF({n3}, {n1}, {n2})
case when {b1} then {n1} else {n2} end
case {n1} when {n2} then {n3} end
(case when {b1} then {n1} when {b2} then {n2} end)
length({s1})
char_length({s1})
octet_length({s1})
instr({s1}, {s2})
locate({s1},{s2})
position('a' in {s1})
crc32({s1})
strcmp({s1}, {s2})
year({m1})
MONTH( {m1} )
day({m1})
week({m1}, 1)
weekofyear({m1})
extract(year from {m1})
to_days({m1})
datediff({m1}, {m2})
timestampdiff(hour, {m1}, {m2})
cast({s1} as signed)
cast({n1} as decimal(10,2))
convert({s1}, unsigned)
json_length(j)
sign({n1}) + {b1}
find_in_set({s1}, {s2})
field({s1}, {s2}, {s3})
interval({n1}, {n2}, {n3})
""",
    "s": """
s
c
en
s
s
s
l1
s3
vb
'a'
''
'x%'
'it''s'
'b\\\\'
"q"
'a' 'b'
'a\\nb'
'2020-01-01'
concat({s1}, {s2})
CONCAT({s1}, ' ', {s2})
concat({n1}, {s2})
concat_ws('-', {s1}, {s2})
lower({s1})
lcase({s1})
upper({s1})
trim({s1})
trim(leading 'x' from {s1})
trim('x' from {s1})
ltrim({s1})
substring({s1}, 1, 2)
substr({s1}, 2)
substring({s1} from 2 for 3)
left({s1}, 3)
right({s1}, 3)
substring_index({s1}, '@', -1)
replace({s1}, {s2}, {s3})
lpad({s1}, 5, '0')
ifnull({s1}, '')
coalesce({s1}, {s2})
nullif({s1}, '')
if({b1}, {s1}, {s2})
case when {b1} then {s1} else {s2} end
case {s1} when {s2} then {s3} else null end
hex({s1})
sha2({s1}, 256)
cast({n1} as char)
cast({s1} as char(36))
convert({s1} using utf8mb4)
date_format({m1}, '%Y-%m')
dayofweek({m1})
json_unquote(json_extract(j, '$.a'))
({s1})
s collate utf8mb4_bin
reverse({s1})
insert({s1}, 1, 2, {s2})
elt({n1}, {s1}, {s2})
repeat({s1}, 2)
concat({b1}, {s1})
unhex({s1})
to_base64({s1})
""",
    "m": """
dt
da
dt
da
date'2020-01-01'
timestamp '2020-01-01 10:00:00'
'2021-02-03'
{m1} + interval {n1} {w1}
{m1} - interval 1 {w1}
date_add({m1}, interval {n1} {w1})
date_sub({m1}, interval {n1} {w1})
adddate({m1}, {n1})
timestampadd({w1}, {n1}, {m1})
interval {n1} {w1} + {m1}
date({m1})
cast({m1} as date)
cast({m1} as datetime(3))
last_day({m1})
timestamp({m1})
ifnull({m1}, {m2})
from_days({n1})
str_to_date({s1}, '%Y-%m-%d')
({m1})
""",
    "b": """
a > 0
flag
s <> ''
flag in (0, 1)
en in ('a','b')
a is not null
true
{n1} = {n2}
{n1} <> {n2}
{n1} != {n2}
{n1} < {n2}
{n1} >= {n2}
{n1} <=> {n2}
{s1} = {s2}
{s1} > {s2}
{m1} <= {m2}
{b1} = {b2}
({x1} is null) <> ({x2} is null)
{x1} is null
{x1} is not null
{b1} is true
{n1} is not false
{b1} is unknown
isnull({x1})
{n1} between {n2} and {n3}
{n1} not between {n2} and {n3}
{m1} between {m2} and {m3}
{n1} in ({n2})
{n1} in ({n2}, {n3})
{n1} not in ({n2}, {n3}, null)
{s1} in ({s2}, {s3})
(a, b) = ({n1}, {n2})
(a, b) in (({n1}, {n2}), (3, 4))
{s1} like {s2}
{s1} not like 'x%'
{s1} like 'x|%' escape '|'
{s1} regexp '^x'
{s1} not regexp 'x'
{s1} rlike '[0-9]+'
{b1} and {b2}
{b1} AND {b2}
{b1} && {b2}
{b1} or {b2}
{b1} or {b2} and {b3}
{b1} xor {b2}
not {b1}
NOT ({b1})
not ({b1} or {b2})
! {n1}
!({b1})
({b1})
({b1} or {b2}) and {b3}
{b1} is null or {n1}
{n1} and {b1}
json_valid({s1})
json_contains(j, '1')
""",
    "p": """
a
a % {k}
a + b * {k}
year(da)
to_days(da)
year(dt) * 100 + month(dt)
mod(abs(a), {k})
(a + b) div {k}
-a + {k}
extract(month from da)
floor(u) - {k}
dayofmonth(da) + {k} * (b - u)
""",
    "w": """
day
HOUR
month
year
minute
week
""",
    "k": """
2
3
-4
(b + 1)
""",
}
FORMS = {kind: forms.strip().splitlines() for kind, forms in GRAMMAR.items()}
FORMS["x"] = ["{n}", "{s}", "{m}", "{b}"]
KINDS = {"check": "b", "generated": "x", "default": "x", "key": "x", "partition": "p"}
FIELD = re.compile(r"{(\w)\d?}")


def random_expression(chance: random.Random, kind: str, depth: int = 4) -> str:
    """A random expression of that kind."""
    forms = FORMS[kind]
    leaves = [form for form in forms if "{" not in form]
    form = chance.choice(leaves if depth <= 0 and leaves else forms)
    return FIELD.sub(lambda field: random_expression(chance, field.group(1), depth - 1), form)
