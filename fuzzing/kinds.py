"""Merge patches of objects of every Kubernetes kind, after its published schema: `fuzzing.run --trees kinds`.

Objects and patches take names from a small pool, so that list items meet; patches hold nulls and directives.
"""

from __future__ import annotations

import json
import os.path
import random
from functools import cache
from typing import Any

from fuzzing.trees import RandomTree

_SCHEMAS = "kubernetes-json-schema/v1.25.0-local/_definitions.json"
# Fields that make objects and list items what they are, so they are nearly always there.
_USUAL = frozenset(
    (
        *(
            "name",
            "containerPort",
            "mountPath",
            "port",
            "key",
            "ip",
            "type",
            "topologyKey",
            "devicePath",
            "uid",
        ),
        *("spec", "template", "containers", "protocol", "metadata", "whenUnsatisfiable"),
    )
)
_KEYS = frozenset(("name", "mountPath", "key", "topologyKey", "ip", "devicePath", "uid", "type"))
_POPULAR = frozenset(
    [
        "ConfigMap",
        "CronJob",
        "DaemonSet",
        "Deployment",
        "HorizontalPodAutoscaler",
        "Ingress",
        "Job",
        "NetworkPolicy",
        "Node",
        "PersistentVolume",
        "PersistentVolumeClaim",
        "Pod",
        "Service",
        "ServiceAccount",
        "StatefulSet",
        "ValidatingWebhookConfiguration",
    ]
)
_WORDS = ("web", "5", "on", "x y", "8080", "TCP", "UDP", "nginx:1", "nginx", "true")
_ABOVE = (
    "",
    'commonLabels: {x: "1"}\n',
    'images: [{name: nginx, newTag: "2"}]\n',
    'labels: [{pairs: {z: "1"}, includeTemplates: true}]\nnameSuffix: -s\n',
)


@cache
def definitions() -> dict[str, Any]:
    """The schemas by name, from the package that `cmpctl validate` uses."""
    import kubernetes_validate

    with open(
        os.path.join(os.path.dirname(kubernetes_validate.__file__), _SCHEMAS), encoding="utf-8"
    ) as file:
        found: dict[str, Any] = json.load(file)["$defs"]
    return found


@cache
def kinds() -> list[tuple[str, str, str]]:
    """(apiVersion, kind, name of its schema) of every kind of object."""
    found = []
    for name, schema in definitions().items():
        metadata = schema.get("properties", {}).get("metadata", {})
        for each in schema.get("x-kubernetes-group-version-kind", ()):
            if metadata.get("$ref", "").endswith("ObjectMeta"):
                group = f"{each['group']}/" if each["group"] else ""
                found.append((group + each["version"], each["kind"], name))
    return sorted(found)


class _Writer:
    """Random values after schemas. patch: with nulls and directives."""

    def __init__(self, rng: random.Random, patch: bool) -> None:
        self.rng = rng
        self.patch = patch

    def value(self, schema: dict[str, Any], depth: int = 0, key: str = "") -> Any:
        """A value of the schema."""
        if "$ref" in schema:
            return self.value(definitions()[schema["$ref"].rpartition("/")[2]], depth, key)
        kind = schema.get("type")
        kind = kind[0] if isinstance(kind, list) else kind
        if "properties" in schema:
            return self.fields(schema["properties"], depth)
        if kind == "array":
            return self.items(schema["items"], depth, key)
        if self.patch and self.rng.random() < 0.06:
            return None
        if kind == "object":
            below = schema.get("additionalProperties") or {"type": "string"}
            names = self.rng.sample(["a", "b", "k1", "app"], self.rng.choice([0, 1, 2]))
            return {name: self.value(below, depth + 1) for name in names}
        return self.scalar(kind, key)

    def fields(self, properties: dict[str, Any], depth: int) -> dict[str, Any]:
        found = {}
        for name in properties:
            chance = 0.9 if name in _USUAL else 0.35 if depth < 4 else 0.22
            if self.rng.random() < (chance if depth <= 8 else chance * 0.3):
                found[name] = self.value(properties[name], depth + 1, name)
        if self.patch and self.rng.random() < 0.03:
            found["$patch"] = self.rng.choice(["delete", "replace", "merge"])
        return found

    def items(self, schema: dict[str, Any], depth: int, key: str) -> list[Any]:
        found = [self.value(schema, depth + 1, key) for _ in range(self.rng.choice([0, 1, 1, 2, 2, 3]))]
        if self.patch and found and isinstance(found[0], dict) and self.rng.random() < 0.06:
            found.insert(0, {"$patch": self.rng.choice(["replace", "delete", "merge"])})
        return found

    def scalar(self, kind: str | None, key: str) -> Any:
        if kind == "integer":
            return self.rng.choice([1, 2, 80, 8080])
        if kind == "number":
            return self.rng.choice([1, 1.5])
        if kind == "boolean":
            return self.rng.random() < 0.5
        if key not in _KEYS and self.rng.random() < 0.3:
            return self.rng.choice(_WORDS)
        return self.rng.choice(["a", "b", "c"])

    def body(self, api_version: str, kind: str, schema: str) -> dict[str, Any]:
        """An object of the kind, named `n`."""
        fields = self.value(definitions()[schema])
        for name in ("$patch", "status", "apiVersion", "kind"):
            fields.pop(name, None)
        metadata = fields.pop("metadata", None) or {}
        kept = {
            name: metadata[name]
            for name in ("labels", "annotations", "finalizers", "ownerReferences")
            if metadata.get(name)
        }
        return {"apiVersion": api_version, "kind": kind, **fields, "metadata": {"name": "n", **kept}}


def make_tree(seed: int) -> RandomTree:
    """The tree of a seed; its feature is the kind."""
    rng = random.Random(seed)
    popular = rng.random() < 0.6
    chosen = rng.choice([each for each in kinds() if not popular or each[1] in _POPULAR])
    target = f"  target: {{kind: {chosen[1]}}}\n" if rng.random() < 0.8 else ""
    files = {
        "base/object.yaml": json.dumps(_Writer(rng, patch=False).body(*chosen)),
        "base/kustomization.yaml": "resources: [object.yaml]\n"
        + rng.choice(["", "namePrefix: p-\nnamespace: prod\n"]),
        "top/patch.yaml": json.dumps(_Writer(rng, patch=True).body(*chosen)),
        "top/kustomization.yaml": f"resources: [../base]\npatches:\n- path: patch.yaml\n{target}{rng.choice(_ABOVE)}",
    }
    return RandomTree(
        {path: text.encode() for path, text in files.items()}, "top", 2, frozenset((chosen[1],))
    )
