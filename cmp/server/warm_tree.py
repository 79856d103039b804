"""A small repository of our own, which the zygote renders before its first request.

It has what most repositories for models have: a base and an overlay, patches, generators, replacements, a
ModelConfig, and two files encrypted with SOPS. What a first render does once (late imports, tables, patterns,
a first use of the cryptographic library) is then done before any child is forked.

No key is in the package: the files are encrypted for a key that is made here and that nobody else ever sees.
"""

from __future__ import annotations

from cmp.age.x25519 import X25519Identity
from cmp.sops.write.document import NewFile, encrypt

OVERLAY = "/app/overlay"
_NOW = "2026-01-01T00:00:00Z"

_BASE = """\
resources: [objects.yaml, models.yaml, model-config.yaml]
labels:
- pairs: {team: warm}
  includeSelectors: false
  includeTemplates: true
commonAnnotations: {warm: base}
"""

_OVERLAY = """\
apiVersion: kustomize.config.k8s.io/v1beta1
kind: Kustomization
namespace: warm
namePrefix: a-
nameSuffix: -z
resources: [../base, registry.enc.yaml, more.yaml]
labels: [{pairs: {environment: warm}, includeSelectors: true}]
images: [{name: warm.test/warm, newTag: "1"}]
replicas: [{name: warm, count: 2}]
configMapGenerator:
- {name: generated, literals: [a=b], files: [board.json]}
- {name: fixed, literals: [a=b], options: {disableNameSuffixHash: true, labels: {c: d}}}
secretGenerator: [{name: generated, literals: [a=b]}]
patches:
- path: patch.yaml
- target: {kind: Deployment, name: warm}
  patch: |
    - {op: test, path: /metadata/labels/app, value: warm}
    - {op: add, path: /metadata/labels/c, value: d}
- target: {kind: Deployment, labelSelector: app=warm}
  patch: |-
    - op: replace
      path: /spec/revisionHistoryLimit
      value: 3
    - {op: remove, path: /spec/minReadySeconds}
replacements:
- source: {kind: ConfigMap, name: warm-figures, fieldPath: data.cpu}
  targets:
  - select: {kind: Deployment}
    fieldPaths: ["spec.template.spec.containers.[name=model].resources.requests.cpu"]
- source: {kind: Service, name: warm, fieldPath: spec.ports.0.port}
  targets: [{select: {kind: Deployment}, fieldPaths: [metadata.annotations.port], options: {create: true}}]
"""

_OBJECTS = """\
# What a model is served by, in plain HTTP.
apiVersion: apps/v1
kind: Deployment
metadata:
  name: warm
  labels:
    app: warm
spec:
  replicas: 1
  revisionHistoryLimit: 5
  minReadySeconds: 1
  selector:
    matchLabels:
      app: warm
  template:
    metadata:
      labels: {app: warm}
    spec:
      serviceAccountName: warm
      securityContext: {runAsNonRoot: true, runAsUser: 10001}
      containers:
        - name: model
          image: "warm.test/warm:0"  # as in people's files
          ports:
            - name: http
              containerPort: 8080
          env:
            - name: MODEL_URI
              value: s3://warm/placeholder
            - name: SPLIT
              valueFrom:
                configMapKeyRef: {name: warm-figures, key: split-one}
          envFrom:
            - configMapRef: {name: generated}
            - secretRef: {name: generated}
          readinessProbe:
            httpGet: {path: /v2/health/ready, port: http}
            periodSeconds: 10
          resources:
            requests: {cpu: 250m, memory: 1Gi}
            limits: {cpu: 500m, memory: 2Gi}
          securityContext:
            capabilities: {drop: [ALL]}
          volumeMounts:
            - {name: tmp, mountPath: /tmp}
      volumes:
        - name: tmp
          emptyDir: {sizeLimit: 2Gi}
---
apiVersion: v1
kind: Service
metadata:
  name: warm
spec:
  selector: {app: warm}
  ports:
  - name: http
    port: 80
    targetPort: http
---
apiVersion: v1
kind: ServiceAccount
metadata: {name: warm}
imagePullSecrets: [{name: registry}]
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: warm-figures
data:
  cpu: "1"
  split-one: "50"
  split-two: "50"
  text: |
    several
    lines
"""

_MODELS = """\
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: one}
spec:
  storageUri: s3://warm/placeholder
  requirements: [mlflow]
  memory: 512Mi
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: two}
spec:
  storageUri: s3://warm/placeholder
  requirements: [mlflow]
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Experiment
metadata: {name: split}
spec:
  default: one
  candidates:
  - {name: one, weight: 50}
  - {name: two, weight: 50}
"""

_MODEL_CONFIG = """\
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata:
  name: warm
  annotations:
    config.kubernetes.io/local-config: "true"
spec:
  models:
    one:
      uri: s3://warm/one/1
      targets:
        model: {kind: Model, name: one}
        server: {kind: Deployment, name: warm, container: model, env: MODEL_URI}
    two:
      uri: s3://warm/two/1
      targets:
        model: {kind: Model, name: two}
  traffic:
    weights: {one: 80, two: 20}
    targets:
      experiment: {kind: Experiment, name: split}
      config:
        kind: ConfigMap
        name: warm-figures
        keys: {one: split-one, two: split-two}
  policy:
    allowedPrefixes: ["s3://warm/"]
"""

_PATCH = """\
apiVersion: apps/v1
kind: Deployment
metadata:
  name: warm
spec:
  template:
    spec:
      containers:
        - name: model
          env:
            - {name: A, value: "1"}
"""

_MORE = """\
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  name: warm
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: warm}
  minReplicas: 2
  maxReplicas: 4
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata: {name: warm}
spec:
  minAvailable: 1
  selector: {matchLabels: {app: warm}}
"""

_REGISTRY = """\
apiVersion: v1
kind: Secret
metadata:
  name: registry
type: kubernetes.io/dockerconfigjson
stringData:
  .dockerconfigjson: '{"auths":{"warm.test":{"username":"warm","password":"warm"}}}'
"""


def files() -> tuple[dict[str, bytes], dict[str, str]]:
    """The repository, by absolute path, and the environment that can read it; `OVERLAY` is to be rendered."""
    identity = X25519Identity.generate()
    recipient = str(identity.recipient())
    plain = {
        "/app/base/kustomization.yaml": _BASE,
        "/app/base/objects.yaml": _OBJECTS,
        "/app/base/models.yaml": _MODELS,
        f"{OVERLAY}/kustomization.yaml": _OVERLAY,
        f"{OVERLAY}/patch.yaml": _PATCH,
        f"{OVERLAY}/more.yaml": _MORE,
        f"{OVERLAY}/board.json": '{"panels": [{"type": "graph", "title": "warm"}]}\n',
    }
    found = {path: text.encode() for path, text in plain.items()}
    found["/app/base/model-config.yaml"] = _sealed(_MODEL_CONFIG, "^uri$", recipient)
    found[f"{OVERLAY}/registry.enc.yaml"] = _sealed(_REGISTRY, "^(data|stringData)$", recipient)
    return found, {"SOPS_AGE_KEY": identity.secret_text()}


def _sealed(text: str, keys: str, recipient: str) -> bytes:
    """A file encrypted with SOPS; keys: a pattern of those whose values are encrypted."""
    rule = ("encrypted_regex", keys)
    return encrypt(text.encode(), "yaml", NewFile(groups=((recipient,),), rule=rule), _NOW).data
