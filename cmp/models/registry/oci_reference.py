"""References to models in OCI registries: `oci://HOST/REPOSITORY:TAG`, `@sha256:DIGEST` in place of the tag.

The grammar is that of the OCI distribution specification, "Pulling manifests"; the host must be written, as
a name without one means another registry to each tool.
"""

from __future__ import annotations

from cmp.lighttyping import NamedTuple
from cmp.models.errors import ReferenceSyntaxError

FORM = "oci://HOST/REPOSITORY:TAG or oci://HOST/REPOSITORY@sha256:DIGEST"
_LOWER = frozenset("abcdefghijklmnopqrstuvwxyz0123456789")
_TAG = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.-")
_HOST = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-:[]")
_HEX = frozenset("0123456789abcdef")
MAX_NAME, MAX_TAG = 255, 128
DOCKER_HUB = "docker.io"


class OciReference(NamedTuple):
    """host: as written, with its port. repository: the name in that registry. tag, digest: one is empty."""

    host: str
    repository: str
    tag: str
    digest: str

    def __str__(self) -> str:
        return f"oci://{self.name}" + (f"@{self.digest}" if self.digest else f":{self.tag}")

    @property
    def name(self) -> str:
        """Host and repository."""
        return f"{self.host}/{self.repository}"


def parse(ref: str) -> OciReference:
    """The parts of a reference; `ReferenceSyntaxError` says what is wrong with it."""
    rest = ref.removeprefix("oci://")
    if rest == ref:
        raise ReferenceSyntaxError("oci: is followed by two slashes", hint=FORM)
    host, slash, name = rest.partition("/")
    if not slash or not _is_host(host):
        raise ReferenceSyntaxError(
            "the host of the registry is missing", hint=f"{FORM}; Docker's is docker.io"
        )
    name, at, digest = name.partition("@")
    repository, _, tag = name.partition(":")
    if at and not is_digest(digest):
        raise ReferenceSyntaxError("a digest is sha256: and 64 lower-case hexadecimal digits", hint=FORM)
    if at and tag:
        raise ReferenceSyntaxError("a tag and a digest exclude each other", hint=FORM)
    if not at and not _is_tag(tag):
        raise ReferenceSyntaxError(
            "a tag is 1 to 128 letters, digits, `_`, `.` and `-`",
            hint=f"{FORM}; write :latest if you mean it",
        )
    if len(host) + len(repository) > MAX_NAME or not all(map(_is_part, repository.split("/"))):
        raise ReferenceSyntaxError(
            "a repository consists of lower-case letters and digits, with `.`, `_`, `__` or `-` between them"
        )
    if host == DOCKER_HUB and "/" not in repository:
        repository = f"library/{repository}"
    return OciReference(host, repository, "" if at else tag, digest)


def is_digest(text: str) -> bool:
    """Whether `text` is a SHA-256 digest."""
    algorithm, _, rest = text.partition(":")
    return algorithm == "sha256" and len(rest) == 64 and _HEX.issuperset(rest)


def _is_host(text: str) -> bool:
    """Docker's rule: what has a dot or a port, or is `localhost`, is a host and no part of the name."""
    known = "." in text or ":" in text or text == "localhost"
    name, colon, port = text.rpartition(":") if not text.endswith("]") else (text, "", "")
    right = not colon or (port.isdecimal() and port.isascii() and 0 < int(port[:6]) < 65536)
    return known and right and _HOST.issuperset(text) and (name or text)[0] not in ".-:"


def _is_tag(text: str) -> bool:
    return 0 < len(text) <= MAX_TAG and _TAG.issuperset(text) and text[0] not in ".-"


def _is_part(text: str) -> bool:
    """One component of a name: runs of letters and digits, joined by `.`, `_`, `__` or hyphens."""
    if not text or text[0] not in _LOWER or text[-1] not in _LOWER:
        return False
    joint = ""
    for character in text:
        if character in _LOWER:
            if joint not in ("", ".", "_", "__") and joint.strip("-"):
                return False
            joint = ""
        elif character in "._-":
            joint += character
        else:
            return False
    return True
