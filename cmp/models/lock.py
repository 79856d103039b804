"""ModelLock: where each reference pointed when it was locked, by model name, with a digest each."""

from __future__ import annotations

from cmp.models.config import check_uri, top
from cmp.models.strict import Node

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cmp.kustomize.resource import Resource
    from cmp.models.config import MaskTest

# What the digest covers: everything that says which version it is. `uri` is left out, since it is usually
# encrypted and may be mapped to another bucket by a promotion without being another version.
DIGEST_FIELDS = ("ref", "registry", "model", "version", "runId", "tags")
OTHER_FIELDS = ("uri", "digest", "lockedAt", "lockedBy")


class Entry:
    """One locked model. Texts; `tags` is a mapping. digest: `sha256:` and 64 hexadecimal digits."""

    __slots__ = (
        "digest",
        "locked_at",
        "locked_by",
        "model",
        "node",
        "ref",
        "registry",
        "run_id",
        "tags",
        "uri",
        "version",
    )

    def __init__(self, node: Node, is_masked: MaskTest) -> None:
        self.node = node
        given = node.fields(DIGEST_FIELDS + OTHER_FIELDS)
        for key in ("ref", "uri", "digest"):
            if key not in given:
                raise node.error(f"the field {key!r} is missing", hint="run cmpctl models lock")
        self.ref = given["ref"].text()
        self.uri = check_uri(given["uri"], is_masked)
        self.registry = given["registry"].text() if "registry" in given else ""
        self.model = given["model"].text() if "model" in given else ""
        self.version = given["version"].text() if "version" in given else ""
        self.run_id = given["runId"].text() if "runId" in given else ""
        self.tags = plain_texts(given["tags"]) if "tags" in given else {}
        self.locked_at = given["lockedAt"].text() if "lockedAt" in given else ""
        self.locked_by = given["lockedBy"].text() if "lockedBy" in given else ""
        self.digest = given["digest"].text()
        expected = digest(self.identity())
        if self.digest != expected and not is_masked(self.digest):
            raise given["digest"].error(
                "the digest does not fit the entry: it was edited by hand or merged badly",
                hint="run cmpctl models lock",
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
        }


def plain_texts(node: Node) -> dict[str, str]:
    """Like `Node.texts`, but values may be empty: tags often are."""
    result = {}
    for key, each in node.entries().items():
        if not isinstance(each.value, str):
            raise each.error("expected a text", hint="put it in quotes")
        result[key] = each.value
    return result


class ModelLock:
    """A ModelLock resource: entries by model name."""

    __slots__ = ("entries", "name", "node", "resource")

    def __init__(self, resource: Resource, is_masked: MaskTest) -> None:
        self.resource = resource
        self.name = resource.name
        self.node = top(resource, ("apiVersion", "kind", "metadata", "spec"))
        spec = self.node.fields(("apiVersion", "kind", "metadata", "spec")).get("spec")
        entries = spec.fields(("entries",)).get("entries") if spec else None
        self.entries = (
            {name: Entry(node, is_masked) for name, node in entries.entries().items()} if entries else {}
        )


def digest(identity: Mapping[str, str | Mapping[str, str]]) -> str:
    """`sha256:` and the SHA-256 of the identity as JSON: no empty fields, keys sorted, no blanks, UTF-8."""
    import hashlib

    text = canonical({key: value for key, value in identity.items() if value})
    return "sha256:" + hashlib.sha256(text.encode()).hexdigest()


def canonical(value: str | Mapping[str, str] | Mapping[str, str | Mapping[str, str]]) -> str:
    """JSON of texts and mappings: keys sorted, no blanks, only quotes, backslashes and controls escaped."""
    from _json import encode_basestring  # the accelerator alone: importing `json` would cost start-up time

    if isinstance(value, str):
        return encode_basestring(value)
    return "{" + ",".join(f"{encode_basestring(key)}:{canonical(value[key])}" for key in sorted(value)) + "}"
