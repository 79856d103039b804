"""Cron schedules and time zones.

Follows `ParseStandard` of github.com/robfig/cron v3, which upstream's validateScheduleFormat calls.
"""

from __future__ import annotations

import re

from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_DAYS = ("sun", "mon", "tue", "wed", "thu", "fri", "sat")
# name, least, most, words from `least` on
_FIELDS: tuple[tuple[str, int, int, tuple[str, ...]], ...] = (
    ("minute", 0, 59, ()),
    ("hour", 0, 23, ()),
    ("day of the month", 1, 31, ()),
    ("month", 1, 12, _MONTHS),
    ("day of the week", 0, 6, _DAYS),
)
_WORDS = frozenset(("@yearly", "@annually", "@monthly", "@weekly", "@daily", "@midnight", "@hourly"))
# Go's ParseDuration.
_DURATION = r"[-+]?(?:0|(?:(?:[0-9]++(?:\.[0-9]*+)?|\.[0-9]++)(?:ns|us|\u00b5s|\u03bcs|ms|s|m|h))++)"
_EVERY = f"@every {_DURATION}"
_CURE = "Write minute, hour, day of the month, month and day of the week, such as 0 4 * * 1-5."


def check(node: Node) -> Iterator[Problem]:
    """What is wrong with a CronJob's schedule and time zone."""
    if node.type != "CronJobSpec":
        return
    schedule, zone = node.text("schedule"), node.body.get("timeZone")
    if schedule:
        wrong = _said(schedule)
        if wrong:
            yield Problem(node.field("schedule"), wrong, _CURE)
    if isinstance(zone, str) and not _is_zone(zone):
        yield Problem(
            node.field("timeZone"), "is not a time zone", "Use a name such as Europe/Berlin or Etc/UTC."
        )


def _said(schedule: str) -> str:
    if schedule.startswith(("TZ=", "CRON_TZ=")) or "TZ" in schedule:
        return "must not hold TZ or CRON_TZ; timeZone says it"
    if schedule.startswith("@"):
        known = schedule in _WORDS or re.fullmatch(_EVERY, schedule)
        return "" if known else "is not a schedule that cron knows"
    parts = schedule.split()
    if len(parts) != len(_FIELDS):
        return f"must have {len(_FIELDS)} fields, has {len(parts)}"
    for part, (name, least, most, words) in zip(parts, _FIELDS, strict=True):
        for item in part.split(","):
            if item and not _is_range(item, least, most, words):
                return f"the {name} must be from {least} to {most}, a range, or a step"
    return ""


def _is_range(item: str, least: int, most: int, words: tuple[str, ...]) -> bool:
    range_, slash, step = item.partition("/")
    if slash and not (step.isdecimal() and step.isascii() and int(step[:9]) > 0):
        return False
    parts = range_.split("-")
    if parts[0] in ("*", "?"):
        return True  # whatever stands behind it
    ends = [_value(end, least, words) for end in parts]
    if len(ends) > 2 or None in ends:
        return False
    low, high = ends[0], ends[-1] if len(ends) == 2 or not slash else most
    return low is not None and high is not None and least <= low <= high <= most


def _value(text: str, least: int, words: tuple[str, ...]) -> int | None:
    if text.lower() in words:
        return words.index(text.lower()) + least
    return int(text) if text.isdecimal() and text.isascii() and len(text) < 9 else None


def _is_zone(zone: str) -> bool:
    """validateTimeZone: a name of the IANA table, not `Local` or the empty string."""
    from zoneinfo import available_timezones

    if not zone or zone.lower() == "local":
        return False
    known = available_timezones()
    return not known or zone.removeprefix("posix/").removeprefix("right/") in known
