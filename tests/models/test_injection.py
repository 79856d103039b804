"""What injection promises beyond the tables: histories, precedence, provenance, masking, checks."""

from __future__ import annotations

import copy
from typing import Any

import pytest

from cmp.errors import CmpError, Where
from cmp.kustomize.resource import Resource
from cmp.models import Copied, inject, present, read


def model(name="a", previous=(), prefixes=(), namespace=""):
    body: dict[str, Any] = {
        "apiVersion": "mlops.seldon.io/v1alpha1",
        "kind": "Model",
        "metadata": {"name": name},
        "spec": {},
    }
    return history(Resource(body), previous, prefixes, namespace)


def history(resource, previous=(), prefixes=(), namespace=""):
    resource.previous = [(resource.kind, *each) for each in previous]
    resource.prefixes = list(prefixes)
    if namespace:
        resource.body["metadata"]["namespace"] = namespace
    return resource


def uri_of(resource):
    return resource.body["spec"].get("storageUri")


SPEC = {"models": {"m": {"uri": "s3://bucket/m", "targets": {"t": {"kind": "Model", "name": "a"}}}}}


def spec(**changes):
    result = copy.deepcopy(SPEC)
    result["models"]["m"].update(changes)
    return result


class TestHistories:
    def test_by_an_earlier_name(self, config):
        target = model("dev-a", previous=[("a", "default")], prefixes=["dev-"])
        inject([target, config(SPEC)])
        assert uri_of(target) == "s3://bucket/m"

    def test_a_base_used_twice_stays_two(self, config):
        pairs = []
        for prefix in ("red-", "blue-"):
            declared = config(spec(uri=f"s3://bucket/{prefix}m"))
            declared.body["metadata"]["name"] = prefix + "models"
            history(declared, [("models", "default")], [prefix])
            pairs.append((model(prefix + "a", [("a", "default")], [prefix]), declared))
        inject([each for pair in pairs for each in pair])
        assert [uri_of(target) for target, _ in pairs] == ["s3://bucket/red-m", "s3://bucket/blue-m"]

    def test_a_base_used_twice_once_without_prefix(self, config):
        plain, renamed = model("a"), model("red-a", [("a", "default")], ["red-"])
        own = config(spec(uri="s3://bucket/plain"))
        other = history(config(spec(uri="s3://bucket/red")), [("models", "default")], ["red-"])
        other.body["metadata"]["name"] = "red-models"
        inject([plain, renamed, own, other])
        assert (uri_of(plain), uri_of(renamed)) == ("s3://bucket/plain", "s3://bucket/red")

    def test_two_namespaces(self, config):
        pairs = []
        for namespace in ("one", "two"):
            declared = history(
                config(spec(uri=f"s3://bucket/{namespace}")), [("models", "default")], (), namespace
            )
            pairs.append((model("a", [("a", "default")], (), namespace), declared))
        inject([each for pair in pairs for each in pair])
        assert [uri_of(target) for target, _ in pairs] == ["s3://bucket/one", "s3://bucket/two"]

    def test_ambiguous_from_above(self, config):
        targets = [model(p + "a", [("a", "default")], [p]) for p in ("red-", "blue-")]
        with pytest.raises(CmpError, match="2 objects are or were called Model/a"):
            inject([*targets, config(SPEC)])
        inject([*targets, config(spec(targets={"t": {"kind": "Model", "name": "red-a"}}))])
        assert [uri_of(each) for each in targets] == ["s3://bucket/m", None]

    def test_another_namespace_has_to_be_said(self, config):
        target = model(namespace="elsewhere")
        declared = history(config(SPEC), namespace="here")
        with pytest.raises(CmpError, match="another namespace") as caught:
            inject([target, declared])
        assert "namespace: elsewhere" in caught.value.hint
        said = {"t": {"kind": "Model", "name": "a", "namespace": "elsewhere"}}
        inject([target, history(config(spec(targets=said)), namespace="here")])
        assert uri_of(target) == "s3://bucket/m"

    def test_candidates_follow_renames(self, config, resources):
        targets = [model("dev-" + name, [(name, "default")], ["dev-"]) for name in "ab"]
        (experiment,) = resources(
            "{apiVersion: mlops.seldon.io/v1alpha1, kind: Experiment, metadata: {name: e}, "
            "spec: {default: a, "
            "candidates: [{name: a}, {name: b}], mirror: {name: b, percent: 5}}}"
        )
        models = {n: {"uri": "s3://bucket/x", "targets": {"t": {"kind": "Model", "name": n}}} for n in "ab"}
        traffic = {"weights": {"a": 30, "b": 70}, "targets": {"e": {"kind": "Experiment", "name": "e"}}}
        inject([*targets, experiment, config({"models": models, "traffic": traffic})])
        assert experiment.body["spec"] == {
            "default": "dev-a",
            "candidates": [{"name": "dev-a", "weight": 30}, {"name": "dev-b", "weight": 70}],
            "mirror": {"name": "dev-b", "percent": 5},
        }


ENTRY = {"ref": "models:/f@champion", "uri": "s3://bucket/7", "model": "f", "version": "7", "runId": "r"}
REF = {"models": {"m": {"ref": "models:/f@champion", "targets": {"t": {"kind": "Model", "name": "a"}}}}}


class TestPrecedence:
    def test_the_lock(self, config, lock):
        target = model()
        record = inject([target, config(REF), lock({"m": ENTRY})])
        assert uri_of(target) == "s3://bucket/7"
        assert [each.source for each in record.written] == ["lock"]

    def test_the_parameter_beats_the_lock(self, config, lock):
        target = model()
        record = inject([target, config(REF), lock({"m": ENTRY})], uris={"m": "s3://bucket/parameter"})
        assert uri_of(target) == "s3://bucket/parameter"
        assert record.written[0].source == "parameter"
        assert "annotations" not in target.body["metadata"]

    def test_not_where_a_lock_is_required(self, config, lock):
        with pytest.raises(CmpError, match="requires a lock"):
            inject(
                [model(), config({**REF, "policy": {"requireLock": True}}), lock({"m": ENTRY})],
                uris={"m": "s3://bucket/parameter"},
            )

    def test_another_ref(self, config, lock):
        with pytest.raises(CmpError, match="locked for another ref"):
            inject([model(), config(REF), lock({"m": {**ENTRY, "ref": "models:/f@challenger"}})])

    def test_a_literal_beside_a_lock_entry(self, config, lock):
        with pytest.raises(CmpError, match="literal uri and no ref"):
            inject([model(), config(SPEC), lock({"m": ENTRY})])

    def test_an_edited_entry(self, config, lock):
        with pytest.raises(CmpError, match="digest does not fit"):
            inject([model(), config(REF), lock({"m": {**ENTRY, "digest": "sha256:" + "0" * 64}})])

    def test_the_digest_does_not_cover_the_uri(self, config, lock):
        entry = lock({"m": ENTRY}).body["spec"]["entries"]["m"]
        inject([model(), config(REF), lock({"m": {**entry, "uri": "s3://other/7"}})])

    def test_a_lock_of_nothing(self, config, lock):
        with pytest.raises(CmpError, match="no ModelConfig of this lock's name") as caught:
            inject([model(), config(SPEC, name="model"), lock({}, name="modle")])
        assert "'model'" in caught.value.hint

    def test_a_stale_entry(self, config, lock):
        with pytest.raises(CmpError, match="which models does not have"):
            inject([model(), config(SPEC), lock({"old": ENTRY})])

    @pytest.mark.parametrize(
        ("given", "expected"), [({"a": "10"}, (10, 90)), ({"a": 0, "b": 100}, (0, 100)), ({}, (80, 20))]
    )
    def test_weights_of_the_parameter(self, config, resources, given, expected):
        (held,) = resources("{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: x, b: x}}")
        models = {name: {"uri": "s3://bucket/x"} for name in "ab"}
        target = {"kind": "ConfigMap", "name": "c", "keys": {"a": "a", "b": "b"}}
        traffic = {"weights": {"a": 80, "b": 20}, "targets": {"c": target}}
        inject([held, config({"models": models, "traffic": traffic})], weights=given)
        assert held.body["data"] == {"a": str(expected[0]), "b": str(expected[1])}

    @pytest.mark.parametrize(
        "given", [{"a": "10", "b": "10"}, {"a": "1.5"}, {"a": "-1"}, {"a": "101"}, {"c": "1"}]
    )
    def test_bad_weights_of_the_parameter(self, config, given):
        models = {name: {"uri": "s3://bucket/x"} for name in "ab"}
        with pytest.raises(CmpError):
            inject([config({"models": models, "traffic": {"weights": {"a": 80, "b": 20}}})], weights=given)

    def test_unknown_model_of_a_parameter(self, config):
        with pytest.raises(CmpError, match="names the model 'mm'") as caught:
            inject([model(), config(SPEC)], uris={"mm": "s3://bucket/x"})
        assert "'m'" in caught.value.hint


class TestProvenance:
    def test_only_the_changed_models_pods_change(self, config, lock, resources):
        text = (
            "{apiVersion: apps/v1, kind: Deployment, metadata: {name: %s}, spec: {template: {"
            "spec: {containers: [{name: c, env: [{name: U, value: x}]}]}}}}"
        )

        def run(version):
            objects = resources(text % "a" + "\n---\n" + text % "b")
            models = {
                n: {
                    "ref": f"models:/{n}@champion",
                    "targets": {"t": {"kind": "Deployment", "name": n, "env": "U"}},
                }
                for n in "ab"
            }
            entries = {n: {**ENTRY, "ref": f"models:/{n}@champion", "uri": f"s3://bucket/{n}"} for n in "ab"}
            entries["b"] |= {"version": version, "lockedAt": version}
            inject([*objects, config({"models": models}), lock(entries)])
            return [each.body["spec"]["template"] for each in objects]

        before, after = run("7"), run("8")
        assert before[0] == after[0]
        assert before[1] != after[1]
        words = {key.partition(".")[2] for key in after[1]["metadata"]["annotations"]}
        assert words == {
            "mlops/b.model",
            "mlops/b.version",
            "mlops/b.alias",
            "mlops/b.run-id",
            "mlops/b.digest",
        }

    def test_when_and_who_are_outside_the_digest(self, lock):
        first = lock({"m": {**ENTRY, "lockedAt": "1", "lockedBy": "x"}})
        second = lock({"m": {**ENTRY, "lockedAt": "2", "lockedBy": "y"}})
        digests = [each.body["spec"]["entries"]["m"]["digest"] for each in (first, second)]
        assert digests[0] == digests[1]


def test_masked_values_pass(config):
    target = model()
    declared = config({**spec(uri="bWFza2Vk"), "policy": {"allowedPrefixes": ["s3://other/"]}})
    inject([target, declared], is_masked=lambda text: text == "bWFza2Vk")
    assert uri_of(target) == "bWFza2Vk"


class TestAfterwards:
    def test_changed(self, config):
        target = model()
        record = inject([target, config(SPEC)])
        record.verify([target])
        target.body["spec"]["storageUri"] = "s3://other/x"
        with pytest.raises(CmpError, match="something changed the value") as caught:
            record.verify([target])
        assert "s3://" not in str(caught.value)

    def test_gone(self, config):
        target = model()
        record = inject([target, config(SPEC)])
        with pytest.raises(CmpError, match="is not in the output"):
            record.verify([])

    def test_explained_and_masked(self, config):
        record = inject([model(), config(SPEC)])
        assert record.lines() == [
            "Model/a spec.storageUri = s3://*** "
            "(model m; uri: model-config.yaml, ModelConfig/models, spec.models.m.uri)"
        ]
        assert "s3://bucket/m" in record.lines(show_uris=True)[0]
        assert record.uris == {("models", "m"): "s3://bucket/m"}


def test_a_replacement_that_copies_a_placeholder(config):
    target = model()
    target.body["spec"]["storageUri"] = "placeholder"
    copied = [
        Copied(target, "spec.other", Where("k.yaml")),
        Copied(target, "spec.storageUri", Where("k.yaml", field="replacements[0]")),
    ]
    with pytest.raises(CmpError, match="a replacement copies Model/a, spec") as caught:
        inject([target, config(SPEC)], copied=copied)
    assert caught.value.where.field == "replacements[0]"
    assert "ModelConfig/models" in caught.value.hint


def test_presence_and_unknown_kinds(config):
    assert not present([model()])
    assert present([model(), config(SPEC)])
    odd = config(SPEC)
    odd.body["kind"] = "ModelConfg"
    with pytest.raises(CmpError, match="unknown kind") as caught:
        read([odd])
    assert "'ModelConfig'" in caught.value.hint


def test_a_declaration_must_stay_local(config):
    declared = config(SPEC)
    del declared.body["metadata"]["annotations"]
    with pytest.raises(CmpError, match="must carry the annotation"):
        read([declared])


def test_a_thousand_models_read_each_list_once(config, monkeypatch):
    """Linear: the number of list items looked at grows with the number of models, not with its square."""
    from cmp.models.kinds.places import Finder

    looked = 0
    original = Finder.positions

    def counting(self, items, key):
        nonlocal looked
        before = len(self._lists)
        result = original(self, items, key)
        looked += len(items) if len(self._lists) > before else 1
        return result

    monkeypatch.setattr(Finder, "positions", counting)

    def run(count):
        nonlocal looked
        looked = 0
        predictors = [{"name": f"m{i}", "graph": {"name": "g", "modelUri": "x"}} for i in range(count)]
        body: dict[str, Any] = {
            "apiVersion": "machinelearning.seldon.io/v1",
            "kind": "SeldonDeployment",
            "metadata": {"name": "s"},
            "spec": {"predictors": predictors},
        }
        target = {"kind": "SeldonDeployment", "name": "s"}
        models = {
            f"m{i}": {"uri": f"s3://bucket/{i}", "targets": {"t": {**target, "predictor": f"m{i}"}}}
            for i in range(count)
        }
        record = inject([Resource(body), config({"models": models})])
        assert len(record.written) == count
        return looked

    assert run(1000) <= 10.5 * run(100)
