"""ModelLock: where each reference pointed when it was locked, by model name, with a digest each."""

from __future__ import annotations

from cmp.models.config import TOP_FIELDS, check_uri, top
from cmp.yaml.strict import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from cmp.kustomize.resource import Resource
    from cmp.models.config import MaskTest

# What the digest covers: everything that says which version it is. `uri` is left out, since it is usually
# encrypted and may be mapped to another bucket by a promotion without being another version.
DIGEST_FIELDS = ("ref", "registry", "model", "version", "runId", "tags", "podDigest")
OTHER_FIELDS = ("uri", "uriDigest", "digest", "lockedAt", "lockedBy")
REQUIRED_FIELDS = ("ref", "uri", "digest")
SPEC_FIELDS = ("entries",)
# The format of digests, in front of them. Those of 0.1 have none: pods carried the digest of the whole entry.
FORMAT = "v2:"


class Entry:
    """One locked model: strings, and the mapping `tags`.

    digest: `sha256:` and 64 hexadecimal digits, after the format's name since 0.2. pod_digest: what pods
    carry as long as the version stays, where it was taken over from a lock of 0.1; else empty. uri_digest:
    that of the URI, in a lock that is not encrypted.
    """

    __slots__ = (
        "digest",
        "locked_at",
        "locked_by",
        "model",
        "node",
        "pod_digest",
        "ref",
        "registry",
        "run_id",
        "tags",
        "uri",
        "uri_digest",
        "version",
    )

    def __init__(self, node: Node, is_masked: MaskTest) -> None:
        self.node = node
        given = node.fields(DIGEST_FIELDS + OTHER_FIELDS)
        for key in REQUIRED_FIELDS:
            if key not in given:
                raise node.error(f"the field {key!r} is missing", hint="run cmpctl models lock OVERLAY")
        self.ref = given["ref"].string()
        self.uri = check_uri(given["uri"], is_masked)
        self.registry = given["registry"].string() if "registry" in given else ""
        self.model = given["model"].string() if "model" in given else ""
        self.version = given["version"].string() if "version" in given else ""
        self.run_id = given["runId"].string() if "runId" in given else ""
        self.tags = given["tags"].strings(empty=True) if "tags" in given else {}
        self.locked_at = given["lockedAt"].string() if "lockedAt" in given else ""
        self.locked_by = given["lockedBy"].string() if "lockedBy" in given else ""
        self.pod_digest = given["podDigest"].string() if "podDigest" in given else ""
        self.uri_digest = given["uriDigest"].string() if "uriDigest" in given else ""
        self.digest = given["digest"].string()
        # Not a signature: it finds merges and edits by hand that mix two versions.
        expected = digest(self.identity())
        if self.digest.removeprefix(FORMAT) != expected and not is_masked(self.digest):
            raise given["digest"].error(
                "the digest does not fit the entry: it was edited by hand or merged badly",
                hint="run cmpctl models lock OVERLAY",
            )
        told = self.uri_digest
        if told and not is_masked(told) and not is_masked(self.uri) and told != text_digest(self.uri):
            raise given["uriDigest"].error(
                "the digest does not fit the uri: it was edited by hand or merged badly",
                hint="run cmpctl models lock OVERLAY",
            )

    def identity(self) -> dict[str, str | dict[str, str]]:
        """The part that the digest covers."""
        return {
            "ref": self.ref,
            "registry": self.registry,
            "model": self.model,
            "version": self.version,
            "runId": self.run_id,
            "tags": self.tags,
            "podDigest": self.pod_digest,
        }

    @property
    def old(self) -> bool:
        """Whether its digest has the format of 0.1."""
        return not self.digest.startswith(FORMAT)

    def version_digest(self, asked: Iterable[str] = ()) -> str:
        """What pods carry: it changes with the model, its version or run, or a tag that is asked for.

        asked: the names of the tags that the policy requires.
        """
        if self.old:
            return self.digest
        tags = {key: self.tags[key] for key in asked if key in self.tags}
        return self.pod_digest or digest(
            {"model": self.model, "version": self.version, "runId": self.run_id, "tags": tags}
        )


class ModelLock:
    """A ModelLock resource: entries by model name."""

    __slots__ = ("entries", "name", "node", "resource")

    def __init__(self, resource: Resource, is_masked: MaskTest) -> None:
        self.resource = resource
        self.name = resource.name
        self.node = top(resource, TOP_FIELDS)
        spec = self.node.fields(TOP_FIELDS).get("spec")
        entries = spec.fields(SPEC_FIELDS).get("entries") if spec else None
        self.entries = (
            {name: Entry(node, is_masked) for name, node in entries.entries().items()} if entries else {}
        )


def digest(identity: Mapping[str, str | Mapping[str, str]]) -> str:
    """`sha256:` and the SHA-256 of the identity as JSON: no empty fields, keys sorted, no blanks, UTF-8."""
    return text_digest(canonical({key: value for key, value in identity.items() if value}))


def text_digest(text: str) -> str:
    """`sha256:` and the SHA-256 of a string in UTF-8."""
    from cmp.digests import sha256_hex

    return "sha256:" + sha256_hex(text.encode())


def canonical(value: str | Mapping[str, str] | Mapping[str, str | Mapping[str, str]]) -> str:
    """JSON of strings and mappings: keys sorted, no blanks, only quotes, backslashes and controls escaped."""
    from _json import encode_basestring  # the accelerator alone: importing `json` would cost start-up time

    if isinstance(value, str):
        return encode_basestring(value)
    return "{" + ",".join(f"{encode_basestring(key)}:{canonical(value[key])}" for key in sorted(value)) + "}"
