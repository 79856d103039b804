"""One resource on its way through a build: its body and the history that references follow.

Upstream keeps the history in annotations under `internal.config.kubernetes.io/`; here it is fields,
written into the body only around steps that could see those annotations (see `cmp.kustomize.history`).
Follows api/resource/resource.go.
"""

from __future__ import annotations

from cmp.kustomize.resid import Gvk, ResId, effective_namespace, make_gvk
from cmp.kustomize.scalars import put
from cmp.yaml.value import Folded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.schema.comments import Comments
    from cmp.yaml.value import Value


_NO_GVK = Gvk("", "", "")
# Kinds whose name hash is made of what they hold; that of others is made of their YAML nodes.
HASHED_BY_CONTENT = frozenset(("ConfigMap", "Secret"))
# The annotation that keeps an object out of the output: configuration for tools.
LOCAL_CONFIG = "config.kubernetes.io/local-config"
# Annotations that `buildMetadata` asks for: where an object comes from, and what changed it.
ORIGIN = "config.kubernetes.io/origin"
TRANSFORMATIONS = "alpha.config.kubernetes.io/transformations"


class Shared:
    """One value under `key` in each of `holders`, mappings of one object."""

    __slots__ = ("holders", "key", "value")

    def __init__(self, key: str, holders: list[dict[str, Value]], value: Value) -> None:
        self.key = key
        self.holders = holders
        self.value = value


class Resource:
    """A Kubernetes object with what the build remembers about it.

    body: the object; an empty dict marks a resource that a patch deleted. previous: earlier (kind, name,
    effective namespace) triples, oldest first. prefixes, suffixes: those added, oldest first.
    needs_hash: a generator asked for a hash suffix. behavior: `unspecified`, `create`, `merge` or
    `replace`, of a generated resource. options: what only some producers set (`origin` and
    `transformations`, lists and dicts of strings, for buildMetadata). file: the path it was read from
    (as `Tree.display` shows it) and index: its document's place there, for messages only. shared: values
    that change together, see `cmp.kustomize.sharing`.
    """

    __slots__ = (
        "_gvk",
        "behavior",
        "body",
        "file",
        "index",
        "needs_hash",
        "options",
        "prefixes",
        "previous",
        "schemas",
        "shared",
        "suffixes",
    )

    def __init__(self, body: dict[str, Value], *, file: str = "", index: int = 0) -> None:
        self.body = body
        self.previous: list[tuple[str, str, str]] = []
        self.schemas: Comments | None = None
        self.prefixes: list[str] = []
        self.suffixes: list[str] = []
        self.needs_hash = False
        self.behavior = "unspecified"
        self.options: dict[str, Any] = {}
        self.shared: list[Shared] | None = None
        # The Gvk of these two values, which seldom change and are asked for often.
        self._gvk: tuple[Value, Value, Gvk] = (None, None, _NO_GVK)
        self.file = file
        self.index = index

    @property
    def kind(self) -> str:
        """`kind`, or an empty text."""
        kind = self.body.get("kind")
        return kind if isinstance(kind, str) else text_of(kind)

    @property
    def gvk(self) -> Gvk:
        """The current group, version and kind."""
        body = self.body
        api_version, kind = body.get("apiVersion"), body.get("kind")
        known = self._gvk
        if known[0] is api_version and known[1] is kind:
            return known[2]
        gvk = make_gvk(text_of(api_version), text_of(kind))
        self._gvk = (api_version, kind, gvk)
        return gvk

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
        return value if isinstance(value, str) else text_of(value)

    @property
    def cur_id(self) -> ResId:
        """The current id."""
        return ResId(self.gvk, self.name, self.namespace)

    @property
    def key(self) -> ResId:
        """The current id with its effective namespace."""
        gvk = self.gvk
        metadata = self.body.get("metadata")
        if not isinstance(metadata, dict):
            return ResId(gvk, "", effective_namespace(gvk, ""))
        name, namespace = metadata.get("name"), metadata.get("namespace")
        return ResId(
            gvk,
            name if isinstance(name, str) else text_of(name),
            effective_namespace(gvk, namespace if isinstance(namespace, str) else text_of(namespace)),
        )

    @property
    def effective_namespace(self) -> str:
        """The namespace the current id counts as being in."""
        return effective_namespace(self.gvk, self.namespace)

    def prev_ids(self) -> list[ResId]:
        """Earlier ids, oldest first; they carry the current group and version, as upstream's do."""
        if not self.previous:
            return []
        group, version, _ = self.gvk
        return [ResId(Gvk(group, version, kind), name, namespace) for kind, name, namespace in self.previous]

    @property
    def org_id(self) -> ResId:
        """The first id it had."""
        if not self.previous:
            return self.cur_id
        _, name, namespace = self.previous[0]
        return ResId(self.org_gvk, name, namespace)

    @property
    def org_gvk(self) -> Gvk:
        """The kind of the first id, with the current group and version."""
        gvk = self.gvk
        if self.previous and self.previous[0][0] != gvk.kind:
            return Gvk(gvk.group, gvk.version, self.previous[0][0])
        return gvk

    def names(self) -> set[str]:
        """Every name that the object has had, with the current one."""
        return {self.name, *(name for _, name, _ in self.previous)}

    def kinds(self) -> set[str]:
        """Every kind that the object has had, with the current one."""
        return {self.gvk.kind, *(kind for kind, _, _ in self.previous)}

    @property
    def shows_history(self) -> bool:
        """Whether the history stands in the body as well: such an object's hash depends on it."""
        return self.needs_hash and self.kind not in HASHED_BY_CONTENT

    def store_previous_id(self) -> None:
        """Remember the current id; `cmp.kustomize.history.remember` also shows it where upstream does."""
        self.previous.append((self.kind, self.name, self.effective_namespace))

    def set_name(self, name: str) -> None:
        """Write `metadata.name`; the caller tells its `ResMap` with `touch()`."""
        put(self.metadata(), "name", name)

    def set_namespace(self, namespace: str) -> None:
        """Write `metadata.namespace`, or remove it for an empty text; then `ResMap.touch()`."""
        if namespace:
            put(self.metadata(), "namespace", namespace)
        else:
            metadata = self.body.get("metadata")
            if isinstance(metadata, dict):
                metadata.pop("namespace", None)

    def metadata(self) -> dict[str, Value]:
        """`metadata`, made if it is missing or no mapping."""
        metadata = self.body.get("metadata")
        if not isinstance(metadata, dict):
            metadata = self.body["metadata"] = {}
        return metadata

    def text_map(self, *path: str) -> dict[str, str]:
        """A copy of the mapping at `path` (`metadata`, `labels`), values as strings; `{}` without one."""
        value: Value = self.body
        for step in path:
            value = value.get(step) if isinstance(value, dict) else None
        if not isinstance(value, dict):
            return {}
        return {key: item if type(item) is str else text_of(item) for key, item in value.items()}

    def __str__(self) -> str:
        return f"{self.kind}/{self.name}"

    def __repr__(self) -> str:
        return f"<Resource {self}>"


def text_of(value: Value) -> str:
    """The source text of a scalar; an empty text for anything else."""
    if isinstance(value, str):
        return value.written if isinstance(value, Folded) else value
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        return str(value)
    text = getattr(value, "text", "")
    return text if isinstance(text, str) else ""
