"""Timestamps as go-yaml recognises them (Go's time.Parse on four layouts) and prints them (RFC 3339)."""

from __future__ import annotations

import re

_DAYS = (31, 29, 31, 30, 31, 30, 31, 31, 30, 31, 30, 31)


def _leap(year: int) -> bool:
    return year % 4 == 0 and (year % 100 != 0 or year % 400 == 0)


class Stamp:
    """The parts of a timestamp, checked. date: year, month, day. clock: hour, minute, second.

    clock is midnight for a date alone. fraction: its digits, at most nine, no zeros at the end.
    zone: sign and minutes, None for UTC or none.
    """

    __slots__ = ("clock", "date", "fraction", "zone")

    def __init__(
        self,
        date: tuple[int, int, int],
        clock: tuple[int, int, int] = (0, 0, 0),
        fraction: str = "",
        zone: tuple[str, int] | None = None,
    ) -> None:
        self.date = date
        self.clock = clock
        self.fraction = fraction
        self.zone = zone

    def text(self) -> str:
        """The RFC 3339 form."""
        year, month, day = self.date
        hour, minute, second = self.clock
        point = f".{self.fraction}" if self.fraction else ""
        suffix = "Z"
        if self.zone:
            sign, minutes = self.zone
            suffix = f"{sign}{minutes // 60:02d}:{minutes % 60:02d}"
        return f"{year:04d}-{month:02d}-{day:02d}T{hour:02d}:{minute:02d}:{second:02d}{point}{suffix}"


def parse(text: str) -> Stamp | None:
    """The timestamp that go-yaml takes `text` for, or None."""
    if text[4:5] != "-":
        return None
    # Go: month, day, hour, minute, second take one or two digits; the fraction may start with a comma;
    # several spaces may separate date and time; an offset needs a colon. Compiled when the first text comes:
    # few documents have any, and it takes a millisecond.
    match = re.fullmatch(
        r"([0-9]{4})-([0-9]{1,2})-([0-9]{1,2})"
        r"(?:([Tt]| +)([0-9]{1,2}):([0-9]{1,2}):([0-9]{1,2})(?:[.,]([0-9]+))?(Z|[+-][0-9]{2}:[0-9]{2})?)?",
        text,
    )
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
        return Stamp((year, month, day))
    hour, minute, second = int(match[5]), int(match[6]), int(match[7])
    if hour > 23 or minute > 59 or second > 59:
        return None
    found = match[9]
    if (found is None) != (separator[0] == " "):
        return None
    zone = None
    if found and found != "Z":
        zone_hour, zone_minute = int(found[1:3]), int(found[4:6])
        if zone_hour > 24 or zone_minute > 60:
            return None
        total = zone_hour * 60 + zone_minute
        zone = (found[0], total) if total else None
    fraction = (match[8] or "")[:9].rstrip("0")
    return Stamp((year, month, day), (hour, minute, second), fraction, zone)


def rfc3339(text: str) -> str | None:
    """The RFC 3339 form of a YAML timestamp, or None when go-yaml does not take `text` for one.

    An offset that Go reads and then refuses to marshal (24 hours) gives the empty string.
    """
    stamp = parse(text)
    if stamp is None:
        return None
    return "" if stamp.zone and stamp.zone[1] >= 24 * 60 else stamp.text()
