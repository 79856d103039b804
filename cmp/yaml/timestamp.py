"""Timestamps as go-yaml recognises them (Go's time.Parse on four layouts) and prints them (RFC 3339)."""

from __future__ import annotations

import re

# Go: month, day, hour, minute, second take one or two digits; the fraction may start with a comma;
# several spaces may separate date and time; an offset needs a colon.
_STAMP = re.compile(
    r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
    r"(?:([Tt]| +)([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})?)?"
)
_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


def rfc3339(text: str) -> str | None:
    """The RFC 3339 form of a YAML timestamp, or None when go-yaml does not take `text` for one.

    An offset that Go reads and then refuses to marshal (24 hours) gives the empty string.
    """
    match = _STAMP.fullmatch(text)
    if match is None:
        return None
    year, month, day = int(match[1]), int(match[2]), int(match[3])
    if (
        not 1 <= month <= 12
        or not 1 <= day <= _DAYS[month - 1]
        or (month == 2 and day == 29 and not _leap(year))
    ):
        return None
    separator = match[4]
    if separator is None:
        return f"{year:04d}-{month:02d}-{day:02d}T00:00:00Z"
    hour, minute, second = int(match[5]), int(match[6]), int(match[7])
    if hour > 23 or minute > 59 or second > 59:
        return None
    zone = match[9]
    if (zone is None) != (separator[0] == " "):
        return None
    suffix = "Z"
    if zone and zone != "Z":
        zone_hour, zone_minute = int(zone[1:3]), int(zone[4:6])
        if zone_hour > 24 or zone_minute > 60:
            return None
        total = zone_hour * 60 + zone_minute
        if total >= 24 * 60:
            return ""
        if total:
            suffix = f"{zone[0]}{total // 60:02d}:{total % 60:02d}"
    fraction = (match[8] or "")[:9].rstrip("0")
    point = f".{fraction}" if fraction else ""
    return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}{point}{suffix}"
