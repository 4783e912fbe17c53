"""Read dates and times in the many spellings that the servers accept."""

from __future__ import annotations

import re
from datetime import date

_SEPARATED = re.compile(
    r"\s*(\d{1,4})[^\w\s](\d{1,2})[^\w\s](\d{1,2})"
    r"(?:(?:T|\s+)(\d{1,2})(?::(\d{1,2})(?::(\d{1,2})(?:\.(\d*))?)?)?)?\s*\Z"
)
_COMPACT = re.compile(r"\s*(\d{4}|\d{2})(\d{2})(\d{2})(?:(\d{2})(\d{2})(\d{2})(?:\.(\d*))?)?\s*\Z")
_TIME = re.compile(r"\s*(-?)(?:(\d{1,3}):(\d{1,2})(?::(\d{1,2}))?|(\d{1,7}))(?:\.(\d*))?\s*\Z")


def _parts(text: str, *, invalid: bool = False) -> tuple[int, int, int, int, int, int, str] | None:
    """Year to second and the digits of the fraction, if the text is a moment that exists.

    ``invalid`` allows days that a month has not, up to 31: sql_mode ALLOW_INVALID_DATES.
    """
    if text.strip() == "0":
        return 0, 0, 0, 0, 0, 0, ""
    match = _SEPARATED.match(text) or _COMPACT.match(text)
    if match is None:
        return None
    numbers = [int(group or 0) for group in match.groups()[:6]]
    year, month, day, hour, minute, second = numbers
    if len(match.group(1)) <= 2 and any(numbers[:3]):
        year += 2000 if year < 70 else 1900
    if hour > 23 or minute > 59 or second > 59:
        return None
    if month and day and not invalid:
        try:
            date(year or 4, month, day)
        except ValueError:
            return None
    elif month > 12 or day > 31:
        return None
    return year, month, day, hour, minute, second, match.group(7) or ""


def _fraction(digits: str, fsp: int) -> str | None:
    """``.123``, padded or cut; None if cutting would have to round up."""
    if not fsp:
        return "" if not digits or digits[0] < "5" else None
    if len(digits) > fsp and digits[fsp] >= "5":
        return None
    return "." + digits[:fsp].ljust(fsp, "0")


def date_text(text: str, fsp: int = 0, *, invalid: bool = False) -> str | None:
    """``YYYY-MM-DD``, or None for what is no date."""
    del fsp
    parts = _parts(text, invalid=invalid)
    return None if parts is None else "{:04}-{:02}-{:02}".format(*parts[:3])


def datetime_text(text: str, fsp: int, *, invalid: bool = False) -> str | None:
    """``YYYY-MM-DD hh:mm:ss[.fraction]``, or None for what is no moment."""
    parts = _parts(text, invalid=invalid)
    fraction = None if parts is None else _fraction(parts[6], fsp)
    if parts is None or fraction is None:
        return None
    return "{:04}-{:02}-{:02} {:02}:{:02}:{:02}".format(*parts[:6]) + fraction


def time_text(text: str, fsp: int) -> str | None:
    """``hh:mm:ss[.fraction]``, or None for what is no time. ``10`` is ten seconds."""
    match = _TIME.match(text)
    if match is None:
        return None
    sign, hours, minutes, seconds, compact, digits = match.groups()
    if compact:
        padded = compact.zfill(6)
        hours, minutes, seconds = padded[:-4], padded[-4:-2], padded[-2:]
    hour, minute, second = int(hours or 0), int(minutes or 0), int(seconds or 0)
    fraction = _fraction(digits or "", fsp)
    if hour > 838 or minute > 59 or second > 59 or fraction is None:
        return None
    return f"{sign}{hour:02}:{minute:02}:{second:02}{fraction}"
