"""One random tree of kustomizations from a seed: 1 to 4 layers, every field of a Kustomization.

Most choices are valid, so that most trees build; each feature also has wrong forms now and then, because
refusing what upstream refuses is half of being exact.
"""

from __future__ import annotations

import base64
import json
import random
from collections.abc import Callable
from typing import Any, NamedTuple

from fuzzing.objects import IMAGES, MAKERS, NAMES, WEIGHTS, Objects, labels, word
from fuzzing.yamltext import Raw, document


class RandomTree(NamedTuple):
    """files: path to bytes. target: the directory to build. layers: how deep. features: what it uses."""

    files: dict[str, bytes]
    target: str
    layers: int
    features: frozenset[str]


class _Layer:
    """The kustomization being written, with the helpers that features share."""

    def __init__(self, tree: _Builder, path: str, top: bool) -> None:
        self.tree = tree
        self.rng = tree.rng
        self.path = path
        self.top = top
        self.kustomization: dict[str, Any] = {}

    def add(self, field: str, *items: Any) -> None:
        """Append to a list field."""
        self.kustomization.setdefault(field, []).extend(items)

    def file(self, name: str, value: Any) -> str:
        """Write a YAML document below this layer; returns the relative path."""
        text = value if isinstance(value, str) else document(value, self.rng)
        self.tree.files[f"{self.path}/{name}"] = text.encode()
        return name

    def unique(self, stem: str) -> str:
        """A file name not used before."""
        self.tree.counter += 1
        return f"{stem}-{self.tree.counter}.yaml"

    def pick(self) -> tuple[str, str, str]:
        """(apiVersion, kind, name) of some object of the tree so far, by a name it once had."""
        if self.tree.known and self.rng.random() < 0.985:
            return self.rng.choice(self.tree.known)
        return "v1", "ConfigMap", "missing"

    def pick_kind(self, *kinds: str) -> tuple[str, str, str]:
        """Like `pick`, preferring the kinds."""
        fitting = [item for item in self.tree.known if item[1] in kinds]
        return self.rng.choice(fitting) if fitting else self.pick()


Feature = Callable[[_Layer], None]


def _disguise(text: str, rng: random.Random) -> str:
    """The same documents behind line ends, marks, comments and anchors that readers stumble over."""
    pick = rng.random()
    if pick < 0.02:
        return text.replace("\n", "\r\n")
    if pick < 0.04:
        return "\ufeff" + text
    if pick < 0.06:
        return "---\n# first\n---\n" + text + "---\n# last\n"
    if pick < 0.08:
        return text + "...\n"
    if pick < 0.12 and "labels:\n" in text:
        return (
            text.replace("labels:\n", "labels: &shared\n", 1)
            + "---\n"
            + ALIASED.format(rng.randrange(10_000))
        )
    return text


ALIASED = """apiVersion: v1
kind: ConfigMap
metadata:
  name: aliased-{0}
  labels: &more {{x: "1", y: yes}}
  annotations:
    <<: *more
    z: &text "12"
data:
  one: *text
  two: &fold >-
    folded
    text

    end
  three: *fold
"""


def _resources(layer: _Layer) -> None:
    rng = layer.rng
    for _ in range(rng.randint(1, 3)):
        kinds = rng.choices(
            list(MAKERS), weights=[WEIGHTS.get(kind, 1) for kind in MAKERS], k=rng.randint(1, 3)
        )
        bodies = []
        for kind in kinds:
            body = layer.tree.objects.make(kind)
            key = (body["apiVersion"], kind, body["metadata"]["name"])
            if key in layer.tree.known and rng.random() < 0.97:
                continue
            layer.tree.known.append(key)
            bodies.append(body)
        if not bodies:
            continue
        if rng.random() < 0.05:
            text = document({"apiVersion": "v1", "kind": "List", "items": bodies}, rng)
        else:
            text = "---\n".join(document(body, rng) for body in bodies)
        layer.add("resources", layer.file(layer.unique("r"), _disguise(text, rng)))


def _namespace(layer: _Layer) -> None:
    layer.kustomization["namespace"] = layer.rng.choice(["prod", "staging", "default", "ns1"])
    layer.tree.known = [key for key in layer.tree.known if key[1] != "Namespace"]  # it has a new name now


def _name_prefix(layer: _Layer) -> None:
    layer.kustomization["namePrefix"] = layer.rng.choice(["p-", "dev-", "x"])


def _name_suffix(layer: _Layer) -> None:
    layer.kustomization["nameSuffix"] = layer.rng.choice(["-s", "-v2", "9"])


def _labels(layer: _Layer) -> None:
    rng = layer.rng
    for _ in range(rng.randint(1, 2)):
        entry: dict[str, Any] = {"pairs": {"env": rng.choice(["dev", "prod"]), "team": word(rng) or "t"}}
        if rng.random() < 0.4:
            entry["includeSelectors"] = rng.random() < 0.7
        if rng.random() < 0.4:
            entry["includeTemplates"] = rng.random() < 0.8
        if rng.random() < 0.15:
            entry["fields"] = [{"path": "spec/extra/labels", "kind": "Model", "create": True}]
        layer.add("labels", entry)


def _common_labels(layer: _Layer) -> None:
    layer.kustomization["commonLabels"] = {
        "common": layer.rng.choice(["c1", "true", "5"]),
        **({"app": "z"} if layer.rng.random() < 0.3 else {}),
    }


def _common_annotations(layer: _Layer) -> None:
    layer.kustomization["commonAnnotations"] = {"owner": word(layer.rng) or "o"}


def _merge_body(layer: _Layer, key: tuple[str, str, str]) -> dict[str, Any]:
    """A strategic-merge patch for the object."""
    rng = layer.rng
    api_version, kind, name = key
    body: dict[str, Any] = {"apiVersion": api_version, "kind": kind, "metadata": {"name": name}}
    pick = rng.random()
    if pick < 0.15:
        body["metadata"]["annotations"] = {"patched": word(rng), "note": None if rng.random() < 0.3 else "n"}
    elif pick < 0.2:
        body["$patch"] = rng.choice(["delete", "delete", "replace", "merge"])
        if key in layer.tree.known and body["$patch"] == "delete" and rng.random() < 0.95:
            layer.tree.known.remove(key)  # what comes later mostly leaves it alone
    elif kind in ("Deployment", "StatefulSet", "DaemonSet", "ReplicaSet"):
        spec: dict[str, Any] = {}
        if rng.random() < 0.4:
            spec["replicas"] = rng.choice([0, 4, None])
        if rng.random() < 0.7:
            containers = [layer.tree.objects.container(n) for n in range(rng.randint(1, 2))]
            for container in containers:
                if rng.random() < 0.1:
                    container["$patch"] = rng.choice(["delete", "replace"])
                if rng.random() < 0.05:
                    container.pop("name")
            spec["template"] = {"spec": {"containers": containers}}
            if rng.random() < 0.2:
                kinds: list[dict[str, object]] = [{"emptyDir": {}}, {"$patch": "delete"}]
                spec["template"]["spec"]["volumes"] = [{"name": "vol", **rng.choice(kinds)}]
        if rng.random() < 0.1:
            spec["strategy"] = rng.choice(
                [{"type": "Recreate", "rollingUpdate": None}, None, {"$patch": "replace", "type": "Recreate"}]
            )
        body["spec"] = spec
    elif kind == "Service":
        body["spec"] = {
            "ports": [
                {
                    "port": rng.choice([80, 443]),
                    "targetPort": 9999,
                    **({"protocol": rng.choice(["TCP", "UDP"])} if rng.random() < 0.5 else {}),
                }
            ]
        }
    elif kind in ("ConfigMap", "Secret"):
        body["data"] = {"k": rng.choice([word(rng), None]), "added": "1"}
    elif kind == "Model":
        body["spec"] = rng.choice(
            [
                {"storageUri": "s3://new"},
                {"items": [{"name": "c"}]},
                {"nested": {"k2": None, "k3": [1]}},
                {"nested": None},
            ]
        )
    else:
        body["metadata"]["labels"] = {"patched": "yes-it-is"}
    return body


WITH_SPEC = ("Deployment", "StatefulSet", "DaemonSet", "Service", "Model", "Ingress")


def _json_ops(layer: _Layer, kind: str) -> list[dict[str, Any]]:
    """A JSON patch that mostly fits the kind."""
    rng = layer.rng
    general: list[dict[str, Any]] = [
        {"op": "add", "path": "/metadata/labels", "value": {"json": "yes"}},
        {"op": "add", "path": "/metadata/annotations", "value": {"a.b/c": word(rng)}},
        {"op": "replace", "path": "/metadata/name", "value": rng.choice(["renamed", "web"])},
        {"op": "test", "path": "/metadata/name", "value": "web"}
        if rng.random() < 0.1
        else {"op": "replace", "path": "/metadata/labels", "value": {"one": "1"}},
        {"op": "remove", "path": "/metadata/labels"},
        {"op": "add", "path": "/spec/added", "value": rng.choice([1, "x", [1, 2], {"a": None}, Raw("1.5")])},
        {"op": "copy", "from": "/metadata/name", "path": "/metadata/copied"},
        {"op": "move", "from": "/metadata/labels", "path": "/metadata/moved"},
    ]
    workload: list[dict[str, Any]] = [
        {"op": "replace", "path": "/spec/replicas", "value": 7},
        {"op": "replace", "path": "/spec/template/spec/containers/0/image", "value": rng.choice(IMAGES)},
        {
            "op": "add",
            "path": "/spec/template/spec/containers/-",
            "value": {"name": "extra", "image": "busybox"},
        },
        {"op": "add", "path": "/spec/template/spec/containers/0/env", "value": [{"name": "A", "value": "1"}]},
        {"op": "remove", "path": "/spec/template/spec/containers/0/args"},
    ]
    if rng.random() < 0.85:  # leave out what fails on most objects
        general = general[:4] + ([general[5]] if kind in WITH_SPEC else []) + [general[6]]
        workload = workload[:4]
    pool = (
        general[:2] * 3
        + general
        + (workload * 3 if kind in ("Deployment", "StatefulSet", "DaemonSet") else [])
    )
    return rng.sample(pool, rng.randint(1, 2))


def _target(layer: _Layer, key: tuple[str, str, str]) -> dict[str, Any]:
    rng = layer.rng
    group, _, version = key[0].rpartition("/")
    target: dict[str, Any] = {}
    if rng.random() < 0.8:
        target["kind"] = rng.choice([key[1], key[1], key[1], "Deploy.*"])
    if rng.random() < 0.5:
        target["name"] = rng.choice([key[2], key[2], ".*", "w.*"])
    if rng.random() < 0.15:
        target["version"] = version
    if rng.random() < 0.1 and group:
        target["group"] = group
    if rng.random() < 0.1:
        target["labelSelector"] = rng.choice(["app=a", "app in (a,b)", "!tier", "app!=c,version"])
    if rng.random() < 0.05:
        target["annotationSelector"] = "note"
    if rng.random() < 0.05:
        target["namespace"] = rng.choice(["default", "ns1"])
    return target


def _spares_generated(target: dict[str, Any]) -> bool:
    return target.get("kind", "ConfigMap") not in ("ConfigMap", "Secret")


def _patches(layer: _Layer) -> None:
    rng = layer.rng
    for _ in range(rng.randint(1, 3)):
        key = (
            layer.pick_kind("Deployment", "Service", "ConfigMap", "StatefulSet", "Model")
            if rng.random() < 0.7
            else layer.pick()
        )
        entry: dict[str, Any] = {}
        if rng.random() < 0.5:
            value: Any = _merge_body(layer, key)
            if rng.random() < 0.3:
                entry["target"] = _target(layer, key)
                if rng.random() < 0.15:
                    # Not allowKindChange where it may meet a generated ConfigMap: see the known differences.
                    kinds = ["allowKindChange"] if _spares_generated(entry["target"]) else []
                    option = rng.choice(["allowNameChange", *kinds])
                    entry["options"] = {option: rng.random() < 0.8}
                    value["metadata"]["name"] = "changed"
        else:
            value = _json_ops(layer, key[1])
            entry["target"] = _target(layer, key)
        text = document(value, rng)
        if "target" not in entry and rng.random() < 0.15:
            text += "---\n" + document(
                _merge_body(layer, layer.pick_kind("Deployment", "ConfigMap", "Service")), rng
            )
        if rng.random() < 0.5:
            entry["patch"] = text
        else:
            entry["path"] = layer.file(layer.unique("patch"), text)
        layer.add("patches", entry)


def _patches_strategic_merge(layer: _Layer) -> None:
    text = document(_merge_body(layer, layer.pick_kind("Deployment", "ConfigMap")), layer.rng)
    layer.add(
        "patchesStrategicMerge", text if layer.rng.random() < 0.4 else layer.file(layer.unique("psm"), text)
    )


def _patches_json6902(layer: _Layer) -> None:
    key = layer.pick_kind("Deployment", "StatefulSet", "ConfigMap")
    group, _, version = key[0].rpartition("/")
    target = {"version": version, "kind": key[1], "name": key[2], **({"group": group} if group else {})}
    text = document(_json_ops(layer, key[1]), layer.rng)
    layer.add(
        "patchesJson6902",
        {
            "target": target,
            **(
                {"patch": text}
                if layer.rng.random() < 0.5
                else {"path": layer.file(layer.unique("pj"), text)}
            ),
        },
    )


def _images(layer: _Layer) -> None:
    rng = layer.rng
    for name in rng.sample(
        ["nginx", "redis", "ghcr.io/org/app", "localhost:5000/lib/app", "python", "busybox", "n.*x", "app"],
        rng.randint(1, 3),
    ):
        entry: dict[str, Any] = {"name": name}
        if rng.random() < 0.5:
            entry["newName"] = rng.choice(["mirror/" + name.rsplit("/", 1)[-1], "other"])
        if rng.random() < 0.6:
            entry["newTag"] = rng.choice(["v2", "1.20", "latest", "5"])
        if rng.random() < 0.15:
            entry["digest"] = "sha256:" + "b" * 64
        if rng.random() < 0.05:
            entry["tagSuffix"] = "-rc"
        layer.add("images", entry)


def _replicas(layer: _Layer) -> None:
    _, kind, name = layer.pick_kind("Deployment", "StatefulSet", "ReplicaSet")
    if kind in ("Deployment", "StatefulSet", "ReplicaSet") or layer.rng.random() < 0.05:
        layer.add("replicas", {"name": name, "count": layer.rng.choice([0, 3, 10])})


def _sources(layer: _Layer) -> dict[str, Any]:
    rng = layer.rng
    entry: dict[str, Any] = {}
    if rng.random() < 0.6:
        entry["literals"] = rng.sample(
            ["k=v", "k2=a=b", "q='quoted'", 'd="x"', "empty=", "uni=é", "n=12"], rng.randint(1, 3)
        )
    if rng.random() < 0.4:
        content = rng.choice(["line1\nline2\n", "plain", "a: b\n", "", "tail  \nx", "\ttab"])
        name = layer.unique("data")
        layer.tree.files[f"{layer.path}/{name}"] = (
            content.encode() if rng.random() < 0.85 else b"\xff\xfe\x00" * rng.choice([1, 40])
        )
        entry["files"] = [rng.choice([name, f"renamed.txt={name}"])]
    if rng.random() < 0.25:
        name = layer.unique("env")
        layer.tree.files[f"{layer.path}/{name}"] = rng.choice(
            [b"A=1\nB=two\n", b"# c\nA=1\n\n  C= x \n", b"\xef\xbb\xbfA=1\r\nB=2\r\n"]
        )
        entry["envs"] = [name]
    return entry


def _generated(layer: _Layer, kind: str) -> None:
    rng = layer.rng
    entry = {"name": rng.choice(["gen", "settings", *NAMES[:3]]), **_sources(layer)}
    key = ("v1", kind, entry["name"])
    if key in layer.tree.known:
        entry["behavior"] = rng.choice(
            ["merge", "merge", "replace", "create"] if rng.random() < 0.2 else ["merge", "replace"]
        )
    else:
        layer.tree.known.append(key)
        layer.tree.objects.names.setdefault(kind, []).append(entry["name"])
    if rng.random() < 0.25:
        entry["options"] = rng.choice(
            [
                {"disableNameSuffixHash": True},
                {"labels": {"gl": "1"}},
                {"annotations": {"ga": "x"}, "immutable": True},
            ]
        )
    if rng.random() < 0.1:
        entry["namespace"] = "ns1"
    if kind == "Secret" and rng.random() < 0.3:
        entry["type"] = "kubernetes.io/tls"
    layer.add("configMapGenerator" if kind == "ConfigMap" else "secretGenerator", entry)


def _config_map_generator(layer: _Layer) -> None:
    _generated(layer, "ConfigMap")


def _secret_generator(layer: _Layer) -> None:
    _generated(layer, "Secret")


def _generator_options(layer: _Layer) -> None:
    layer.kustomization["generatorOptions"] = layer.rng.choice(
        [
            {"disableNameSuffixHash": True},
            {"labels": {"all": "gen"}},
            {"annotations": {"x": "y"}, "labels": {"gl": "2"}},
            {"immutable": True},
        ]
    )


SOURCES = {
    "Deployment": "spec.template.spec.containers.0.image",
    "Service": "spec.ports.0.port",
    "ConfigMap": "data.k",
    "Model": "spec.storageUri",
}
TARGETS = {
    "Deployment": [
        "spec.template.spec.containers.0.image",
        "spec.template.spec.containers.[name=main].image",
        "spec.replicas",
        "spec.template.spec.containers.*.env.[name=HOST].value",
        "metadata.labels.copied",
    ],
    "Service": ["spec.ports.0.targetPort", "metadata.name", "spec.selector.app"],
    "ConfigMap": ["data.k", "data.new", "data.[file.txt]", "metadata.annotations.note"],
    "Model": ["spec.storageUri", "spec.items.[name=a].weight", "spec.nested.k10", "spec.items.0"],
}


def _replacements(layer: _Layer) -> None:
    rng = layer.rng
    source = layer.pick_kind(*SOURCES)
    origin: dict[str, Any] = {"kind": source[1], "name": source[2]}
    if rng.random() < 0.7:
        origin["fieldPath"] = (
            SOURCES.get(source[1], "metadata.name") if rng.random() < 0.5 else "metadata.name"
        )
    goal = layer.pick_kind(*TARGETS)
    options: dict[str, Any] = {}
    if rng.random() < 0.75:
        options["create"] = True
    if rng.random() < 0.2:
        options.update(delimiter=rng.choice([":", "/", "-"]), index=rng.choice([0, 1, -1, 5]))
    select: dict[str, Any] = {"kind": goal[1]}
    if rng.random() < 0.6:
        select["name"] = goal[2]
    target: dict[str, Any] = {
        "select": select,
        "fieldPaths": rng.sample(TARGETS.get(goal[1], ["metadata.name"]), 1),
    }
    if options:
        target["options"] = options
    if rng.random() < 0.1:
        target["reject"] = [{"name": rng.choice(NAMES)}]
    entry = {"source": origin, "targets": [target]}
    layer.add(
        "replacements",
        entry
        if rng.random() < 0.7
        else {"path": layer.file(layer.unique("repl"), entry if rng.random() < 0.5 else [entry])},
    )


def _vars(layer: _Layer) -> None:
    key = layer.pick_kind("Service", "ConfigMap", "Deployment")
    name = layer.rng.choice(["HOST", "IMG"])
    if name in layer.tree.var_names and layer.rng.random() < 0.9:
        return
    layer.tree.var_names.add(name)
    entry: dict[str, Any] = {"name": name, "objref": {"apiVersion": key[0], "kind": key[1], "name": key[2]}}
    if layer.rng.random() < 0.3 and (key[1] != "ConfigMap" or layer.rng.random() < 0.2):
        entry["fieldref"] = {"fieldpath": SOURCES.get(key[1], "metadata.name")}
    layer.add("vars", entry)


def _configurations(layer: _Layer) -> None:
    rng = layer.rng
    config = rng.choice(
        [
            {
                "nameReference": [
                    {"kind": "ConfigMap", "fieldSpecs": [{"kind": "Model", "path": "spec/configName"}]}
                ]
            },
            {"images": [{"path": "spec/items/name", "kind": "Model"}]},
            {"namePrefix": [{"path": "spec/configName", "kind": "Model"}]},
            {"varReference": [{"path": "spec/storageUri", "kind": "Model"}]},
            {"commonLabels": [{"path": "spec/labels", "kind": "Model", "create": True}]},
            {"replicas": [{"path": "spec/count", "kind": "Model", "create": True}]},
            {"commonAnnotations": [{"path": "spec/notes", "kind": "Model", "create": rng.random() < 0.5}]},
        ]
    )
    layer.add("configurations", layer.file(layer.unique("conf"), config))


def _crds(layer: _Layer) -> None:
    schema = {
        "ml.example.com/v1.Model": {
            "Schema": {
                "description": "m",
                "properties": {
                    "spec": {"$ref": "ml.example.com/v1.Spec"},
                    "apiVersion": {"type": "string"},
                    "kind": {"type": "string"},
                    "metadata": {"type": "object"},
                },
            },
            "Dependencies": [],
        },
        "ml.example.com/v1.Spec": {
            "Schema": {
                "properties": {
                    "configRef": {
                        "x-kubernetes-object-ref-api-version": "v1",
                        "x-kubernetes-object-ref-kind": "ConfigMap",
                        "$ref": "x",
                    }
                }
            },
            "Dependencies": [],
        },
    }
    layer.add("crds", layer.file(layer.unique("crd").replace(".yaml", ".json"), json.dumps(schema)))


def _openapi(layer: _Layer) -> None:
    kind = {"group": "ml.example.com", "kind": "Model", "version": "v1"}
    path = layer.rng.choice(["/models", "/namespaces/{namespace}/models", ""])
    schema: dict[str, Any] = {
        "definitions": {
            "v1.Model": {
                "properties": {
                    "spec": {
                        "properties": {
                            "items": {
                                "type": "array",
                                "x-kubernetes-patch-merge-key": "name",
                                "x-kubernetes-patch-strategy": "merge",
                                "items": {"type": "object", "properties": {"name": {"type": "string"}}},
                            }
                        }
                    }
                },
                "x-kubernetes-group-version-kind": [kind],
            }
        }
    }
    if path:
        schema["paths"] = {
            f"/apis/ml.example.com/v1{path}": {"get": {"x-kubernetes-group-version-kind": kind}}
        }
    layer.kustomization["openapi"] = layer.rng.choice(
        [
            {"path": layer.file(layer.unique("schema"), schema)},
            {"path": layer.file(layer.unique("schema"), schema)},
            {"version": "v1.21.2"},
        ]
    )


def _plugin(layer: _Layer, field: str, config: dict[str, Any]) -> None:
    text = document({"apiVersion": "builtin", **config}, layer.rng)
    layer.add(field, text if layer.rng.random() < 0.5 else layer.file(layer.unique("plugin"), text))


def _generators(layer: _Layer) -> None:
    rng = layer.rng
    name = rng.choice(["plug", "plug2"])
    key = ("v1", "ConfigMap", name)
    if key in layer.tree.known:
        return
    layer.tree.known.append(key)
    _plugin(
        layer,
        "generators",
        {
            "kind": rng.choice(["ConfigMapGenerator", "SecretGenerator"]),
            "metadata": {"name": name},
            "name": name,
            "literals": ["a=b", f"w={rng.choice(['x', '1'])}"],
        },
    )


def _transformers(layer: _Layer) -> None:
    rng = layer.rng
    everywhere = [{"path": "metadata/labels", "create": True}]
    config: dict[str, Any] = rng.choice(
        [
            {"kind": "LabelTransformer", "labels": {"t": "1"}, "fieldSpecs": everywhere},
            {
                "kind": "AnnotationsTransformer",
                "annotations": {"t": "x y"},
                "fieldSpecs": [{"path": "metadata/annotations", "create": True}],
            },
            {"kind": "PrefixTransformer", "prefix": "tp-", "fieldSpecs": [{"path": "metadata/name"}]},
            {
                "kind": "SuffixTransformer",
                "suffix": "-ts",
                "fieldSpecs": [{"path": "metadata/name", "kind": "Deployment"}],
            },
            {
                "kind": "NamespaceTransformer",
                "metadata": {"name": "n", "namespace": "tns"},
                "unsetOnly": rng.random() < 0.5,
                "setRoleBindingSubjects": rng.choice(["none", "defaultOnly", "allServiceAccounts"]),
            },
            {
                "kind": "ImageTagTransformer",
                "imageTag": {"name": "nginx", "newTag": "t9"},
                "fieldSpecs": [{"path": "spec/template/spec/containers[]/image"}],
            },
            {
                "kind": "ReplicaCountTransformer",
                "replica": {"name": layer.pick_kind("Deployment")[2], "count": 9},
                "fieldSpecs": [{"path": "spec/replicas", "kind": "Deployment", "create": True}],
            },
            {
                "kind": "PatchTransformer",
                "patch": document(_json_ops(layer, "Deployment"), rng),
                "target": {"kind": "Deployment"},
            },
            {
                "kind": "ValueAddTransformer",
                "value": "va",
                "targets": [{"selector": {"kind": "ConfigMap"}, "fieldPath": "data/va"}],
            },
        ]
    )
    config.setdefault("metadata", {"name": "plugin"})
    _plugin(layer, "transformers", config)


def _build_metadata(layer: _Layer) -> None:
    layer.kustomization["buildMetadata"] = layer.rng.sample(
        ["originAnnotations", "transformerAnnotations", "managedByLabel"], layer.rng.randint(1, 3)
    )


def _sort_options(layer: _Layer) -> None:
    layer.kustomization["sortOptions"] = layer.rng.choice(
        [
            {"order": "fifo"},
            {"order": "legacy"},
            {
                "order": "legacy",
                "legacySortOptions": {"orderFirst": ["Secret", "Deployment"], "orderLast": ["ConfigMap"]},
            },
        ]
    )


def _metadata(layer: _Layer) -> None:
    layer.kustomization["metadata"] = {"name": "own", "labels": {"x": "y"}, "annotations": {"a": "b"}}


def _component(layer: _Layer) -> None:
    path = f"comp{layer.tree.next_number()}"
    inner = _Layer(layer.tree, path, top=False)
    inner.kustomization.update(apiVersion="kustomize.config.k8s.io/v1alpha1", kind="Component")
    for feature in layer.rng.sample(COMPONENT_FEATURES, layer.rng.randint(1, 3)):
        layer.tree.use(feature, inner)
    layer.tree.write(inner)
    layer.add("components", f"../{path}")


def _sibling_base(layer: _Layer) -> None:
    """A second base beside the first, listed under the deprecated or the current field."""
    path = f"side{layer.tree.next_number()}"
    inner = _Layer(layer.tree, path, top=False)
    layer.tree.use(_resources, inner)
    if layer.rng.random() < 0.5:
        layer.tree.use(_name_prefix, inner)
    layer.tree.write(inner)
    if layer.rng.random() < 0.5:
        layer.tree.features.add("bases")
        layer.add("bases", f"../{path}")
    else:
        layer.add("resources", f"../{path}")


def _diamond(layer: _Layer) -> None:
    """One base below two overlays with names of their own, both in this layer."""
    base = _Layer(layer.tree, f"dia{layer.tree.next_number()}", top=False)
    layer.tree.use(_resources, base)
    layer.tree.write(base)
    for side in ("left", "right"):
        inner = _Layer(layer.tree, f"{base.path}-{side}", top=False)
        inner.add("resources", f"../{base.path}")
        inner.kustomization[layer.rng.choice(["namePrefix", "nameSuffix"])] = f"{side}-"
        if layer.rng.random() < 0.3:
            layer.tree.use(_config_map_generator, inner)
        layer.tree.write(inner)
        layer.add("resources", f"../{inner.path}")


def _mistake(layer: _Layer) -> None:
    """Something upstream refuses, or is lenient about in its own way."""
    rng = layer.rng
    pick = rng.randrange(8)
    if pick == 0:
        layer.kustomization["unknownField"] = 1
    elif pick == 1:
        layer.add("resources", "missing.yaml")
    elif pick == 2:
        layer.add("patches", {"patch": "- op: remove\n  path: /nope\n", "target": {"kind": "Deployment"}})
    elif pick == 3:
        layer.add("configMapGenerator", {"name": "dup", "literals": ["a=1", "a=2"]})
    elif pick == 4:
        layer.kustomization["namePrefix"] = 5
    elif pick == 5:
        layer.add("replicas", {"name": "nobody", "count": 1})
    elif pick == 6:
        layer.add(
            "resources", layer.file(layer.unique("bad"), "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n")
        )
    else:
        layer.add(
            "resources",
            layer.file(
                layer.unique("dup"),
                "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata: {a: 1, a: 2}\n",
            ),
        )


# feature, its chance in a layer
FEATURES: list[tuple[Feature, float]] = [
    (_namespace, 0.22),
    (_name_prefix, 0.2),
    (_name_suffix, 0.12),
    (_labels, 0.18),
    (_common_labels, 0.12),
    (_common_annotations, 0.12),
    (_config_map_generator, 0.22),
    (_secret_generator, 0.13),
    (_generator_options, 0.09),
    (_patches, 0.3),
    (_patches_strategic_merge, 0.09),
    (_patches_json6902, 0.09),
    (_images, 0.16),
    (_replicas, 0.1),
    (_replacements, 0.13),
    (_vars, 0.1),
    (_configurations, 0.1),
    (_crds, 0.05),
    (_openapi, 0.07),
    (_generators, 0.08),
    (_transformers, 0.1),
    (_build_metadata, 0.06),
    (_sort_options, 0.1),
    (_metadata, 0.07),
    (_component, 0.12),
    (_sibling_base, 0.12),
    (_diamond, 0.06),
    (_mistake, 0.02),
]
COMPONENT_FEATURES: list[Feature] = [
    _labels,
    _patches,
    _images,
    _config_map_generator,
    _replacements,
    _name_prefix,
    _resources,
    _common_annotations,
]


class _Builder:
    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)
        self.files: dict[str, bytes] = {}
        self.known: list[tuple[str, str, str]] = []
        self.var_names: set[str] = set()
        self.objects = Objects(self.rng)
        self.features: set[str] = set()
        self.counter = 0

    def next_number(self) -> int:
        self.counter += 1
        return self.counter

    def use(self, feature: Feature, layer: _Layer) -> None:
        self.features.add(feature.__name__.strip("_"))
        feature(layer)

    def write(self, layer: _Layer) -> None:
        items = list(layer.kustomization.items())
        self.rng.shuffle(items)
        name = self.rng.choices(["kustomization.yaml", "kustomization.yml", "Kustomization"], [8, 1, 1])[0]
        text = document(dict(items), self.rng) if items else "resources: []\n"
        self.files[f"{layer.path}/{name}"] = text.encode()


def make_tree(seed: int) -> RandomTree:
    """The tree of a seed; the same seed gives the same tree for ever."""
    builder = _Builder(seed)
    layers = builder.rng.choices([1, 2, 3, 4], [2, 4, 3, 2])[0]
    path = ""
    for depth in range(layers):
        path = f"l{depth}"
        layer = _Layer(builder, path, top=depth == layers - 1)
        if depth:
            layer.add("resources", f"../l{depth - 1}")
        if depth == 0 or builder.rng.random() < 0.3:
            builder.use(_resources, layer)
        for feature, chance in FEATURES:
            if builder.rng.random() < chance:
                builder.use(feature, layer)
        builder.write(layer)
    return RandomTree(builder.files, path, layers, frozenset(builder.features))


def to_json(tree: RandomTree) -> dict[str, Any]:
    """The tree as JSON can hold it, for reports and regression files."""
    return {
        "target": tree.target,
        "files": {path: base64.b64encode(data).decode() for path, data in tree.files.items()},
    }


__all__ = ["FEATURES", "RandomTree", "labels", "make_tree", "to_json"]
