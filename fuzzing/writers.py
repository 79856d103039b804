"""Two steps in a row that write the same scalars, in every form a scalar can have: `fuzzing.run --trees writers`.

What a step leaves of type and quotes shows only when the next step writes over it. Each tree has a base, in
which one writer runs, and a layer above it with another.
"""

from __future__ import annotations

import json
import random

from fuzzing.trees import RandomTree

FORMS = (
    *("b", '"b"', "'8'", "8", "1.20", "010", "true", "yes", "~", "null", '""', "!!str 7"),
    *("2020-01-01", "0x10", "1e3", "!foo x", '"a\\nb"'),
)
SOURCES = (
    *("8080", '"8080"', "x", "true", '"true"', "null", '"~"', '""', "1.20", "010", "2020-01-01", '"a\\nb"'),
    *("0x10", "yes", "!!str 7", "1a1b"),
)
COUNTS = ("1", '"1"', "1.0", "x")
OBJECTS = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, labels: {a: FORM}, annotations: {n: FORM}}
spec:
  replicas: COUNT
  selector: {matchLabels: {a: FORM}}
  template:
    metadata: {labels: {a: FORM}}
    spec:
      serviceAccountName: sa
      containers:
      - {name: c, image: 'nginx:1', args: [x, FORM], env: [{name: E, value: FORM}]}
---
apiVersion: v1
kind: ConfigMap
metadata: {name: src}
data:
  v: SOURCE
"""
GENERATORS = """\
configMapGenerator:
- name: gen
  literals: [k=5, z=q, a=yes]
  options: {disableNameSuffixHash: true, labels: {a: "7", g: x}, annotations: {nn: "7"}}
secretGenerator:
- {name: "77", namespace: "88", literals: [k=5], options: {disableNameSuffixHash: true}}
"""
DEPLOYMENT_FIELDS = (
    *("metadata.labels.a", "metadata.labels.m", "metadata.annotations.n", "spec.replicas"),
    *(
        "spec.template.spec.serviceAccountName",
        "spec.template.metadata.labels.a",
        "spec.selector.matchLabels.a",
    ),
    *("spec.template.spec.containers.[name=c].image", "spec.template.spec.containers.0.args.1"),
    "spec.template.spec.containers.[name=c].env.[name=E].value",
)
GENERATED_FIELDS = (
    *("data.k", "data.z", "data.a", "metadata.name", "metadata.namespace", "metadata.labels.a"),
    *("metadata.labels.g", "metadata.annotations.nn"),
)


def merge(target: str, kind: str, rest: str, options: str = "") -> str:
    """A merge patch with a target; without one it goes by its own name."""
    head = f"target: {target}, " if target else ""
    api_version = "apps/v1" if kind == "Deployment" else "v1"
    patch = f"{{apiVersion: {api_version}, kind: {kind}, {rest}}}"
    return f"patches: [{{{head}{options}patch: {json.dumps(patch)}}}]\n"


def operations(kind: str, *entries: tuple[str, str, str]) -> str:
    """A JSON patch of (op, path, value)."""
    text = ", ".join(f"{{op: {op}, path: {path}, value: {value}}}" for op, path, value in entries)
    return f"patches: [{{target: {{kind: {kind}}}, patch: {json.dumps(f'[{text}]')}}}]\n"


def copies(kind: str, fields: tuple[str, ...]) -> str:
    """Replacements of single fields, each on its own so that a missing one spoils no other."""
    source = "source: {kind: ConfigMap, name: src, fieldPath: data.v}"
    return "replacements:\n" + "".join(
        f"- {source}\n  targets: [{{select: {{kind: {kind}}}, fieldPaths: ['{field}'], options: {{create: true}}}}]\n"
        for field in fields
    )


WRITERS = {
    "none": "",
    "prefix": "namePrefix: p-\n",
    "prefix-of-digits": 'namePrefix: "1"\n',
    "suffix": 'nameSuffix: "-1"\n',
    "namespace": "namespace: ns1\n",
    "namespace-of-digits": 'namespace: "123"\n',
    "labels-and-selectors": 'labels: [{pairs: {a: z, m: "5"}, includeSelectors: true}]\n',
    "labels-and-templates": 'labels: [{pairs: {a: z, m: "5"}, includeTemplates: true}]\n',
    "common-labels": 'commonLabels: {a: z, m: "true"}\n',
    "annotations": 'commonAnnotations: {n: z, m: "5"}\n',
    "image": 'images: [{name: nginx, newTag: "9", newName: "5"}]\n',
    "digest": 'images: [{name: nginx, digest: "sha256:1"}]\n',
    "replicas": "replicas: [{name: d, count: 3}]\n",
    "json-texts": operations(
        "Deployment",
        *(("add", "/metadata/labels/a", "z"), ("add", "/metadata/labels/m", '"5"')),
        *(("replace", "/metadata/annotations/n", '"7"'), ("add", "/spec/replicas", '"7"')),
        ("replace", "/spec/template/spec/containers/0/args/1", '"7"'),
    ),
    "json-numbers": operations(
        "Deployment",
        *(("add", "/metadata/labels/a", "4"), ("add", "/metadata/labels/m", "5")),
        ("replace", "/spec/template/spec/containers/0/env/0/value", "7"),
    ),
    "json-generated": operations(
        "ConfigMap",
        *(("add", "/data/k", '"9"'), ("add", "/data/w", "9")),
        ("add", "/metadata/labels", '{a: "6", b: 4}'),
    ),
    "merge": merge(
        "{kind: Deployment}",
        "Deployment",
        "metadata: {name: d, labels: {a: z, m: q}, annotations: {n: z}}, spec: {replicas: 5}",
    ),
    "merge-texts": merge(
        "{kind: Deployment}",
        "Deployment",
        'metadata: {name: d, labels: {a: "7", m: "7"}, annotations: {n: "7"}}, spec: {replicas: "5", '
        'template: {spec: {containers: [{name: c, env: [{name: E, value: "3"}]}]}}}',
    ),
    "merge-numbers": merge(
        "{kind: Deployment}",
        "Deployment",
        "metadata: {name: d, labels: {a: 7, m: 7}, annotations: {n: 7}}, "
        "spec: {template: {spec: {containers: [{name: c, env: [{name: E, value: 3}]}]}}}",
    ),
    "merge-generated": merge(
        "{name: gen}",
        "ConfigMap",
        "metadata: {name: d, labels: {a: z, m: 7}, annotations: {n: 7}}, data: {k: 7, q: 9, z: yes}",
    ),
    "merge-by-name": merge(
        "",
        "ConfigMap",
        "metadata: {name: gen, labels: {a: z, m: 7}, annotations: {n: 7}}, data: {k: 7, q: 9, z: ~}",
    ),
    "merge-namespace": merge(
        "{kind: Secret}", "Secret", "metadata: {name: g, namespace: x}, type: 9, data: {k: 7}"
    ),
    "merge-name-and-kind": merge(
        "{kind: Secret}",
        "ConfigMap",
        'metadata: {name: "66", namespace: x}, type: 9, data: {k: 7}',
        "options: {allowNameChange: true, allowKindChange: true}, ",
    ),
    "value-added": (
        "transformers:\n- |\n  apiVersion: builtin\n  kind: ValueAddTransformer\n  metadata: {name: v}\n"
        '  value: "44"\n'
        "  targets: [{fieldPath: metadata/labels/a, selector: {kind: Deployment}}, {fieldPath: metadata/labels/m}]\n"
    ),
    "copies": copies("Deployment", DEPLOYMENT_FIELDS),
    "copies-to-name": copies("Deployment", ("metadata.name",)),
    "copies-to-config-map": copies("ConfigMap", GENERATED_FIELDS),
    "copies-to-secret": copies("Secret", GENERATED_FIELDS),
    "copies-of-parts": (
        'replacements:\n- source: {kind: ConfigMap, name: src, fieldPath: data.v, options: {delimiter: "1"}}\n'
        "  targets:\n  - select: {kind: Deployment}\n"
        "    fieldPaths: [metadata.labels.a, metadata.annotations.n, spec.template.spec.containers.0.args.1]\n"
        '    options: {delimiter: "-", index: -1}\n'
    ),
    "source-value": (
        'replacements:\n- sourceValue: "12"\n  targets:\n  - select: {kind: Deployment}\n'
        "    fieldPaths: [metadata.labels.a, metadata.labels.m, metadata.annotations.n, spec.replicas]\n"
        "    options: {create: true}\n"
    ),
}


def make_tree(seed: int) -> RandomTree:
    """The tree of a seed; its features are the two writers."""
    rng = random.Random(seed)
    below, above = rng.choice(list(WRITERS)), rng.choice(list(WRITERS))
    objects = OBJECTS.replace("FORM", rng.choice(FORMS)).replace("COUNT", rng.choice(COUNTS))
    files = {
        "base/objects.yaml": objects.replace("SOURCE", rng.choice(SOURCES)),
        "base/kustomization.yaml": "resources: [objects.yaml]\n" + GENERATORS + WRITERS[below],
        "top/kustomization.yaml": "resources: [../base]\n" + WRITERS[above],
    }
    encoded = {path: text.encode() for path, text in files.items()}
    return RandomTree(encoded, "top", 2, frozenset((below, above)))
