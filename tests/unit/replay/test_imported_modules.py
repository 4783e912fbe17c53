"""What counts of a module that env.py imports."""

from textwrap import dedent

import pytest

from stillroom.replay.imported_modules import read


def rest(text: str) -> str:
    return read(dedent(text).encode()).rest


@pytest.mark.parametrize(
    "text",
    [
        '"""A docstring."""',
        "from app.user import User\nimport json",
        "__all__ = ['User']",
        "class User(Base):\n    __tablename__ = 'user'",
        "class Named:\n    name: Mapped[str] = mapped_column(String(9))",
        "class Named(Base):\n    id = sa.Column(sa.Integer)",
        "links = sa.Table('links', metadata)",
    ],
)
def test_tables_and_imports_do_not_count(text: str) -> None:
    assert rest(text) == ""


@pytest.mark.parametrize(
    "text",
    [
        "metadata = MetaData(naming_convention=NAMES)",
        "class Base(DeclarativeBase):\n    metadata = MetaData()\n    id = Column(Integer)",
        "class Money(TypeDecorator):\n    impl = Numeric",
        "@compiles(Money)\ndef compiled(element, compiler): ...",
        "@traced\nclass User(Base):\n    __tablename__ = 'user'",
        "event.listen(Engine, 'connect', f)",
        "not Python",
    ],
)
def test_all_else_counts(text: str) -> None:
    assert rest(text) != ""
    assert rest(text) == rest(f"{text}\nfrom a import b") or text == "not Python"


def test_what_a_module_imports() -> None:
    text = "import a.b\nfrom . import c\nfrom ..d import e\ndef f():\n    from g.h import i"
    assert set(read(text.encode()).imports) == {"a.b", ".", ".c", "..d.", "..d.e", "g.h.", "g.h.i"}
