"""Read and print network addresses as MariaDB's INET4 and INET6 do."""

from __future__ import annotations

import ipaddress
import re

_IPV4 = re.compile(r"(\d{1,3})\.(\d{1,3})\.(\d{1,3})\.(\d{1,3})")
_MAPPED = "::ffff:"


def ipv4_text(value: str) -> str | None:
    """An IPv4 address without leading zeros, or None for what is none."""
    match = _IPV4.fullmatch(value)
    if match is None or any(int(part) > 255 for part in match.groups()):
        return None
    return ".".join(str(int(part)) for part in match.groups())


def ipv6_text(value: str) -> str | None:
    """An IPv6 address as MariaDB prints it, or None for what is none."""
    try:
        address = ipaddress.IPv6Address(value)
    except ValueError:
        return None
    return None if "%" in value else _printed(address.packed)


def mapped_text(value: str) -> str | None:
    """An IPv4 address as an IPv6 one, which MariaDB makes of it since 11.3."""
    plain = ipv4_text(value)
    return None if plain is None else _MAPPED + plain


def address_of_bytes(packed: bytes) -> str | None:
    """The address that 4 or 16 bytes hold, or None for another number of bytes."""
    if len(packed) == 4:
        return ".".join(map(str, packed))
    return _printed(packed) if len(packed) == 16 else None


def _printed(packed: bytes) -> str:
    """With ``::`` for the longest run of zeros, the first of equals, even of a single one."""
    groups = [int.from_bytes(packed[at : at + 2], "big") for at in range(0, 16, 2)]
    start, length = _longest_zeros(groups)
    if start == 0 and (length == 6 or (length == 5 and groups[5] == 0xFFFF)):
        return (_MAPPED if length == 5 else "::") + ".".join(map(str, packed[12:]))
    digits = [f"{group:x}" for group in groups]
    if not length:
        return ":".join(digits)
    return ":".join(digits[:start]) + "::" + ":".join(digits[start + length :])


def _longest_zeros(groups: list[int]) -> tuple[int, int]:
    longest = (0, 0)
    for start in range(8):
        end = start
        while end < 8 and groups[end] == 0:
            end += 1
        if end - start > longest[1]:
            longest = (start, end - start)
    return longest
