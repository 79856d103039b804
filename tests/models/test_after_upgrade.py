"""A tree of 0.1.0 restarts no pod after the upgrade: what reaches pods is what 0.1.0 rendered.

`tests/data/models/pods-0.1.0.json` holds, for each overlay of the examples, a digest of the part of each
object that becomes pods, as 0.1.0 (1f2f498) rendered it. `upgrade/` is a tree with a lock of that version,
and what 0.1.0 made of it.
"""

from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest
from example_overlays import label, objects, overlays

from cmp.cli.commands.models.overlay import disk_tree
from cmp.render.pipeline import render
from cmp.render.settings import Settings

DATA = Path(__file__).parents[1] / "data/models"
RECORDED = json.loads((DATA / "pods-0.1.0.json").read_text())
# The kinds of which the whole spec reaches pods: an operator makes these.
WHOLE = ("InferenceService", "SeldonDeployment", "Model", "Server", "LLMInferenceService", "TrainedModel")


def pods(body):
    """The part of an object that becomes pods; None for objects without any."""
    spec = body.get("spec", {})
    if body["kind"] in WHOLE:
        return spec
    if body["kind"] == "CronJob":
        return spec["jobTemplate"]["spec"]["template"]
    if body["kind"] in ("Workflow", "WorkflowTemplate"):
        return spec
    return spec.get("template") if isinstance(spec, dict) else None


def digests(bodies):
    """Kind and name to the digest of each object's pods."""
    found = {}
    for body in bodies:
        part = pods(body)
        if part is not None:
            text = json.dumps(part, sort_keys=True, ensure_ascii=False)
            name = f"{body['kind']}/{body['metadata']['name']}"
            found[name] = hashlib.sha256(text.encode()).hexdigest()[:20]
    return found


@pytest.mark.parametrize("folder", overlays(), ids=label)
def test_no_pod_restarts(folder):
    assert digests(objects(folder)) == RECORDED[label(folder)]


def test_every_overlay_of_that_version_is_here():
    assert set(RECORDED) == {label(folder) for folder in overlays()}
    assert sum(map(len, RECORDED.values())) > 50


def test_a_lock_of_that_version():
    """Every kind with pods, locked by 0.1.0: the same bytes, the annotations of pods among them."""
    path = str(DATA / "upgrade/overlay")
    recorded = (DATA / "upgrade/rendered-0.1.0.yaml").read_text()
    assert recorded.count("cmp.mlops/fraud.digest: sha256:") > 8
    assert render(disk_tree(path), path, Settings()).text == recorded
