"""What all registry clients read from environment variables, and how."""

from __future__ import annotations

from cmp.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

TIMEOUT, RETRIES = "CMP_REGISTRY_TIMEOUT", "CMP_REGISTRY_RETRIES"
TRUE = frozenset(("1", "true", "yes"))


def split_credentials(address: str) -> tuple[str, str, str]:
    """(address without them, user, password) of an address that may hold `user:password@`."""
    from urllib.parse import unquote, urlsplit, urlunsplit

    parts = urlsplit(address)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", "")), user, password


def header(name: str, value: str) -> str:
    """`value` without blanks around; `UsageError`, which never repeats it, where no header can carry it."""
    value = value.strip()
    if any(not " " <= character <= "~" for character in value):
        raise UsageError(f"{name} holds characters that a header cannot carry")
    return value


def basic(user: str, password: str) -> str:
    """The value of an Authorization header."""
    import base64

    return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()


def number(environ: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    """A number from a variable; `UsageError` when it is not a number or out of range."""
    text = environ.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise UsageError(f"{name} must be a number") from error
    if not low <= value <= high:
        raise UsageError(f"{name} must be from {low:g} to {high:g}")
    return value


def timeout_of(environ: Mapping[str, str], own: str = "") -> float:
    """Seconds for one whole answer; own: a variable that wins."""
    general = number(environ, TIMEOUT, 10.0, 0.1, 60.0)
    return number(environ, own, general, 0.1, 60.0) if own else general


def retries_of(environ: Mapping[str, str], own: str = "") -> int:
    """How often a request is repeated; own: a variable that wins."""
    general = number(environ, RETRIES, 2, 0, 10)
    return int(number(environ, own, general, 0, 10) if own else general)
