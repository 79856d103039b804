"""Random patches, replacements and plugins over fixed objects, built by us and by the real kustomize.

`python -m fuzzing.patches --count 500` complements `fuzzing.run`: one small tree per seed, but with the odd
cases of merge keys, directives, JSON pointers and field paths in every one. Exit code 1 when any differ.
"""

from __future__ import annotations

import argparse
import difflib
import json
import os
import random
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable, Sequence
from typing import TypeVar

T = TypeVar("T")

OBJECTS = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: web
  namespace: n1
  labels: {app: web, tier: front}
  annotations: {a.b/c: "x.y.z", n: "5"}
spec:
  replicas: 3
  big: 123456789
  f: 1.50
  n: null
  template:
    spec:
      containers:
      - name: web
        image: nginx:1.2
        args: [a, b, "3"]
        env:
        - {name: A, value: "1"}
        - name: B
          value: two
      - name: side
        image: side:1
        ports: [{containerPort: 80}, {containerPort: 81, name: x}]
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: cm
  labels: {app: web}
data:
  k: v
  num: "7"
  url: http://a.b/c/d
  json: '{"a": {"b": [1, "x", {"c": 5}], "s": "t"}, "n": 1}'
  pretty: |
    {
      "a": {
        "b": "c"
      },
      "l": [1, 2]
    }
---
apiVersion: v1
kind: Service
metadata: {name: web}
spec:
  ports:
  - {port: 80, name: http}
  - {port: 443}
---
apiVersion: e.com/v1
kind: Foo
metadata: {name: foo, namespace: default, annotations: {q: r}}
spec: {list: [{name: a, v: 1}, {name: b, v: 2}], m: {k: v}, s: text, b: true, e: {}, el: []}
"""
DIRECTIVES = ("delete", "replace", "merge")
SCALARS = ("x", "y", '"5"', "5", "null", "true", '"a"', "~", "1.5", '"true"')
POINTERS = [
    "/metadata/labels/app",
    "/metadata/annotations/new",
    "/metadata/annotations/a.b~1c",
    "/metadata/name",
    "/metadata/namespace",
    "/spec/replicas",
    "/spec/template/spec/containers/0/image",
    "/spec/template/spec/containers/-",
    "/spec/template/spec/containers/1",
    "/spec/template/spec/containers/-1",
    "/spec/template/spec/containers/0/args/1",
    "/spec/template/spec/containers/0/args/-",
    "/spec/template/spec/containers/0/args/+1",
    "/spec/template/spec/containers/0/args/9",
    "/spec/n",
    "/spec/n/x",
    "/spec/missing",
    "/spec/missing/x",
    "/spec/big",
    "/spec/f",
    "/spec",
    "/metadata/annotations",
    "/metadata",
    "/",
    "/kind",
    "data/k",
    "/data/k",
    "/data/json",
    "/spec/ports/0/port",
    "/spec/ports/-",
    "/spec/list/0",
    "/spec/list/-3",
    "/spec/list/2",
    "/spec/m",
    "/spec/s",
    "/spec/e/x",
    "/spec/el/-",
    "/spec/el/0",
    "/metadata/labels",
    "",
]
VALUES = (
    *(['5', '"5"', 'x', 'true', 'null', '1.0', '1000000', '12345678', '2020-01-02', '"2020-01-02"', '0.5', '"yes"', 'yes', '~', '[]', '{}', '""', '1e3']),
    "{a: b}", "[1, 2]", "{name: z, image: q}", "{name: null}",
)  # fmt: skip
SELECTORS = (
    "{kind: Deployment}", "{name: web}", "{name: w.*}", "{kind: ConfigMap, name: cm}", "{}", "{labelSelector: app=web}",
    '{labelSelector: "app in (web,x),tier"}', '{labelSelector: "!app"}', "{annotationSelector: q=r}", "{namespace: n1}",
    "{namespace: default}", "{group: apps}", "{group: apps, version: v1}", '{kind: "Foo|Service"}', "{kind: Nope}",
    "{name: we}", "{version: v1, kind: Foo}", '{namespace: "n."}', "{name: p-web}", '{labelSelector: "a=="}',
)  # fmt: skip
SOURCES = (
    "kind: Deployment", "kind: ConfigMap", "kind: Foo", "kind: Service", "name: web", "name: cm", "name: foo",
    "kind: Deployment, name: web, namespace: n1", "kind: Foo, namespace: default", "group: apps", "kind: Dep.*",
)  # fmt: skip
READ_PATHS = [
    "metadata.name",
    "metadata.namespace",
    "spec.replicas",
    "spec.big",
    "spec.f",
    "spec.template.spec.containers.0.image",
    "spec.template.spec.containers.[name=side].image",
    "spec.template.spec.containers.[name=side]",
    "data.k",
    "data.num",
    "data.url",
    "data.json",
    "metadata.annotations.[a.b/c]",
    "metadata.annotations.a\\.b/c",
    "spec.missing",
    "spec.n",
    "spec.b",
    "spec.m",
    "spec.list",
    "spec.e",
    "spec.list.[v=2].name",
    "spec.template.spec.containers.*.image",
    "spec.template.spec.containers.-",
    "metadata.labels",
    "spec.ports.0.port",
    "spec.ports.[port=443].port",
    "kind",
    "data",
    "spec.list.5.v",
    "spec.-1",
    "spec.template.spec.containers.[name=web].args.[=b]",
    "",
]
WRITE_PATHS = [
    *READ_PATHS,
    *[
        "spec.new",
        "spec.new.deep.er",
        "spec.template.spec.containers.[name=new].image",
        "spec.template.spec.containers.[name=web].env.[name=A].value",
        "spec.template.spec.containers.[name=web].env.[name=C].value",
        "spec.template.spec.containers.2.image",
        "spec.template.spec.containers.3.image",
        "spec.template.spec.containers.[name=w].image",
        "spec.list.*.v",
        "spec.list.*.new",
        "metadata.labels.new",
        "metadata.annotations.[x.y/z]",
        "data.json.a.s",
        "data.json.a.b.0",
        "data.json.a.b.2.c",
        "data.json.n",
        "data.json.new",
        "data.json.a.b.*",
        "data.json.a.b.3",
        "data.pretty.a.b",
        "data.pretty.l.0",
        "data.pretty.new.x",
        "data.k.x",
        "data.num.x",
        "spec.n.x",
        "spec.el.0",
        "spec.el.[name=z].v",
        "spec.el.[=z]",
        "spec.e.x",
        "spec.s.x",
        "spec.list.[name=a|b].v",
        "data.json.a.b.[=x]",
        "spec.list.[name=a].w.0.q",
        "spec.ports.0",
        "metadata",
        "spec.list.[v=1]",
    ],
]
TRANSFORMERS = [
    "PatchTransformer",
    "ReplacementTransformer",
    "ValueAddTransformer",
    "LabelTransformer",
    "PrefixSuffixTransformer",
    "PatchJson6902Transformer",
    "NamespaceTransformer",
    "ImageTagTransformer",
    "ReplicaCountTransformer",
    "AnnotationsTransformer",
    "HashTransformer",
    "PrefixTransformer",
    "Bogus",
]
FIELD_SPECS = (
    "{path: metadata/name}", "{path: metadata/labels, create: true}", "{path: spec/replicas}",
    "{path: spec/m/k, create: true}", "{path: metadata/annotations, create: true, kind: Foo}",
    "{path: spec/template/spec/containers[]/image}", "{path: metadata/namespace, create: true}",
)  # fmt: skip
ADD_PATHS = [
    "metadata/namespace",
    "spec/s",
    "spec/new/x",
    "data/url",
    "metadata/annotations/a.b\\/c",
    "spec/replicas",
    "spec/list/0/v",
    "spec/list",
    "spec/template/spec/containers/[name=web]/image",
    "spec/n",
    "spec/n/x",
    "/spec/s",
    "spec/el/[name=z]/q",
]


class Maker:
    """The tree of one seed."""

    def __init__(self, seed: int) -> None:
        self.rng = random.Random(seed)

    def chance(self, probability: float) -> bool:
        return self.rng.random() < probability

    def one(self, choices: Sequence[T]) -> T:
        return self.rng.choice(choices)

    def tree(self) -> dict[str, str]:
        """Path to text."""
        files = {"r.yaml": OBJECTS}
        text = "resources: [r.yaml]\n"
        if self.chance(0.15):
            files = {
                "base/r.yaml": OBJECTS,
                "base/kustomization.yaml": "resources: [r.yaml]\nnamePrefix: p-\n",
            }
            text = "resources: [base]\n"
        text += "nameSuffix: -s\n" if self.chance(0.15) else ""
        text += "namespace: zz\n" if self.chance(0.1) else ""
        part = self.one(
            (self.json_patches, self.replacements, self.merge_patch, self.merge_patch, self.plugin)
        )
        files["kustomization.yaml"] = text + part(files)
        return files

    # -- JSON patches

    def operation(self) -> str:
        kind = self.one(("add", "add", "replace", "replace", "remove", "test", "move", "copy"))
        fields = [f"op: {'bogus' if self.chance(0.02) else kind}"]
        if self.chance(0.98):
            fields.append(f"path: {json.dumps(self.one(POINTERS))}")
        if kind in ("move", "copy"):
            fields.append(f"from: {json.dumps(self.one(POINTERS))}")
        if kind in ("add", "replace", "test") and self.chance(0.97):
            fields.append(f"value: {self.one(VALUES)}")
        return "{" + ", ".join(fields) + "}"

    def json_patches(self, files: dict[str, str]) -> str:
        text = "patches:\n"
        for index in range(self.rng.randint(1, 2)):
            operations = [self.operation() for _ in range(self.one((1, 1, 2, 3)))]
            files[f"p{index}.yaml"] = "".join(f"- {each}\n" for each in operations)
            target = self.one(("{kind: Deployment}", "{kind: ConfigMap}", "{kind: Foo}", self.one(SELECTORS)))
            text += f"- path: p{index}.yaml\n  target: {target}\n"
        return text

    # -- merge patches

    def directive(self, probability: float) -> list[str]:
        return [f"$patch: {self.one(DIRECTIVES)}"] if self.chance(probability) else []

    def items(self, key: str, values: str, more: Callable[[], list[str]] | None = None) -> str:
        found = []
        for _ in range(self.rng.randint(0, 4)):
            fields = [f"{key}: {self.one(values.split())}"] if self.chance(0.93) else []
            fields += more() if more else []
            found.append("{" + ", ".join(fields + self.directive(0.07)) + "}")
        if self.chance(0.08):
            found.insert(self.rng.randint(0, len(found)), "{" + self.directive(1)[0] + "}")
        found += ["null"] if self.chance(0.03) else []
        return "[" + ", ".join(found) + "]"

    def mapping(self, depth: int = 0) -> str:
        fields = []
        for key in self.rng.sample(["a", "b", "c", "k1"], self.rng.randint(0, 3)):
            nested = self.chance(0.25) and depth < 2
            lists = ("[a, b]", "[]", "[{name: q}]", "[{name: q, v: null}, {$patch: delete}]")
            value = self.mapping(depth + 1) if nested else self.one(lists if self.chance(0.15) else SCALARS)
            fields.append(f"{key}: {value}")
        return "{" + ", ".join(fields + self.directive(0.1)) + "}"

    def ports(self, key: str) -> str:
        def more() -> list[str]:
            fields = [f"protocol: {self.one(('TCP', 'UDP'))}"] if self.chance(0.5) else []
            return fields + ([f"name: {self.one('pqr')}"] if self.chance(0.5) else [])

        return self.items(key, "80 81 82", more)

    def container(self) -> list[str]:
        parts: dict[str, Callable[[], str]] = {
            "image": lambda: self.one(("i1", '"i2"')),
            "env": lambda: self.items("name", "A B C", lambda: [f"value: {self.one(SCALARS)}"]),
            "ports": lambda: self.ports("containerPort"),
            "args": lambda: self.one(("[a]", "[]", "null", "[{$patch: replace}, x]")),
            "volumeMounts": lambda: self.items("mountPath", "/a /b", lambda: ["name: v"]),
            "resources": lambda: self.one(
                ("{limits: {cpu: 1}}", "{limits: null}", "null", "{$patch: bogus}")
            ),
        }
        return [f"{key}: {make()}" for key, make in parts.items() if self.chance(0.35)]

    def merge_patch(self, files: dict[str, str]) -> str:
        kind, name = self.one((("Deployment", "web"), ("Service", "web"), ("Foo", "foo")))
        if kind == "Deployment":
            pod = [f"containers: {self.items('name', 'web side new', self.container)}"]
            pod += [f"volumes: {self.items('name', 'v w')}"] if self.chance(0.3) else []
            spec = f"{{template: {{spec: {{{', '.join(pod + self.directive(0.1))}}}}}, replicas: {self.one(SCALARS)}}}"
        elif kind == "Service":
            spec = f"{{ports: {self.ports('port')}, selector: {self.mapping()}}}"
        else:
            spec = self.mapping()
        meta = [f"name: {name}"] + (["namespace: n1"] if kind == "Deployment" else [])
        meta += [f"labels: {self.mapping(5)}"] if self.chance(0.2) else []
        meta += [f"finalizers: {self.one(('[a, b]', '[]', 'null', '[a, a]'))}"] if self.chance(0.2) else []
        group = {"Deployment": "apps/v1", "Service": "v1", "Foo": "e.com/v1"}[kind]
        files["p.yaml"] = (
            f"apiVersion: {group}\nkind: {kind}\nmetadata: {{{', '.join(meta)}}}\nspec: {spec}\n"
        )
        files["p.yaml"] += "".join(f"{each}\n" for each in self.directive(0.05))
        text = "patches:\n- path: p.yaml\n"
        if self.chance(0.4):
            text += f"  target: {self.one(SELECTORS)}\n"
        if self.chance(0.2):
            text += f"  options: {{allowNameChange: true, allowKindChange: {self.one(('true', 'false'))}}}\n"
        return text

    # -- replacements

    def options(self) -> str:
        fields = [f"delimiter: {json.dumps(self.one('./:-'))}"] if self.chance(0.4) else []
        fields += [f"index: {self.one((0, 1, 2, 9, -1))}"] if self.chance(0.4) else []
        return ", ".join(fields)

    def replacement(self) -> str:
        if self.chance(0.15):
            text = f"- sourceValue: {json.dumps(self.one(('x', '5', 'true', 'a.b', '', 'null', '2020-01-01')))}\n"
        else:
            path = f", fieldPath: {json.dumps(self.one(READ_PATHS))}" if self.chance(0.9) else ""
            options = f", options: {{{self.options()}}}" if self.chance(0.35) else ""
            text = f"- source: {{{self.one(SOURCES)}{path}{options}}}\n"
        text += "  targets:\n"
        for _ in range(self.rng.randint(1, 2)):
            text += f"  - select: {self.one(SELECTORS)}\n"
            text += f"    reject: [{self.one(SELECTORS)}]\n" if self.chance(0.25) else ""
            text += f"    fieldPaths: {json.dumps([self.one(WRITE_PATHS)])}\n" if self.chance(0.95) else ""
            if self.chance(0.6):
                create = ["create: true"] if self.chance(0.5) else []
                text += "    options: {" + ", ".join([*create, *filter(None, [self.options()])]) + "}\n"
        return text

    def replacements(self, files: dict[str, str]) -> str:
        return "replacements:\n" + "".join(self.replacement() for _ in range(self.one((1, 1, 2))))

    # -- plugins

    def specs(self) -> str:
        return (
            "fieldSpecs: [" + ", ".join(self.one(FIELD_SPECS) for _ in range(self.rng.randint(0, 2))) + "]\n"
        )

    def plugin(self, files: dict[str, str]) -> str:
        kind = self.one(TRANSFORMERS)
        made = {
            "PatchTransformer": f"patch: {json.dumps('- ' + self.operation())}\ntarget: {self.one(SELECTORS)}\n",
            "PatchJson6902Transformer": f"jsonOp: {json.dumps('- ' + self.operation())}\ntarget: {{name: web}}\n",
            "ReplacementTransformer": f"replacements:\n{self.replacement()}",
            "NamespaceTransformer": self.specs()
            + self.one(("", "unsetOnly: true\n", "setRoleBindingSubjects: bad\n")),
            "ImageTagTransformer": f"imageTag: {{name: {self.one(('nginx', 'n.*'))}, newTag: 9}}\n{self.specs()}",
            "ReplicaCountTransformer": f"replica: {{name: web, count: 7}}\n{self.specs()}",
            "LabelTransformer": f"labels: {{x: y, n: 5}}\n{self.specs()}",
            "AnnotationsTransformer": f"annotations: {{x: y, b: true}}\n{self.specs()}",
            "PrefixSuffixTransformer": "prefix: a-\nsuffix: -z\n"
            + (self.specs() if self.chance(0.8) else ""),
            "PrefixTransformer": "prefix: a-\n" + (self.specs() if self.chance(0.8) else ""),
            "ValueAddTransformer": self.value_add(),
        }
        files["t.yaml"] = (
            f"apiVersion: builtin\nkind: {kind}\nmetadata: {{name: t, namespace: q}}\n{made.get(kind, '')}"
        )
        return "transformers: [t.yaml]\n"

    def value_add(self) -> str:
        text = self.one(("", "value: vv\n", 'value: "5"\n', "value: 7\n")) + "targets:\n"
        for _ in range(self.rng.randint(1, 2)):
            text += f"- fieldPath: {json.dumps(self.one(ADD_PATHS))}\n"
            text += f"  selector: {self.one(SELECTORS)}\n" if self.chance(0.7) else ""
            text += f"  filePathPosition: {self.one((0, 1, 2, 3, 99))}\n" if self.chance(0.4) else ""
        return text


def compare(seed: int, folder: str, tool: str) -> tuple[str, str]:
    """`(verdict, detail)`: `same`, `refused` by both, `differs`, or `slow` where upstream does not end."""
    from fuzzing.run import ours

    shutil.rmtree(folder, ignore_errors=True)
    for path, text in Maker(seed).tree().items():
        os.makedirs(os.path.dirname(f"{folder}/{path}"), exist_ok=True)
        with open(f"{folder}/{path}", "w", encoding="utf-8") as file:
            file.write(text)
    try:
        done = subprocess.run([tool, "build", folder], capture_output=True, check=False, timeout=10)
    except subprocess.TimeoutExpired:
        return "slow", ""
    built, text = ours(folder)
    if done.returncode:
        message = done.stderr.decode(errors="replace")
        return ("differs", f"upstream refuses: {message[-500:]}") if built else ("refused", "")
    theirs = done.stdout.decode()
    if not built:
        return "differs", f"we refuse: {text}"
    if text == theirs:
        return "same", ""
    lines = difflib.unified_diff(theirs.splitlines(), text.splitlines(), "theirs", "ours", lineterm="")
    return "differs", "\n".join(list(lines)[:60])


def main() -> int:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--count", type=int, default=200)
    parser.add_argument("--start", type=int, default=0)
    parser.add_argument("--tool", default=shutil.which("kustomize") or "kustomize")
    arguments = parser.parse_args()
    verdicts: dict[str, int] = {}
    with tempfile.TemporaryDirectory(prefix="fuzz-patches-") as work:
        for seed in range(arguments.start, arguments.start + arguments.count):
            verdict, detail = compare(seed, f"{work}/tree", arguments.tool)
            verdicts[verdict] = verdicts.get(verdict, 0) + 1
            if verdict == "differs":
                print(f"seed {seed}: {detail}")
    print(", ".join(f"{count} {verdict}" for verdict, count in sorted(verdicts.items())))
    return 1 if verdicts.get("differs") else 0


if __name__ == "__main__":
    sys.exit(main())
