"""A kube-apiserver on loopback that is asked for its verdict on one object at a time, nothing is stored."""

from __future__ import annotations

import http.client
import json
import os
import shutil
import ssl
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import argocd_programs
from argocd_processes import Processes
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric import rsa
from repo_server import free_port

from cmp.validate.policy_matching import plural

PROGRAM = argocd_programs.CACHE / "argocd" / argocd_programs.VERSIONS[0] / "kube-apiserver"
CLUSTER_SCOPED = frozenset(
    (
        *("Namespace", "ClusterRole", "ClusterRoleBinding", "PriorityClass", "StorageClass", "IngressClass"),
        *("PersistentVolume", "ValidatingWebhookConfiguration", "MutatingWebhookConfiguration"),
    )
)
NAMESPACE = "d"
_HEADERS = {"Authorization": "Bearer local", "Content-Type": "application/json"}


def missing() -> str:
    """What is not on this machine, or ""."""
    absent = [] if os.access(PROGRAM, os.X_OK) else ["kube-apiserver"]
    absent += [] if shutil.which("etcd") else ["etcd"]
    return f"not on this machine: {', '.join(absent)} (scripts/oracles.py cluster)" if absent else ""


class Server:
    """port: where it listens."""

    def __init__(self, port: int) -> None:
        context = ssl.create_default_context()
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
        self._connection = http.client.HTTPSConnection("127.0.0.1", port, context=context, timeout=60)

        # kind and group of a custom resource: its plural, and whether it stands in a namespace
        self._custom: dict[tuple[str, str], tuple[str, bool]] = {}

    def define(self, crd: dict[str, Any]) -> str:
        """Creates a CustomResourceDefinition; why it is refused, ""."""
        path = "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
        status, text = self.request("POST", path, crd)
        for _ in range(4):
            if status != 504:  # a busy machine: the time that the server gives itself was over
                break
            status, text = self.request("POST", path, crd)
        spec = crd["spec"]
        key = spec["names"]["kind"], spec["group"]
        self._custom[key] = spec["names"]["plural"], spec["scope"] == "Namespaced"
        # 409: it was created before the connection broke.
        return "" if status in (201, 409) else f"{status} {json.loads(text).get('message', '')}"

    def serves(self, crd: dict[str, Any]) -> bool:
        """Whether it answers for every served version of a definition."""
        spec = crd["spec"]
        served = [version["name"] for version in spec["versions"] if version.get("served", True)]
        paths = [f"/apis/{spec['group']}/{version}/{spec['names']['plural']}" for version in served]
        return all(self.request("GET", f"{path}?limit=1")[0] == 200 for path in paths)

    def request(self, method: str, path: str, body: object = None) -> tuple[int, str]:
        """(status, text); once more on a new connection if the server has closed this one."""
        try:
            return self._asked(method, path, body)
        except (OSError, http.client.HTTPException):
            self.close()
            return self._asked(method, path, body)

    def _asked(self, method: str, path: str, body: object) -> tuple[int, str]:
        data = None if body is None else json.dumps(body).encode()
        self._connection.request(method, path, data, _HEADERS)
        answer = self._connection.getresponse()
        return answer.status, answer.read().decode()

    def close(self) -> None:
        """Ends the connection."""
        self._connection.close()

    def ready(self) -> bool:
        """Whether it answers requests."""
        try:
            return self.request("GET", "/readyz") == (200, "ok")
        except (OSError, http.client.HTTPException):
            self.close()
            return False

    def refusal(self, body: dict[str, Any], kind: str, version: str) -> str:
        """Why `kubectl apply` would not create an object, "": a dry run, unknown fields refused."""
        metadata = body.get("metadata")
        if not isinstance(metadata, dict) or not metadata.get("name"):
            return "kubectl: resource name may not be empty"
        base = f"/apis/{version}" if "/" in version else f"/api/{version}"
        default = plural(kind), kind not in CLUSTER_SCOPED
        resource, namespaced = self._custom.get((kind, version.rpartition("/")[0]), default)
        space = f"/namespaces/{NAMESPACE}" if namespaced else ""
        path = f"{base}{space}/{resource}?dryRun=All&fieldValidation=Strict"
        status, text = self.request("POST", path, body)
        return "" if status in (200, 201) else f"{status} {json.loads(text).get('message', '')}"


@contextmanager
def running(folder: Path) -> Iterator[Server]:
    """etcd and a kube-apiserver for as long as the block lasts."""
    key = rsa.generate_private_key(65537, 2048)
    form = serialization.PrivateFormat.TraditionalOpenSSL
    pem = key.private_bytes(serialization.Encoding.PEM, form, serialization.NoEncryption())
    (folder / "sa.key").write_bytes(pem)
    (folder / "tokens.csv").write_text('local,admin,1,"system:masters"\n')
    store, peer, port = f"http://127.0.0.1:{free_port()}", f"http://127.0.0.1:{free_port()}", free_port()
    with Processes(folder) as processes:
        etcd = ["etcd", "--data-dir", "etcd", "--listen-client-urls", store, "--advertise-client-urls", store]
        etcd += ["--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer]
        processes.start("etcd", [*etcd, "--initial-cluster", f"default={peer}"], dict(os.environ), folder)
        arguments = [
            *(
                f"--etcd-servers={store}",
                "--bind-address=127.0.0.1",
                f"--secure-port={port}",
                "--cert-dir=certs",
            ),
            *(
                "--advertise-address=127.0.0.1",
                "--endpoint-reconciler-type=none",
                "--token-auth-file=tokens.csv",
            ),
            *(
                "--service-cluster-ip-range=10.77.0.0/24,fd77::/112",
                "--authorization-mode=RBAC",
                "--allow-privileged",
            ),
            *("--service-account-key-file=sa.key", "--service-account-signing-key-file=sa.key"),
            "--service-account-issuer=https://kubernetes.default.svc",
            "--disable-admission-plugins=ServiceAccount,StorageObjectInUseProtection",
        ]
        processes.start("kube-apiserver", [str(PROGRAM), *arguments], dict(os.environ), folder)
        server = Server(port)
        processes.wait_for("kube-apiserver", server.ready, 240)
        space = {"apiVersion": "v1", "kind": "Namespace", "metadata": {"name": NAMESPACE}}
        assert server.request("POST", "/api/v1/namespaces", space)[0] == 201
        try:
            yield server
        finally:
            server.close()
