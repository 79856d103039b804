"""argocd-apps/ beside the examples it deploys: who syncs, what a project permits, what a render reads."""

from __future__ import annotations

import itertools
import json
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, NamedTuple

import pytest
from example_overlays import CLUSTER_WIDE, EXAMPLES, KEY, ROOT, documents, environment, objects, overlays

APPS = ROOT / "argocd-apps"
SHARED = ROOT.parent / "shared" / "crds"
PRODUCTION = ("production", "prod")


class App(NamedTuple):
    """An Application as Argo CD would have it, written or generated; `file` says where it comes from."""

    file: str
    body: dict[str, Any]

    @property
    def name(self) -> str:
        return self.body["metadata"]["name"]

    @property
    def spec(self) -> dict[str, Any]:
        return self.body["spec"]

    @property
    def folder(self) -> Path:
        return ROOT / self.spec["source"]["path"]

    @property
    def environment(self) -> str:
        return self.body["metadata"].get("labels", {}).get("environment", "")


def fill(value: Any, given: dict[str, Any]) -> Any:
    """A template with `{{ .name }}` put in; any other action is an error of this test."""
    if isinstance(value, dict):
        return {key: fill(inner, given) for key, inner in value.items()}
    if isinstance(value, list):
        return [fill(inner, given) for inner in value]
    if isinstance(value, str):
        return re.sub(r"\{\{ \.(\w+) \}\}", lambda found: str(given[found[1]]), value)
    return value


def elements(generator: dict[str, Any]) -> list[dict[str, Any]]:
    """What a list generator, or a matrix of two of them, gives."""
    if "list" in generator:
        return list(generator["list"]["elements"])
    first, second = (elements(inner) for inner in generator["matrix"]["generators"])
    return [one | other for one, other in itertools.product(first, second)]


def patched(text: str, given: dict[str, Any]) -> dict[str, Any]:
    """The templatePatch of our sets: a label, and a part that only automatic elements get."""
    text = text.replace("{{ .environment | toJson }}", json.dumps(given["environment"]))
    head, rest = text.split("{{- if .automatic }}\n")
    part, tail = rest.split("{{- end }}")
    assert not tail.strip()
    (patch,) = documents(head + (part if given["automatic"] else ""))
    return patch


def expand(path: Path, body: dict[str, Any]) -> list[App]:
    """The Applications of an Application or ApplicationSet manifest."""
    if body["kind"] == "Application":
        return [App(path.name, body)]
    assert body["spec"]["goTemplate"] is True
    assert body["spec"]["goTemplateOptions"] == ["missingkey=error"]
    made = []
    for given in (item for generator in body["spec"]["generators"] for item in elements(generator)):
        app = fill(body["spec"]["template"], given)
        patch = patched(body["spec"]["templatePatch"], given)
        app["metadata"].setdefault("labels", {}).update(patch["metadata"]["labels"])
        assert patch.keys() <= {"metadata", "spec"}
        if "spec" in patch:
            assert patch["spec"].keys() == {"syncPolicy"}
            app["spec"]["syncPolicy"].update(patch["spec"]["syncPolicy"])
        made.append(App(path.name, {"kind": "Application", **app}))
    return made


def manifests() -> list[tuple[Path, dict[str, Any]]]:
    """Every object of the folder, with its file."""
    found = [(path, body) for path in sorted(APPS.rglob("*.yaml")) for body in documents(path.read_text())]
    assert found
    return found


ALL = [app for path, body in manifests() if body["kind"] != "AppProject" for app in expand(path, body)]
RENDERED = [app for app in ALL if app.name != "mlops-stack"]
PROJECTS = {body["metadata"]["name"]: body for _, body in manifests() if body["kind"] == "AppProject"}
EACH = pytest.mark.parametrize("app", ALL, ids=lambda app: app.name)
EACH_RENDERED = pytest.mark.parametrize("app", RENDERED, ids=lambda app: app.name)


def is_production(app: App) -> bool:
    return app.environment in PRODUCTION


def test_every_overlay_has_one_application() -> None:
    deployed = [app.folder for app in RENDERED]
    assert len(set(deployed)) == len(deployed)
    assert set(overlays()) <= set(deployed)
    assert all(folder.is_dir() for folder in deployed)
    assert {app.environment for app in ALL} >= {"staging", "production", "development", "dev", "prod"}


def test_names_are_disjoint() -> None:
    names = [app.name for app in ALL]
    assert sorted(set(names)) == sorted(names)


@EACH
def test_production_waits_for_a_person(app: App) -> None:
    policy = app.spec["syncPolicy"]
    assert ("automated" in policy) is not is_production(app)
    assert "operation" not in app.body
    assert "finalizers" not in app.body["metadata"]
    if is_production(app):
        assert app.spec["source"]["targetRevision"] not in ("HEAD", "main", "master", "")
        parameters = app.spec["source"]["plugin"]["parameters"]
        assert {"name": "strict", "string": "true"} in parameters


@EACH
def test_windows_and_roles_of_the_project(app: App) -> None:
    project = PROJECTS[app.spec["project"]]["spec"]
    closed = {name for window in project.get("syncWindows", []) for name in window["applications"]}
    assert (app.name in closed) is is_production(app)
    assert all(window["kind"] == "deny" and window["manualSync"] for window in project.get("syncWindows", []))
    may = {
        role["name"]
        for role in project["roles"]
        for policy in role["policies"]
        if f"applications, sync, {app.spec['project']}/{app.name}, allow" in policy
    }
    assert any(name.endswith(("reviewer", "engineer")) for name in may)
    if is_production(app):
        assert all(name.endswith("reviewer") for name in may), may


@EACH_RENDERED
def test_project_permits_what_is_rendered(app: App) -> None:
    project = PROJECTS[app.spec["project"]]["spec"]
    assert app.spec["source"]["repoURL"] in project["sourceRepos"]
    namespaces = {item["namespace"] for item in project["destinations"]}
    assert app.spec["destination"]["namespace"] in namespaces
    inside = {(item["group"], item["kind"]) for item in project["namespaceResourceWhitelist"]}
    cluster = {(item["group"], item["kind"]) for item in project["clusterResourceWhitelist"]}
    assert ("", "Namespace") in cluster
    for item in objects(app.folder):
        kind = (item["apiVersion"].rpartition("/")[0], item["kind"])
        if item["kind"] in CLUSTER_WIDE:
            assert kind in cluster
        else:
            assert kind in inside
            assert item["metadata"]["namespace"] == app.spec["destination"]["namespace"]


@EACH_RENDERED
def test_paths_are_what_the_render_reads(app: App) -> None:
    done = subprocess.run(
        [str(Path(sys.executable).with_name("cmpctl")), "paths", str(app.folder)],
        cwd=ROOT,
        env=environment(SOPS_AGE_KEY_FILE=str(KEY)),
        capture_output=True,
        text=True,
        check=True,
    )
    read = {part if part == "." else part.rstrip("/") for part in done.stdout.strip().split(";")}
    written = app.body["metadata"]["annotations"]["argocd.argoproj.io/manifest-generate-paths"].split(";")
    for path in read:
        assert any(path == given or path.startswith(given + "/") for given in written), (path, written)
    for given in written:
        assert given == "." or (ROOT / given.lstrip("/")).is_dir(), given


@EACH_RENDERED
def test_plugin_has_that_name(app: App) -> None:
    (plugin,) = documents((ROOT / "plugin.yaml").read_text())
    assert app.spec["source"]["plugin"]["name"] == plugin["metadata"]["name"]
    assert "version" not in plugin["spec"]


def test_app_of_apps_adopts_its_children_only() -> None:
    (stack,) = (app for app in ALL if app.name == "mlops-stack")
    include = stack.spec["source"]["directory"]["include"]
    assert set(include.strip("{}").split(",")) == {"minio-app.yaml", "postgresql-app.yaml", "mlflow-app.yaml"}
    adopted = [app for app in ALL if app.file in include]
    assert [app.spec["project"] for app in adopted] == ["ai-how"] * 3
    assert all((app.spec["destination"]["namespace"], app.environment) == ("mlops", "") for app in adopted)


def test_only_the_stack_may_make_applications() -> None:
    may = {
        name
        for name, project in PROJECTS.items()
        for kind in project["spec"]["namespaceResourceWhitelist"]
        if kind["group"] == "argoproj.io" and kind["kind"] in ("Application", "ApplicationSet", "AppProject")
    }
    assert may == {"ai-how-stack"}


@pytest.mark.shared
def test_schemas() -> None:
    """Against the schemas of Argo CD's own CRDs, unknown fields refused."""
    if not SHARED.is_dir():
        pytest.skip("Argo CD's CRD schemas are not here")
    import jsonschema

    def close(schema: Any) -> None:
        if isinstance(schema, dict):
            if "properties" in schema and not schema.get("x-kubernetes-preserve-unknown-fields"):
                schema.setdefault("additionalProperties", False)
            for inner in schema.values():
                close(inner)
        elif isinstance(schema, list):
            for inner in schema:
                close(inner)

    for path, body in manifests():
        file = SHARED / f"argoproj.io_{body['kind'].lower()}_v1alpha1.json"
        schema = json.loads(file.read_text())["schema"]
        close(schema)
        schema["properties"]["metadata"] = {"type": "object"}
        problems = [error.message for error in jsonschema.Draft7Validator(schema).iter_errors(body)]
        assert problems == [], path.name


def test_examples_have_no_other_repository_url() -> None:
    urls = {app.spec["source"]["repoURL"] for app in ALL}
    assert urls == {"https://github.com/your-org/mlops-gitops"}
    assert EXAMPLES.is_dir()
