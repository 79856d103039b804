"""What the zygote does before its first request, so that no child has to: imports, tables, patterns."""

from __future__ import annotations

import importlib
import pkgutil

from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.server.settings import Settings

_PACKAGES = (
    "cmp.age",
    "cmp.argocd",
    "cmp.gates",
    "cmp.kustomize",
    "cmp.models",
    "cmp.render",
    "cmp.sops",
    "cmp.tree",
    "cmp.yaml",
)
# Other programs' parts of these packages, and what an operator has to ask for.
_NEVER = frozenset(
    ("cmp.kustomize.conformance", "cmp.kustomize.testing", "cmp.kustomize.remote", "cmp.models.registry")
)
_OTHERS = (
    "cmp.cli.announcing",
    "cmp.cli.log",
    "cmp.cli.output",
    "cmp.cli.rendering",
    "cmp.server.child",
    "cmp.tree.archive",
    "cryptography.hazmat.primitives.asymmetric.x25519",
    "cryptography.hazmat.primitives.ciphers.aead",
    "cryptography.hazmat.primitives.kdf.hkdf",
    "jsonpatch",
    "re2",
)
_TREE = {
    "/app/kustomization.yaml": b"""\
namespace: warm
namePrefix: a-
nameSuffix: -z
labels: [{pairs: {a: b}, includeSelectors: true}]
commonAnnotations: {a: b}
resources: [objects.yaml]
images: [{name: warm, newTag: "1"}]
replicas: [{name: warm, count: 2}]
configMapGenerator: [{name: warm, literals: [a=b]}]
secretGenerator: [{name: warm, literals: [a=b]}]
patches:
- path: patch.yaml
- target: {kind: Deployment, name: warm}
  patch: |
    - {op: add, path: /metadata/labels/c, value: d}
replacements:
- source: {kind: Service, name: warm, fieldPath: spec.ports.0.port}
  targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.port], options: {create: true}}]
""",
    "/app/patch.yaml": b"""\
apiVersion: apps/v1
kind: Deployment
metadata: {name: warm}
spec: {template: {spec: {containers: [{name: warm, env: [{name: A, value: "1"}]}]}}}
""",
    "/app/objects.yaml": b"""\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: warm
spec:
  selector: {matchLabels: {app: warm}}
  template:
    metadata:
      labels: {app: warm}
    spec:
      containers:
      - name: warm
        image: "warm:0"  # as in people's files
        envFrom:
        - configMapRef: {name: warm}
        - secretRef: {name: warm}
---
apiVersion: v1
kind: Service
metadata:
  name: warm
spec:
  selector: {app: warm}
  ports:
  - port: 80
""",
}


def warm_up(settings: Settings) -> None:
    """Import what a render may need, and render a tree of our own once."""
    for package in _PACKAGES:
        _import_all(package)
    for module in _OTHERS:
        importlib.import_module(module)
    if settings.environ.get("CMP_METRICS") or settings.environ.get("CMP_OTLP_ENDPOINT"):
        importlib.import_module("cmp.cli.metrics")
        importlib.import_module("cmp.cli.telemetry")
        importlib.import_module("cmp.cli.trace")
    _render_once()


def _import_all(package: str) -> None:
    root = importlib.import_module(package)
    for found in pkgutil.iter_modules(root.__path__, package + "."):
        if found.name in _NEVER:
            continue
        if found.ispkg:
            _import_all(found.name)
        else:
            importlib.import_module(found.name)


def _render_once() -> None:
    """The tables and patterns that are made at first use. What it renders to does not matter."""
    from cmp.cli.request import of_tree
    from cmp.tree.memory import MemoryTree
    from cmp.yaml.gojson import dumps

    try:
        rendered = of_tree(MemoryTree(_TREE), "/app", {}).render()
        for resource in rendered.resmap:
            dumps(resource.body)
    except CmpError:
        return
