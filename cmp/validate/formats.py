"""The formats and patterns of strings in structural schemas (k8s.io/kube-openapi/pkg/validation/strfmt).

A format that is not here is not looked at, as an API server does not look at it.
"""

from __future__ import annotations

import ipaddress

from cmp.regex import full_matcher, searcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_DATE = "[0-9]{4}-(?:0[1-9]|1[0-2])-(?:0[1-9]|[12][0-9]|3[01])"
_TIME = "[0-9]{2}:[0-9]{2}:[0-9]{2}(?:[.][0-9]{1,9})?(?:Z|[+-][0-9]{2}:?[0-9]{2})"
_AMOUNT = "(?:[0-9]+(?:[.][0-9]*)?|[.][0-9]+)"
# Go's and RE2's syntax
_PATTERNS = {
    "byte": "(?:[A-Za-z0-9+/]{4})*(?:[A-Za-z0-9+/]{2}==|[A-Za-z0-9+/]{3}=)?",
    "date": _DATE,
    "date-time": f"{_DATE}T{_TIME}",
    "datetime": f"{_DATE}T{_TIME}",
    # time.ParseDuration, and Scala's words
    "duration": f"[+-]?(?:0|(?:{_AMOUNT}(?:ns|us|µs|μs|ms|s|m|h))+)|"
    "[0-9]+ *(?:d|days?|hrs?|hours?|mins?|minutes?|secs?|seconds?|millis?|milliseconds?|w|weeks?)",
    "uuid": "(?i)[0-9a-f]{8}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{4}-?[0-9a-f]{12}",
}


def _is_address(text: str, version: int) -> bool:
    try:
        return ipaddress.ip_address(text).version == version
    except ValueError:
        return False


def _is_cidr(text: str) -> bool:
    try:
        ipaddress.ip_network(text, strict=False)
    except ValueError:
        return False
    return "/" in text


def is_uri(text: str) -> bool:
    """net/url.ParseRequestURI: an absolute address, or a path from the root."""
    scheme, colon, _ = text.partition(":")
    absolute = bool(colon) and scheme[:1].isalpha() and all(c.isalnum() or c in "+-." for c in scheme)
    return (text.startswith("/") or absolute) and " " not in text


_FUNCTIONS: dict[str, Callable[[str], bool]] = {
    "cidr": _is_cidr,
    "ipv4": lambda text: _is_address(text, 4),
    "ipv6": lambda text: _is_address(text, 6),
    "uri": is_uri,
}


def fits(name: str, text: str) -> bool:
    """Whether a string has a format."""
    if name in _PATTERNS:
        return full_matcher(_PATTERNS[name])(text)
    return name not in _FUNCTIONS or _FUNCTIONS[name](text)


def matches(pattern: str, text: str) -> bool:
    """Whether a Go pattern is found in a string; `RegexError` for one that does not compile."""
    return searcher(pattern)(text)
