"""Every rendered object against its schema, unknown fields refused: kubernetes-validate and kubeconform."""

from __future__ import annotations

import copy
import functools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from example_overlays import (
    EXAMPLES,
    KEY,
    ROOT,
    environment,
    label,
    needs_validate,
    objects,
    overlays,
    rendered,
    tool,
)

kubernetes_validate = pytest.importorskip(
    "kubernetes_validate", reason="the extra 'validate' is not installed"
)
jsonschema = pytest.importorskip("jsonschema")

BIN = Path(sys.executable).parent
VERSION = "1.33"
BUILT_IN = Path(kubernetes_validate.__file__).parent / "kubernetes-json-schema" / f"v{VERSION}.0-local-strict"
CRDS = ROOT.parent / "shared" / "crds"
# No schema of these is at hand: Seldon's may not be redistributed, the other is not among the shared files.
UNCHECKED = {"SeldonDeployment", "Model", "Experiment", "Server", "AlertmanagerConfig"}
FOLDERS = pytest.mark.parametrize("folder", overlays(), ids=label)


def closed(schema: Any) -> Any:
    """A CRD's schema that refuses unknown fields, as an API server prunes them."""
    if not isinstance(schema, dict):
        return schema
    if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
        schema.setdefault("additionalProperties", False)
    # By keyword: a field of an object may itself be called `properties`.
    for inner in schema.get("properties", {}).values():
        closed(inner)
    for keyword in ("items", "additionalProperties"):
        closed(schema.get(keyword))
    for keyword in ("allOf", "anyOf", "oneOf"):
        for inner in schema.get(keyword, []):
            closed(inner)
    return schema


@functools.cache
def crd(group: str, kind: str, version: str) -> dict[str, Any] | None:
    """The closed schema of a custom resource, None if there is none."""
    file = CRDS / f"{group}_{kind.lower()}_{version}.json"
    if not file.is_file():
        return None
    schema: dict[str, Any] = closed(json.loads(file.read_text())["schema"])
    schema["properties"] |= {
        "apiVersion": {"type": "string"},
        "kind": {"type": "string"},
        "metadata": {"type": "object"},
    }
    return schema


def is_custom(item: dict[str, Any]) -> bool:
    group = item["apiVersion"].rpartition("/")[0]
    return ("." in group and not group.endswith(".k8s.io")) or group == "autoscaling.k8s.io"


@FOLDERS
def test_built_in_kinds(folder: Path) -> None:
    for item in objects(folder):
        if not is_custom(item):
            kubernetes_validate.validate(copy.deepcopy(item), VERSION, strict=True)


@pytest.mark.shared
@FOLDERS
def test_custom_resources(folder: Path) -> None:
    if not CRDS.is_dir():
        pytest.skip("the CRD schemas are not here")
    for item in filter(is_custom, objects(folder)):
        group, _, version = item["apiVersion"].rpartition("/")
        schema = crd(group, item["kind"], version)
        if schema is None:
            assert item["kind"] in UNCHECKED, item["kind"]
            continue
        problems = [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(item)]
        assert problems == [], item["metadata"]["name"]


def contained(name: str) -> str:
    """A built-in kind's schema with the definitions that it needs, and no others, inside."""
    every = json.loads((BUILT_IN / "_definitions.json").read_text().replace("/api/_definitions.json", ""))[
        "$defs"
    ]
    schema = json.loads((BUILT_IN / name).read_text().replace("/api/_definitions.json", ""))
    needed: dict[str, Any] = {}
    waiting = [json.dumps(schema)]
    while waiting:
        for found in re.findall(r'"#/\$defs/([^"]+)"', waiting.pop()):
            if found not in needed:
                needed[found] = every[found]
                waiting.append(json.dumps(every[found]))
    return json.dumps(schema | {"$defs": needed})


@pytest.fixture(scope="module")
def schemas(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The schemas of all rendered kinds in the layout that kubeconform reads, each complete in itself."""
    folder = tmp_path_factory.mktemp("schemas")
    kinds = {(item["apiVersion"], item["kind"]) for overlay in overlays() for item in objects(overlay)}
    for api, kind in kinds:
        group, _, version = api.rpartition("/")
        name = "-".join(part for part in (kind.lower(), group.split(".")[0], version) if part) + ".json"
        if not is_custom({"apiVersion": api}):
            (folder / name).write_text(contained(name))
        elif (schema := crd(group, kind, version)) is not None:
            (folder / name).write_text(json.dumps(schema))
    return folder


@pytest.mark.shared
@FOLDERS
def test_cmpctl_validate(folder: Path) -> None:
    """Our own validation finds nothing to stop at, and checks every kind that has a schema."""
    needs_validate()
    schemas = ["--schemas", str(CRDS)] if CRDS.is_dir() else []
    policies = sorted((EXAMPLES / "iris/policies").glob("*-*.yaml")) if "iris" in folder.parts else []
    done = subprocess.run(
        [str(BIN / "cmpctl"), "validate", str(folder), *schemas]
        + [word for file in policies if folder.name == "production" for word in ("--policy", str(file))],
        env=environment(SOPS_AGE_KEY_FILE=str(KEY)),
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    unchecked = set(re.findall(r"^unchecked: \S+ (\w+)", done.stdout, re.MULTILINE))
    assert not schemas or unchecked <= {"AlertmanagerConfig"}, done.stdout


@pytest.mark.oracle
def test_kubeconform(schemas: Path, tmp_path: Path) -> None:
    """Strict, with schemas from local files only."""
    program = tool("kubeconform")
    if not CRDS.is_dir():
        pytest.skip("the CRD schemas are not here")
    for number, folder in enumerate(overlays()):
        (tmp_path / f"{number}.yaml").write_bytes(rendered(folder))
    location = str(schemas / "{{.ResourceKind}}{{.KindSuffix}}.json")
    skipped = ",".join(sorted(UNCHECKED))
    done = subprocess.run(
        [program, "-strict", "-summary", "-skip", skipped, "-schema-location", location, str(tmp_path)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    assert "Invalid: 0, Errors: 0" in done.stdout
