"""IAMPolicyGenerator: the Kubernetes side of a GKE workload identity (api/filters/iampolicygenerator)."""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.resmap import ResMap
from cmp.kustomize.resource import Resource
from cmp.yaml.taint import carry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.yaml.value import Value

GKE = "gke"
_ANNOTATION = "iam.gke.io/gcp-service-account"


def service_account(fields: dict[str, Any], file: str) -> ResMap:
    """The ServiceAccount that stands for a Google service account; `KustomizeError` for another cloud."""
    if fields.get("cloud", "") != GKE:
        raise KustomizeError(
            f"the cloud {fields.get('cloud', '')!r} is not supported", hint=f"`cloud: {GKE}` is"
        )
    google: dict[str, str] = fields.get("serviceAccount") or {}
    kubernetes: dict[str, str] = fields.get("kubernetesService") or {}
    account = google.get("name", "") + "@" + google.get("projectId", "") + ".iam.gserviceaccount.com"
    metadata: dict[str, Value] = {
        "annotations": {_ANNOTATION: _plain(account)},
        "name": _plain(kubernetes.get("name", "")),
    }
    if kubernetes.get("namespace"):
        metadata["namespace"] = _plain(kubernetes["namespace"])
    body: dict[str, Value] = {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": metadata}
    return ResMap((Resource(body, file=file),))


def _plain(text: str) -> Value:
    """What `text` is when it is written unquoted into YAML, which is what upstream does with it."""
    from cmp.yaml import load_all

    documents = load_all(f"text: {text}\n".encode())
    document = documents[0] if documents else None
    if not isinstance(document, dict):
        raise KustomizeError("a name that is not a plain string")
    return carry(document.get("text"), text)
