"""Parse column definitions: types, defaults and attributes."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from stillroom.catalog import error_numbers as er
from stillroom.catalog.messages import refusal
from stillroom.catalog.parser.cursor import Cursor
from stillroom.catalog.parser.data_types import GEOMETRIES, data_type
from stillroom.catalog.parser.defaults import default_value, now
from stillroom.catalog.parser.keys import check, reference
from stillroom.catalog.parser.syntax import ColumnSpec
from stillroom.catalog.record import replace


def column(cursor: Cursor) -> ColumnSpec:
    """``name type attribute …``"""
    position = cursor.position
    name = cursor.column_name()
    spec = ColumnSpec(name, data_type(cursor), position=position)
    if spec.type.name == "SERIAL":
        spec = replace(spec, nullable=False, auto_increment=True, key="UNIQUE")
    return _Attributes(cursor, spec).read()


@dataclass
class _Attributes:
    """Reads the attributes behind a type into a ColumnSpec."""

    cursor: Cursor
    spec: ColumnSpec

    def read(self) -> ColumnSpec:
        while not self.cursor.at_end and not self.cursor.at_any(",", ")", ";"):
            if self._out_of_order():
                raise self.cursor.syntax_error()
            if not (self._value() or self._key() or self._other()):
                break
        return self.spec

    def _out_of_order(self) -> bool:
        """Where MariaDB wants nothing more of that kind."""
        cursor, spec = self.cursor, self.spec
        if cursor.target.mysql:
            return spec.generated is None and spec.nullable is not None and cursor.at("AS")
        if spec.checks:
            return not cursor.at_any("FIRST", "AFTER", "REFERENCES")
        if spec.generated is not None:
            return cursor.at_any("NOT", "NULL", "DEFAULT", "PRIMARY", "ON", "AUTO_INCREMENT")
        return cursor.at_any("AS", "GENERATED") and spec != replace(
            spec, nullable=None, default=None, comment="", key=None
        )

    def _set(self, **changes: Any) -> bool:
        self.spec = replace(self.spec, **changes)
        return True

    def _value(self) -> bool:
        """NULL, DEFAULT, ON UPDATE, AUTO_INCREMENT, GENERATED."""
        cursor = self.cursor
        if cursor.accept("NOT", "NULL"):
            return self._set(nullable=False)
        if cursor.accept("NULL"):
            return self._set(nullable=True)
        if cursor.accept("DEFAULT"):
            return self._set(default=default_value(cursor))
        if cursor.at("ON", "UPDATE"):
            cursor.expect("ON", "UPDATE")
            if cursor.target.mariadb_from(11, 8) and cursor.token.value.startswith("LOCALTIME"):
                raise cursor.syntax_error()
            moment = now(cursor)
            if moment is None:
                raise cursor.syntax_error()
            return self._set(on_update=moment)
        if cursor.accept("AUTO_INCREMENT"):
            return self._set(auto_increment=True)
        if cursor.at("GENERATED") or cursor.at("AS"):
            return self._generated()
        return False

    def _generated(self) -> bool:
        cursor = self.cursor
        if cursor.accept("GENERATED"):
            cursor.expect("ALWAYS")
        cursor.expect("AS")
        if not cursor.at("("):
            raise cursor.unsupported("system versioning is not supported")
        expression = cursor.raw_parentheses()
        stored = False
        if cursor.accept_any("STORED", "PERSISTENT"):
            stored = True
        else:
            cursor.accept("VIRTUAL")
        return self._set(generated=expression, stored=stored)

    def _key(self) -> bool:
        """PRIMARY KEY, UNIQUE, KEY, CHECK, REFERENCES."""
        cursor, spec = self.cursor, self.spec
        if cursor.accept("PRIMARY"):
            cursor.expect("KEY")
            return self._set(key="PRIMARY")
        if cursor.accept("UNIQUE"):
            cursor.accept("KEY")
            return self._set(key="UNIQUE")
        if cursor.accept("KEY"):
            return self._set(key="PRIMARY")
        if cursor.at("CONSTRAINT") or cursor.at("CHECK"):
            if cursor.target.mariadb and (spec.checks or cursor.at("CONSTRAINT")):
                raise cursor.syntax_error()  # one check without a name is all that it takes
            own_check = replace(check(cursor), column=spec.name)
            return self._set(checks=(*spec.checks, own_check))
        if cursor.at("REFERENCES"):
            return self._set(reference=reference(cursor))
        return False

    def _other(self) -> bool:
        cursor, spec = self.cursor, self.spec
        if cursor.accept("COMMENT"):
            return self._set(comment=cursor.string())
        if cursor.accept("COLLATE"):
            cursor.accept("=")
            name = "binary" if cursor.accept("BINARY") else cursor.word_or_string().lower()
            return self._set(type=replace(spec.type, collation=name))
        if cursor.accept("INVISIBLE"):
            return self._set(invisible=True)
        if cursor.accept("VISIBLE"):
            return True
        if cursor.accept("SERIAL"):
            cursor.expect("DEFAULT", "VALUE")
            return self._set(auto_increment=True, nullable=False, key="UNIQUE")
        if cursor.target.mysql and cursor.accept("SRID"):
            return self._srid()
        if cursor.target.mariadb and self._of_mariadb():
            return True
        return self._ignored()

    def _of_mariadb(self) -> bool:
        cursor = self.cursor
        if cursor.accept("COMPRESSED"):
            if cursor.accept("="):
                raise cursor.unsupported("a method of compression is not supported")
            return self._set(compressed=True)
        if self.spec.generated is not None:
            return False
        if cursor.accept("WITH", "SYSTEM", "VERSIONING"):
            return self._set(versioned=True)
        if cursor.accept("WITHOUT", "SYSTEM", "VERSIONING"):
            return self._set(versioned=False)
        return False

    def _srid(self) -> bool:
        if self.spec.type.name not in GEOMETRIES:
            raise refusal(er.WRONG_USAGE, "SRID and non-geometry column")
        return self._set(type=replace(self.spec.type, srid=self.cursor.integer()))

    def _ignored(self) -> bool:
        """What NDB alone looks at: printed back in a comment, so it is not just dropped."""
        words = ("SRID", "REF_SYSTEM_ID", "WITH", "WITHOUT")
        if self.cursor.at_any(*words):  # of the other family, or out of place
            raise self.cursor.syntax_error()
        if self.cursor.at_any("COLUMN_FORMAT", "STORAGE", "ENGINE_ATTRIBUTE"):
            raise self.cursor.unsupported("an attribute for another engine is not supported")
        return False
