"""Storage URIs: where model files lie; their grammar, placeholders, and which of them a target can read."""

from __future__ import annotations

from cmp.models.errors import ReferenceSyntaxError
from cmp.models.reference import is_reference

# KServe's validation (pkg/apis/serving/v1beta1/component.go, pkg/utils/utils.go of 0.20, with the newer two).
KSERVE_SCHEMES = (
    *("gs", "s3", "pvc", "file", "https", "http", "hdfs", "webhdfs", "oci", "oci+native", "oci+fetch", "hf"),
    "modelscope",
)
# What shows that a template was never filled in.
PLACEHOLDERS = (
    "REPLACE_WITH_",
    "your-mlflow-bucket",
    "your-bucket",
    "<bucket>",
    "CHANGEME",
    "example-bucket",
)

_BUCKET = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-.")
# Query keys of signed addresses: a secret with a date.
_SIGNATURES = ("sig=", "x-amz-signature=", "x-goog-signature=", "token=", "access_key=", "password=")
_SCHEME = frozenset("abcdefghijklmnopqrstuvwxyz0123456789+-.")
# name of the scheme -> (shortest, longest, characters of a bucket's name)
_BUCKET_RULES = {"s3": (3, 63, _BUCKET), "gs": (3, 222, _BUCKET | {"_"}), "s3a": (3, 63, _BUCKET)}


def check(uri: str) -> None:
    """Raise `ReferenceSyntaxError` unless `uri` is a place to read from; the message never repeats it."""
    if not uri:
        raise ReferenceSyntaxError("the URI is empty")
    if any(character <= " " or character == "\x7f" for character in uri):
        raise ReferenceSyntaxError("a URI must not hold blanks or control characters")
    if is_reference(uri):
        raise ReferenceSyntaxError(
            "this is a model reference, not a place to read from",
            hint="put it under ref and run cmpctl models lock",
        )
    if "$(" in uri or "${" in uri:
        raise ReferenceSyntaxError("a URI must not hold variables: Kubernetes or kustomize would expand them")
    scheme, colon, rest = uri.partition(":")
    if not colon:
        raise ReferenceSyntaxError("a URI starts with a scheme", hint="such as s3://BUCKET/PATH")
    if not _SCHEME.issuperset(scheme.lower()) or not scheme[:1].isalpha():
        raise ReferenceSyntaxError("the scheme of a URI consists of letters, digits, `+`, `-` and `.`")
    if not rest.startswith("//"):
        if rest.startswith("/"):
            raise ReferenceSyntaxError("a storage URI has two slashes after its scheme")
        return  # an rclone remote, `remote:path`, as Seldon reads it
    _check_authority(scheme.lower(), rest[2:])


def _check_authority(scheme: str, rest: str) -> None:
    authority, _, path = rest.partition("/")
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
            f"the bucket is no valid name: {shortest} to {longest} lower-case letters, digits, dots, hyphens"
        )


def is_bare_bucket(uri: str) -> bool:
    """Whether `uri` names a bucket and nothing in it."""
    scheme, separator, rest = uri.partition("://")
    return bool(separator) and scheme in _BUCKET_RULES and "/" not in rest.rstrip("/")


def is_placeholder(uri: str) -> bool:
    """Whether `uri` is a template's text."""
    return any(mark in uri for mark in PLACEHOLDERS)


def below(uri: str, prefix: str) -> bool:
    """Whether `uri` lies at or below `prefix`; `s3://a` covers `s3://a/b`, never `s3://ab`."""
    if not uri.startswith(prefix):
        return False
    return prefix.endswith("/") or len(uri) == len(prefix) or uri[len(prefix)] == "/"


def kserve_form(uri: str) -> str:
    """`uri` as KServe reads it: Azure's `wasbs://c@account.blob...` becomes the https form it knows."""
    scheme, separator, rest = uri.partition("://")
    if separator and scheme in ("wasbs", "wasb", "abfss", "abfs"):
        authority, _, path = rest.partition("/")
        container, at, host = authority.partition("@")
        account, dot, domain = host.partition(".")
        if at and dot and domain.startswith(("blob.", "dfs.")):
            return f"https://{account}.blob.{domain.split('.', 1)[1]}/{container}/{path}".rstrip("/")
    return uri


def kserve_admits(uri: str, extra: tuple[str, ...] = ()) -> bool:
    """Whether KServe's webhook accepts `uri`; `extra`: schemes that the cluster's storage containers add."""
    scheme, separator, _ = uri.partition("://")
    return bool(separator) and (scheme in KSERVE_SCHEMES or scheme in extra)


def masked(uri: str) -> str:
    """`uri` as reports show it: the scheme and nothing else."""
    scheme, separator, _ = uri.partition("://")
    return f"{scheme}://***" if separator else "***"
