"""Convert literal defaults to the column's type, as the server stores and prints them."""

from __future__ import annotations

import re
import struct
from decimal import ROUND_HALF_UP, Context, Decimal, InvalidOperation, localcontext
from itertools import pairwise

from stillroom.catalog import error_numbers as er
from stillroom.catalog.errors import Unsupported
from stillroom.catalog.messages import refusal
from stillroom.catalog.model import DataType
from stillroom.catalog.parser.syntax import Literal
from stillroom.catalog.quoting import quoted_string
from stillroom.catalog.record import record
from stillroom.catalog.session import Session
from stillroom.catalog.target import Target
from stillroom.catalog.types.addresses import (
    address_of_bytes,
    ipv4_text,
    ipv6_text,
    mapped_text,
)
from stillroom.catalog.types.dates import date_text, datetime_text, time_text
from stillroom.catalog.types.kinds import integer_bytes, is_blob, is_integer, is_string

_NUMBER = re.compile(r"\s*([+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?)\s*\Z")
_MONTHS = {"date": date_text, "datetime": datetime_text, "timestamp": datetime_text}


# More digits than a DECIMAL (65) or a DOUBLE (309) has; Python's own 28 would round.
_EXACT = Context(prec=400)


class _Invalid(Exception):
    """The literal has no value of that type."""


@record
class LiteralDefault:
    """Turns the literal of one column into the text that SHOW CREATE TABLE prints for it."""

    column: str
    type: DataType
    target: Target
    session: Session
    statement: str

    def text(self, literal: Literal) -> str:
        """SQL behind DEFAULT. Raises error 1067 for a value that the type cannot hold."""
        try:
            with localcontext(_EXACT):
                return self._text(literal)
        except (_Invalid, InvalidOperation):  # the second one of a number with too many digits
            raise refusal(er.INVALID_DEFAULT, self.column) from None

    def _text(self, literal: Literal) -> str:
        kind = self.type
        if kind.name == "bit":
            return self._bit(literal)
        if is_integer(kind) or kind.name in ("decimal", "float", "double", "year"):
            number = self._padded(self._number(literal))
            return number if self.target.mariadb else f"'{number}'"
        if kind.name in _MONTHS or kind.name == "time":
            return quoted_string(self._moment(literal))
        if kind.name == "enum":
            return quoted_string(self._member(literal))
        if kind.name == "set":
            return quoted_string(self._set(literal))
        if is_string(kind) and not is_blob(kind):
            return quoted_string(self._string(literal))
        if is_string(kind) and literal.kind == "string":
            return quoted_string(literal.value)
        if is_blob(kind) and literal.kind != "string":
            return self._as_written(literal)
        if kind.name in ("binary", "varbinary") or is_blob(kind):
            return self._binary(literal)
        return self._of_another_type(literal)

    def _of_another_type(self, literal: Literal) -> str:
        """The default of a type that has no kin."""
        match self.type.name:
            case "uuid":
                return quoted_string(self._uuid(literal))
            case "inet4" | "inet6":
                return quoted_string(self._address(literal))
            case "vector":
                return self._vector(literal)
        raise Unsupported(
            self.statement,
            literal.position,
            f"a literal default of type {self.type.name} is not supported",
        )

    @staticmethod
    def _as_written(literal: Literal) -> str:
        """MariaDB keeps the default of a BLOB or TEXT as an expression."""
        if literal.kind == "hex":
            return f"0x{literal.value.lower()}"
        if literal.kind == "hex string":
            return f"X'{literal.value.lower()}'"
        if literal.kind == "bit":
            size = max(1, -(-len(literal.value) // 8))
            return f"0x{int(literal.value or '0', 2):0{2 * size}x}"
        return literal.value

    # numbers

    def _decimal(self, literal: Literal) -> Decimal:
        if literal.kind in ("hex", "bit"):
            return Decimal(int(literal.value or "0", 16 if literal.kind == "hex" else 2))
        value = self._characters(literal) if literal.kind == "hex string" else literal.value
        match = _NUMBER.match(value)
        if match is None:
            raise _Invalid
        try:
            return Decimal(match.group(1))
        except InvalidOperation:
            raise _Invalid from None

    def _number(self, literal: Literal) -> str:
        kind, value = self.type, self._decimal(literal)
        if kind.unsigned and value < 0:
            raise _Invalid
        if is_integer(kind):
            return self._integer(value)
        if kind.name == "year":
            return self._year(literal, value)
        if kind.scale is not None:
            whole = value.quantize(Decimal(1).scaleb(-kind.scale), rounding=ROUND_HALF_UP)
            if abs(whole) >= Decimal(10) ** ((kind.length or 0) - kind.scale):
                raise _Invalid
            return f"{whole:f}"
        return self._float(float(value))

    def _integer(self, value: Decimal) -> str:
        whole = int(value.to_integral_value(rounding=ROUND_HALF_UP))
        bits = 8 * integer_bytes(self.type.name)
        low, high = (
            (0, 2**bits - 1) if self.type.unsigned else (-(2 ** (bits - 1)), 2 ** (bits - 1) - 1)
        )
        if not low <= whole <= high:
            raise _Invalid
        return str(whole)

    def _year(self, literal: Literal, value: Decimal) -> str:
        year = int(value)
        if year == 0:
            text = literal.kind == "string" and len(literal.value.strip()) < 4
            return "2000" if text else "0000"
        if year < 100:
            year += 2000 if year < 70 else 1900
        if not 1901 <= year <= 2155:
            raise _Invalid
        return str(year)

    def _float(self, value: float) -> str:
        if self.type.name == "float":
            try:
                value = struct.unpack("f", struct.pack("f", value))[0]
            except OverflowError:
                raise _Invalid from None
            text = f"{value:.5e}"
        else:
            text = f"{Decimal(repr(value)):e}"
        if not value:
            return "0"
        digits, _, exponent = text.lower().partition("e")
        if "." in digits:
            digits = digits.rstrip("0").rstrip(".")
        power = int(exponent or 0)
        if power >= 15:
            return f"{digits}e{power}"
        if power < -9:
            raise Unsupported(
                self.statement, 0, "a very small number as a default is not supported"
            )
        return f"{Decimal(digits).scaleb(power):f}"

    def _padded(self, number: str) -> str:
        if not self.type.zerofill:
            return number
        if self.type.name == "decimal":
            length, scale = self.type.length or 0, self.type.scale or 0
            return number.zfill(length + (1 if scale else 0))
        width = self.type.length or {"float": 12, "double": 22}[self.type.name]
        return number.zfill(width)

    def _uuid(self, literal: Literal) -> str:
        """MariaDB takes the digits with any dashes, and prints five groups."""
        packed = self._packed(literal)
        digits = literal.value.replace("-", "").lower() if packed is None else packed.hex()
        if not re.fullmatch("[0-9a-f]{32}", digits):
            raise _Invalid
        ends = (0, 8, 12, 16, 20, 32)
        return "-".join(digits[start:end] for start, end in pairwise(ends))

    def _packed(self, literal: Literal) -> bytes | None:
        """The bytes of a binary literal; None for a string, which is read as text."""
        if literal.kind == "string":
            return None
        if literal.kind not in ("hex", "hex string", "bit"):
            raise _Invalid
        return self._characters(literal).encode(errors="surrogateescape")

    def _address(self, literal: Literal) -> str:
        packed = self._packed(literal)
        if packed is not None:
            if len(packed) != (4 if self.type.name == "inet4" else 16):
                raise _Invalid
            text = address_of_bytes(packed)
        elif self.type.name == "inet4":
            text = ipv4_text(literal.value)
        else:
            text = ipv6_text(literal.value)
            if text is None and self.target.mariadb_from(11, 3):
                text = mapped_text(literal.value)
        if text is None:
            raise _Invalid
        return text

    def _vector(self, literal: Literal) -> str:
        packed = self._packed(literal)
        if packed is None or len(packed) != 4 * (self.type.length or 0):
            raise _Invalid
        return f"x'{packed.hex()}'"

    def _bit(self, literal: Literal) -> str:
        if literal.kind in ("string", "hex string"):
            data = self._characters(literal).encode(errors="surrogateescape")
            value = int.from_bytes(data, "big")
        else:
            value = int(self._decimal(literal).to_integral_value(rounding=ROUND_HALF_UP))
        if value < 0 or value.bit_length() > (self.type.length or 1):
            raise _Invalid
        return f"b'{value:b}'"

    # moments

    def _moment(self, literal: Literal) -> str:
        if literal.kind in ("hex", "hex string", "bit", "boolean"):
            raise Unsupported(
                self.statement,
                literal.position,
                "a default like this for a date or time is not supported",
            )
        digits = self.type.length or 0
        if self.type.name == "time":
            moment = time_text(literal.value, digits)
            if moment is None:
                raise _Invalid
            return moment
        invalid = "ALLOW_INVALID_DATES" in self.session.sql_mode and self.type.name != "timestamp"
        moment = _MONTHS[self.type.name](literal.value, digits, invalid=invalid)
        if moment is None:
            raise _Invalid
        if moment.startswith("0000-00-00"):
            if self._forbids("NO_ZERO_DATE"):
                raise _Invalid
            return moment
        if "-00" in moment[:10]:
            return self._with_zero(moment)
        if self.type.name == "timestamp":
            self._check_timestamp(moment, literal)
        return moment

    def _forbids(self, mode: str) -> bool:
        """Whether such dates are errors: on MariaDB for defaults even if not strict."""
        modes = self.session.sql_mode
        return bool({mode, "TRADITIONAL"} & modes) and (self.session.strict or self.target.mariadb)

    def _with_zero(self, moment: str) -> str:
        """A date whose month or day is zero; MySQL makes zeros of it where it is only warned."""
        zero = re.sub(r"\d", "0", moment)
        if self._forbids("NO_ZERO_IN_DATE"):
            raise _Invalid
        if self.type.name == "timestamp":
            if self.target.mariadb or self.session.strict:
                raise _Invalid
            return zero
        return zero if "NO_ZERO_IN_DATE" in self.session.sql_mode else moment

    def _check_timestamp(self, moment: str, literal: Literal) -> None:
        """That it lies within the range, wherever the server's clock stands."""
        last = "2106-02-07 06:28:15" if self.target.mariadb_from(11, 5) else "2038-01-19 03:14:07"
        if "1970-01-01 14:00:01" <= moment < last[:10]:
            return
        if moment < "1969-12-31 10:00:00" or moment[:4] > last[:4]:
            raise _Invalid
        raise Unsupported(
            self.statement,
            literal.position,
            "a TIMESTAMP near the end of its range is not supported",
        )

    # strings

    def _characters(self, literal: Literal) -> str:
        if literal.kind in ("hex", "hex string"):
            return bytes.fromhex(literal.value.rjust(-(-len(literal.value) // 2) * 2, "0")).decode(
                errors="surrogateescape"
            )
        if literal.kind == "bit":
            value = int(literal.value or "0", 2)
            return value.to_bytes(max(1, -(-len(literal.value) // 8)), "big").decode(
                errors="surrogateescape"
            )
        if literal.kind == "number":
            return self._number_as_text(literal.value)
        return literal.value

    @staticmethod
    def _number_as_text(text: str) -> str:
        if "e" in text.lower():
            return f"{Decimal(text):f}"
        sign = "-" if text.startswith("-") else ""
        digits = text.lstrip("+-")
        if digits.startswith("."):
            digits = "0" + digits
        return sign + digits

    def _string(self, literal: Literal) -> str:
        value = self._characters(literal)
        limit = self.type.length
        if self.type.name == "char":
            value = value.rstrip(" ")
        elif limit is not None and len(value) > limit and not value[limit:].strip(" "):
            value = value[:limit]
        if limit is not None and len(value) > limit:
            raise _Invalid
        return value

    def _binary(self, literal: Literal) -> str:
        value = self._characters(literal)
        size = len(value.encode(errors="surrogateescape"))
        limit = self.type.length
        if limit is not None and size > limit:
            raise _Invalid
        if self.type.name == "binary" and limit is not None:
            value += "\0" * (limit - size)
        if self.target.mariadb_from(11) and not is_blob(self.type):
            return f"x'{value.encode(errors='surrogateescape').hex().upper()}'"
        if any("\udc80" <= character <= "\udcff" for character in value):  # no UTF-8
            if self.target.mysql:
                return f"0x{value.encode(errors='surrogateescape').hex().upper()}"
            raise Unsupported(
                self.statement, literal.position, "a default with these bytes is not supported"
            )
        if not value.isprintable() and value.strip("\0") != value.replace("\0", ""):
            raise Unsupported(
                self.statement, literal.position, "a default with these bytes is not supported"
            )
        return quoted_string(value)

    def _member(self, literal: Literal) -> str:
        if literal.kind == "number":
            raise _Invalid
        value = self._characters(literal).rstrip(" ")
        sensitive = (self.type.collation or "").endswith(("_bin", "_cs")) or (
            self.type.collation == "binary"
        )
        for member in self.type.values:
            if member == value or (not sensitive and member.casefold() == value.casefold()):
                return member
        raise _Invalid

    def _set(self, literal: Literal) -> str:
        if literal.kind == "number":
            raise _Invalid
        if not literal.value:
            return ""
        chosen = {self._member(Literal("string", part)) for part in literal.value.split(",")}
        return ",".join(value for value in self.type.values if value in chosen)
