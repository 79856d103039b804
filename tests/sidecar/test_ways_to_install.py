"""helm-values.yaml and operator/argocd.yaml: the component's sidecar, in fields that chart and operator have.

Neither the chart nor the CRD of the operator can be had from a package registry. So their fields are tables
here, and each pod is held against the schema of Kubernetes. Upstream, the chart's fields are used in
charts/argo-cd/templates/argocd-repo-server/deployment.yaml (argo-helm), the operator's are ArgoCDRepoSpec in
api/v1beta1/argocd_types.go (argocd-operator).
"""

from __future__ import annotations

import copy
from typing import Any

import kubernetes_validate
import pytest
from example_overlays import ROOT, documents

SIDECAR = ROOT / "sidecar"

# Values of the chart argo-cd, as its README documents them, that we may set: where, and of what type.
CHART = {
    ("global", "securityContext"): dict,
    ("configs", "params"): dict,
    ("repoServer", "automountServiceAccountToken"): bool,
    ("repoServer", "env"): list,
    ("repoServer", "extraContainers"): list,
    ("repoServer", "volumes"): list,
}
# Fields of `spec.repo` of argoproj.io/v1beta1, ArgoCD, as the operator's reference documents them.
OPERATOR = {
    "annotations", "autotls", "enabled", "env", "execTimeout", "extraRepoCommandArgs", "image",
    "initContainers", "labels", "logFormat", "logLevel", "mountsatoken", "remote", "replicas", "resources",
    "serviceaccount", "sidecarContainers", "verifytls", "version", "volumeMounts", "volumes",
}  # fmt: skip
# Volumes of repo-server's pod that chart and operator make themselves.
THEIRS: list[dict[str, Any]] = [{"name": name, "emptyDir": {}} for name in ("var-files", "plugins", "tmp")]


def one(path: str) -> dict[str, Any]:
    """The only document of a file below sidecar/."""
    (found,) = documents((SIDECAR / path).read_text())
    return found


def component() -> dict[str, Any]:
    """The pod's part that the Kustomize component adds."""
    return one("component/repo-server.yaml")["spec"]["template"]["spec"]


def pod(env: list[Any], containers: list[Any], volumes: list[Any], **fields: Any) -> dict[str, Any]:
    """Repo-server's Deployment as chart and operator put it together."""
    labels = {"app.kubernetes.io/name": "argocd-repo-server"}
    server = {"name": "repo-server", "image": "quay.io/argoproj/argocd:v3.6.1", "env": env}
    spec = {"containers": [server, *containers], "volumes": [*THEIRS, *volumes], **fields}
    return {
        "apiVersion": "apps/v1",
        "kind": "Deployment",
        "metadata": {"name": "argocd-repo-server"},
        "spec": {
            "selector": {"matchLabels": labels},
            "template": {"metadata": {"labels": labels}, "spec": spec},
        },
    }


def by_helm() -> dict[str, Any]:
    """The Deployment of the chart with our values."""
    values = one("helm-values.yaml")
    server = values["repoServer"]
    return pod(
        server["env"],
        server["extraContainers"],
        server["volumes"],
        securityContext=values["global"]["securityContext"],
        automountServiceAccountToken=server["automountServiceAccountToken"],
    )


def by_operator() -> dict[str, Any]:
    """The Deployment of the operator with our object."""
    repo = one("operator/argocd.yaml")["spec"]["repo"]
    mounts = repo["mountsatoken"]
    return pod(repo["env"], repo["sidecarContainers"], repo["volumes"], automountServiceAccountToken=mounts)


WAYS = {"helm": by_helm, "operator": by_operator}


def test_values_are_documented_by_the_chart() -> None:
    values = one("helm-values.yaml")
    found = {(group, name): value for group, names in values.items() for name, value in names.items()}
    assert {place: type(value) for place, value in found.items()} == CHART


def test_nothing_looks_like_a_template_to_the_chart() -> None:
    """The chart evaluates `extraContainers` as a template."""
    assert "{{" not in (SIDECAR / "helm-values.yaml").read_text()


def test_fields_are_documented_by_the_operator() -> None:
    found = one("operator/argocd.yaml")
    assert (found["apiVersion"], found["kind"]) == ("argoproj.io/v1beta1", "ArgoCD")
    assert set(found["spec"]) == {"repo"}
    assert set(found["spec"]["repo"]) <= OPERATOR


@pytest.mark.parametrize("way", WAYS)
def test_pod_is_valid(way: str) -> None:
    deployment = WAYS[way]()
    kubernetes_validate.validate(deployment, "1.33", strict=True)
    spec = deployment["spec"]["template"]["spec"]
    names = [volume["name"] for volume in spec["volumes"]]
    assert len(set(names)) == len(names)
    assert {mount["name"] for mount in spec["containers"][1]["volumeMounts"]} <= set(names)
    assert spec["automountServiceAccountToken"] is False


@pytest.mark.parametrize("way", WAYS)
def test_sidecar_is_the_one_of_the_component(way: str) -> None:
    """A change of the component is a change of all three. OpenShift chooses the user itself."""
    wanted = copy.deepcopy(component())
    (sidecar,) = wanted["containers"]
    if way == "operator":
        del sidecar["securityContext"]["runAsUser"], sidecar["securityContext"]["runAsGroup"]
    spec = WAYS[way]()["spec"]["template"]["spec"]
    found = spec["containers"][1]
    assert found.pop("image").startswith(f"registry.company.com/platform/{sidecar.pop('image')}@sha256:")
    assert found == sidecar
    assert spec["volumes"][len(THEIRS) :] == wanted["volumes"]
    if way == "helm":
        assert spec["securityContext"] == wanted["securityContext"]


@pytest.mark.parametrize("way", WAYS)
def test_repo_server_sends_no_git_history_and_large_pieces(way: str) -> None:
    server = WAYS[way]()["spec"]["template"]["spec"]["containers"][0]
    env = {entry["name"]: entry["value"] for entry in server["env"]}
    if (
        way == "helm"
    ):  # the chart writes it into argocd-cmd-params-cm, from which repo-server takes the variable
        parameters = one("helm-values.yaml")["configs"]["params"]
        env["ARGOCD_REPO_SERVER_PLUGIN_TAR_EXCLUSIONS"] = parameters["reposerver.plugin.tar.exclusions"]
    assert env == {
        "ARGOCD_REPO_SERVER_PLUGIN_TAR_EXCLUSIONS": ".git/*",
        "ARGOCD_CMP_CHUNK_SIZE": "262144",
    }
