"""The families of trees that the benchmark builds, each a function from a size to files."""

from __future__ import annotations

from collections.abc import Callable
from typing import NamedTuple

Files = dict[str, str]


class Family(NamedTuple):
    """make: size to files. target: the directory to build. sizes: what to measure.

    whole: measure the whole job, not `--plain`. encrypt: a directory whose files get encrypted with `sops`;
    the other side then decrypts each of them with `sops` before it builds.
    """

    make: Callable[[int], Files]
    target: str
    sizes: tuple[int, ...]
    about: str
    whole: bool = False
    encrypt: str = ""


def _model(index: int) -> str:
    """Three of a model's four objects; the ConfigMap is generated."""
    name = f"model-{index}"
    return f"""apiVersion: apps/v1
kind: Deployment
metadata:
  name: {name}
  labels: {{app: {name}}}
spec:
  replicas: 2
  selector:
    matchLabels: {{app: {name}}}
  template:
    metadata:
      labels: {{app: {name}}}
    spec:
      serviceAccountName: {name}
      containers:
      - name: server
        image: registry.example.com/server-{index % 20}:1.0
        args: ["--model", "{name}"]
        envFrom:
        - configMapRef: {{name: {name}-config}}
        ports:
        - containerPort: 8080
        resources:
          requests: {{cpu: 100m, memory: 256Mi}}
          limits: {{cpu: 500m, memory: 1Gi}}
---
apiVersion: v1
kind: Service
metadata:
  name: {name}
spec:
  selector: {{app: {name}}}
  ports:
  - port: 80
    targetPort: 8080
---
apiVersion: v1
kind: ServiceAccount
metadata:
  name: {name}
"""


def _base(models: int) -> Files:
    generators = "".join(
        f"- name: model-{n}-config\n  literals: [MODEL=model-{n}, LEVEL=info]\n" for n in range(models)
    )
    return {
        "base/kustomization.yaml": f"resources: [models.yaml]\nconfigMapGenerator:\n{generators}",
        "base/models.yaml": "---\n".join(_model(n) for n in range(models)),
    }


JSON_PATCH = """- target: {kind: Deployment}
  patch: |-
    - op: replace
      path: /spec/replicas
      value: 3
"""


def objects(count: int) -> Files:
    """`count` objects, four to a model, under one overlay with the usual fields."""
    images = "".join(f"- {{name: registry.example.com/server-{n}, newTag: '2.{n}'}}\n" for n in range(20))
    overlay = (
        "resources: [../base]\nnamespace: prod\nnamePrefix: team-\n"
        f"labels:\n- pairs: {{env: prod}}\n  includeSelectors: true\nimages:\n{images}patches:\n{JSON_PATCH}"
    )
    return {**_base(count // 4), "overlay/kustomization.yaml": overlay}


def patch_list(count: int) -> Files:
    """`count` objects and a strategic merge patch for each Deployment by name."""
    patches = "".join(
        f"- patch: |-\n    apiVersion: apps/v1\n    kind: Deployment\n    metadata: {{name: model-{n}}}\n    spec:\n      replicas: {n % 5}\n"
        for n in range(count // 4)
    )
    return {**_base(count // 4), "overlay/kustomization.yaml": f"resources: [../base]\npatches:\n{patches}"}


def deep(layers: int) -> Files:
    """100 objects below `layers` overlays, each with prefix, annotations and a patch."""
    files = _base(25)
    below = "base"
    for depth in range(layers - 1):
        files[f"layer{depth}/kustomization.yaml"] = (
            f"resources: [../{below}]\nnamePrefix: l{depth}-\ncommonAnnotations: {{layer{depth}: 'x'}}\npatches:\n{JSON_PATCH}"
        )
        below = f"layer{depth}"
    files["overlay/kustomization.yaml"] = f"resources: [../{below}]\nnamespace: prod\n"
    return files


def images(count: int) -> Files:
    """400 objects and `count` image entries."""
    entries = "".join(f"- {{name: registry.example.com/server-{n}, newTag: 'v{n}'}}\n" for n in range(count))
    return {**_base(100), "overlay/kustomization.yaml": f"resources: [../base]\nimages:\n{entries}"}


def _replacing(count: int, values: str, entries: str) -> Files:
    """`count` objects, a ConfigMap with `values`, and the replacements `entries` over them."""
    files = _base(count)
    files["base/values.yaml"] = f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: values\ndata:\n{values}"
    files["overlay/kustomization.yaml"] = f"resources: [../base]\nreplacements:\n{entries}"
    files["base/kustomization.yaml"] = files["base/kustomization.yaml"].replace(
        "[models.yaml]", "[models.yaml, values.yaml]"
    )
    return files


def replacements(count: int) -> Files:
    """`count` replacements, each copying a ConfigMap key into one Deployment."""
    values = "".join(f"  key-{n}: 's3://bucket/{n}'\n" for n in range(count))
    entries = "".join(
        f"- source: {{kind: ConfigMap, name: values, fieldPath: data.key-{n}}}\n"
        f"  targets:\n  - select: {{kind: Deployment, name: model-{n}}}\n    fieldPaths: [spec.template.spec.containers.0.args.1]\n"
        for n in range(count)
    )
    return _replacing(count, values, entries)


def by_kind(count: int) -> Files:
    """Ten replacements, each from a ConfigMap into `count` Deployments that are selected by kind alone."""
    values = "".join(f"  key-{n}: 'value-{n}'\n" for n in range(10))
    entries = "".join(
        f"- source: {{kind: ConfigMap, name: values, fieldPath: data.key-{n}}}\n"
        f"  targets:\n  - select: {{kind: Deployment}}\n    fieldPaths: [metadata.annotations.key-{n}]\n"
        "    options: {create: true}\n"
        for n in range(10)
    )
    return _replacing(count, values, entries)


def _targets(count: int, target: str) -> Files:
    """`count` objects and a JSON patch for each Deployment; target: the rest of its target, with `{n}`."""
    patches = "".join(
        f"- target: {{kind: Deployment, {target.format(n=n)}}}\n"
        f"  patch: '- {{op: replace, path: /spec/replicas, value: {n % 5}}}'\n"
        for n in range(count // 4)
    )
    return {**_base(count // 4), "overlay/kustomization.yaml": f"resources: [../base]\npatches:\n{patches}"}


def by_label(count: int) -> Files:
    """`count` objects and a JSON patch for each Deployment, which a label selector selects."""
    return _targets(count, "labelSelector: app=model-{n}")


def by_pattern(count: int) -> Files:
    """`count` objects and a JSON patch for each Deployment, whose name a pattern matches."""
    return _targets(count, "name: 'model-{n}(-canary)?'")


def brackets(count: int) -> Files:
    """`count` objects, written in flow collections."""
    whole = "---\n".join(_in_brackets(n) for n in range(count // 2))
    return {
        "base/kustomization.yaml": "resources: [objects.yaml]\n",
        "base/objects.yaml": whole,
        "overlay/kustomization.yaml": "resources: [../base]\nnamespace: prod\n",
    }


def _in_brackets(index: int) -> str:
    name = f"model-{index}"
    return f"""apiVersion: apps/v1
kind: Deployment
metadata: {{name: {name}, labels: {{app: {name}}}}}
spec: {{replicas: 2, selector: {{matchLabels: {{app: {name}}}}},
  template: {{metadata: {{labels: {{app: {name}}}}},
   spec: {{serviceAccountName: {name},
    containers: [{{name: server, image: "registry.example.com/server-{index % 20}:1.0", args: ["--model", "{name}"],
     envFrom: [{{configMapRef: {{name: {name}-config}}}}], ports: [{{containerPort: 8080}}],
     resources: {{requests: {{cpu: 100m, memory: 256Mi}}, limits: {{cpu: 500m, memory: 1Gi}}}}}}]}}}}}}
---
apiVersion: v1
kind: Service
metadata: {{name: {name}}}
spec: {{selector: {{app: {name}}}, ports: [{{port: 80, targetPort: 8080}}]}}
"""


def crd_bundle(megabytes: int) -> Files:
    """CustomResourceDefinitions of about `megabytes` MB in one file."""
    parts: list[str] = []
    size = 0
    while size < megabytes << 20:
        parts.append(_crd(len(parts)))
        size += len(parts[-1])
    return {
        "base/kustomization.yaml": "resources: [crds.yaml]\n",
        "base/crds.yaml": "---\n".join(parts),
        "overlay/kustomization.yaml": "resources: [../base]\ncommonAnnotations: {owner: platform}\n",
    }


def _crd(index: int) -> str:
    fields = "".join(
        f"""              field{n}:
                description: |-
                  Field number {n} of the spec says how the controller treats the thing, with a
                  sentence that is about as long as those of real definitions tend to be.
                type: object
                properties:
                  enabled:
                    description: "Whether it is on: the default is off."
                    type: boolean
                  limit:
                    format: int32
                    minimum: 0
                    type: integer
                  names:
                    items:
                      type: string
                    type: array
                    x-kubernetes-list-type: set
"""
        for n in range(120)
    )
    return f"""apiVersion: apiextensions.k8s.io/v1
kind: CustomResourceDefinition
metadata:
  name: things{index}.example.com
spec:
  group: example.com
  names:
    kind: Thing{index}
    plural: things{index}
  scope: Namespaced
  versions:
  - name: v1
    served: true
    storage: true
    schema:
      openAPIV3Schema:
        type: object
        properties:
          spec:
            type: object
            properties:
{fields}"""


def secrets(count: int) -> Files:
    """`count` Secrets, each in a file of its own."""
    files = {
        f"overlay/secret-{n}.yaml": f"""apiVersion: v1
kind: Secret
metadata:
  name: secret-{n}
stringData:
  username: user-{n}
  password: correct horse battery staple {n}
  config: |
    first line
    second line
"""
        for n in range(count)
    }
    names = "".join(f"- {name.rpartition('/')[2]}\n" for name in files)
    return {**files, "overlay/kustomization.yaml": f"namespace: prod\nresources:\n{names}"}


def models(count: int) -> Files:
    """`count` models of one ModelConfig, each written into a Seldon Model and a Deployment's variable."""
    declared = objects = ""
    for n in range(count):
        declared += (
            f"    m{n}:\n      uri: s3://models/{n}/artifacts\n      targets:\n"
            f"        model: {{kind: Model, name: m{n}}}\n"
            f"        server: {{kind: Deployment, name: m{n}, env: MODEL_URI}}\n"
        )
        objects += f"""---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata:
  name: m{n}
spec:
  storageUri: REPLACE_WITH_URI
  requirements: [sklearn]
---
apiVersion: apps/v1
kind: Deployment
metadata:
  name: m{n}
spec:
  selector:
    matchLabels: {{app: m{n}}}
  template:
    metadata:
      labels: {{app: m{n}}}
    spec:
      containers:
      - name: server
        image: registry.example.com/server:1.0
        env:
        - name: MODEL_URI
          value: REPLACE_WITH_URI
"""
    config = (
        "apiVersion: cmp.mlops/v1alpha1\nkind: ModelConfig\nmetadata:\n  name: models\n"
        "  annotations: {config.kubernetes.io/local-config: 'true'}\n"
        f"spec:\n  policy:\n    allowedPrefixes: ['s3://models/']\n  models:\n{declared}"
    )
    return {
        "base/kustomization.yaml": "resources: [model-config.yaml, objects.yaml]\n",
        "base/model-config.yaml": config,
        "base/objects.yaml": objects,
        "overlay/kustomization.yaml": "resources: [../base]\nnamespace: prod\nnamePrefix: team-\n",
    }


FAMILIES: dict[str, Family] = {
    "objects": Family(
        objects,
        "overlay",
        (200, 400, 1000, 2000, 4000, 8000),
        "one overlay with namespace, prefix, labels, 20 images, a JSON patch",
    ),
    "patch-list": Family(
        patch_list, "overlay", (500, 1000, 2000, 4000, 8000), "a merge patch by name for each Deployment"
    ),
    "deep": Family(deep, "overlay", (4, 8, 16, 32), "100 objects below many layers"),
    "images": Family(images, "overlay", (125, 250, 500), "image entries over 400 objects"),
    "replacements": Family(
        replacements, "overlay", (250, 500, 1000, 2000), "replacements, one per Deployment"
    ),
    "by-kind": Family(by_kind, "overlay", (250, 500, 1000), "ten replacements into all Deployments, by kind"),
    "by-label": Family(
        by_label, "overlay", (500, 1000, 2000, 4000), "a JSON patch by label for each Deployment"
    ),
    "by-pattern": Family(
        by_pattern, "overlay", (500, 1000, 2000, 4000), "a JSON patch by a pattern for each Deployment's name"
    ),
    "brackets": Family(brackets, "overlay", (500, 1000, 2000, 4000), "objects written in flow collections"),
    "crd-bundle": Family(crd_bundle, "overlay", (1, 2, 5, 10), "megabytes of CustomResourceDefinitions"),
    "secrets": Family(
        secrets, "overlay", (25, 50, 100, 200), "SOPS files, age; against sops and kustomize", True, "overlay"
    ),
    "models": Family(
        models, "overlay", (125, 250, 500, 1000), "models of one ModelConfig, two targets each", True
    ),
}
