"""Schemas of the package, of the same render and of the user's files; what the structural check says."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from cmp import crds
from cmp.cli import ctl
from cmp.errors import CmpError
from cmp.validate.schemas import Schemas, kubernetes_versions, sources
from cmp.validate.structural import Structure

Body = dict[str, Any]
COMPACT = sorted({*crds.index().values(), crds.KUBERNETES} - set(crds.BY_HAND))


def obj(api: str, kind: str, **rest: Any) -> Body:
    return {"apiVersion": api, "kind": kind, "metadata": {"name": "x"}, **rest}


def said(body: Body, schemas: Schemas | None = None) -> list[tuple[str, str]] | None:
    found = (schemas or Schemas()).problems(body)
    return None if found is None else list(found)


# -- the files


@pytest.mark.parametrize("name", COMPACT)
def test_a_compact_file_is_whole(name: str) -> None:
    table = crds.compact(name)
    assert table["source"]
    numbers = [
        number
        for each in table["kinds"].values()
        for number in (each if isinstance(each, list) else [each])
        if number is not None
    ]
    # From the kinds every row is reached, and no number leads out of the table.
    reached, todo = set(), list(numbers)
    while todo:
        number = todo.pop()
        if number in reached:
            continue
        reached.add(number)
        row = table["rows"][number]
        below = [*row.get("properties", {}).values()]
        below += [row[key] for key in ("items", "additionalProperties", "not") if key in row]
        below += [each for key in ("allOf", "anyOf", "oneOf") for each in row.get(key, ())]
        todo += [each for each in below if not isinstance(each, bool)]
    if name == crds.KUBERNETES:
        unused = set(range(len(table["rows"]))) - reached
        assert (
            len(unused) < len(table["rows"]) / 10
        )  # options of requests, parts of types with a form of their own
    else:
        assert reached == set(range(len(table["rows"])))


def test_the_index_has_every_kind() -> None:
    found = {
        kind: name for name in COMPACT if name != crds.KUBERNETES for kind in crds.compact(name)["kinds"]
    }
    by_hand = {
        f"{each['group']}/{each['version']} {each['kind']}": name
        for name in crds.BY_HAND
        for each in crds.table(name)
    }
    assert crds.index() == {**found, **by_hand}


@pytest.mark.parametrize(
    "kind",
    [
        "serving.kserve.io/v1beta1 InferenceService",
        "serving.kserve.io/v1alpha1 InferenceGraph",
        "serving.kserve.io/v1alpha1 ServingRuntime",
        "serving.kserve.io/v1alpha1 LLMInferenceService",
        "serving.kserve.io/v1alpha2 LLMInferenceService",
        "machinelearning.seldon.io/v1 SeldonDeployment",
        "mlops.seldon.io/v1alpha1 Model",
        "argoproj.io/v1alpha1 Rollout",
        "argoproj.io/v1alpha1 AnalysisTemplate",
        "argoproj.io/v1alpha1 Workflow",
        "argoproj.io/v1alpha1 CronWorkflow",
        "flagger.app/v1beta1 Canary",
        "gateway.networking.k8s.io/v1 HTTPRoute",
        "networking.istio.io/v1 VirtualService",
        "networking.istio.io/v1 DestinationRule",
        "security.istio.io/v1 AuthorizationPolicy",
        "monitoring.coreos.com/v1 ServiceMonitor",
        "monitoring.coreos.com/v1 PrometheusRule",
        "monitoring.coreos.com/v1alpha1 AlertmanagerConfig",
        "cert-manager.io/v1 Certificate",
        "external-secrets.io/v1 ExternalSecret",
        "bitnami.com/v1alpha1 SealedSecret",
    ],
)
def test_a_kind_of_our_users_has_a_schema(kind: str) -> None:
    api, _, name = kind.partition(" ")
    found = said(obj(api, name, nonsense=1)) or ()
    assert any(message.startswith("unknown field nonsense") for _, message in found), found


def test_every_file_says_its_source_and_kubernetes_its_versions() -> None:
    assert {name for name, _ in sources()} == set(COMPACT)
    assert len(kubernetes_versions()) == 3
    with pytest.raises(CmpError) as caught:
        Schemas("1.20")
    assert ", ".join(kubernetes_versions()) in caught.value.hint


def test_a_version_has_the_kinds_that_it_had() -> None:
    kinds = crds.compact(crds.KUBERNETES)["kinds"]
    fresh = next(kind for kind, rows in kinds.items() if rows[0] is not None and rows[-1] is None)
    api, _, kind = fresh.partition(" ")
    newest, oldest = kubernetes_versions()[0], kubernetes_versions()[-1]
    assert said(obj(api, kind), Schemas(oldest)) == [
        ("apiVersion", f"Kubernetes {oldest} has no {kind} in {api}")
    ]
    assert all("has no" not in message for _, message in said(obj(api, kind), Schemas(newest)) or ())


# -- what people write


def test_a_misspelt_field_of_an_inference_service(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    model = {"modelFormat": {"name": "sklearn"}, "storageURI": "s3://a/b"}
    body = obj("serving.kserve.io/v1beta1", "InferenceService", spec={"predictor": {"model": model}})
    (tmp_path / "isvc.json").write_text(json.dumps(body))
    assert ctl.main(["validate", str(tmp_path / "isvc.json")]) == 1
    out = capsys.readouterr().out
    assert "spec.predictor.model.storageURI: unknown field storageURI, did you mean storageUri?" in out


CRD: Body = {
    "apiVersion": "apiextensions.k8s.io/v1",
    "kind": "CustomResourceDefinition",
    "metadata": {"name": "things.example.com"},
    "spec": {
        "group": "example.com",
        "scope": "Namespaced",
        "names": {"kind": "Thing", "plural": "things"},
        "versions": [
            {
                "name": "v1",
                "served": True,
                "storage": True,
                "schema": {"openAPIV3Schema": {"type": "object"}},
            },
            {"name": "v0", "served": False, "storage": False},
        ],
    },
}


def with_spec(**spec: Any) -> Schemas:
    """Schemas that know Thing with these properties of its spec."""
    crd = json.loads(json.dumps(CRD))
    schema = {"type": "object", "properties": {"spec": {"type": "object", "properties": spec}}}
    crd["spec"]["versions"][0]["schema"]["openAPIV3Schema"] = schema
    return Schemas(bodies=[crd])


def thing(**spec: Any) -> Body:
    return obj("example.com/v1", "Thing", spec=spec)


ITEM = {"type": "object", "properties": {"name": {"type": "string"}}}


@pytest.mark.parametrize(
    ("schema", "good", "bad", "message"),
    [
        ({"type": "string"}, "a", 1, "must be of type string, not integer"),
        ({"type": "integer"}, 1.0, 1.5, "must be of type integer, not number"),
        ({"type": "number"}, 1, True, "must be of type number, not boolean"),
        ({"type": "string", "nullable": True}, None, 1, "must be of type string, not integer"),
        ({"type": "string"}, None, {}, "must be of type string, not object"),
        ({"x-kubernetes-int-or-string": True}, "50%", 1.5, "must be of type integer or string, not number"),
        ({"type": "string", "enum": ["RollingUpdate", "None"]}, "None", "rollingUpdate", "must be one of RollingUpdate, None; did you mean RollingUpdate?"),
        ({"type": "string", "pattern": "^[a-z]+$"}, "a", "A", "breaks pattern: ^[a-z]+$"),
        ({"type": "string", "maxLength": 2}, "ab", "abc", "breaks maxLength: 2"),
        ({"type": "integer", "minimum": 1}, 1, 0, "breaks minimum: 1"),
        ({"type": "integer", "maximum": 2, "exclusiveMaximum": True}, 1, 2, "breaks maximum: 2"),
        ({"type": "integer", "format": "int32"}, 2**31 - 1, 2**31, "breaks format: int32"),
        ({"type": "string", "format": "date-time"}, "2026-01-02T03:04:05Z", "2026-01-02", "breaks format: date-time"),
        ({"type": "string", "format": "unheard-of"}, "x", 1, "must be of type string, not integer"),
        ({"type": "array", "items": {"type": "string"}, "minItems": 1}, ["a"], [], "breaks minItems: 1"),
        ({"type": "array", "items": ITEM, "x-kubernetes-list-type": "map", "x-kubernetes-list-map-keys": ["name"]}, [{"name": "a"}, {"name": "b"}], [{"name": "a"}, {"name": "a"}], "is the same name as an earlier item of the list"),
        ({"type": "array", "items": {"type": "string"}, "x-kubernetes-list-type": "set"}, ["a"], ["a", "a"], "is equal to an earlier item of the list"),
        ({"type": "object", "additionalProperties": {"type": "string"}}, {"a": "b"}, {"a": 1}, "must be of type string, not integer"),
        ({"type": "object", "required": ["a"], "properties": {"a": {"type": "string"}}}, {"a": ""}, {}, "needs a"),
        ({"type": "object", "required": ["a"], "properties": {"a": {"type": "string", "default": "x"}}}, {}, {"b": 1}, "unknown field b"),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "x-kubernetes-preserve-unknown-fields": True}, {"b": 1}, {"a": 1}, "must be of type string, not integer"),
        ({"type": "object", "x-kubernetes-embedded-resource": True, "x-kubernetes-preserve-unknown-fields": True}, {"apiVersion": "v1", "kind": "A", "b": 1}, {"kind": "A"}, "needs apiVersion"),
        ({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "oneOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": ""}, {"a": "", "b": ""}, "may have only one of the forms that exclude each other: a, b"),
        ({"type": "object", "properties": {"a": {"type": "string"}, "b": {"type": "string"}}, "anyOf": [{"required": ["a"]}, {"required": ["b"]}]}, {"a": ""}, {}, "needs a or b"),
        ({"type": "object", "properties": {"a": {"type": "string"}}, "not": {"required": ["a"]}}, {}, {"a": ""}, "must not have a"),
    ],
)  # fmt: skip
def test_structural_schemas(schema: Body, good: Any, bad: Any, message: str) -> None:
    schemas = with_spec(field=schema)
    assert said(thing(field=good), schemas) == []
    assert [found for _, found in said(thing(field=bad), schemas) or ()] == [message]


def test_crds_of_the_same_render_count_and_say_what_is_no_longer_served() -> None:
    schemas = with_spec(size={"type": "integer"})
    assert said(thing(size="a"), schemas) == [("spec.size", "must be of type integer, not string")]
    old = obj("example.com/v0", "Thing")
    assert said(old, schemas) == [("apiVersion", "example.com/v0 is no longer served for Thing")]


@pytest.mark.parametrize(
    "spec",
    [
        None,
        {},
        {"group": "e.com", "names": {"kind": "T"}},
        {"group": "e.com", "names": {"kind": "T"}, "versions": [{"name": "v1"}]},
        [],
    ],
)
def test_a_crd_without_versions_is_skipped_with_a_remark(
    tmp_path: Path, spec: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    crd = {**CRD, "spec": spec}
    (tmp_path / "crd.json").write_text(json.dumps(crd))
    (tmp_path / "config.yaml").write_text("apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n")
    assert ctl.main(["validate", str(tmp_path / "config.yaml"), "--schemas", str(tmp_path / "crd.json")]) == 0
    assert (
        "crd.json: a CustomResourceDefinition without a version that has a schema is skipped"
        in capsys.readouterr().err
    )


def test_kubernetes_openapi_of_another_release(tmp_path: Path) -> None:
    meta = {"type": "object", "properties": {"name": {"type": "string"}}}
    thing = {
        "properties": {"metadata": {"$ref": "#/definitions/io.Meta"}, "size": {"$ref": "#/definitions/io.Quantity"}, "kind": {"type": "string"}, "apiVersion": {"type": "string"}},
        "x-kubernetes-group-version-kind": [{"group": "apps", "version": "v9", "kind": "Old"}],
    }  # fmt: skip
    document = {
        "swagger": "2.0",
        "definitions": {"io.Meta": meta, "io.Quantity": {"type": "string"}, "io.Old": thing},
    }
    (tmp_path / "swagger.json").write_text(json.dumps(document))
    schemas = Schemas("1.20", (str(tmp_path / "swagger.json"),))
    assert said(obj("apps/v9", "Old", size=1), schemas) == []
    assert said(obj("apps/v9", "Old", sise=1), schemas) == [
        ("sise", "unknown field sise, did you mean size?")
    ]
    assert said(obj("v1", "ConfigMap"), schemas) == [("apiVersion", "Kubernetes 1.20 has no ConfigMap in v1")]


@pytest.mark.parametrize(
    ("body", "message"),
    [
        (obj("cmp.mlops/v1alpha1", "ModelConfig", spec={"models": {"m": {"uri": "s3://abc/b", "targets": {}}}}), ""),
        (obj("cmp.mlops/v1alpha1", "ModelConfig", spec={"modells": {}}), "modells"),
        (obj("cmp.mlops/v1alpha1", "ModelLock", spec={"entries": {"m": {"reff": "x"}}}), "reff"),
        (obj("cmp.mlops/v1alpha1", "ModelKonfig"), "unknown kind"),
        ({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resources": ["a"]}, ""),
        ({"apiVersion": "kustomize.config.k8s.io/v1beta1", "kind": "Kustomization", "resource": ["a"]}, "resource"),
    ],
)  # fmt: skip
def test_our_own_kinds(body: Body, message: str) -> None:
    found = said(body)
    assert found is not None
    assert bool(found) == bool(message), found
    assert all(message in text or message in field for field, text in found)


def test_a_check_never_repeats_a_value() -> None:
    secret = "correct-horse"
    for schema in (
        {"type": "integer"},
        {"type": "string", "enum": ["a"]},
        {"type": "string", "maxLength": 1},
    ):
        found = list(Structure({"type": "object", "properties": {"a": schema}}).problems({"a": secret}))
        assert found
        assert secret not in str(found)


# -- schemas and objects of a repository that multiply


def test_a_default_stands_once_however_many_items_have_it() -> None:
    inner = {"type": "object", "properties": {"deep": {"type": "string", "default": "x"}}, "default": {}}
    items = {"type": "object", "properties": {"a": inner}}
    structure = Structure({"type": "object", "properties": {"l": {"type": "array", "items": items}}})
    made = structure.prepared({"l": [{} for _ in range(100)] + [{"a": {"deep": "own"}}]})
    assert made["l"][:100] == [{"a": {"deep": "x"}}] * 100
    assert made["l"][100] == {"a": {"deep": "own"}}
    assert len({id(each["a"]) for each in made["l"]}) == 2
    assert inner["default"] == {}


def test_few_of_many_unknown_fields_get_a_suggestion() -> None:
    schema = {"type": "object", "properties": {f"field{n}": {"type": "string"} for n in range(100)}}
    found = [message for _, message in Structure(schema).problems({f"feild{n}": "x" for n in range(100)})]
    assert len(found) == 100
    assert sum("did you mean" in message for message in found) == 20


def test_a_message_is_not_as_long_as_its_schema() -> None:
    words = {"type": "string", "enum": [f"word{n}" for n in range(1000)]}
    pattern = {"type": "string", "pattern": "a" * 5000}
    schema = {"type": "object", "properties": {"w": words, "p": pattern}}
    found = dict(Structure(schema).problems({"w": "wort", "p": "b"}))
    assert "word49, ..." in found["w"]
    assert "word50" not in found["w"]
    assert found["p"].endswith("...")
    assert len(found["p"]) < 1100
