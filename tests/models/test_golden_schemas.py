"""Golden files cover every form in which a kind can be written, and fit the newest schema of their kind."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest
import yaml

from cmp.models.kinds.table import ROWS
from cmp.validate import schema_files
from cmp.validate.schemas import Schemas

DATA = Path(__file__).parent.parent / "data" / "models" / "valid"
CRDS = Path(__file__).parents[3] / "shared" / "crds"

# Kinds of the table whose schema is neither in the package nor beside it: what their golden files say of
# fields rests on the source that the row names.
UNCHECKED = {
    ("apps.nvidia.com", "NIMCache"),
    ("apps.nvidia.com", "NIMService"),
    ("inference.networking.k8s.io", "InferencePool"),
    ("inference.networking.x-k8s.io", "InferencePool"),
    ("jobset.x-k8s.io", "JobSet"),
    ("kaito.sh", "Workspace"),
    ("kubeai.org", "Model"),
    ("kubeflow.org", "ScheduledWorkflow"),
    ("leaderworkerset.x-k8s.io", "LeaderWorkerSet"),
    ("nvidia.com", "DynamoGraphDeployment"),
    ("production-stack.vllm.ai", "VLLMRuntime"),
    ("ray.io", "RayCluster"),
    ("ray.io", "RayJob"),
    ("ray.io", "RayService"),
    ("serving.knative.dev", "Service"),
    ("resources.yatai.ai", "BentoRequest"),
    ("serving.yatai.ai", "BentoDeployment"),
    ("trainer.kubeflow.org", "TrainJob"),
    ("example.com", "Thing"),  # a kind that the table does not know, for fieldPath
}
# Kinds that the shipped schemas know in an older release only: without `spec.canary` and route groups.
OLDER = {"InferenceService", "LLMInferenceService"}

OBJECTS = [
    (path.stem, body) for path in sorted(DATA.glob("*.out")) for body in yaml.safe_load_all(path.read_text())
]


def group_of(body):
    return body["apiVersion"].rpartition("/")[0]


def form_of(target):
    """The way in which a target says where its model stands."""
    if "inside" in target:
        return "embedded"
    if "argument" in target:
        return "argument"
    if "image" in target or "volume" in target:
        return "image"
    return "env" if "env" in target else "uri"


def forms():
    """(group, kind) to the forms in which the golden files write it."""
    found: dict[tuple[str, str], set[str]] = {}
    for path in DATA.glob("*.yaml"):
        bodies = [body for body in yaml.safe_load_all(path.read_text()) if body]
        for spec in (body["spec"] for body in bodies if body["kind"] == "ModelConfig"):
            used = [
                (t, form_of(t)) for m in spec["models"].values() for t in (m.get("targets") or {}).values()
            ]
            split = (spec.get("traffic") or {}).get("targets") or {}
            for target, form in (*used, *((t, "traffic") for t in split.values())):
                for body in bodies:
                    if body["kind"] == target["kind"] and target.get("group", group_of(body)) == group_of(
                        body
                    ):
                        found.setdefault((group_of(body), body["kind"]), set()).add(form)
    return found


FORMS = forms()


@pytest.mark.parametrize("row", ROWS, ids=lambda row: f"{row.group}/{row.kind}")
def test_every_form_of_every_kind(row):
    wanted = {option for option in ("env", "argument", "image") if option in row.options}
    if row.uris or row.parts:
        wanted.add("uri")
    if row.traffic and not row.traffic.controller:
        wanted.add("traffic")
    if row.kind in ("ConfigMap", "RayService"):
        wanted.add("embedded")
    assert wanted <= FORMS.get((row.group, row.kind), set())


def newest():
    """(group, kind) to the schemas of its versions, from the outside files."""
    found: dict[tuple[str, str], dict[str, object]] = {}
    for path in CRDS.glob("*.json"):
        crd = json.loads(path.read_text())
        found.setdefault((crd["group"], crd["kind"]), {})[crd["version"]] = crd["schema"]
    return found


@pytest.mark.shared
@pytest.mark.skipif(not CRDS.is_dir(), reason="the outside CRDs are not here")
def test_fits_the_newest_schema_or_is_named_as_unchecked():
    crds, shipped = newest(), Schemas()
    checked: set[tuple[str, str]] = set()
    unchecked: set[tuple[str, str]] = set()
    broken = []
    found: Iterator[tuple[str, str]] | None
    for case, body in OBJECTS:
        key = group_of(body), body["kind"]
        versions = crds.get(key)
        if versions:
            version = body["apiVersion"].rpartition("/")[2]
            found = schema_files.structure(versions.get(version) or versions[max(versions)]).problems(body)
        else:
            found = shipped.problems(body)
        (unchecked if found is None else checked).add(key)
        broken += [(case, *key, *problem) for problem in found or ()]
    assert broken == []
    assert unchecked == UNCHECKED
    kinds = {(row.group, row.kind) for row in ROWS if row.uris or row.chosen or row.traffic or row.names}
    assert kinds - unchecked - {("flagger.app", "Canary")} == checked


def test_fits_the_schemas_of_the_package():
    """The same without the outside files, where the package has a schema of the release."""
    shipped = Schemas()
    checked = 0
    broken = []
    for case, body in OBJECTS:
        found = shipped.problems(body) if body["kind"] not in OLDER else None
        if found is not None:
            checked += 1
            broken += [(case, body["kind"], *problem) for problem in found]
    assert broken == []
    assert checked > 60
