"""Webhook configurations: where the server is, what its rules match."""

from __future__ import annotations

import re

from cmp.validate.apiserver import formats
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

# Versions of AdmissionReview of which the server must know one.
_VERSIONS = ("v1", "v1beta1")
# Lists of a rule in which * must stand alone: validateRule, validateRuleWithOperations
_ALONE = ("operations", "apiGroups", "apiVersions")
_BAD_ESCAPE = re.compile(r"%(?![0-9A-Fa-f]{2})")


def check(node: Node) -> Iterator[Problem]:
    """A problem per address, bundle, version or rule."""
    if node.type == "Webhook":
        yield from _versions(node)
    elif node.type == "WebhookClient":
        yield from _client(node)
    elif node.type == "WebhookService" and node.text("path"):
        yield from _path(node)
    elif node.type == "WebhookRule":
        yield from _rule(node)


def _versions(node: Node) -> Iterator[Problem]:
    """validateAdmissionReviewVersions."""
    versions = node.list("admissionReviewVersions")
    if versions and not any(version in versions for version in _VERSIONS):
        message = f"must hold {' or '.join(_VERSIONS)}"
        yield Problem(node.field("admissionReviewVersions"), message, f"Add {_VERSIONS[0]}.")


def _client(node: Node) -> Iterator[Problem]:
    """ValidateWebhookURL, and the bytes of a `[]byte` in JSON."""
    from cmp.validate.apiserver.data import decoded

    bundle = node.text("caBundle")
    if bundle and decoded(bundle) is None:
        yield Problem(node.field("caBundle"), "is not base64", "Encode the certificates.")
    if node.text("url") and _is_bad(node.text("url")):
        message = "must be https://HOST/PATH without user, query and fragment"
        yield Problem(node.field("url"), message, "Correct the URL.")


def _is_bad(text: str) -> bool:
    from urllib.parse import urlsplit  # for webhooks alone

    try:
        parts = urlsplit(text)
    except ValueError:
        return True
    if _BAD_ESCAPE.search(text) or " " in parts.netloc:
        return True
    return (
        parts.scheme != "https"
        or not parts.netloc
        or "@" in parts.netloc
        or bool(parts.query or parts.fragment)
    )


def _path(node: Node) -> Iterator[Problem]:
    """ValidateWebhookService."""
    path = node.text("path")
    steps = path.removeprefix("/").removesuffix("/").split("/")
    if not path.startswith("/") or (
        path != "/" and any(not step or formats.dns_subdomain(step) for step in steps)
    ):
        message = "must begin with /, and each part must be lower case letters, digits, - and ."
        yield Problem(node.field("path"), message, "Write it such as /validate.")


def _rule(node: Node) -> Iterator[Problem]:
    """validateRule, validateResources."""
    for field in _ALONE:
        if len(node.list(field)) > 1 and "*" in node.list(field):
            yield Problem(node.field(field), "must not hold * beside others", "Keep * or the others.")
    for field in ("apiVersions", "resources"):
        for index, text in node.strings(field):
            if not text:
                yield Problem(node.field(field, index), "must not be empty", "Name it, or use *.")
    resources = [text for text in node.list("resources") if isinstance(text, str)]
    if len(resources) > 1 and "*/*" in resources:
        yield Problem(node.field("resources"), "must not hold */* beside others", "Keep */* or the others.")
    elif "*" in resources and _ends_with_whole(resources):
        message = "must not hold * beside whole resources"
        yield Problem(node.field("resources"), message, "Keep * or the others.")
    seen: dict[str, int] = {}
    for index, text in node.strings("resources"):
        whole, slash, part = text.partition("/")
        covered = next((each for each in (f"{whole}/*", f"*/{part}") if each in seen), "")
        first = seen.setdefault(text, index)  # where the server sees one that stands there twice
        if slash and covered:
            yield Problem(node.field("resources", first), f"is in {covered} already", "Keep one of them.")


def _ends_with_whole(resources: list[str]) -> bool:
    """Upstream's flag, which the last resource without a part decides."""
    whole = [text for text in resources if text and "/" not in text]
    return bool(whole) and whole[-1] != "*"
