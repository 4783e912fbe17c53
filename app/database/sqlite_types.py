"""How the types of the MySQL dialect compile on SQLite.

SQLite knows five storage classes and takes any word for a type; SQLAlchemy's compiler for it knows
only the standard ones. A collation of MySQL is left out, since SQLite refuses names it lacks.
"""

from __future__ import annotations

from typing import Any

from sqlalchemy.dialects import mysql
from sqlalchemy.dialects.sqlite.base import SQLiteTypeCompiler
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.types import TypeEngine

SQLITE_TYPES: dict[type[TypeEngine[Any]], str] = {
    mysql.TINYINT: "TINYINT",
    mysql.MEDIUMINT: "MEDIUMINT",
    mysql.YEAR: "INTEGER",
    mysql.BIT: "INTEGER",
    mysql.TINYTEXT: "TEXT",
    mysql.TEXT: "TEXT",
    mysql.MEDIUMTEXT: "TEXT",
    mysql.LONGTEXT: "TEXT",
    mysql.TINYBLOB: "BLOB",
    mysql.MEDIUMBLOB: "BLOB",
    mysql.LONGBLOB: "BLOB",
    mysql.SET: "TEXT",
}


def _register(type_: type[TypeEngine[Any]], text: str) -> None:
    @compiles(type_, "sqlite")
    def compile_on_sqlite(element: Any, compiler: SQLiteTypeCompiler, **kw: Any) -> str:
        return text


for _type, _text in SQLITE_TYPES.items():
    _register(_type, _text)


@compiles(mysql.VARCHAR, "sqlite")
@compiles(mysql.CHAR, "sqlite")
@compiles(mysql.ENUM, "sqlite")
def _compile_character(
    element: mysql.VARCHAR | mysql.CHAR | mysql.ENUM, compiler: SQLiteTypeCompiler, **kw: Any
) -> str:
    return f"VARCHAR({element.length})" if element.length else "VARCHAR"
