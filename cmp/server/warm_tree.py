"""A small repository of our own, which the zygote renders before its first request.

It has what most repositories for models have: a base and an overlay, patches, generators, replacements, a
ModelConfig, files encrypted with SOPS, objects of the usual kinds with the usual fields, written in the ways
that people write them. What a first render does once (late imports, tables, patterns, plans by kind, the keys
of objects, a first use of the cryptographic library) is then done before any child is forked.

No key is in the package: the files are encrypted for a key that is made here and that nobody else ever sees.
"""

from __future__ import annotations

import io
import tarfile

from cmp.age.x25519 import X25519Identity
from cmp.sops.write.document import NewFile, encrypt

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

OVERLAY = "app/overlay"
_NOW = "2026-01-01T00:00:00Z"

_BASE = """\
resources:
  - objects.yaml
  - usual.yaml
  - models.yaml
  - model-config.yaml
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
resources: [../base, registry.enc.yaml, more.yaml]
labels: [{pairs: {environment: warm}, includeSelectors: true}]
images: [{name: warm.test/warm, newTag: "1"}]
configMapGenerator:
- {name: generated, literals: [a=b], files: [board.json]}
- {name: fixed, literals: [a=b], options: {disableNameSuffixHash: true, labels: {c: d}}}
secretGenerator: [{name: generated, literals: [a=b]}]
patches:
- path: model-config.yaml
- path: patch.yaml
- path: experiment.yaml
  target: {kind: Experiment, name: split}
- target: {group: mlops.seldon.io, kind: Model, labelSelector: app.kubernetes.io/part-of=warm}
  patch: |-
    - {op: add, path: /spec/replicas, value: 2}
- target: {kind: Deployment, name: warm}
  patch: |
    - {op: test, path: /metadata/labels/app, value: warm}
    - {op: add, path: /metadata/labels/c, value: d}
- target: {kind: Deployment, labelSelector: app=warm}
  patch: |-
    - op: replace
      path: /spec/revisionHistoryLimit
      value: 3
    - {op: remove, path: /spec/replicas}
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
              value: s3://your-bucket/model
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
  uri-one: s3://your-bucket/model
  split-one: "50"
  split-two: "50"
  text: |
    several
    lines
"""

_MODELS = """\
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata:
  name: one
  labels: {app.kubernetes.io/part-of: warm}
spec:
  storageUri: s3://your-bucket/model
  requirements: [mlflow]
  memory: 512Mi
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: two}
spec:
  storageUri: s3://your-bucket/model
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

_USUAL = """\
# Requests come through the gateway.
apiVersion: networking.k8s.io/v1
kind: NetworkPolicy
metadata:
  name: warm
spec:
  podSelector:
    matchLabels: {app.kubernetes.io/part-of: warm}
  policyTypes: [Ingress, Egress]
  ingress:
    - from:
        - namespaceSelector:
            matchLabels: {kubernetes.io/metadata.name: gateway}
        - podSelector: {}
      ports:
        - {protocol: TCP, port: 8080}
  egress:
    - to:
        - ipBlock:
            cidr: 0.0.0.0/0
            except: [10.0.0.0/8, 192.168.0.0/16]
---
apiVersion: networking.k8s.io/v1
kind: Ingress
metadata:
  name: warm
  annotations:
    warm.test/rewrite-target: /$2
spec:
  ingressClassName: warm
  tls:
    - hosts: [warm.test]
      secretName: warm-tls
  rules:
    - host: warm.test
      http:
        paths:
          - path: /v1(/|$)(.*)
            pathType: ImplementationSpecific
            backend:
              service: {name: warm, port: {name: http}}
---
apiVersion: rbac.authorization.k8s.io/v1
kind: Role
metadata: {name: warm}
rules:
  - apiGroups: [""]
    resources: [configmaps, secrets]
    verbs: [get, list, watch]
---
apiVersion: rbac.authorization.k8s.io/v1
kind: RoleBinding
metadata: {name: warm}
roleRef: {apiGroup: rbac.authorization.k8s.io, kind: Role, name: warm}
subjects:
  - {kind: ServiceAccount, name: warm}
---
apiVersion: batch/v1
kind: CronJob
metadata: {name: warm}
spec:
  schedule: "*/5 * * * *"
  concurrencyPolicy: Forbid
  jobTemplate:
    spec:
      backoffLimit: 2
      template:
        spec:
          restartPolicy: Never
          initContainers:
            - name: fetch
              image: warm.test/warm:0
              command: [sh, -c, "echo one && echo two"]
          containers:
            - name: check
              image: warm.test/warm:0
              args:
                - --model=one
                - --threshold=0.85
              imagePullPolicy: IfNotPresent
          nodeSelector: {warm.test/pool: models}
          tolerations:
            - {key: nvidia.com/gpu, operator: Exists, effect: NoSchedule}
          affinity:
            podAntiAffinity:
              preferredDuringSchedulingIgnoredDuringExecution:
                - weight: 100
                  podAffinityTerm:
                    topologyKey: kubernetes.io/hostname
                    labelSelector: {matchLabels: {app: warm}}
---
apiVersion: v1
kind: PersistentVolumeClaim
metadata: {name: warm}
spec:
  accessModes: [ReadWriteOnce]
  storageClassName: standard
  resources: {requests: {storage: 10Gi}}
---
apiVersion: monitoring.coreos.com/v1
kind: ServiceMonitor
metadata:
  name: warm
spec:
  selector:
    matchLabels:
      app: warm
  endpoints:
    - port: http
      path: /metrics
      interval: 30s
---
apiVersion: monitoring.coreos.com/v1
kind: PrometheusRule
metadata:
  name: warm
spec:
  groups:
    - name: warm.quality
      rules:
        - alert: Low
          expr: avg by (model) (avg_over_time(precision{namespace="warm", model=~"one|two"}[15m])) < 0.8
          for: 10m
          labels: {severity: critical}
          annotations:
            summary: "Precision of {{ $labels.model }} is below 0.8"
            description: Too much is stopped. It's time to look
        - record: warm:errors:ratio
          expr: |
            sum by (service) (rate(requests_total{status=~"5.."}[5m]))
              / sum by (service) (rate(requests_total[5m])) > 0.05
        - record: warm:latency
          expr: >-
            histogram_quantile(0.95,
            sum by (le) (rate(seconds_bucket[5m])))
---
# Rolls out step by step.
apiVersion: flagger.app/v1beta1
kind: Canary
metadata:
  name: warm
spec:
  provider: istio
  targetRef: {apiVersion: apps/v1, kind: Deployment, name: warm}
  progressDeadlineSeconds: 600
  service: {port: 80, targetPort: http, portName: http}
  analysis:
    interval: 1m
    threshold: 5
    stepWeight: 5
    maxWeight: 50
    metrics:
      - name: success-rate
        thresholdRange: {min: 99.5, max: 100}
      - name: precision
        templateRef: {name: warm}
        thresholdRange: {min: 0.85}
---
apiVersion: flagger.app/v1beta1
kind: MetricTemplate
metadata: {name: warm}
spec:
  provider:
    type: prometheus
    address: http://prometheus.monitoring:9090
  query: |
    avg_over_time(precision{namespace="{{ namespace }}"}[{{ interval }}])
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Server
metadata: {name: warm}
spec:
  serverConfig: mlserver
  replicas: 1
  podSpec:
    containers:
      - name: mlserver
        image: warm.test/warm:0
        env:
          - {name: SELDON_LOG_LEVEL, value: "1"}
---
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata:
  name: three
spec:
  predictor:
    canaryTrafficPercent: 10
    model:
      modelFormat: {name: sklearn}
      storageUri: s3://your-bucket/model
      protocolVersion: v2
---
apiVersion: external-secrets.io/v1
kind: ExternalSecret
metadata: {name: warm}
spec:
  refreshInterval: 1h
  secretStoreRef: {name: vault, kind: ClusterSecretStore}
  target: {name: warm-bucket}
  data:
    - secretKey: AWS_SECRET_ACCESS_KEY
      remoteRef: {key: warm/bucket, property: secret}
---
apiVersion: v1
kind: ConfigMap
metadata:
  name: warm-dashboard
  labels:
    grafana_dashboard: "1"
data:
  board.json: |
    {"panels": [{"type": "graph", "title": "Latency", "targets": [{"expr": "rate(a[5m])"}], "id": 1}]}
"""

_MODEL_CONFIG = """\
# Which model is served where.
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata:
  name: warm
  annotations:
    config.kubernetes.io/local-config: "true"
spec:
  models:
    one:
      uri: s3://warm/one/0
      targets:
        model: {kind: Model, name: one}
        config: {kind: ConfigMap, name: warm-figures, key: uri-one}
        server: {kind: Deployment, name: warm, container: model, env: MODEL_URI}
    two:
      uri: s3://warm/two/0
      targets:
        model: {kind: Model, name: two}
        # The same model, as another server has it.
        service: {kind: InferenceService, name: three}
  traffic:
    weights: {one: 80, two: 20}
    targets:
      experiment: {kind: Experiment, name: split}
      config:
        kind: ConfigMap
        name: warm-figures
        keys: {one: split-one, two: split-two}
"""

_OWN_MODEL_CONFIG = """\
# What this environment serves.
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata:
  name: warm
spec:
  models:
    one:
      uri: s3://warm/one/1
    two:
      uri: s3://warm/two/1
  policy:
    # Nothing else.
    allowedPrefixes:
      - s3://warm/
    mapPrefixes:
      - from: s3://warm-staging/
        to: s3://warm/
"""

_EXPERIMENT = """\
- op: add
  path: /metadata/annotations/note
  value: "a text: with a colon"
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
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: 70}
  behavior:
    scaleDown:
      stabilizationWindowSeconds: 300
      policies: [{type: Percent, value: 50, periodSeconds: 60}]
---
apiVersion: v1
kind: ResourceQuota
metadata: {name: warm}
spec:
  hard: {requests.cpu: "8", limits.memory: 32Gi, pods: "20"}
---
apiVersion: v1
kind: Namespace
metadata: {name: warm}
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
    """The repository, by path, and the environment that can read it; `OVERLAY` is to be rendered."""
    identity = X25519Identity.generate()
    recipient = str(identity.recipient())
    plain = {
        "app/base/kustomization.yaml": _BASE,
        "app/base/objects.yaml": _OBJECTS,
        "app/base/usual.yaml": _USUAL,
        "app/base/models.yaml": _MODELS,
        f"{OVERLAY}/kustomization.yaml": _OVERLAY,
        f"{OVERLAY}/patch.yaml": _PATCH,
        f"{OVERLAY}/experiment.yaml": _EXPERIMENT,
        f"{OVERLAY}/more.yaml": _MORE,
        f"{OVERLAY}/board.json": '{"panels": [{"type": "graph", "title": "warm"}]}\n',
    }
    found = {path: text.encode() for path, text in plain.items()}
    found["app/base/model-config.yaml"] = _sealed(_MODEL_CONFIG, "^uri$", recipient)
    found[f"{OVERLAY}/model-config.yaml"] = _sealed(_OWN_MODEL_CONFIG, "^uri$", recipient)
    found[f"{OVERLAY}/registry.enc.yaml"] = _sealed(_REGISTRY, "^(data|stringData)$", recipient)
    return found, {"SOPS_AGE_KEY": identity.secret_text()}


def archive(files: dict[str, bytes]) -> bytes:
    """Files by path as Argo CD sends a checkout: a tar.gz, directories before what is in them."""
    packed = io.BytesIO()
    folders = {above for path in files for above in _folders(path)}
    with tarfile.open(fileobj=packed, mode="w:gz", format=tarfile.GNU_FORMAT) as tar:
        for path in sorted({*files, *folders}):
            entry = tarfile.TarInfo(path)
            if path in folders:
                entry.type = tarfile.DIRTYPE
                tar.addfile(entry)
            else:
                entry.size = len(files[path])
                tar.addfile(entry, io.BytesIO(files[path]))
    return packed.getvalue()


def _folders(path: str) -> Iterator[str]:
    while path := path.rpartition("/")[0]:
        yield path


def _sealed(text: str, keys: str, recipient: str) -> bytes:
    """A file encrypted with SOPS; keys: a pattern of those whose values are encrypted."""
    rule = ("encrypted_regex", keys)
    return encrypt(text.encode(), "yaml", NewFile(groups=((recipient,),), rule=rule), _NOW).data
