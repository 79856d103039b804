"""Our own folder with one thing made wrong, which is found, and with anything: never a crash."""

from __future__ import annotations

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given
from hypothesis import strategies as st
from tries import examples

pytest.importorskip("celpy", reason="the extra 'validate' is not installed")

from cmp import fleet
from cmp.cli.commands.validate import _surroundings
from cmp.cli.validating import units
from cmp.fleet import Surroundings
from cmp.validate import Inputs, Report, validate
from cmp.validate.context import Context
from cmp.validate.schemas import Schemas
from cmp.validate.waivers import WAIVER

ROOT = Path(__file__).parents[2]
APPS = str(ROOT / "argocd-apps")
OBJECTS = units.loose(sorted(map(str, Path(APPS).rglob("*.yaml")))).objects
AROUND = _surroundings(APPS, OBJECTS)

Objects = dict[tuple[str, str], dict[str, Any]]


def check(objects: list[dict[str, Any]], around: Surroundings = AROUND) -> Report:
    context, schemas = Context(objects), Schemas()
    more = fleet.run(objects, context.file_of, around, schemas.problems, WAIVER)
    return validate(Inputs(context, schemas, (), more))


def named(objects: list[dict[str, Any]]) -> Objects:
    return {(body["kind"], body["metadata"]["name"]): body["spec"] for body in objects}


def automatic(objects: Objects) -> None:
    objects["Application", "fraud-detection-production"]["syncPolicy"]["automated"] = {}


def automatic_element(objects: Objects) -> None:
    generator = objects["ApplicationSet", "iris-environments"]["generators"][0]
    generator["list"]["elements"][2]["automatic"] = True


def kind(objects: Objects) -> None:
    objects["AppProject", "mlops-fraud-detection"]["namespaceResourceWhitelist"].remove(
        {"group": "mlops.seldon.io", "kind": "Model"}
    )


def cluster_kind(objects: Objects) -> None:
    objects["AppProject", "mlops-platform"]["clusterResourceWhitelist"].pop()


def destination(objects: Objects) -> None:
    objects["AppProject", "ai-how"]["destinations"].pop()


def adoption(objects: Objects) -> None:
    del objects["Application", "mlops-stack"]["source"]["directory"]


def role(objects: Objects) -> None:
    engineer = objects["AppProject", "ai-how"]["roles"][0]
    engineer["policies"].append("p, proj:ai-how:platform-engineer, applications, *, ai-how/*, allow")


def head(objects: Objects) -> None:
    objects["ApplicationSet", "qna-environments"]["template"]["spec"]["source"]["targetRevision"] = "HEAD"


def plugin(objects: Objects) -> None:
    objects["Application", "minio"]["source"]["plugin"]["name"] = "mlops"


@pytest.mark.parametrize(
    ("change", "rule"),
    [
        (automatic, "argocd-production-automatic"),
        (automatic_element, "argocd-production-automatic"),
        (kind, "argocd-kind-not-permitted"),
        (cluster_kind, "argocd-kind-not-permitted"),
        (destination, "argocd-not-permitted"),
        (adoption, "argocd-adoption"),
        (role, "argocd-production-roles"),
        (head, "argocd-production-revision"),
        (plugin, "argocd-plugin-name"),
    ],
)
def test_one_thing_wrong(change: Callable[[Objects], None], rule: str) -> None:
    objects = copy.deepcopy(OBJECTS)
    change(named(objects))
    assert rule in {finding.rule for finding in check(objects).findings}


def places(value: Any) -> list[tuple[Any, Any]]:
    """(container, key) of everything below `value`."""
    found = []
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in list(items):
        found += [(value, key), *places(item)]
    return found


PIECES: list[Any] = [None, "", "x", "{{ .x", "*" * 9, 0, True, [], [None], [[]], {}, {"a": None}, ["{{"]]
JUNK = st.sampled_from(PIECES)


@examples(150, suppress_health_check=[HealthCheck.too_slow])
@given(st.sampled_from(range(len(OBJECTS))), st.integers(0, 10_000), JUNK)
def test_anything_wrong(number: int, at: int, junk: Any) -> None:
    body = copy.deepcopy(OBJECTS[number])
    below = [each for each in places(body) if each[1] not in ("kind", "apiVersion")]
    container, key = below[at % len(below)]
    container[key] = copy.deepcopy(junk)
    others = [each for place, each in enumerate(OBJECTS) if place != number and each["kind"] == "AppProject"]
    report = check([body, *others], Surroundings(str(ROOT), AROUND.plugins))
    assert report.checked >= 1
