"""Functions of Kubernetes' CEL library, for cel-python: quantities, addresses, strings, lists.

Follows k8s.io/apiserver/pkg/cel/library (quantity.go, urls.go, ip.go, lists.go) and cel-go's extension for
strings. What is not here (authorizer, format, optional values, semver) is an unknown function: an expression
that calls it is never evaluated, so it neither holds nor fails.
"""

from __future__ import annotations

import importlib
import itertools
from urllib.parse import urlsplit

from cmp.quantity import parse
from cmp.validate import formats

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from decimal import Decimal
    from typing import Any


def functions() -> dict[str, Callable[..., Any]]:
    """By the name that CEL has for them; a method gets what it is called on as its first argument."""
    types = importlib.import_module("celpy.celtypes")
    boolean, integer, text, listed = types.BoolType, types.IntType, types.StringType, types.ListType
    return {
        **_quantities(boolean, integer, types.DoubleType),
        "matches": lambda subject, pattern: boolean(formats.matches(str(pattern), str(subject))),
        "isURL": lambda subject: boolean(_is_url(str(subject))),
        "url": lambda subject: _url(str(subject)),
        "getScheme": lambda url: text(url.scheme),
        "getHost": lambda url: text(url.netloc.rpartition("@")[2]),
        "getHostname": lambda url: text(url.hostname or ""),
        "getPort": lambda url: text(url.port or ""),
        "getEscapedPath": lambda url: text(url.path),
        "isIP": lambda subject: boolean(_is_ip(str(subject))),
        "isCIDR": lambda subject: boolean(formats.fits("cidr", str(subject))),
        "lowerAscii": lambda subject: text(subject.lower()),
        "upperAscii": lambda subject: text(subject.upper()),
        "trim": lambda subject: text(subject.strip()),
        "split": lambda subject, by, *most: listed(map(text, _split(str(subject), str(by), *most))),
        "join": lambda parts, by="": text(str(by).join(map(str, parts))),
        "replace": lambda subject, old, new, *most: text(
            str(subject).replace(str(old), str(new), *map(int, most))
        ),
        "substring": lambda subject, start, *end: text(_part(str(subject), int(start), *map(int, end))),
        "indexOf": lambda subject, wanted: integer(_index(subject, wanted)),
        "lastIndexOf": lambda subject, wanted: integer(subject.rfind(wanted)),
        "charAt": lambda subject, index: text(_part(str(subject), int(index), int(index) + 1)),
        "isSorted": lambda items: boolean(all(a <= b for a, b in itertools.pairwise(items))),
        "sum": lambda items: sum(items, integer(0)),
        "min": min,
        "max": max,
    }


def _quantities(boolean: Any, integer: Any, double: Any) -> dict[str, Callable[..., Any]]:
    def quantity(text: Any) -> Any:
        number = parse(str(text))
        if number is None:
            raise ValueError("not a quantity")
        return number

    def as_integer(number: Decimal) -> Any:
        if not _is_int64(number):
            raise ValueError("not a 64-bit integer")
        return integer(int(number))

    return {
        "quantity": quantity,
        "isQuantity": lambda text: boolean(parse(str(text)) is not None),
        "isGreaterThan": lambda a, b: boolean(a > b),
        "isLessThan": lambda a, b: boolean(a < b),
        "compareTo": lambda a, b: integer((a > b) - (a < b)),
        "sign": lambda number: integer((number > 0) - (number < 0)),
        "isInteger": lambda number: boolean(_is_int64(number)),
        "asInteger": as_integer,
        "asApproximateFloat": lambda number: double(float(number)),
    }


def _is_int64(number: Decimal) -> bool:
    # The range first: a quantity may have an exponent of ten digits.
    return -(2**63) <= number < 2**63 and number == int(number)


def _is_url(text: str) -> bool:
    try:
        _url(text)
    except ValueError:
        return False
    return True


def _url(text: str) -> Any:
    if not formats.is_uri(text):
        raise ValueError("not an absolute address")
    return urlsplit(text)


def _is_ip(text: str) -> bool:
    return formats.fits("ipv4", text) or formats.fits("ipv6", text)


def _split(text: str, by: str, most: int = -1) -> list[str]:
    if most == 0:
        return []
    return list(text) if not by else text.split(by, int(most) - 1 if most > 0 else -1)


def _part(text: str, start: int, end: int | None = None) -> str:
    end = len(text) if end is None else end
    if not 0 <= start <= end <= len(text):
        raise ValueError("an index is out of range")
    return text[start:end]


def _index(subject: Any, wanted: Any) -> int:
    if isinstance(subject, str):
        return subject.find(wanted)
    return subject.index(wanted) if wanted in subject else -1
