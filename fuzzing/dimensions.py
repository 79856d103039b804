"""What of a repository can grow: one row for each way, with a tree of any size. Measured by `fuzzing.growth`.

A tree is files by path. Commands of an overlay get `app`; `diff` also gets `other`, which is `app` and one change
of every object; `secrets decrypt` gets `secret.enc.yaml` or another name that starts with `secret`.
"""

from __future__ import annotations

import base64
import functools
import json
import random
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

Files = dict[str, str]
OVERLAY = ("cmp-generate", "parameters", "paths", "validate", "diff", "models show")
DECRYPT = ("secrets decrypt",)
RENDER = ("cmp-generate",)
VALIDATE = ("validate",)
DIFF = ("diff",)
# Places of docs/limits.md (`cmp.cli.limits_page.PLACES`).
SELECTIONS = "patches and replacements that select objects by a pattern, a label or only the kind"
REPEATED = "merge patches of a list whose items have no merge key, or the same one"
COPIES = "a value that is copied into many objects"
INDENTED = "the indentation of nested values"
SCHEMAS = "the size of a CRD of the same render, in `validate`"
CHANGED = "patches of one object, and components that change all objects"
DEPLOYED = "Applications that deploy one folder, in `validate`"
STRINGS = "replacements of parts of one string"
ROLES = "roles of an AppProject, in `validate`"
NOW = "2026-01-01T00:00:00Z"


class Dimension(NamedTuple):
    """make: size to files. start: the first size. bound: the place in docs/limits.md where it may grow faster than
    its input, "" where it may not. most: the largest size that is worth a measurement. fails: whether every command
    is to end with an error, and `parameters` to announce no values.
    """

    name: str
    make: Callable[[int], Files]
    start: int
    bound: str = ""
    commands: tuple[str, ...] = OVERLAY
    most: int = 1 << 30
    fails: bool = False


# -- pieces


def _each(count: int, text: str) -> str:
    """`text` for each number below `count`, in place of `@`."""
    return "".join([text.replace("@", str(number)) for number in range(count)])


def _pad(lines: str, columns: int) -> str:
    return "".join(" " * columns + line + "\n" for line in lines.splitlines())


CONFIG = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c@, labels: {app: c@}}\ndata: {k: v@}\n"
DEPLOYMENT = """---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d@, labels: {app: d@}}
spec:
  replicas: 1
  selector: {matchLabels: {app: d@}}
  template:
    metadata: {labels: {app: d@}}
    spec:
      containers:
      - name: main
        image: registry.example.com/i@:1
        envFrom: [{configMapRef: {name: c@}}]
        resources: {limits: {cpu: '1', memory: 1Gi}, requests: {cpu: 100m, memory: 1Gi}}
"""
SERVICE = "---\napiVersion: v1\nkind: Service\nmetadata: {name: s@}\nspec: {selector: {app: d@}, ports: [{port: 80}]}\n"
MODELS = """---
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata: {name: models, annotations: {config.kubernetes.io/local-config: 'true'}}
spec:
  models:
    only: {uri: s3://models/one, targets: {server: {kind: Deployment, name: served, env: MODEL_URI}}}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: served}
spec:
  selector: {matchLabels: {app: served}}
  template:
    metadata: {labels: {app: served}}
    spec: {containers: [{name: main, image: i, env: [{name: MODEL_URI, value: s3://models/one}]}]}
"""


def overlay(resources: str, kustomization: str = "", models: str = MODELS, **more: str) -> Files:
    """A tree of one base and one overlay; more: further files below `app`, `__` for a dot and `_s_` a slash."""
    return {
        "base/kustomization.yaml": "resources: [r.yaml, m.yaml]\n",
        "base/r.yaml": resources,
        "base/m.yaml": models,
        "app/kustomization.yaml": f"resources: [../base]\n{kustomization}",
        "other/kustomization.yaml": "resources: [../app]\ncommonAnnotations: {changed: 'yes'}\n",
        **{"app/" + name.replace("_s_", "/").replace("__", "."): text for name, text in more.items()},
    }


def config(body: str, **more: str) -> Files:
    """A tree with a ConfigMap that has `body`."""
    return overlay(f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: a}}\n{body}", **more)


# -- trees


def _layers(count: int) -> Files:
    files = overlay(_each(20, CONFIG))
    below = "base"
    for number in range(count):
        files[f"l{number}/kustomization.yaml"] = (
            f"resources: [../{below}]\nnamePrefix: p{number}-\ncommonAnnotations: {{a{number}: x}}\n"
        )
        below = f"l{number}"
    files["app/kustomization.yaml"] = f"resources: [../{below}]\n"
    return files


def _components(count: int, chained: bool) -> Files:
    """Listed side by side, or each by the one before it."""
    files = overlay(
        _each(20, CONFIG),
        "components: " + ("[../k0]\n" if chained else json.dumps([f"../k{n}" for n in range(count)]) + "\n"),
    )
    for number in range(count):
        following = f"components: [../k{number + 1}]\n" if chained and number + 1 < count else ""
        files[f"k{number}/kustomization.yaml"] = (
            f"apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncommonAnnotations: {{a{number}: x}}\n{following}"
        )
    return files


def _files(count: int) -> Files:
    files = overlay(CONFIG.replace("@", "-base"))
    files["app/kustomization.yaml"] = (
        f"resources: {json.dumps(['../base', *(f'r{n}.yaml' for n in range(count))])}\n"
    )
    return files | {f"app/r{n}.yaml": CONFIG.replace("@", str(n)) for n in range(count)}


def _folders(count: int) -> Files:
    files = overlay(CONFIG.replace("@", "-base"))
    files["app/kustomization.yaml"] = (
        f"resources: {json.dumps(['../base', *(f'../b{n}' for n in range(count))])}\n"
    )
    for number in range(count):
        files[f"b{number}/kustomization.yaml"] = "resources: [r.yaml]\n"
        files[f"b{number}/r.yaml"] = CONFIG.replace("@", str(number))
    return files


def _nested(count: int, flow: bool) -> Files:
    """`count` levels in each of 40 ConfigMap-like objects."""
    if flow:
        body = "spec: " + "{a: " * count + "1" + "}" * count + "\n"
    else:
        body = (
            "spec:\n" + "".join("  " * (n + 1) + "a:\n" for n in range(count - 1)) + "  " * count + "a: 1\n"
        )
    return overlay(_each(40, f"---\napiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: t@}}\n{body}"))


def _patches(count: int, patch: str, objects: int = 0) -> Files:
    return overlay(_each(objects or count, DEPLOYMENT + CONFIG), "patches:\n" + _each(count, patch))


MERGE = (
    "- patch: |-\n    {apiVersion: apps/v1, kind: Deployment, metadata: {name: d@}, spec: {replicas: 2}}\n"
)
JSON6902 = """- {target: {kind: Deployment, name: d@}, patch: '[{"op": "replace", "path": "/spec/replicas", "value": 2}]'}\n"""
BY_LABEL = """- {target: {labelSelector: app=d@}, patch: '[{"op": "add", "path": "/metadata/labels/x", "value": "y"}]'}\n"""
BY_PATTERN = """- {target: {kind: Deployment, name: 'd@.?'}, patch: '[{"op": "replace", "path": "/spec/replicas", "value": 2}]'}\n"""
BY_KIND = (
    """- {target: {kind: Deployment}, patch: '[{"op": "replace", "path": "/spec/replicas", "value": @}]'}\n"""
)
REPLACEMENT = """- source: {kind: ConfigMap, name: c@, fieldPath: data.k}
  targets: [{select: {kind: Deployment, name: d@}, fieldPaths: [spec.template.spec.containers.0.image]}]
"""
TO_ALL = """- source: {kind: ConfigMap, name: c@, fieldPath: data.k}
  targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.spec.containers.0.image]}]
"""


def _operations(count: int, operation: str) -> Files:
    return overlay(
        _each(1, DEPLOYMENT + CONFIG),
        "patches: [{path: p.yaml, target: {kind: Deployment, name: d0}}]\n",
        p__yaml=_each(count, operation),
    )


def _replacements(count: int, entry: str) -> Files:
    return overlay(_each(count, DEPLOYMENT + CONFIG), "replacements:\n" + _each(count, entry))


def _fan_out(count: int) -> Files:
    entry = "- source: {kind: ConfigMap, name: c0, fieldPath: data}\n  targets: [{select: {kind: Deployment}, fieldPaths: [spec.template.metadata.annotations], options: {create: true}}]\n"
    return overlay(_each(count, DEPLOYMENT) + CONFIG.replace("@", "0"), "replacements:\n" + entry)


def _long_fan_out(count: int) -> Files:
    """A string of `count` characters into `count`/100 objects."""
    files = _fan_out(count // 100)
    files["base/r.yaml"] += (
        "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: long}\ndata: {k: " + "x" * count + "}\n"
    )
    files["app/kustomization.yaml"] = files["app/kustomization.yaml"].replace("name: c0", "name: long")
    return files


def _list_patch(count: int) -> Files:
    """A merge by key of two lists with `count` items."""
    items = _each(count, "      - {name: v@, image: 'i:1'}\n")
    body = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: big}\nspec:\n  template:\n    spec:\n      containers:\n"
    return overlay(body + items, "patches: [{path: p.yaml}]\n", p__yaml=body + items.replace("i:1", "i:2"))


def _repeated_key(count: int) -> Files:
    files = _list_patch(count)
    files["base/r.yaml"] += "      - {name: v0, image: 'i:1'}\n"
    return files


def _set_patch(count: int) -> Files:
    """A merge of two lists of strings."""
    body = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: big\n  finalizers: ["
    return overlay(
        body + ", ".join(f"a.b/f{n}" for n in range(count)) + "]\n",
        "patches: [{path: p.yaml}]\n",
        p__yaml=body + ", ".join(f"a.b/g{n}" for n in range(count)) + "]\n",
    )


def _generator_files(count: int) -> Files:
    names = [f"f{n}.txt" for n in range(count)]
    files = overlay(CONFIG, f"configMapGenerator: [{{name: g, files: {json.dumps(names)}}}]\n")
    return files | {f"app/{name}": f"text of {name}\n" for name in names}


def _models(count: int) -> Files:
    from benchmarks.families import models

    made = models(count)
    return {
        "base/kustomization.yaml": made["base/kustomization.yaml"],
        "base/model-config.yaml": made["base/model-config.yaml"],
        "base/objects.yaml": made["base/objects.yaml"],
        "app/kustomization.yaml": made["overlay/kustomization.yaml"],
        "other/kustomization.yaml": "resources: [../app]\ncommonAnnotations: {changed: 'yes'}\n",
    }


def _targets(count: int) -> Files:
    """One model with `count` targets."""
    targets = _each(count, "        t@: {kind: Deployment, name: d@, env: MODEL_URI}\n")
    deployments = _each(count, DEPLOYMENT).replace(
        "        resources:", "        env: [{name: MODEL_URI, value: s3://models/one}]\n        resources:"
    )
    head = MODELS.partition("    only:")[0]
    return overlay(
        deployments, models=f"{head}    only:\n      uri: s3://models/one\n      targets:\n{targets}"
    )


def _prefixes(count: int) -> Files:
    prefixes = _each(count, "    - s3://models-@/\n")
    return overlay(
        CONFIG,
        models=MODELS.replace(
            "spec:\n  models:",
            f"spec:\n  policy:\n    allowedPrefixes:\n{prefixes}    - s3://models/\n  models:",
            1,
        ),
    )


def _referrers(count: int) -> Files:
    """`count` Deployments and the generated ConfigMaps that they name."""
    return overlay(
        _each(count, DEPLOYMENT),
        "namePrefix: p-\nconfigMapGenerator:\n" + _each(count, "- {name: c@, literals: [a=@]}\n"),
    )


def _one_referenced(count: int) -> Files:
    return overlay(
        _each(count, DEPLOYMENT).replace("configMapRef: {name: c", "configMapRef: {name: shared, x: "),
        "namePrefix: p-\nconfigMapGenerator: [{name: shared, literals: [a=b]}]\n",
    )


def _vars(count: int) -> Files:
    deployments = _each(count, DEPLOYMENT).replace(
        "        resources:", "        args: [$(V0)]\n        resources:"
    )
    for number in range(count):
        deployments = deployments.replace("$(V0)", f"$(V{number}.)", 1)
    variables = _each(count, "- {name: V@, objref: {apiVersion: v1, kind: ConfigMap, name: c@}}\n")
    return overlay(deployments.replace(".)", ")") + _each(count, CONFIG), f"vars:\n{variables}")


def _crds(count: int) -> Files:
    from benchmarks.families import _crd

    return overlay("---\n".join(_crd(n) for n in range(count)))


def _mistake(count: int) -> Files:
    """The error is at the end of what was read."""
    files = overlay(_each(count, DEPLOYMENT + CONFIG))
    files["base/m.yaml"] += "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c0}\n"
    return files


def _broken(count: int) -> Files:
    return overlay(_each(count, CONFIG) + "---\n: [\n")


def _blocks(count: int) -> Files:
    return config("data:\n  k: |\n" + _each(count, "    line number @ of it\n"))


def _shuffled(count: int) -> Files:
    """The lines of a value and, on the other side, the same in another order."""
    lines = [f"line {n} of {n % 7}" for n in range(count)]
    other = lines[:]
    random.Random(7).shuffle(other)
    files = _blocks(1)
    for side, text in (("app", lines), ("other", other)):
        files[f"{side}/kustomization.yaml"] = "resources: [v.yaml, ../base]\n"
        files[f"{side}/v.yaml"] = (
            "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: v}\ndata:\n  k: |\n" + _pad("\n".join(text), 4)
        )
    return files


def _other_lists(count: int) -> Files:
    """Two lists without a common item."""
    files = _blocks(1)
    for side in ("app", "other"):
        files[f"{side}/kustomization.yaml"] = "resources: [v.yaml, ../base]\n"
        items = _each(count, f"  - {{name: {side}-@, value: x}}\n")
        files[f"{side}/v.yaml"] = (
            f"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: v}}\nspec:\n  items:\n{items}"
        )
    return files


def _renamed(count: int) -> Files:
    files = overlay(_each(count, CONFIG))
    files["other/kustomization.yaml"] = "resources: [../app]\nnamePrefix: renamed-\n"
    return files


def _related(count: int) -> Files:
    """Objects that name each other, all of a kind in one namespace."""
    more = """---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: b@}
spec: {minAvailable: 1, selector: {matchLabels: {app: d@}}}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata: {name: h@}
spec: {scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d@}, minReplicas: 1, maxReplicas: 3}
---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: n@}
spec: {podSelector: {matchLabels: {app: d@}}}
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata: {name: i@}
spec: {rules: [{host: h@.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: s@, port: {number: 80}}}}]}}]}
"""
    return overlay(_each(count, DEPLOYMENT + SERVICE + CONFIG + more))


def _applications(count: int) -> Files:
    application = """---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a@, namespace: argocd}
spec:
  project: p@
  source: {repoURL: https://git.example.com/r.git, path: apps/a@, targetRevision: v1}
  destination: {server: https://kubernetes.default.svc, namespace: n@}
---
apiVersion: argoproj.io/v1alpha1
kind: AppProject
metadata: {name: p@, namespace: argocd}
spec: {sourceRepos: ['*'], destinations: [{server: '*', namespace: 'n@'}]}
"""
    return overlay(_each(count, application))


def _policies(count: int) -> Files:
    """`count` findings in one file, each about all pods."""
    policy = """---
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata: {name: n@}
spec: {podSelector: {}}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: b@}
spec: {minAvailable: 1, selector: {}}
"""
    return overlay(_each(count, DEPLOYMENT + policy))


def _same_host(count: int) -> Files:
    ingress = "---\napiVersion: networking.k8s.io/v1\nkind: Ingress\nmetadata: {name: i@}\nspec: {rules: [{host: h.example.com, http: {paths: [{path: /, pathType: Prefix, backend: {service: {name: s, port: {number: 80}}}}]}}]}\n"
    return overlay(_each(count, ingress))


def _same_name(count: int) -> Files:
    """One name in `count` namespaces, and who refers to it in each."""
    config = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: n@}\ndata: {k: v}\n"
    named = DEPLOYMENT.replace("metadata: {name: d@", "metadata: {namespace: n@, name: d", 1)
    return overlay(_each(count, config + named.replace("name: c@", "name: c")), "namePrefix: p-\n")


def _custom(schema: str, objects: str) -> Files:
    """A CustomResourceDefinition whose spec has `schema`, and objects of it."""
    head = "apiVersion: apiextensions.k8s.io/v1\nkind: CustomResourceDefinition\nmetadata: {name: things.example.com}\nspec:\n  group: example.com\n  names: {kind: Thing, plural: things}\n  scope: Namespaced\n  versions:\n  - name: v1\n    served: true\n    storage: true\n    schema:\n      openAPIV3Schema:\n        type: object\n        properties:\n          spec:\n"
    return overlay(head + _pad(schema, 12) + objects)


THING = "---\napiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t@}\n"


def _unknown_fields(count: int) -> Files:
    """A schema with `count` fields, and an object with as many that are misspelt."""
    schema = "type: object\nproperties:\n" + _each(count, "  field@: {type: string}\n")
    return _custom(schema, THING.replace("@", "") + "spec:\n" + _each(count, "  feild@: x\n"))


def _words(count: int) -> Files:
    """`count` values that are none of `count` words."""
    words = json.dumps([f"word{number}" for number in range(count)])
    schema = f"type: array\nitems: {{type: string, enum: {words}}}"
    return _custom(schema, THING.replace("@", "") + "spec: [" + _each(count, "x@, ") + "]\n")


def _defaults(count: int) -> Files:
    """A default of `count` characters in each of `count`/100 items."""
    schema = f"type: array\nitems: {{type: object, properties: {{a: {{type: array, items: {{type: string}}, default: [{'x, ' * (count // 3)}]}}}}}}"
    return _custom(schema, THING.replace("@", "") + "spec: [" + "{}, " * (count // 100) + "]\n")


def _large_object(count: int, patch: str) -> Files:
    """`count` patches of an object with 10 times as many fields."""
    fields = _each(10 * count, "  b@: {x: [1, 2]}\n")
    return overlay(THING.replace("@", "") + "spec:\n" + fields, "patches:\n" + _each(count, patch))


PATCH_FIELD = (
    """- {target: {kind: Thing}, patch: '[{"op": "replace", "path": "/spec/b@", "value": "y"}]'}\n"""
)
MERGE_FIELD = (
    "- patch: '{apiVersion: example.com/v1, kind: Thing, metadata: {name: t}, spec: {b@: {y: 1}}}'\n"
)


def _labelling_components(count: int) -> Files:
    names = json.dumps([f"../k{number}" for number in range(count)])
    files = overlay(_each(count, DEPLOYMENT), f"components: {names}\n")
    for number in range(count):
        files[f"k{number}/kustomization.yaml"] = (
            "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
            f"labels: [{{pairs: {{l{number}: x}}}}]\n"
        )
    return files


def _parts_of_a_string(count: int) -> Files:
    """`count` replacements of one item each in a string of so many items."""
    entry = "- source: {kind: ConfigMap, name: a, fieldPath: data.k}\n  targets: [{select: {name: a}, fieldPaths: [data.l], options: {delimiter: '.', index: @}}]\n"
    return config(f"data: {{k: v, l: '{'x.' * 20 * count}'}}\n") | {
        "app/kustomization.yaml": "resources: [../base]\nreplacements:\n" + _each(count, entry)
    }


def _one_folder(count: int) -> Files:
    """`count` Applications that deploy the same `count` objects."""
    application = """---
apiVersion: argoproj.io/v1alpha1
kind: Application
metadata: {name: a@, namespace: argocd}
spec:
  project: p
  source: {repoURL: https://git.example.com/r.git, path: deployed, targetRevision: v1}
  destination: {server: https://kubernetes.default.svc, namespace: n}
"""
    return overlay(_each(count, application)) | {
        ".git/HEAD": "",
        "deployed/kustomization.yaml": "resources: [r.yaml]\n",
        "deployed/r.yaml": _each(count, CONFIG),
    }


def _roles(count: int) -> Files:
    """`count` roles of one project, and as many Applications of production in it."""
    files = _applications(count)
    text = files["base/r.yaml"].replace("project: p", "project: production # ")
    files["base/r.yaml"] = (
        text
        + "---\napiVersion: argoproj.io/v1alpha1\nkind: AppProject\nmetadata: {name: production}\nspec:\n  roles:\n"
        + _each(count, "  - {name: r@, policies: ['p, r@, applications, get, */*, allow']}\n")
    )
    return files


def _application_set(count: int) -> Files:
    template = "  template:\n    metadata: {name: 'a-{{.n}}'}\n    spec: {project: p, source: {repoURL: https://git.example.com/r.git, path: 'apps/{{.n}}'}, destination: {server: https://kubernetes.default.svc, namespace: '{{.n}}'}}\n"
    head = "apiVersion: argoproj.io/v1alpha1\nkind: ApplicationSet\nmetadata: {name: s}\nspec:\n  goTemplate: true\n"
    return overlay(
        head + "  generators:\n  - list:\n      elements:\n" + _each(count, "      - {n: x@}\n") + template
    )


# -- encrypted files


@functools.cache
def identity() -> Any:
    """The key that opens every encrypted file of these trees."""
    from cmp import age

    return age.X25519Identity(bytes([21] * 32))


def seal(text: str, fmt: str = "yaml", recipients: int = 1, regex: str = "") -> str:
    """An encrypted file for the key above and, after it, further recipients."""
    from cmp import age
    from cmp.sops.write.document import NewFile, encrypt

    others = (age.X25519Identity(n.to_bytes(32, "big")) for n in range(1000, 999 + recipients))
    group = (*(str(each.recipient()) for each in others), str(identity().recipient()))
    rule = ("encrypted_regex", regex) if regex else None
    return encrypt(text.encode(), fmt, NewFile((group,), rule), NOW).data.decode()


SECRET = "apiVersion: v1\nkind: Secret\nmetadata:\n    name: s@\nstringData:\n    k: value number @\n"


def _encrypted(count: int) -> Files:
    """`count` files; sealed one by one, so that each has a data key of its own."""
    files = overlay(CONFIG)
    files["app/kustomization.yaml"] = (
        f"resources: {json.dumps(['../base', *(f's{n}.yaml' for n in range(count))])}\n"
    )
    return files | {
        f"app/s{n}.yaml": seal(SECRET.replace("@", str(n)), regex="^stringData$") for n in range(count)
    }


def _secret_keys(count: int) -> str:
    return SECRET.replace("@", "") + _each(count, "    k@: value number @\n")


def _with_secret(text: str) -> Files:
    files = overlay(CONFIG)
    files["app/kustomization.yaml"] = "resources: [../base, s.yaml]\n"
    return files | {"app/s.yaml": text, "secret.enc.yaml": text}


def _recipients(count: int) -> Files:
    return _with_secret(seal(SECRET.replace("@", ""), recipients=count, regex="^stringData$"))


def _dotted(count: int) -> str:
    return "\n".join("    " + "  " * n + f"d{n}:" for n in range(count)) + " x\n"


def _alike(count: int) -> str:
    """One list of strings in a file of its own."""
    return "list:\n" + _each(count, "    - item @\n")


def _ratio(count: int) -> str:
    """Aliases to one anchor with few nodes: what go-yaml still takes for harmless."""
    return "spec:\n  a: &a {x: 1, y: 2}\n" + _each(count, "  b@: *a\n")


def _thing(body: str) -> Files:
    return overlay(f"apiVersion: example.com/v1\nkind: Thing\nmetadata: {{name: t}}\n{body}")


# -- the table

DIMENSIONS: tuple[Dimension, ...] = (
    # What is in a tree.
    Dimension("resources", lambda n: overlay(_each(n, DEPLOYMENT)), 200),
    Dimension("small resources", lambda n: overlay(_each(n, CONFIG)), 500),
    Dimension("resource files", _files, 200, most=16_000),
    Dimension("bases", _folders, 100, most=4_000),
    Dimension("keys of one object", lambda n: config("data:\n" + _each(n, "  k@: value\n")), 2_000),
    Dimension(
        "items of a list",
        lambda n: _thing("spec:\n  items:\n" + _each(n, "  - {name: n@, value: v@}\n")),
        2_000,
    ),
    Dimension(
        "containers",
        lambda n: overlay(
            DEPLOYMENT.replace("@", "x").partition("      - name")[0]
            + _each(n, "      - {name: c@, image: 'r.example.com/i@:1'}\n")
        ),
        200,
    ),
    Dimension(
        "items of a List",
        lambda n: overlay(
            "apiVersion: v1\nkind: List\nitems:\n"
            + _each(n, "- {apiVersion: v1, kind: ConfigMap, metadata: {name: l@}}\n")
        ),
        500,
    ),
    Dimension("empty documents", lambda n: overlay(CONFIG + "---\n" * n), 3_000, most=48_000),
    Dimension("depth in blocks", lambda n: _nested(n, flow=False), 22, INDENTED, most=180),
    Dimension("depth in braces", lambda n: _nested(n, flow=True), 22, INDENTED, most=180),
    Dimension("layers", _layers, 7, most=60),
    Dimension("components side by side", lambda n: _components(n, chained=False), 100, most=4_000),
    Dimension("components in a chain", lambda n: _components(n, chained=True), 7, most=60),
    # What is in a text.
    Dimension("long plain string", lambda n: config(f"data: {{k: {'x' * n}}}\n"), 100_000),
    Dimension("long words", lambda n: config(f"data:\n  k: {'word ' * (n // 5)}\n"), 100_000),
    Dimension(
        "long single-quoted string", lambda n: config(f"data: {{k: '{'it is ' * (n // 6)}'}}\n"), 100_000
    ),
    Dimension(
        "long double-quoted string",
        lambda n: config('data: {k: "' + "a\\n\\u00e9b" * (n // 10) + '"}\n'),
        100_000,
    ),
    Dimension("lines of a block", _blocks, 2_000),
    Dimension(
        "lines of a folded block",
        lambda n: config("data:\n  k: >\n" + _each(n, "    line number @\n\n")),
        2_000,
    ),
    Dimension(
        "lines of a plain string",
        lambda n: config("data:\n  k: start\n" + _each(n, "    line number @\n")),
        2_000,
    ),
    Dimension(
        "lines of a quoted string",
        lambda n: config("data:\n  k: 'start\n" + _each(n, "    line number @\n\n") + "    end'\n"),
        2_000,
    ),
    Dimension("letters beyond ASCII", lambda n: config(f"data: {{k: {'äöü€' * (n // 4)}}}\n"), 100_000),
    Dimension("letters beyond the BMP", lambda n: config(f"data: {{k: {'😀x' * (n // 2)}}}\n"), 100_000),
    Dimension("blanks in a string", lambda n: config(f"data: {{k: 'a{' ' * n}b'}}\n"), 100_000),
    Dimension(
        "line breaks of Unicode",
        lambda n: config('data: {k: "' + "a\u0085  \u2028" * (n // 5) + 'b"}\n'),
        100_000,
    ),
    Dimension(
        "length of a key that is not printed",
        lambda n: config(f"data: {{? {'k' * n} : v}}\n"),
        100_000,
        commands=("parameters", "paths", "models show"),
    ),
    Dimension(
        "keys of 1,000 characters", lambda n: config("data:\n" + _each(n, f"  k@{'k' * 990}: v\n")), 50
    ),
    Dimension("comment lines", lambda n: config("# a comment\n" * n + "data: {k: v}\n"), 10_000),
    Dimension(
        "comments after values", lambda n: config("data:\n" + _each(n, "  k@: v # a comment\n")), 2_000
    ),
    Dimension("length of a comment", lambda n: config(f"data: {{k: v}} # {'c ' * (n // 2)}\n"), 100_000),
    Dimension("blank lines", lambda n: config("\n" * n + "data: {k: v}\n"), 50_000),
    Dimension(
        "items in brackets on one line",
        lambda n: _thing(f"spec: {{a: [{', '.join(map(str, range(n)))}]}}\n"),
        5_000,
    ),
    Dimension(
        "fields in braces on one line",
        lambda n: _thing("spec: {" + ", ".join(f"k{m}: {m}" for m in range(n)) + "}\n"),
        2_000,
    ),
    Dimension("anchors", lambda n: _thing("spec:\n" + _each(n, "  a@: &a@ {x: 1}\n  b@: *a@\n")), 500),
    Dimension("aliases of one anchor", lambda n: _thing(_ratio(n)), 1_000),
    Dimension(
        "merge keys",
        lambda n: _thing("spec:\n  a: &a {x: 1, y: 2}\n" + _each(n, "  b@: {<<: *a, z: 3}\n")),
        500,
    ),
    Dimension("tags", lambda n: _thing("spec:\n" + _each(n, "  k@: !!str @\n")), 1_000),
    Dimension("numbers", lambda n: _thing("spec:\n" + _each(n, "  k@: @.5e3\n")), 2_000),
    Dimension("digits of a number", lambda n: _thing(f"spec: {{k: {'1' * n}}}\n"), 50_000),
    Dimension(
        "JSON resources",
        lambda n: overlay(
            '{"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "j"}, "data": {'
            + ", ".join(f'"k{m}": "v"' for m in range(n))
            + "}}\n"
        ),
        2_000,
    ),
    # What transformers do.
    Dimension("prefix and references", _referrers, 100),
    Dimension("references to one object", _one_referenced, 200),
    Dimension("namespace", lambda n: overlay(_each(n, DEPLOYMENT + SERVICE), "namespace: other\n"), 200),
    Dimension(
        "labels of a transformer",
        lambda n: overlay(_each(20, CONFIG), "commonAnnotations:\n" + _each(n, "  a@: x\n")),
        200,
    ),
    Dimension(
        "entries of labels",
        lambda n: overlay(_each(20, CONFIG), "labels:\n" + _each(n, "- pairs: {a@: x}\n")),
        200,
    ),
    Dimension(
        "labels and selectors",
        lambda n: overlay(_each(n, DEPLOYMENT + SERVICE), "commonLabels: {a: b}\n"),
        100,
    ),
    Dimension(
        "images",
        lambda n: overlay(
            _each(n, DEPLOYMENT), "images:\n" + _each(n, "- {name: registry.example.com/i@, newTag: v2}\n")
        ),
        200,
    ),
    Dimension(
        "images with patterns",
        lambda n: overlay(
            _each(50, DEPLOYMENT),
            "images:\n" + _each(n, "- {name: 'registry.example.com/[a-z]@', newTag: v2}\n"),
        ),
        50,
    ),
    Dimension(
        "replicas",
        lambda n: overlay(_each(n, DEPLOYMENT), "replicas:\n" + _each(n, "- {name: d@, count: 2}\n")),
        200,
    ),
    Dimension("vars", _vars, 50),
    Dimension(
        "sort by kind",
        lambda n: overlay(_each(n, DEPLOYMENT + CONFIG), "sortOptions: {order: legacy}\n"),
        200,
    ),
    Dimension(
        "origin annotations",
        lambda n: overlay(
            _each(n, CONFIG), "buildMetadata: [originAnnotations, transformerAnnotations]\nnamePrefix: a-\n"
        ),
        200,
    ),
    Dimension("patches by name", lambda n: _patches(n, MERGE), 100),
    Dimension("JSON patches by name", lambda n: _patches(n, JSON6902), 100),
    Dimension(
        "patches of one object",
        lambda n: overlay(DEPLOYMENT.replace("@", "0"), "patches:\n" + _each(n, MERGE.replace("d@", "d0"))),
        100,
    ),
    Dimension("patches by a pattern of names", lambda n: _patches(n, BY_PATTERN), 20, SELECTIONS),
    Dimension("patches by label", lambda n: _patches(n, BY_LABEL), 20, SELECTIONS),
    Dimension("patches of all objects", lambda n: _patches(n, BY_KIND), 20, SELECTIONS),
    Dimension("one patch of all objects", lambda n: _patches(1, BY_KIND, objects=n), 200),
    Dimension(
        "operations of a patch",
        lambda n: _operations(n, "- {op: add, path: /metadata/labels/k@, value: v}\n"),
        500,
        most=9_000,
    ),
    Dimension(
        "items that a patch appends",
        lambda n: _operations(n, "- {op: add, path: /spec/template/spec/containers/-, value: {name: x@}}\n"),
        500,
        most=9_000,
    ),
    Dimension(
        "items that a patch inserts",
        lambda n: _operations(n, "- {op: add, path: /spec/template/spec/containers/0, value: {name: x@}}\n"),
        500,
        most=9_000,
    ),
    Dimension(
        "copies in a patch",
        lambda n: _operations(n, "- {op: copy, from: /spec/template, path: /metadata/annotations}\n"),
        500,
        most=9_000,
    ),
    Dimension("merge of lists by key", _list_patch, 100),
    Dimension("merge of lists of strings", _set_patch, 500),
    Dimension("merge of a list with a repeated key", _repeated_key, 50, REPEATED),
    Dimension("replacements by name", lambda n: _replacements(n, REPLACEMENT), 100),
    Dimension("one replacement of all objects", _fan_out, 200),
    Dimension("replacements of all objects", lambda n: _replacements(n, TO_ALL), 20, SELECTIONS),
    Dimension("a long string into many objects", _long_fan_out, 2_000, COPIES),
    Dimension(
        "a long prefix of many names",
        lambda n: overlay(_each(n // 100, DEPLOYMENT + CONFIG), f"namePrefix: {'x' * n}\n"),
        2_000,
        COPIES,
    ),
    Dimension(
        "a long tag of many images",
        lambda n: overlay(
            _each(n // 100, DEPLOYMENT), f"images: [{{name: 'registry.example.com/.*', newTag: {'x' * n}}}]\n"
        ),
        2_000,
        COPIES,
    ),
    Dimension(
        "a long namespace of many objects",
        lambda n: overlay(_each(n // 100, DEPLOYMENT), f"namespace: {'x' * n}\n"),
        2_000,
        COPIES,
    ),
    Dimension(
        "literals of a generator",
        lambda n: overlay(CONFIG, "configMapGenerator:\n- name: g\n  literals:\n" + _each(n, "  - k@=v\n")),
        1_000,
    ),
    Dimension(
        "generators",
        lambda n: overlay(CONFIG, "configMapGenerator:\n" + _each(n, "- {name: g@, literals: [a=b]}\n")),
        200,
    ),
    Dimension("files of a generator", _generator_files, 200, most=16_000),
    Dimension(
        "lines of an env file",
        lambda n: overlay(
            CONFIG, "secretGenerator: [{name: g, envs: [e.env]}]\n", e__env=_each(n, "KEY@=value\n")
        ),
        1_000,
    ),
    Dimension(
        "length of a generated file",
        lambda n: overlay(CONFIG, "secretGenerator: [{name: g, files: [e.bin]}]\n", e__bin="x" * n),
        200_000,
    ),
    Dimension(
        "options of generators",
        lambda n: overlay(
            CONFIG,
            "generatorOptions:\n  labels:\n"
            + _each(n, "    a@: x\n")
            + "configMapGenerator: [{name: g, literals: [a=b]}]\n",
        ),
        500,
    ),
    Dimension("unknown kinds and CRDs", _crds, 2, most=400),
    # Models.
    Dimension("models", _models, 50),
    Dimension("targets of a model", _targets, 50),
    Dimension("allowed prefixes", _prefixes, 500),
    # Errors.
    Dimension("an error after many objects", _mistake, 200, fails=True),
    Dimension("a broken file", _broken, 500, fails=True),
    # Encrypted files.
    Dimension("encrypted files", _encrypted, 20, most=2_000),
    Dimension("recipients", _recipients, 50, commands=(*OVERLAY, *DECRYPT), most=900),
    Dimension(
        "encrypted values",
        lambda n: _with_secret(seal(_secret_keys(n), regex="^stringData$")),
        200,
        commands=(*OVERLAY, *DECRYPT),
    ),
    Dimension(
        "length of an encrypted value",
        lambda n: _with_secret(
            seal(SECRET.replace("value number @", "x" * n).replace("@", ""), regex="^stringData$")
        ),
        100_000,
        commands=(*OVERLAY, *DECRYPT),
    ),
    Dimension(
        "encrypted comments",
        lambda n: {"secret.enc.yaml": seal("# note\n" * n + "a: b\n")},
        500,
        commands=DECRYPT,
    ),
    Dimension("encrypted list", lambda n: {"secret.enc.yaml": seal(_alike(n))}, 500, commands=DECRYPT),
    Dimension(
        "depth of an encrypted file",
        lambda n: {"secret.enc.yaml": seal("a:\n" + _dotted(n))},
        22,
        commands=DECRYPT,
        most=180,
    ),
    Dimension(
        "encrypted JSON",
        lambda n: {"secret.enc.json": seal(json.dumps({f"k{m}": f"v{m}" for m in range(n)}), "json")},
        500,
        commands=DECRYPT,
    ),
    Dimension(
        "encrypted dotenv",
        lambda n: {"secret.enc.env": seal(_each(n, "K@=v@\n"), "dotenv")},
        500,
        commands=DECRYPT,
    ),
    Dimension(
        "encrypted ini",
        lambda n: {"secret.enc.ini": seal("[s]\n" + _each(n, "k@ = v@\n"), "ini")},
        500,
        commands=DECRYPT,
    ),
    Dimension(
        "encrypted bytes",
        lambda n: {"secret.enc.txt": seal(base64.b64encode(bytes(n)).decode(), "binary")},
        100_000,
        commands=DECRYPT,
    ),
    # What only a check or a comparison looks at.
    Dimension("objects that name each other", _related, 20),
    Dimension("Applications", _applications, 50, commands=(*RENDER, *VALIDATE)),
    Dimension("JSON patches of a large object", lambda n: _large_object(n, PATCH_FIELD), 20, CHANGED),
    Dimension("merge patches of a large object", lambda n: _large_object(n, MERGE_FIELD), 20, CHANGED),
    Dimension("components that label all objects", _labelling_components, 20, CHANGED),
    Dimension("parts of a string", _parts_of_a_string, 20, STRINGS),
    Dimension("Applications of one folder", _one_folder, 50, DEPLOYED, commands=VALIDATE),
    Dimension("findings about all pods", _policies, 20),
    Dimension("Ingresses of one host", _same_host, 50),
    Dimension("one name in many namespaces", _same_name, 50),
    Dimension("unknown fields of a CRD", _unknown_fields, 100, commands=VALIDATE),
    Dimension("words of an enumeration", _words, 100, SCHEMAS, commands=VALIDATE),
    Dimension("a default of many items", _defaults, 3_000, SCHEMAS, commands=VALIDATE),
    Dimension("roles over production", _roles, 20, ROLES, commands=VALIDATE),
    Dimension("elements of an ApplicationSet", _application_set, 50, commands=(*RENDER, *VALIDATE)),
    Dimension("lines in another order", _shuffled, 500, commands=DIFF),
    Dimension("lists without a common item", _other_lists, 200, commands=DIFF),
    Dimension("renamed objects", _renamed, 200, commands=DIFF),
)


def secret_of(files: Iterable[str]) -> str:
    """The encrypted file of a tree that has one, else ""."""
    return next((path for path in files if path.startswith("secret")), "")
