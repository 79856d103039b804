"""The JSON Schemas of ModelConfig and ModelLock: they take what the strict reader takes, and no more."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest
import yaml

from cmp.cli.ctl import main
from cmp.models import config, lock
from cmp.models.kinds.table import ROWS
from cmp.models.schema import KINDS, render, schema

ROOT = Path(__file__).parents[2]
VALIDATORS = {kind: jsonschema.Draft7Validator(schema(kind)) for kind in KINDS}


def declarations(top):
    """(path, body) of every ModelConfig and ModelLock below a folder, patches included."""
    for path in sorted(top.rglob("*.yaml")):
        text = path.read_text()
        if "cmp.mlops/v1alpha1" in text:
            for body in yaml.safe_load_all(text):
                if isinstance(body, dict) and body.get("kind") in KINDS:
                    yield path, body


EXAMPLES = [(path, body) for path, body in declarations(ROOT / "examples")]


def body_of(spec, kind="ModelConfig"):
    return {"apiVersion": "cmp.mlops/v1alpha1", "kind": kind, "metadata": {"name": "m"}, "spec": spec}


def accepts(spec, kind="ModelConfig"):
    return VALIDATORS[kind].is_valid(body_of(spec, kind))


def target(**fields):
    return {"models": {"m": {"targets": {"t": fields}}}}


@pytest.mark.parametrize("kind", KINDS)
def test_is_a_schema(kind):
    jsonschema.Draft7Validator.check_schema(schema(kind))
    assert json.loads(render(kind)) == schema(kind)


@pytest.mark.parametrize("kind", KINDS)
def test_the_command_prints_it(kind, capsys):
    assert main(["docs", "schema", kind]) == 0
    assert capsys.readouterr().out == render(kind)


@pytest.mark.parametrize("arguments", [["schema"], ["gates", "ModelLock"]])
def test_a_kind_belongs_to_schema(arguments, capsys):
    assert main(["docs", *arguments]) == 2
    assert "cmpctl docs schema ModelConfig" in capsys.readouterr().err


@pytest.mark.parametrize(
    ("path", "body"), EXAMPLES, ids=[str(path.relative_to(ROOT)) for path, _ in EXAMPLES]
)
def test_every_example_is_valid(path, body):
    VALIDATORS[body["kind"]].validate(body)


def test_examples_of_both_kinds():
    assert {body["kind"] for _, body in EXAMPLES} == set(KINDS)
    assert len(EXAMPLES) > 20


def test_follows_the_tables_of_the_reader():
    spec = schema("ModelConfig")["properties"]["spec"]
    assert tuple(spec["properties"]) == config.SPEC_FIELDS
    model = spec["properties"]["models"]["additionalProperties"]
    assert tuple(model["properties"]) == config.MODEL_FIELDS
    assert tuple(spec["properties"]["policy"]["properties"]) == config.POLICY_FIELDS
    entries = schema("ModelLock")["properties"]["spec"]["properties"]["entries"]
    assert tuple(entries["additionalProperties"]["properties"]) == lock.DIGEST_FIELDS + lock.OTHER_FIELDS


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.group}/{row.kind}")
def test_options_of_every_kind(row):
    for option in row.options:
        assert accepts(target(kind=row.kind, name="x", **{option: "y"})), option
    assert not accepts(target(kind=row.kind, name="x", nonsense="y"))


@pytest.mark.parametrize(
    "spec",
    [
        {"modles": {}},
        {"models": {"m": {"url": "s3://a/b"}}},
        {"models": {"m": {"uri": 5}}},
        {"models": {"-m": {"uri": "s3://a/b"}}},
        {"models": {"m" * 49: {"uri": "s3://a/b"}}},
        {"traffic": {"weights": {"m": 101}}},
        {"traffic": {"weights": {"m": "80"}}},
        {"policy": {"allowedPrefixes": []}},
        {"policy": {"mapPrefixes": [{"from": "s3://a/"}]}},
        {"policy": {"requireLock": "yes"}},
        target(kind="Model", name="x", env="MODEL_URI"),
        target(kind="Deployment", name="x", replaces="all"),
        target(kind="Deployment", name="x", dialect="vllm"),
    ],
    ids=str,
)
def test_mistakes(spec):
    assert not accepts(spec)


@pytest.mark.parametrize(
    "spec",
    [
        {},
        {"models": {"m": {"uri": None, "ref": "models:/m@champion"}}},
        {"models": {"m": {"targets": {"t": None}}}},
        target(kind="Thing", name="x", fieldPath="spec.a"),
        target(fieldPath="spec.a"),
    ],
    ids=str,
)
def test_parts_of_a_patch(spec):
    assert accepts(spec)


def test_a_lock_needs_its_digest():
    entry = {"ref": "models:/m@c", "uri": "s3://a/b", "digest": "v2:sha256:0"}
    assert accepts({"entries": {"m": entry}}, "ModelLock")
    for field in entry:
        assert not accepts({"entries": {"m": {**entry, field: None}}}, "ModelLock")
        assert not accepts(
            {"entries": {"m": {key: value for key, value in entry.items() if key != field}}}, "ModelLock"
        )
