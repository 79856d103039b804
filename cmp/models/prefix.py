"""Prefixes of storage URIs, compared as paths: by whole segments, and only where all readers agree on them.

A URI is compared, never rewritten. One that readers could take apart in different ways lies below no prefix:
`.` and `..`, empty and percent-encoded segments, backslashes, blanks, one slash after the scheme. Forms are
not mixed: `s3://a` covers neither the rclone remote `s3:a` nor the path `/a`.
"""

from __future__ import annotations

from functools import lru_cache

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import TypeAlias

    # `s3://` for URIs, `minio:` for an rclone remote, `/` for an absolute path; then the segments.
    Place: TypeAlias = tuple[str, tuple[str, ...]]

_NAME = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789+-._")
_APART = frozenset((*map(chr, range(ord(" ") + 1)), *'\x7f\\%"'))
# Of these, host names are alike in any case.
_WEB = ("http://", "https://")
AMBIGUOUS = (
    "no prefix covers a URI with `.`, `..`, empty or percent-encoded segments, a backslash, a blank, or one "
    "slash after its scheme: write the place itself"
)


@lru_cache(maxsize=1024)
def place_of(uri: str) -> Place | None:
    """The form and the segments of a URI, the bucket or host first; None when it cannot be compared."""
    if not _APART.isdisjoint(uri):
        return None
    form, rest = _form(uri)
    if not form:
        return None
    segments = rest.split("/")
    if not segments[-1]:
        segments.pop()
    first = 1 if form == "file://" else 0  # file:///x has no host
    if any(_says_nothing(segment) for segment in segments[first:]):
        return None
    if form in _WEB and segments:
        segments[0] = segments[0].lower()
    return form, tuple(segments)


def _form(uri: str) -> tuple[str, str]:
    if uri.startswith("/"):
        return "/", uri[1:]
    scheme, colon, rest = uri.partition(":")
    if not colon or not scheme or not _NAME.issuperset(scheme):
        return "", ""
    if rest.startswith("//"):
        return f"{scheme.lower()}://", rest[2:]
    return ("", "") if rest.startswith("/") else (f"{scheme}:", rest)


def _says_nothing(segment: str) -> bool:
    """Whether a reader may drop the segment or go up at it; some readers end the path at `?` or `#`."""
    return segment.partition("?")[0].partition("#")[0].partition(";")[0] in ("", ".", "..")


def below(uri: str, prefix: str) -> bool:
    """Whether `uri` lies at or below `prefix`; `s3://a` and `s3://a/` both cover `s3://a/b`, never `s3://ab`."""
    return _rest(uri, prefix) is not None


def below_any(uri: str, prefixes: Iterable[str]) -> bool:
    """Whether `uri` lies at or below one of the prefixes."""
    place = place_of(uri)
    return place is not None and any(_lies_below(place, prefix) for prefix in prefixes)


def moved(uri: str, old: str, new: str) -> str | None:
    """`uri` with the segments of `old` exchanged for those of `new`; None when it is not below `old`."""
    rest = _rest(uri, old)
    there = place_of(new)
    if rest is None or there is None:
        return None
    start = new.rstrip("/") if there[1] else there[0]
    joint = "/" if there[1] and rest else ""
    end = "/" if rest and uri.endswith("/") else ""
    return start + joint + "/".join(rest) + end


def _rest(uri: str, prefix: str) -> tuple[str, ...] | None:
    """The segments of `uri` behind those of `prefix`."""
    place, at = place_of(uri), place_of(prefix)
    if place is None or at is None or not _lies_below(place, prefix):
        return None
    return place[1][len(at[1]) :]


def _lies_below(place: Place, prefix: str) -> bool:
    at = place_of(prefix)
    return at is not None and place[0] == at[0] and place[1][: len(at[1])] == at[1]
