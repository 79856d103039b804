"""Values whose text and printed form differ, in every place that is read before printing: `fuzzing.run --trees shapes`.

Folded and literal blocks, empty values, nulls and times go into annotations, labels, data, lists and mappings,
in block style and in brackets; the layer above merges, copies, substitutes, generates or renames, once or twice.
Every fourth tree gives a custom kind a schema that points into the built-in one.
"""

from __future__ import annotations

import json
import random

from fuzzing.trees import RandomTree

BLOCKS = (
    ">\n{p}one\n{p}  two\n{p}three\n",
    ">\n{p}one\n\n{p} two\n{p}three\n",
    ">-\n{p}one\n{p}two\n\n\n{p}  three\n",
    ">+\n{p}one\n{p} two\n\n\n",
    ">2\n{p}  lead\n{p}two\n",
    ">\n\n{p}one\n{p}  two\n",
    "|\n{p}one\n{p}  two\n",
    "|+\n{p}one\n\n",
    "|-\n{p}one\n\n{p}two\n",
)
ONE_LINE = (
    *(
        "",
        "null",
        "~",
        "2024-01-02T03:04:05.100Z",
        "2024-01-02",
        "1.50",
        "0x1F",
        "yes",
        "true",
        "'y'",
        '"5"',
        "5",
    ),
    *("!!str 7", "!foo x", '"a\\nb"', '"a\\n b\\n"', "''", "x", "2024-01-02 03:04:05 +1:00", "1e3", "'null'"),
    *("{a: , b: ~}", "[ , x]", "[]", "{}", "{t: 2024-01-02T03:04:05Z}", "[1.0, '1.0']"),
)
PLACES = (
    *(
        "data.a",
        "data.b",
        "data.new",
        "metadata.annotations.n",
        "metadata.annotations.new",
        "metadata.labels.a",
    ),
    *(
        "x.v",
        "x.new",
        "x.l.0",
        "x.l.1",
        "x.m.k",
        "x.m.new",
        "x.f.k",
        "x.f.new",
        "x.g.0",
        "x.g.2",
        "x",
        "x.m",
        "x.l",
    ),
)


def _value(rng: random.Random, pad: str) -> str:
    """What stands behind a colon or dash, line break included."""
    if rng.random() < 0.4:
        return " " + rng.choice(BLOCKS).format(p=pad)
    return f" {rng.choice(ONE_LINE)}\n"


def _object(rng: random.Random, kind: str, name: str) -> str:
    version = "v1" if kind == "ConfigMap" else "example.com/v1"
    if rng.random() < 0.3:
        data = f"data: {{a: {rng.choice(('x', '1', 'null', ''))}, b: '2'}}\n"
    else:
        data = f"data:\n  a:{_value(rng, '    ')}  b:{_value(rng, '    ')}"
    annotations = (
        f"  annotations:\n    n:{_value(rng, '      ')}" if rng.random() < 0.7 else "  annotations: {n: x}\n"
    )
    flow = rng.choice(("{k: , t: 2024-01-02T03:04:05Z}", "{k: v}", "{}", "{k: {d: 1}}"))
    return (
        f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n  labels: {{a: b}}\n{annotations}{data}"
        f"x:\n  v:{_value(rng, '    ')}  l:\n  -{_value(rng, '    ')}  -{_value(rng, '    ')}"
        f"  m:\n    k:{_value(rng, '      ')}  f: {flow}\n  g: [1, {{k: v}}, ]\n"
    )


def _patch(rng: random.Random, kind: str, name: str) -> str:
    version = "v1" if kind == "ConfigMap" else "example.com/v1"
    head = f"apiVersion: {version}\nkind: {kind}\nmetadata:\n  name: {name}\n"
    body = rng.choice(
        (
            f"data:\n  a:{_value(rng, '    ')}  new:{_value(rng, '    ')}",
            f"x:\n  m:\n    new:{_value(rng, '      ')}  f:\n    new:{_value(rng, '      ')}",
            f"x:\n  l:\n  -{_value(rng, '    ')}",
            f"x:\n  v:{_value(rng, '    ')}  g:\n  -{_value(rng, '    ')}",
        )
    )
    if rng.random() < 0.3:
        head += f"  annotations:\n    n:{_value(rng, '      ')}"
    return head + body


def _replacement(rng: random.Random) -> str:
    source = f"{{kind: {rng.choice(('Thing', 'ConfigMap'))}, fieldPath: {rng.choice(PLACES)}"
    if rng.random() < 0.15:
        source += ", options: {delimiter: o, index: 0}"
    options = ", options: {create: true}" if rng.random() < 0.7 else ""
    target = f"{{select: {{kind: {rng.choice(('Thing', 'ConfigMap'))}}}, fieldPaths: [{rng.choice(PLACES)}]{options}}}"
    return f"replacements:\n- source: {source}}}\n  targets: [{target}]\n"


def _json_patch(rng: random.Random) -> str:
    kind = rng.choice(("Thing", "ConfigMap"))
    path = "/" + rng.choice(PLACES).replace(".", "/")
    operation = rng.choice(
        (
            f"- {{op: add, path: {path}, value: {rng.choice(('x', 'null', '1.0', '[a]', '{k: }'))}}}",
            f"- {{op: copy, from: {path}, path: /x/made}}",
            f"- {{op: move, from: {path}, path: /data/made}}",
            f"- {{op: replace, path: {path}, value: new}}",
        )
    )
    return f"patches:\n- target: {{kind: {kind}}}\n  patch: |-\n    {operation}\n"


def _step(rng: random.Random, name: str, files: dict[str, str]) -> str:
    kind = rng.choice(("Thing", "ConfigMap"))
    choice = rng.randrange(9)
    if choice in (0, 1):
        files[f"{name}.patch"] = _patch(rng, kind, "t" if kind == "Thing" else "c")
        return f"patches: [{{path: {name}.patch}}]\n"
    if choice in (2, 3, 4):
        return _replacement(rng)
    if choice == 5:
        return _json_patch(rng)
    if choice == 6:
        files[f"{name}.txt"] = rng.choice(
            ("\ttab", "\ttab\nx", "one\n  two\nthree\n", "a\x85b", " x\n\n", "x", "")
        )
        behavior = rng.choice(("merge", "replace"))
        files[f"{name}.file"] = files.pop(f"{name}.txt")
        return f"configMapGenerator: [{{name: c, behavior: {behavior}, files: [a={name}.file], literals: [q=r]}}]\n"
    if choice == 7:
        field = rng.choice(("data.a", "metadata.annotations.n", "data.b"))
        return (
            f"vars: [{{name: V, objref: {{kind: ConfigMap, name: c, apiVersion: v1}}, fieldref: {{fieldpath: {field}}}}}]\n"
            "configurations: [c.conf]\n"
        )
    return rng.choice(
        (
            "namePrefix: p-\n",
            "commonAnnotations: {n: x, z: w}\n",
            "commonLabels: {a: c, z: w}\n",
            "namespace: n\n",
        )
    )


def _schema_tree(rng: random.Random) -> dict[str, str]:
    """A custom kind with a pod template, whose schema refers to the built-in one, somewhere among the layers."""
    item = rng.choice(("PodTemplateSpec", "PodSpec", "Container"))
    place = {
        "PodTemplateSpec": "spec: {template: {spec: %s}}",
        "PodSpec": "spec: {template: %s}",
        "Container": "spec: {template: {containers: [%s]}}",
    }[item]
    reference = {"$ref": f"#/definitions/io.k8s.api.core.v1.{item}"}
    template: object = reference
    if item == "Container":
        template = {
            "properties": {
                "containers": {
                    "type": "array",
                    "items": reference,
                    "x-kubernetes-patch-merge-key": "name",
                    "x-kubernetes-patch-strategy": "merge",
                }
            }
        }
    definition = {
        "x-kubernetes-group-version-kind": [{"group": "example.com", "version": "v1", "kind": "Thing"}],
        "properties": {"spec": {"properties": {"template": template}}},
    }
    schema = json.dumps({"definitions": {"com.example.v1.Thing": definition}})
    containers = (
        "{name: main, image: a:1, env: [{name: A, value: '1'}, {name: B}], ports: [{containerPort: 80}]}"
    )
    head = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\n"
    change = rng.choice(("{name: main, image: a:2}", "{name: main, env: [{name: A, value: x}]}", "{name: other}",
        "{name: main, $patch: delete}", "{name: main, ports: [{containerPort: 80, name: h}]}", "{name: main, env: null}"))  # fmt: skip
    inner = "{containers: [%s]}" if item != "Container" else "%s"
    base = head + place % (inner % containers) + "\n"
    patch = head + place % (inner % change) + "\n"
    use = "openapi: {path: s.json}\n"
    where = rng.choice(("base", "top", "component", "sibling", "none"))
    files = {
        "base/kustomization.yaml": "resources: [r.yaml]\n" + (use if where == "base" else ""),
        "base/r.yaml": base,
        "top/kustomization.yaml": "resources: [../base%s]\n" % (", ../sibling" if where == "sibling" else ""),
        "top/p.yaml": patch,
    }
    if where == "sibling":
        files["sibling/kustomization.yaml"] = use + "configMapGenerator: [{name: s}]\n"
        files["sibling/s.json"] = schema
    top = files["top/kustomization.yaml"]
    if where == "component" or rng.random() < 0.3:
        files["component/kustomization.yaml"] = (
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\npatches: [{path: p.yaml}]\n"
            + (use if where == "component" else "")
        )
        files["component/p.yaml"] = files.pop("top/p.yaml")
        files["component/s.json"] = schema
        top += "components: [../component]\n"
    else:
        top += "patches: [{path: p.yaml}]\n"
    if where in ("base", "top"):
        files[f"{where}/s.json"] = schema
    files["top/kustomization.yaml"] = top + (use if where == "top" else "")
    return files


def make_tree(seed: int) -> RandomTree:
    """The tree of a seed."""
    rng = random.Random(f"shapes {seed}")
    if rng.random() < 0.25:
        files = _schema_tree(rng)
        encoded = {name: text.encode() for name, text in files.items()}
        return RandomTree(encoded, "top", 2, frozenset({"schema"}))
    files = {
        "base/kustomization.yaml": "resources: [r.yaml]\n",
        "base/r.yaml": _object(rng, "Thing", "t") + "---\n" + _object(rng, "ConfigMap", "c"),
    }
    target = "base"
    features = {"values"}
    for number in range(rng.choice((1, 1, 2))):
        above: dict[str, str] = {}
        text = _step(rng, "s", above)
        features.add(text.split(":")[0])
        layer = f"l{number}"
        files[f"{layer}/kustomization.yaml"] = f"resources: [../{target}]\n{text}"
        files |= {f"{layer}/{name}": content for name, content in above.items()}
        if "c.conf" in text:
            files[f"{layer}/c.conf"] = (
                "varReference: [{path: data, kind: ConfigMap}, {path: x/v, kind: Thing}]\n"
            )
        target = layer
    encoded = {name: content.encode() for name, content in files.items()}
    return RandomTree(encoded, target, len(features), frozenset(features))
