"""The plugin in a real Argo CD, from installing it to a rollback of production: one story, in this order."""

from __future__ import annotations

import json
from collections.abc import Iterable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import grpc
import pytest
import yaml
from argocd_cluster import PRODUCTION, STAGING, Cluster, Repository, replace
from argocd_processes import USER, wait_for
from example_overlays import CLUSTER_WIDE, ROOT, documents, run
from network_policies import allows_egress
from repo_server import application_request, generate_manifest, parameter_announcements

AUTOMATIC = [
    *("fraud-detection-staging", "iris-dev", "iris-staging", "mlflow-development", "mlflow-staging"),
    *("qna-staging", "minio-dev", "postgresql-dev", "mlflow-dev", "kserve-dev", "minio", "postgresql"),
    *("mlflow", "mlops-stack"),
]
WAITING = [
    *("fraud-detection-production", "iris-prod", "mlflow-production", "qna-production", "minio-prod"),
    *("postgresql-prod", "mlflow-prod", "kserve-prod"),
]
STAGED, PRODUCED = "fraud-detection-staging", "fraud-detection-production"
# Applications that stand in a file as they are; the others come out of ApplicationSets.
FILES = sorted(
    path.name
    for path in (ROOT / "argocd-apps").glob("*.yaml")
    for document in documents(path.read_text())
    if document["kind"] == "Application" and "plugin" in document["spec"]["source"]
)


# --- docs/install.md


def test_the_component_applies_beside_argo_cds_own_manifests(installed: Cluster) -> None:
    assert [each["name"] for each in installed.repo_server_pod()["containers"]] == [
        "argocd-repo-server",
        "mlops-cmp",
    ]


def test_the_keys_secret_is_where_the_component_mounts_it(installed: Cluster) -> None:
    [volume] = [
        each for each in installed.repo_server_pod()["volumes"] if each["name"] == "mlops-cmp-age-key"
    ]
    assert list(installed.get("secret", volume["secret"]["secretName"])["data"]) == ["keys.txt"]


def test_a_user_may_read_the_logs_default_container(installed: Cluster) -> None:
    """`kubectl logs deployment/argocd-repo-server` shows repo-server, as before the sidecar came."""
    template = installed.get("deployment", "argocd-repo-server")["spec"]["template"]
    assert (
        template["metadata"]["annotations"]["kubectl.kubernetes.io/default-container"] == "argocd-repo-server"
    )


def test_redis_init_container_gets_its_secret(installed: Cluster) -> None:
    """What `secret-init` runs: it asks the API server."""
    installed.argocd("admin", "redis-initial-password", "--namespace", "argocd")
    assert installed.get("secret", "argocd-redis")["data"]["auth"]


@pytest.mark.parametrize("port", [443, 6443])
def test_no_policy_forbids_redis_the_api_server(installed: Cluster, port: int) -> None:
    """secret-init runs in the Pod of redis, so the Pod's policies hold for it; providers use either port."""
    policies = json.loads(installed.kubectl("get", "networkpolicy", "--output=json").stdout)["items"]
    labels = installed.get("deployment", "argocd-redis")["spec"]["template"]["metadata"]["labels"]
    assert allows_egress(policies, labels, port)


def test_repo_server_reaches_git_and_redis_and_not_the_api_server(installed: Cluster) -> None:
    policies = json.loads(installed.kubectl("get", "networkpolicy", "--output=json").stdout)["items"]
    labels = installed.get("deployment", "argocd-repo-server")["spec"]["template"]["metadata"]["labels"]
    assert [port for port in (22, 53, 443, 6443) if allows_egress(policies, labels, port)] == [22, 53, 443]
    assert installed.repo_server_pod()["automountServiceAccountToken"] is False


def test_the_sidecar_runs_as_argo_cds_user(installed: Cluster) -> None:
    """Another user could not open the socket that repo-server connects to."""
    security = installed.sidecar_container()["securityContext"]
    assert (security["runAsUser"], security["runAsGroup"], security["runAsNonRoot"]) == (USER, USER, True)


# --- repo-server


@pytest.mark.parametrize("probe", ["startupProbe", "readinessProbe", "livenessProbe"])
def test_the_probe(repo_server: Cluster, probe: str) -> None:
    done = repo_server.in_sidecar(*repo_server.sidecar_container()[probe]["exec"]["command"])
    assert done.returncode == 0, done.stderr.decode()


def test_the_doctor_finds_the_sidecar_well(repo_server: Cluster) -> None:
    done = repo_server.in_sidecar("/opt/mlops-cmp/bin/cmpctl", "doctor")
    assert done.returncode == 0, done.stdout.decode() + done.stderr.decode()


def request(gitops: Repository, file: str, revision: str = "main", no_cache: bool = False) -> dict[str, Any]:
    application = yaml.safe_load((gitops.tree / "argocd-apps" / file).read_text())
    return application_request(application, revision, no_cache)


def address(cluster: Cluster) -> str:
    return f"127.0.0.1:{cluster.repo_server}"


def by_name(found: Iterable[dict[str, Any]]) -> list[dict[str, Any]]:
    return sorted(
        found,
        key=lambda each: (each["kind"], each["metadata"].get("namespace", ""), each["metadata"]["name"]),
    )


@pytest.mark.parametrize("cache", ["rendered", "from Redis"])
@pytest.mark.parametrize("file", FILES)
def test_every_application_renders_as_here(
    repo_server: Cluster, gitops: Repository, file: str, cache: str
) -> None:
    answer = generate_manifest(address(repo_server), request(gitops, file, no_cache=cache == "rendered"))
    here = run("--app", str(ROOT / "argocd-apps" / file))
    assert here.returncode == 0, here.stderr
    assert by_name([json.loads(each) for each in answer["manifests"]]) == by_name(documents(here.stdout))


def test_fifty_at_once(repo_server: Cluster, gitops: Repository) -> None:
    one = request(gitops, f"{STAGED}.yaml", no_cache=True)
    requests = [{**one, "appName": f"application-{number}"} for number in range(50)]
    with ThreadPoolExecutor(50) as pool:
        answers = list(pool.map(lambda each: generate_manifest(address(repo_server), each, 120), requests))
    assert all(answer["manifests"] == answers[0]["manifests"] for answer in answers)


def test_parameters_are_announced(repo_server: Cluster, gitops: Repository) -> None:
    found = parameter_announcements(address(repo_server), request(gitops, f"{PRODUCED}.yaml"))
    first = {entry["name"]: entry for entry in reversed(found)}
    assert first["traffic"]["map"] == {"baseline": "80", "candidate": "20"}


def test_a_failure_arrives_with_its_reason(repo_server: Cluster, gitops: Repository) -> None:
    with pytest.raises(grpc.RpcError, match=r"must sum to 100, found 50 \+ 20 = 70"):
        generate_manifest(address(repo_server), request(gitops, f"{PRODUCED}.yaml", "bad-weights"))


# --- the control plane


@pytest.mark.parametrize("name", AUTOMATIC)
def test_it_syncs_itself(argocd: Cluster, name: str) -> None:
    argocd.wait_for_status(name, "Synced", 240)


@pytest.mark.parametrize("name", WAITING)
def test_it_waits_for_a_person(argocd: Cluster, name: str) -> None:
    argocd.wait_for_status(name, "OutOfSync")
    assert "operationState" not in argocd.application(name)["status"]


def test_no_application_is_forgotten_here(argocd: Cluster) -> None:
    """All but those of clusters that this Argo CD does not know."""
    found = json.loads(argocd.kubectl("get", "applications.argoproj.io", "--output=json").stdout)["items"]
    here = {each["metadata"]["name"] for each in found if "server" in each["spec"]["destination"]}
    assert here == {*AUTOMATIC, *WAITING}


@pytest.mark.parametrize("name", [name for name in (*AUTOMATIC, *WAITING) if name != "mlops-stack"])
def test_argo_cd_shows_what_a_local_render_gives(argocd: Cluster, gitops: Repository, name: str) -> None:
    """Applications out of ApplicationSets too, as the controller sees them; it lists hooks elsewhere."""
    live = argocd.application(name)
    file = gitops.tree / f"argocd-apps/live-{name}.yaml"
    file.write_text(json.dumps({key: live[key] for key in ("apiVersion", "kind", "metadata", "spec")}))
    here = run("--app", str(file))
    file.unlink()
    assert here.returncode == 0, here.stderr
    shown = documents(argocd.argocd("app", "manifests", name, "--source", "git").stdout)
    hook = "argocd.argoproj.io/hook"
    rendered = [
        each for each in documents(here.stdout) if hook not in (each["metadata"].get("annotations") or {})
    ]
    assert by_name(map(comparable, shown)) == by_name(map(comparable, rendered))


def comparable(found: dict[str, Any]) -> dict[str, Any]:
    """Without what Argo CD adds or takes: annotation, empty status, namespace of cluster-wide kinds.

    What a Secret holds is masked there.
    """
    metadata = dict(found["metadata"])
    metadata["annotations"] = dict(metadata.get("annotations") or {})
    metadata["annotations"].pop("argocd.argoproj.io/tracking-id", None)
    if found["kind"] in CLUSTER_WIDE:
        metadata.pop("namespace", None)
    masked = ("data", "stringData") if found["kind"] == "Secret" else ()
    kept = {key: value for key, value in found.items() if key not in (*masked, "status")}
    return {**kept, "metadata": metadata}


def test_an_engineer_cannot_sync_production(argocd: Cluster, engineer: str) -> None:
    done = argocd.argocd("app", "sync", PRODUCED, token=engineer, check=False)
    assert done.returncode
    assert "permission denied" in done.stderr.lower()


def test_a_reviewer_can(argocd: Cluster, reviewer: str) -> None:
    argocd.argocd("app", "sync", PRODUCED, "--preview-changes", "--assumeYes", token=reviewer)


def test_production_is_synced_afterwards(argocd: Cluster) -> None:
    argocd.wait_for_status(PRODUCED, "Synced")


def test_app_diff_is_empty(argocd: Cluster, reviewer: str) -> None:
    assert argocd.argocd("app", "diff", PRODUCED, "--hard-refresh", token=reviewer).stdout == ""


def test_synced_by_server_side_diff_too(argocd: Cluster) -> None:
    annotation = "argocd.argoproj.io/compare-options"
    argocd.kubectl("annotate", "applications.argoproj.io", PRODUCED, f"{annotation}=ServerSideDiff=true")
    argocd.argocd("app", "get", PRODUCED, "--hard-refresh")
    argocd.wait_for_status(PRODUCED, "Synced")
    argocd.kubectl("annotate", "applications.argoproj.io", PRODUCED, f"{annotation}-")


def weights(cluster: Cluster, namespace: str) -> list[int]:
    done = cluster.kubectl("get", "experiments.mlops.seldon.io", "--namespace", namespace, "--output=json")
    [experiment] = json.loads(done.stdout)["items"]
    return [each["weight"] for each in experiment["spec"]["candidates"]]


def test_a_tag_makes_production_out_of_sync(argocd: Cluster, gitops: Repository) -> None:
    replace(gitops, PRODUCTION, "baseline: 80", "baseline: 90", "candidate: 20", "candidate: 10")
    replace(gitops, STAGING, "baseline: 50", "baseline: 60", "candidate: 50", "candidate: 40")
    gitops.push("weights", ("v2.3.2",))
    argocd.wait_for_status(PRODUCED, "OutOfSync")
    assert weights(argocd, "fraud-detection") == [80, 20]


def test_staging_follows_the_push_by_itself(argocd: Cluster) -> None:
    wait_for(lambda: weights(argocd, STAGED) == [60, 40], "the new weights in staging", 90)


def test_the_tag_is_deployed_by_a_reviewer(argocd: Cluster, reviewer: str) -> None:
    argocd.argocd("app", "sync", PRODUCED, token=reviewer)
    assert weights(argocd, "fraud-detection") == [90, 10]


def test_rollback_to_the_first_deployment(argocd: Cluster, reviewer: str) -> None:
    argocd.argocd("app", "rollback", PRODUCED, "0", token=reviewer)
    assert weights(argocd, "fraud-detection") == [80, 20]


def test_the_deny_window_keeps_an_automatic_sync_out(argocd: Cluster) -> None:
    """Even of an Application that somebody made automatic: it is looked at again, and left alone."""
    patch: dict[str, Any] = {"spec": {"syncPolicy": {"automated": {"selfHeal": True}}}}
    argocd.kubectl(
        "patch", "applications.argoproj.io", PRODUCED, "--type=merge", "--patch", json.dumps(patch)
    )
    for _ in range(2):
        looked_at_again(argocd)
    assert argocd.sync_status(PRODUCED) == "OutOfSync"
    assert weights(argocd, "fraud-detection") == [80, 20]
    patch = {"spec": {"syncPolicy": {"automated": None}}}
    argocd.kubectl(
        "patch", "applications.argoproj.io", PRODUCED, "--type=merge", "--patch", json.dumps(patch)
    )


def looked_at_again(cluster: Cluster) -> None:
    before = cluster.application(PRODUCED)["status"]["reconciledAt"]
    cluster.argocd("app", "get", PRODUCED, "--refresh")
    wait_for(lambda: cluster.application(PRODUCED)["status"]["reconciledAt"] > before, "looked at again")


INCLUDED = ("--local-include", "*.yaml", "--local-include", "*.json")


def test_app_diff_of_a_working_copy(argocd: Cluster, gitops: Repository) -> None:
    arguments = ("app", "diff", STAGED, "--local", str(gitops.tree), "--server-side-generate", *INCLUDED)
    assert argocd.argocd(*arguments, cwd=gitops.tree).stdout == ""


def test_app_diff_of_a_dot_is_refused_and_not_recommended(argocd: Cluster, gitops: Repository) -> None:
    arguments = ("app", "diff", STAGED, "--local", ".", "--server-side-generate", *INCLUDED)
    done = argocd.argocd(*arguments, cwd=gitops.tree, check=False)
    assert "full path does not contain base path" in done.stderr
    assert "--local . " not in (ROOT / "docs/install.md").read_text()


def test_set_of_a_plugin_variable(argocd: Cluster) -> None:
    """The runbook's way to change one value for a while."""
    argocd.argocd("app", "set", PRODUCED, "--plugin-env", "NAMESPACE=try")
    shown = documents(argocd.argocd("app", "manifests", PRODUCED, "--source", "git").stdout)
    moved = [each["metadata"]["namespace"] for each in shown if each["kind"] == "Deployment"]
    assert set(moved) == {"try"}
    argocd.argocd("app", "unset", PRODUCED, "--plugin-env", "NAMESPACE")


def test_generate_gives_the_applications_of_a_set(argocd: Cluster, gitops: Repository) -> None:
    """What the error of `cmp-generate --app` points to; each of them renders."""
    file = str(gitops.tree / "argocd-apps/iris-environments.yaml")
    assert b"argocd appset generate" in run("--app", file).stderr
    found = json.loads(argocd.argocd("appset", "generate", file, "--output", "json").stdout)
    assert sorted(each["metadata"]["name"] for each in found) == ["iris-dev", "iris-prod", "iris-staging"]
    for each in found:
        one = gitops.tree / "argocd-apps/generated.json"
        one.write_text(json.dumps(each))
        done = run("--app", str(one))
        one.unlink()
        assert done.returncode == 0, done.stderr
