"""Storage URIs: where model files lie; their grammar, placeholders, and which of them a target can read."""

from __future__ import annotations

from cmp.models.errors import ReferenceSyntaxError
from cmp.models.placeholders import has_mark, is_whole
from cmp.models.reference import is_reference

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

_BUCKET = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")
# Amazon still serves buckets that were made in us-east-1 before March 2018, under rules of those days.
_LEGACY_BUCKET = _BUCKET | frozenset("ABCDEFGHIJKLMNOPQRSTUVWXYZ_")
# Query keys of signed addresses: a secret with a date.
_SIGNATURES = ("sig=", "x-amz-signature=", "x-goog-signature=", "token=", "access_key=", "password=")
_SCHEME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789+-.")
_BLANK = frozenset((*map(chr, range(ord(" ") + 1)), "\x7f"))
# name of the scheme -> (shortest, longest, characters of a bucket's name)
_BUCKET_RULES = {
    "s3": (3, 255, _LEGACY_BUCKET),
    "s3a": (3, 255, _LEGACY_BUCKET),
    "gs": (3, 222, _BUCKET | {"_"}),
}


def check(uri: str) -> None:
    """Raise `ReferenceSyntaxError` unless `uri` is a place to read from; the message never repeats it."""
    if not uri:
        raise ReferenceSyntaxError("the URI is empty")
    if not _BLANK.isdisjoint(uri):
        raise ReferenceSyntaxError("a URI must not hold blanks or control characters")
    if is_reference(uri):
        raise ReferenceSyntaxError(
            "this is a model reference, not a place to read from",
            hint="put it under ref and run cmpctl models lock",
        )
    # kustomize's vars and Kubernetes' $(VAR) in env values, and what envsubst would take.
    if "$(" in uri or "${" in uri:
        raise ReferenceSyntaxError("a URI must not hold variables: Kubernetes or kustomize would expand them")
    scheme, colon, rest = uri.partition(":")
    if not colon:
        raise ReferenceSyntaxError(
            "a URI starts with a scheme",
            hint="such as s3://BUCKET/PATH; a model of the Hugging Face Hub is hf://ORGANISATION/MODEL",
        )
    if not _SCHEME.issuperset(scheme.lower()) or not scheme[:1].isalpha():
        raise ReferenceSyntaxError("the scheme of a URI consists of letters, digits, `+`, `-` and `.`")
    if not rest.startswith("//"):
        if rest.startswith("/"):
            raise ReferenceSyntaxError("a storage URI has two slashes after its scheme")
        return  # an rclone remote, `remote:path`, as Seldon reads it
    _check_authority(scheme.lower(), rest[2:])


def _check_authority(scheme: str, rest: str) -> None:
    authority, _, path = rest.partition("/")
    # Azure writes CONTAINER@ACCOUNT; elsewhere an `@` follows a user name and password.
    if "@" in authority and scheme not in ("wasbs", "wasb", "abfss", "abfs"):
        raise ReferenceSyntaxError(
            "a URI must not hold credentials", hint="give them to the storage Secret of the serving platform"
        )
    query = path.partition("?")[2].lower()
    if any(part.startswith(_SIGNATURES) for part in query.split("&")):
        raise ReferenceSyntaxError(
            "a URI must not hold credentials", hint="signed addresses expire; use a plain one"
        )
    if not authority and scheme != "file":
        raise ReferenceSyntaxError("the bucket or host is missing")
    # `..` would pass a check by prefix: s3://allowed/../other; encoded dots too, where a client decodes them.
    segments = path.split("?")[0].rstrip("/").split("/") if path.strip("/") else []
    if any(
        segment in ("", ".", "..") or segment.lower() in ("%2e%2e", "%2e.", ".%2e") for segment in segments
    ):
        raise ReferenceSyntaxError("the path must not hold empty, `.` or `..` segments")
    if path and not path.strip("/"):
        raise ReferenceSyntaxError("the path consists of slashes only")
    rules = _BUCKET_RULES.get(scheme)
    if rules is None:
        return
    shortest, longest, characters = rules
    if (
        not shortest <= len(authority) <= longest
        or not characters.issuperset(authority)
        or not (authority[0].isalnum() and authority[-1].isalnum())
        or ".." in authority
    ):
        raise ReferenceSyntaxError(
            f"the bucket name is not valid: {shortest} to {longest} letters, digits, dots, hyphens, `_`"
            + (", lower-case" if scheme == "gs" else "")
        )
    if authority.isupper() and "BUCKET" in authority:
        raise ReferenceSyntaxError("the bucket name is a placeholder", hint="give the real one")


def is_bare_bucket(uri: str) -> bool:
    """Whether `uri` names a bucket and nothing in it."""
    scheme, separator, rest = uri.partition("://")
    return bool(separator) and scheme in _BUCKET_RULES and "/" not in rest.rstrip("/")


def is_placeholder(uri: str) -> bool:
    """Whether `uri` is the text of a template that was never filled in."""
    return has_mark(uri)


def is_unfilled(text: str) -> bool:
    """Whether `text` has a mark of a template, or is a common placeholder and nothing else."""
    return has_mark(text) or is_whole(text)


def masked(uri: str) -> str:
    """`uri` as reports show it: the scheme and nothing else."""
    scheme, separator, _ = uri.partition("://")
    return f"{scheme}://***" if separator else "***"


def masked_in(text: str, shown: Callable[[str, str], str] | None = None) -> str:
    """`text` with every URI in it masked likewise.

    shown: what stands for a URI of a scheme and what follows it, where a report says more than the scheme.
    """
    from cmp.regex import compile_pattern

    found = compile_pattern(r"\b([a-z][a-z0-9+.-]*)://([^\s\"',}\]]+)")
    if shown is None:
        return found.sub(r"\1://***", text)
    parts, done = [], 0
    for match in found.finditer(text):
        parts += [text[done : match.start()], shown(match.group(1), match.group(2))]
        done = match.end()
    return "".join((*parts, text[done:]))
