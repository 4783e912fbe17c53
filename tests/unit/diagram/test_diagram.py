"""Diagrams: what is in them, and names that would break a careless writer of each language."""

from __future__ import annotations

import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest

from stillroom.catalog import Catalog, Session, Target, execute
from stillroom.diagram import as_dot, as_mermaid, as_svg, of_catalog, of_change
from stillroom.diagram.layout import laid_out
from stillroom.diagram.mermaid import MOST_CHARACTERS, is_too_large
from stillroom.diagram.model import Diagram, Entity, Link, Row
from stillroom.errors import StillroomError

SHOP = (
    "CREATE TABLE customer (id INT PRIMARY KEY, email VARCHAR(80) NOT NULL UNIQUE)",
    "CREATE TABLE `order` (id INT PRIMARY KEY, customer_id INT NOT NULL, total DECIMAL(10,2),"
    " note TEXT, CONSTRAINT c FOREIGN KEY (customer_id) REFERENCES customer (id))",
    "CREATE TABLE invoice (order_id INT PRIMARY KEY, paid_by INT,"
    " CONSTRAINT o FOREIGN KEY (order_id) REFERENCES `order` (id),"
    " CONSTRAINT p FOREIGN KEY (paid_by) REFERENCES customer (id))",
)
HOSTILE = (
    "CREATE TABLE `<b>x</b> & \"q\" --> }` (`pk` INT PRIMARY KEY, `1 a;--%%` ENUM('a','\"')"
    " COMMENT '</text><script>alert(1)</script> \"q\" `b` __u__ \\\\ #quot; ]]>')",
    "CREATE TABLE `emoji👩‍👧 日本` (`id` INT PRIMARY KEY, `עברית` INT COMMENT 'שלום \u202e123',"
    " `ctrl\x01` INT) COMMENT='a\nb'",
)


def catalog(*statements: str, on: Catalog | None = None) -> Catalog:
    target = Target.parse("mariadb 10.11")
    made = on or Catalog.empty(target)
    for statement in statements:
        made = execute(made, statement, Session.default(target)).catalog
    return made


def parsed(text: str) -> ElementTree.Element:
    return ElementTree.fromstring(text)  # noqa: S314  # the text is our own


def test_tables_keys_and_who_refers_to_whom() -> None:
    assert as_mermaid(of_catalog(catalog(*SHOP), "head")) == (
        "erDiagram\n"
        "    %% head\n"
        '    "customer" {\n        int id PK\n        varchar(80) email UK\n    }\n'
        '    "invoice" {\n        int order_id PK, FK\n        int paid_by FK\n    }\n'
        '    "order" {\n        int id PK\n        int customer_id FK\n'
        "        decimal(10_2) total\n        text note\n    }\n"
        '    "invoice" |o--|| "order" : "order_id"\n'
        '    "invoice" }o--o| "customer" : "paid_by"\n'
        '    "order" }o--|| "customer" : "customer_id"'
    )


def test_chosen_tables_come_with_the_names_of_those_beside_them() -> None:
    diagram = of_catalog(catalog(*SHOP), "", ["ORD*"])
    assert [(entity.name, entity.neighbour) for entity in diagram.entities] == [
        ("order", False),
        ("customer", True),
        ("invoice", True),
    ]
    assert len(diagram.links) == 2
    with pytest.raises(StillroomError, match=r"there is no table 'ordr'\n.*Did you mean order\?"):
        of_catalog(catalog(*SHOP), "", ["ordr"])


def test_a_change_shows_what_is_new_gone_and_another() -> None:
    before = catalog(*SHOP)
    after = catalog(
        "ALTER TABLE customer MODIFY email VARCHAR(90) NOT NULL, ADD tel INT, ADD INDEX ix (tel)",
        "ALTER TABLE `order` DROP COLUMN note",
        "DROP TABLE invoice",
        "CREATE TABLE tag (id INT PRIMARY KEY, o INT NOT NULL,"
        " FOREIGN KEY (o) REFERENCES `order` (id))",
        on=before,
    )
    text = as_mermaid(of_change(before, after, "change"))
    for line in (
        '"#126; customer" {',
        'varchar(90) email UK "changed: VARCHAR(80) before"',
        'int tel "new"',
        'index ix "new: (tel)"',
        'text note "gone"',
        '"- invoice" {',
        '"+ tag" {',
        '"+ tag" }o--|| "#126; order" : "o (new)"',
        '"- invoice" |o--|| "#126; order" : "order_id (gone)"',
    ):
        assert f"    {line}\n" in f"{text}\n", line
    assert "total" not in text  # it is in no key and stays
    dropped = catalog("ALTER TABLE customer DROP COLUMN email", on=before)
    assert [one.name for one in of_change(before, dropped, "").entities] == ["customer"]
    assert of_change(before, before, "").entities == ()


def test_no_name_and_no_comment_breaks_mermaid() -> None:
    text = as_mermaid(of_catalog(catalog(*HOSTILE), 'a "title" {x}'))
    word = r"[A-Za-z_\u00c0-\U0010ffff][\w()\[\]\u00c0-\U0010ffff-]*"
    quoted = r'"[^"%\\<>&\n]+"'
    row = rf" {{8}}{word} (?!(?:PK|FK|UK)\b){word}(?: (?:PK|FK|UK)(?:, [FU]K)*)?(?: {quoted})?"
    for line in text.splitlines()[2:]:
        assert re.fullmatch(rf"    {quoted} {{|    }}|{row}", line), line
    assert '_pk PK "pk"' in text
    assert "\u202e" not in text
    assert "#60;script#62;" in text


def test_no_name_and_no_comment_breaks_svg_and_dot() -> None:
    diagram = of_catalog(catalog(*HOSTILE), "<title> & \x00")
    root = parsed(as_svg(diagram))
    tags = {element.tag.partition("}")[2] for element in root.iter()}
    assert tags == {"svg", "title", "style", "g", "rect", "text"}
    texts = {element.text for element in root.iter() if element.tag.endswith("text")}
    assert {'<b>x</b> & "q" --> }', "emoji👩‍👧 日本", "עברית", r"ctrl\x01"} <= texts
    dot = as_dot(diagram)
    for label in re.findall(r"\[label=<(.*)>\];", dot):
        parsed(label)
    assert "&lt;b&gt;x&lt;/b&gt; &amp; &quot;q&quot;" in dot
    assert 'label="<title> & \\\\x00"' in dot


def many(count: int) -> Diagram:
    rows = (Row("id", "int", ("PK",)), *(Row(f"c{number}", "int") for number in range(9)))
    names = [f"a_table_with_a_long_name_{number}" for number in range(count)]
    links = tuple(
        Link(names[number], names[number // 3], "parent_id") for number in range(1, count)
    )
    return Diagram("many", tuple(Entity(name, rows) for name in names), links)


def test_of_many_tables_fewer_columns_are_shown() -> None:
    few, some, all_ = many(20), many(200), many(2000)
    assert as_mermaid(few).count(" c8") == 20
    assert (as_mermaid(some).count(" c8"), as_mermaid(some).count(" id PK")) == (0, 200)
    assert len(as_mermaid(some)) <= MOST_CHARACTERS
    text = as_mermaid(all_)
    assert "{\n" not in text
    assert is_too_large(all_, text)
    assert not is_too_large(some, as_mermaid(some))
    assert as_svg(all_).count("<g ") == 2000
    assert as_dot(all_).count(" -> ") == 1999


def test_no_tables() -> None:
    empty = of_catalog(catalog(), "base")
    assert as_mermaid(empty) == "erDiagram\n    %% base"
    assert as_dot(empty).endswith("\n}")
    parsed(as_svg(empty))


@pytest.mark.parametrize("count", [1, 2, 60, 400])
def test_no_box_stands_on_another(count: int) -> None:
    names = [str(number) for number in range(count)]
    sizes = {name: (80.0 + int(name) % 7 * 20, 30.0 + int(name) % 11 * 18) for name in names}
    edges = [(names[at], names[at * 7 % count]) for at in range(count) if at % 3]
    layout = laid_out(sizes, edges)
    boxes = [(*layout.places[name], *sizes[name]) for name in names]
    for number, (x, y, width, height) in enumerate(boxes):
        assert 0 <= x <= x + width <= layout.width + 1
        assert 0 <= y <= y + height <= layout.height + 1
        for left, top, wide, high in boxes[:number]:
            apart = x + width <= left or left + wide <= x or y + height <= top or top + high <= y
            assert apart


def test_circles_and_long_chains_have_a_place() -> None:
    chain = [str(number) for number in range(3000)]
    circle = [*pairwise(chain), (chain[-1], chain[0])]
    assert len(laid_out(dict.fromkeys(chain, (10.0, 10.0)), circle).places) == 3000
