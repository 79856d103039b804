"""Parameters from the environment: every form, every mistake, and what beats what."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cmp.argocd import reader, values
from cmp.argocd.table import BY_ENV, PARAMETERS
from cmp.render.errors import ParameterError
from cmp.render.parameters import Image, Parameters


def read(parameters=None, **environ):
    if parameters is not None:
        environ["ARGOCD_APP_PARAMETERS"] = (
            parameters if isinstance(parameters, str) else json.dumps(parameters)
        )
    return reader.read(environ)


FULL: list[dict[str, Any]] = [
    {"name": "model-uris", "map": {"a": "s3://b/c"}},
    {"name": "traffic", "map": {"a": "80", "b": "20"}},
    {"name": "images", "array": ["x=y:1", "z@sha256:00"]},
    {"name": "name-prefix", "string": "p-"},
    {"name": "name-suffix", "string": "-s"},
    {"name": "namespace", "string": "ns"},
    {"name": "replicas", "map": {"d": "3"}},
    {"name": "common-labels", "map": {"k": "v"}},
    {"name": "common-annotations", "map": {"k": "any text: at all"}},
    {"name": "strict", "string": "true"},
]


def test_every_parameter_reaches_its_field():
    found, warnings = read(FULL)
    assert warnings == []
    assert found.model_uris == {"a": "s3://b/c"}
    assert found.traffic == {"a": 80, "b": 20}
    assert found.images == {"x": Image("x", "y", "1", ""), "z": Image("z", "", "", "sha256:00")}
    assert (found.name_prefix, found.name_suffix, found.namespace) == ("p-", "-s", "ns")
    assert found.replicas == {"d": 3}
    assert found.common_labels == {"k": "v"}
    assert found.common_annotations == {"k": "any text: at all"}
    assert found.strict is True
    assert {entry["name"] for entry in FULL} == {row.name for row in PARAMETERS}
    assert {row.field for row in PARAMETERS} == set(Parameters.__slots__)


@pytest.mark.parametrize(
    "text", ["null", "", "[]", '[{"name":"images"}]', '[{"name":"namespace","string":""}]']
)
def test_nothing_given(text):
    found, _ = read(text)
    for name in Parameters.__slots__:
        assert not getattr(found, name)


@pytest.mark.parametrize(
    ("parameters", "words"),
    [
        ("{", "JSON"),
        ("[" * 100_000, "JSON"),
        ("{}", "array of objects"),
        ("[1]", "array of objects"),
        ([{"string": "x"}], "no name"),
        ([{"name": "image", "array": []}], "did you mean images"),
        ([{"name": "whatever"}], "known are: model-uris"),
        ([{"name": "images", "string": "a:1"}], "expected an array, found a string"),
        ([{"name": "strict", "string": "true", "map": {}}], "expected a string, found a string and a map"),
        ([{"name": "strict", "string": "yes"}], "true or false"),
        ([{"name": "strict", "string": "true"}, {"name": "strict", "string": "false"}], "twice"),
        ([{"name": "traffic", "map": {"a": "101"}}], "parameter traffic[a]"),
        ([{"name": "traffic", "map": {"a": "-1"}}], "whole number from 0 to 100"),
        ([{"name": "traffic", "map": {"a": "1.5"}}], "whole number"),
        ([{"name": "traffic", "map": {"a": "٣"}}], "whole number"),
        ([{"name": "traffic", "map": {"": "1"}}], "names to strings"),
        ([{"name": "replicas", "map": {"a": "99999999999"}}], "whole number"),
        ([{"name": "replicas", "map": ["a"]}], "expected a map"),
        ([{"name": "images", "array": ["nginx"]}], "expected an image"),
        ([{"name": "images", "array": ["=x:1"]}], "expected an image"),
        ([{"name": "images", "array": ["a="]}], "expected an image"),
        ([{"name": "images", "array": ["a:1", "a:2"]}], "twice"),
        ([{"name": "images", "array": [1]}], "list of strings"),
        ([{"name": "namespace", "string": "Not A Label"}], "expected a namespace"),
        ([{"name": "namespace", "string": "a\nb"}], "expected a namespace"),
        ([{"name": "name-prefix", "string": "A_"}], "lower-case"),
        ([{"name": "common-labels", "map": {"k": "-"}}], "label value"),
        ([{"name": "model-uris", "map": {"a": ""}}], "expected a URI"),
    ],
)
def test_mistakes(parameters, words):
    with pytest.raises(ParameterError) as info:
        read(parameters)
    assert words in f"{info.value} {info.value.hint}"


def test_no_value_is_repeated_in_an_error():
    with pytest.raises(ParameterError) as info:
        read([{"name": "model-uris", "map": {"a": "s3://secret", "b": 1.5}}])
    assert "secret" not in str(info.value)


@pytest.mark.parametrize(
    ("environ", "field", "value"),
    [
        ({"ARGOCD_ENV_IMAGE_FRAUD": "a=b:1"}, "images", {"a": Image("a", "b", "1", "")}),
        ({"ARGOCD_ENV_IMAGES": '["a:1"]'}, "images", {"a": Image("a", "", "1", "")}),
        ({"ARGOCD_ENV_TRAFFIC": '{"a": 80, "b": "20"}'}, "traffic", {"a": 80, "b": 20}),
        ({"ARGOCD_ENV_MODEL_URIS": '{"a": "s3://b/c"}'}, "model_uris", {"a": "s3://b/c"}),
        ({"ARGOCD_ENV_STRICT": "true"}, "strict", True),
        ({"ARGOCD_ENV_NAMESPACE": "n"}, "namespace", "n"),
        ({"ARGOCD_ENV_NAMESPACE": ""}, "namespace", ""),
    ],
)
def test_environment_twins(environ, field, value):
    assert getattr(reader.read(environ)[0], field) == value


def test_parameters_beat_their_twins_key_by_key():
    found, _ = read(
        [
            {"name": "images", "array": ["a:2"]},
            {"name": "namespace", "string": "p"},
            {"name": "traffic", "map": {"a": "1"}},
        ],
        ARGOCD_ENV_IMAGE_A="a:1",
        ARGOCD_ENV_IMAGE_B="b:1",
        ARGOCD_ENV_NAMESPACE="e",
        ARGOCD_ENV_TRAFFIC='{"a": 9, "b": 9}',
    )
    assert {name: image.new_tag for name, image in found.images.items()} == {"a": "2", "b": "1"}
    assert found.namespace == "p"
    assert found.traffic == {"a": 1, "b": 9}


def test_an_environment_entry_that_means_nothing_is_told():
    _, warnings = reader.read({"ARGOCD_ENV_TRAFIC": "x", "ARGOCD_ENVELOPE": "x", "PARAM_IMAGES_0": "x"})
    (warning,) = warnings
    assert "TRAFIC" in warning
    assert "did you mean TRAFFIC" in warning


@pytest.mark.parametrize("text", ["(literal URI)", "models:/a@b (version 3)", "models:/a@b (not locked)"])
def test_what_the_announcement_shows_changes_nothing_when_the_ui_saves_it(text):
    found, _ = read([{"name": "model-uris", "map": {"a": text, "b": "s3://c/d"}}])
    assert found.model_uris == {"b": "s3://c/d"}


@pytest.mark.parametrize(
    ("text", "image"),
    [
        ("a:1", ("a", "", "1", "")),
        ("a@sha256:1", ("a", "", "", "sha256:1")),
        ("a:1@sha256:1", ("a", "", "1", "sha256:1")),
        ("a=b", ("a", "b", "", "")),
        ("a=b:1", ("a", "b", "1", "")),
        ("a=host:5000/b:1", ("a", "host:5000/b", "1", "")),
        ("host:5000/a:1", ("host:5000/a", "", "1", "")),
        ("a=*:1", ("a", "*", "1", "")),
        ("a=host:5000/b", ("a", "host:5000/b", "", "")),
    ],
)
def test_images_in_kustomizes_form(text, image):
    assert values.image(text) == Image(*image)


def test_every_parameter_has_a_twin():
    assert len(BY_ENV) == len(PARAMETERS)
    for row in PARAMETERS:
        assert callable(getattr(values, row.read))
