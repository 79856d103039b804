"""One resource on its way through a build: its body and the history that references follow.

Upstream keeps the history in annotations under `internal.config.kubernetes.io/`; here it is fields,
written into the body only around steps that could see those annotations (a JSON patch or replacement
below `metadata.annotations`). Follows api/resource/resource.go.
"""

from __future__ import annotations

from cmp.kustomize.resid import Gvk, ResId, parse_api_version

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.yaml.value import Value


class Resource:
    """A Kubernetes object with what the build remembers about it.

    body: the object. previous: earlier (kind, name, namespace) triples, oldest first. prefixes,
    suffixes: those added, oldest first. needs_hash: a generator asked for a hash suffix. behavior:
    `unspecified`, `create`, `merge` or `replace`, of a generated resource. file: the path it was read
    from (as `Tree.display` shows it) and index: its document's place there, for messages only.
    """

    __slots__ = ("behavior", "body", "file", "index", "needs_hash", "options", "prefixes", "previous", "suffixes")

    def __init__(self, body: dict[str, Value], *, file: str = "", index: int = 0) -> None:
        self.body = body
        self.previous: list[tuple[str, str, str]] = []
        self.prefixes: list[str] = []
        self.suffixes: list[str] = []
        self.needs_hash = False
        self.behavior = "unspecified"
        self.options: dict[str, Any] = {}
        self.file = file
        self.index = index

    @property
    def kind(self) -> str:
        """`kind`, or an empty text."""
        kind = self.body.get("kind")
        return kind if isinstance(kind, str) else ""

    @property
    def gvk(self) -> Gvk:
        """The current group, version and kind."""
        api_version = self.body.get("apiVersion")
        group, version = parse_api_version(api_version if isinstance(api_version, str) else "")
        return Gvk(group, version, self.kind)

    @property
    def name(self) -> str:
        """`metadata.name`, or an empty text."""
        return self._metadata_text("name")

    @property
    def namespace(self) -> str:
        """`metadata.namespace` as written, or an empty text."""
        return self._metadata_text("namespace")

    def _metadata_text(self, key: str) -> str:
        metadata = self.body.get("metadata")
        value = metadata.get(key) if isinstance(metadata, dict) else None
        return value if isinstance(value, str) else ""

    @property
    def cur_id(self) -> ResId:
        """The current id."""
        return ResId(self.gvk, self.name, self.namespace)

    def prev_ids(self) -> list[ResId]:
        """Earlier ids, oldest first; they carry the current group and version, as upstream's do."""
        group, version, _ = self.gvk
        return [ResId(Gvk(group, version, kind), name, namespace) for kind, name, namespace in self.previous]

    @property
    def org_id(self) -> ResId:
        """The first id it had."""
        return self.prev_ids()[0] if self.previous else self.cur_id

    def store_previous_id(self) -> None:
        """Remember the current id before a change of name, namespace or kind."""
        self.previous.append((self.kind, self.name, self.namespace))

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    def __repr__(self) -> str:
        return f"<Resource {self}>"
