"""Whatever a repository declares, only our errors come out, and they hold no URI."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st
from tries import examples

from cmp.errors import CmpError
from cmp.kustomize.resource import Resource
from cmp.models import inject
from cmp.models.kinds import check, storage_fields
from cmp.yaml.value import Scalar

SECRET = "s3://bucket/very-secret-path"
KEYS = [
    "models",
    "traffic",
    "policy",
    "ref",
    "uri",
    "targets",
    "weights",
    "kind",
    "name",
    "group",
    "namespace",
    "key",
    "keys",
    "entries",
    "fieldPath",
    "fieldPaths",
    "env",
    "container",
    "predictor",
    "canary",
    "component",
    "mountPath",
    "template",
    "parameter",
    "node",
    "rule",
    "route",
    "adapter",
    "allowedPrefixes",
    "mapPrefixes",
    "requireLock",
    "requireTags",
    "schemes",
    "from",
    "to",
    "m",
    "t",
    "a",
    "b",
    "spec",
    "data",
    "metadata",
    "annotations",
    "predictors",
    "graph",
    "children",
    "modelUri",
    "storageUri",
    "model",
    "candidates",
    "weight",
    "default",
    "mirror",
    "percent",
    "http",
    "backendRefs",
    "rules",
    "destination",
    "host",
    "nodes",
    "root",
    "steps",
    "routerType",
    "serviceName",
    "trafficPercent",
    "containers",
    "value",
    "valueFrom",
    "templates",
    "storageUris",
]
KINDS = [
    "Model",
    "Experiment",
    "ConfigMap",
    "Deployment",
    "InferenceService",
    "InferenceGraph",
    "SeldonDeployment",
    "VirtualService",
    "HTTPRoute",
    "Ingress",
    "LLMInferenceService",
    "WorkflowTemplate",
    "CronWorkflow",
    "Rollout",
    "Canary",
    "Service",
    "Thing",
]
GROUPS = [
    "mlops.seldon.io",
    "machinelearning.seldon.io",
    "serving.kserve.io",
    "networking.istio.io",
    "gateway.networking.k8s.io",
    "networking.k8s.io",
    "argoproj.io",
    "flagger.app",
    "apps",
    "example.com",
]

leaves = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 120),
    st.sampled_from(["", "a", "b", "m", "root", "Splitter", SECRET, "models:/a@b", "spec.data", *KINDS]),
    st.just(Scalar("!!float", "1.5")),
)
values = st.recursive(
    leaves,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(KEYS), inner, max_size=4),
    max_leaves=20,
)
targets = st.fixed_dictionaries(
    {"kind": st.sampled_from(KINDS), "name": st.just("a")},
    optional=dict.fromkeys(
        ("env", "key", "predictor", "canary", "fieldPath", "component", "parameter", "node"), values
    ),
)
traffic_targets = st.fixed_dictionaries(
    {"kind": st.sampled_from(KINDS), "name": st.just("a")},
    optional={"entries": values, "keys": values, "fieldPaths": values, "node": values, "route": values},
)
specs = values | st.fixed_dictionaries(
    {
        "models": st.dictionaries(
            st.sampled_from("ab"),
            st.fixed_dictionaries({"uri": st.just(SECRET), "targets": st.fixed_dictionaries({"t": targets})}),
            min_size=1,
        )
    },
    optional={
        "traffic": st.fixed_dictionaries(
            {"weights": st.just({"a": 50, "b": 50}), "targets": st.fixed_dictionaries({"t": traffic_targets})}
        ),
        "policy": values,
    },
)
objects = st.builds(
    lambda group, kind, body: {
        "apiVersion": f"{group}/v1",
        "kind": kind,
        **(body if isinstance(body, dict) else {}),
        "metadata": {"name": "a"},
    },
    st.sampled_from(GROUPS),
    st.sampled_from(KINDS),
    st.dictionaries(st.sampled_from(["spec", "data"]), values, max_size=2),
)


@examples(300)
@given(specs, st.lists(objects, max_size=3))
def test_injection_succeeds_or_says_why(spec, bodies):
    metadata = {"name": "models", "annotations": {"config.kubernetes.io/local-config": "true"}}
    config = {"apiVersion": "cmp.mlops/v1alpha1", "kind": "ModelConfig", "metadata": metadata, "spec": spec}
    resources = [Resource(body, file="f.yaml") for body in (*bodies, config)]
    try:
        record = inject(resources)
    except CmpError as error:
        assert "very-secret-path" not in str(error) + error.hint + error.excerpt
    else:
        record.verify(resources)
        assert "very-secret-path" not in "".join(record.lines())


@examples(300)
@given(objects)
def test_rules_take_any_object(body):
    resource = Resource(body)
    for problem in check(resource):
        assert "very-secret-path" not in "".join(problem)
    list(storage_fields([resource]))
