"""RFC 3339 times as Go reads and prints them: nanoseconds, zone kept, `+00:00` printed as `Z`."""

from __future__ import annotations

import re

from cmp.errors import CmpError

_RFC3339 = re.compile(
    r"(\d{4})-(\d{2})-(\d{2})T(\d{1,2}):(\d{2}):(\d{2})(?:[.,](\d+))?(?:(Z)|([+-])(\d{2}):(\d{2}))\Z"
)
_DAYS = (31, 28, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


class TimeError(CmpError):
    """A string that is not a time."""


def parse_rfc3339(text: str) -> str:
    """`text` in canonical form, with its fraction down to nanoseconds; raises `TimeError`."""
    match = _RFC3339.match(text)
    if match is None:
        raise TimeError("not a time in RFC 3339 form")
    year, month, day, hour, minute, second, fraction, zulu, sign, zone_hour, zone_minute = match.groups()
    return canonical(
        (int(year), int(month), int(day)),
        (int(hour), int(minute), int(second)),
        fraction or "",
        None if zulu else (sign, int(zone_hour), int(zone_minute)),
    )


def canonical(
    date: tuple[int, int, int],
    clock: tuple[int, int, int],
    fraction: str,
    zone: tuple[str, int, int] | None,
) -> str:
    """The printed form of checked parts; raises `TimeError` for a date or hour that does not exist."""
    year, month, day = date
    hour, minute, second = clock
    leap = year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)
    days = _DAYS[month - 1] + (leap and month == 2) if 1 <= month <= 12 else 0
    if not 1 <= day <= days or hour > 23 or minute > 59 or second > 59:
        raise TimeError("a time that does not exist")
    if zone is not None and (zone[1] > 24 or zone[2] > 60):
        raise TimeError("a zone that does not exist")
    fraction = fraction[:9].rstrip("0")
    text = f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}"
    if fraction:
        text += f".{fraction}"
    if zone is None:
        return text + "Z"
    minutes = zone[1] * 60 + zone[2]
    if minutes == 0:
        return text + "Z"
    return f"{text}{zone[0]}{minutes // 60:02d}:{minutes % 60:02d}"


def seconds(text: str) -> str:
    """A canonical time without its fraction: Go's `time.RFC3339` layout."""
    return re.sub(r"\.\d+", "", text)
