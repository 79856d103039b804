"""A cluster's control plane and all of Argo CD as processes on loopback, the plugin's image as the sidecar.

Nothing here knows what the plugin's component says: it is applied, read back from the API server, and the
sidecar runs as the Deployment there says. podman plays the kubelet's part: volumes, user, capabilities.
"""

from __future__ import annotations

import base64
import hashlib
import json
import os
import re
import shutil
import socket
import subprocess
import tempfile
import uuid
from pathlib import Path
from typing import Any

import argocd_programs
import yaml
from argocd_processes import USER, Processes, wait_for
from container_engine import LABELS, Engine, run_arguments
from example_overlays import KEY, ROOT
from repo_server import free_port

VERSION = argocd_programs.VERSIONS[0]
PROGRAMS = argocd_programs.CACHE / "argocd" / VERSION
KWOK = argocd_programs.CACHE / "bin/kwok"
KUSTOMIZE = argocd_programs.CACHE / "bin/kustomize"
# How often Argo CD looks at git by itself, in seconds: `timeout.reconciliation`, three minutes by default.
RECONCILIATION = 10
PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"
PRODUCTION = "examples/fraud-detection/k8s/overlays/production/model-config.yaml"
STAGING = "examples/fraud-detection/k8s/overlays/staging/model-config.yaml"
CRDS = """\
machinelearning.seldon.io/v1 SeldonDeployment seldondeployments
flagger.app/v1beta1 Canary canaries
flagger.app/v1beta1 MetricTemplate metrictemplates
mlops.seldon.io/v1alpha1 Experiment experiments
mlops.seldon.io/v1alpha1 Model models
mlops.seldon.io/v1alpha1 Server servers
monitoring.coreos.com/v1 PodMonitor podmonitors
monitoring.coreos.com/v1 PrometheusRule prometheusrules
monitoring.coreos.com/v1 ServiceMonitor servicemonitors
monitoring.coreos.com/v1alpha1 AlertmanagerConfig alertmanagerconfigs
serving.kserve.io/v1beta1 InferenceService inferenceservices
external-secrets.io/v1 ExternalSecret externalsecrets
external-secrets.io/v1 SecretStore secretstores
cert-manager.io/v1 ClusterIssuer clusterissuers Cluster
autoscaling.k8s.io/v1 VerticalPodAutoscaler verticalpodautoscalers
argoproj.io/v1alpha1 CronWorkflow cronworkflows
argoproj.io/v1alpha1 WorkflowTemplate workflowtemplates
"""


# What KWOK makes of nodes and of pods that a node has: ready at once, gone at once.
STAGES = """\
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: node-ready}
spec:
  resourceRef: {apiGroup: v1, kind: Node}
  selector:
    matchExpressions:
      - key: .status.conditions.[] | select( .type == "Ready" ) | .status
        operator: NotIn
        values: ["True"]
  next:
    statusTemplate: |
      conditions:
        - type: Ready
          status: "True"
          reason: KubeletReady
          message: ready
          lastHeartbeatTime: {{ Now | Quote }}
          lastTransitionTime: {{ Now | Quote }}
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-ready}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
      - {key: .metadata.deletionTimestamp, operator: DoesNotExist}
      - {key: .status.phase, operator: In, values: [Pending]}
  next:
    statusTemplate: |
      phase: Running
      startTime: {{ Now | Quote }}
      conditions:
        - {type: Initialized, status: "True", lastTransitionTime: {{ Now | Quote }}}
        - {type: ContainersReady, status: "True", lastTransitionTime: {{ Now | Quote }}}
        - {type: Ready, status: "True", lastTransitionTime: {{ Now | Quote }}}
      containerStatuses:
      {{ range .spec.containers }}
        - name: {{ .name | Quote }}
          image: {{ .image | Quote }}
          ready: true
          restartCount: 0
          state: {running: {startedAt: {{ Now | Quote }}}}
      {{ end }}
---
apiVersion: kwok.x-k8s.io/v1alpha1
kind: Stage
metadata: {name: pod-gone}
spec:
  resourceRef: {apiGroup: v1, kind: Pod}
  selector:
    matchExpressions:
      - {key: .metadata.deletionTimestamp, operator: Exists}
  next: {delete: true}
"""


def missing() -> str:
    """What `scripts/oracles.py cluster` would have to build or install, or ""."""
    found = [
        name for name in ("argocd", "kube-apiserver", "kubectl") if not os.access(PROGRAMS / name, os.X_OK)
    ]
    found += [name for name in ("etcd", "redis-server", "git", "setpriv") if shutil.which(name) is None]
    return f"not on this machine: {', '.join(found)} (scripts/oracles.py cluster)" if found else ""


def missing_kubelet() -> str:
    """The same for what makes pods run."""
    found = [name for name in ("kube-controller-manager", "kube-scheduler") if not (PROGRAMS / name).exists()]
    found += [] if KWOK.exists() else ["kwok"]
    return f"not built: {', '.join(found)} (scripts/oracles.py cluster)" if found else ""


def run(argv: list[str], check: bool = True, **options: Any) -> subprocess.CompletedProcess[str]:
    """A command's result with its output as text; an AssertionError that shows it if it fails."""
    done = subprocess.run(argv, capture_output=True, text=True, check=False, timeout=240, **options)
    if check and done.returncode:
        raise AssertionError(
            f"{' '.join(argv)} ended with {done.returncode}:\n{done.stdout[-2000:]}\n{done.stderr[-2000:]}"
        )
    return done


def custom_resource_definitions() -> dict[str, Any]:
    """The custom kinds of the examples, any content allowed."""
    items = []
    for line in CRDS.splitlines():
        version, kind, plural, *scope = line.split()
        group, name = version.split("/")
        schema = {"type": "object", "x-kubernetes-preserve-unknown-fields": True}
        items.append(
            {
                "apiVersion": "apiextensions.k8s.io/v1",
                "kind": "CustomResourceDefinition",
                "metadata": {
                    "name": f"{plural}.{group}",
                    "annotations": {"api-approved.kubernetes.io": "unapproved, for a test"},
                },
                "spec": {
                    "group": group,
                    "scope": scope[0] if scope else "Namespaced",
                    "names": {
                        "kind": kind,
                        "plural": plural,
                        "singular": kind.lower(),
                        "listKind": f"{kind}List",
                    },
                    "versions": [
                        {
                            "name": name,
                            "served": True,
                            "storage": True,
                            "subresources": {"status": {}},
                            "schema": {"openAPIV3Schema": schema},
                        }
                    ],
                },
            }
        )
    return {"apiVersion": "v1", "kind": "List", "items": items}


class Repository:
    """A bare git repository that repo-server reads as uid 999, and a working copy to commit from."""

    def __init__(self, folder: Path, name: str) -> None:
        self.tree = folder / name
        self.bare = folder / f"{name}.git"
        self.url = f"file://{self.bare}"
        self.tree.mkdir(parents=True)
        # git obeys safe.directory in no other place; the bare repository is uid 999's.
        self._settings = folder / "gitconfig"
        self._settings.write_text("[user]\nname = test\nemail = test@example.com\n[safe]\ndirectory = *\n")
        self.git("init", "--quiet", "--initial-branch=main")

    def git(self, *arguments: str) -> str:
        """git in the working copy."""
        settings = {"PATH": PATH, "HOME": str(self.tree.parent), "GIT_CONFIG_GLOBAL": str(self._settings)}
        return run(["git", *arguments], cwd=self.tree, env=settings).stdout.strip()

    def push(self, message: str = "state", tags: tuple[str, ...] = ()) -> str:
        """Everything as a new commit on the branch, pushed with tags; its id."""
        self.git("add", "--all")
        self.git("commit", "--quiet", "--message", message)
        for tag in tags:
            self.git("tag", tag)
        if self.bare.exists():
            self.git("push", "--quiet", "--all", self.url)
            self.git("push", "--quiet", "--tags", self.url)
        else:
            self.git("clone", "--quiet", "--bare", ".", str(self.bare))
        for folder, _, files in os.walk(self.bare):
            for path in (folder, *(os.path.join(folder, name) for name in files)):
                os.chown(path, USER, USER)
        return self.git("rev-parse", "HEAD")


def replace(repository: Repository, name: str, *pairs: str) -> None:
    """Texts of a file by others, each of which has to be there."""
    path = repository.tree / name
    text = path.read_text()
    for old, new in zip(pairs[::2], pairs[1::2], strict=True):
        assert old in text
        text = text.replace(old, new)
    path.write_text(text)


class Cluster:
    """Started step by step by the fixtures; a context manager that ends and removes everything."""

    def __init__(self) -> None:
        self.work = Path(tempfile.mkdtemp(prefix="mlops-cmp-e2e-", dir="/var/tmp"))
        self.work.chmod(0o755)  # uid 999 works below it
        self.logs = self.folder("logs")
        self.processes = Processes(self.logs)
        self.kubeconfig = self.work / "kubeconfig"
        self.engine = Engine()
        self.container = ""
        self.redis = self.repo_server = self.server = 0
        self._ports: dict[str, int] = {}
        self._token = ""

    def __enter__(self) -> Cluster:
        return self

    def __exit__(self, *_: object) -> None:
        self.stop_sidecar()
        self.processes.__exit__()
        shutil.rmtree(self.work, ignore_errors=True)

    def folder(self, name: str, owner: int = 0) -> Path:
        """A new folder below the work folder."""
        path = self.work / name
        path.mkdir(parents=True, exist_ok=True)
        os.chown(path, owner, owner)
        return path

    def program(self, name: str) -> str:
        """A built program where uid 999 can run it."""
        path = self.folder("bin") / name
        if not path.exists():
            source = PROGRAMS / name
            try:
                os.link(source.resolve(), path)
            except OSError:
                shutil.copy2(source, path)
        return str(path)

    def port(self, name: str) -> int:
        """A free port, the same one for a name."""
        return self._ports.setdefault(name, free_port())

    # --- Kubernetes

    def start_kubernetes(self) -> None:
        """etcd and kube-apiserver, with the examples' custom kinds."""
        folder = self.folder("kubernetes")
        run(["openssl", "genrsa", "-out", str(folder / "sa.key"), "2048"])
        (folder / "tokens.csv").write_text('local,admin,1,"system:masters"\n')
        etcd, peer = (f"http://127.0.0.1:{self.port(name)}" for name in ("etcd", "etcd-peer"))
        arguments = [
            *(
                "--data-dir",
                str(folder / "etcd"),
                "--listen-client-urls",
                etcd,
                "--advertise-client-urls",
                etcd,
            ),
            *("--listen-peer-urls", peer, "--initial-advertise-peer-urls", peer),
            *("--initial-cluster", f"default={peer}", "--unsafe-no-fsync"),
        ]
        known = run(["etcd", "--help"], check=False)
        if "unsafe-no-fsync" not in known.stdout + known.stderr:
            arguments.remove("--unsafe-no-fsync")
        self.processes.start("etcd", ["etcd", *arguments], {"PATH": PATH}, folder)
        port = self.port("kube-apiserver")
        arguments = [
            *(f"--etcd-servers={etcd}", "--bind-address=127.0.0.1", f"--secure-port={port}"),
            *(
                f"--cert-dir={folder}/certs",
                "--advertise-address=127.0.0.1",
                "--endpoint-reconciler-type=none",
            ),
            *("--service-cluster-ip-range=10.77.0.0/16", "--token-auth-file=tokens.csv"),
            *("--authorization-mode=RBAC", "--service-account-key-file=sa.key"),
            *("--service-account-signing-key-file=sa.key", "--allow-privileged"),
            "--service-account-issuer=https://kubernetes.default.svc",
            "--disable-admission-plugins=ServiceAccount,StorageObjectInUseProtection",
        ]
        program = self.program("kube-apiserver")
        self.processes.start("kube-apiserver", [program, *arguments], {"PATH": PATH}, folder)
        server = {"server": f"https://127.0.0.1:{port}", "insecure-skip-tls-verify": True}
        config = {
            "apiVersion": "v1",
            "kind": "Config",
            "current-context": "local",
            "clusters": [{"name": "local", "cluster": server}],
            "users": [{"name": "admin", "user": {"token": "local"}}],
            "contexts": [
                {"name": "local", "context": {"cluster": "local", "user": "admin", "namespace": "argocd"}}
            ],
        }
        self.kubeconfig.write_text(json.dumps(config))
        ready = lambda: self.kubectl("get", "--raw", "/readyz", check=False).stdout == "ok"  # noqa: E731
        self.processes.wait_for("kube-apiserver", ready, 120)
        self.apply(custom_resource_definitions())
        self.kubectl("create", "namespace", "argocd")

    def start_pods(self) -> None:
        """Controller manager, scheduler and KWOK: from now on pods run where a node can take them."""
        folder = self.folder("kubernetes")
        for name in ("kube-controller-manager", "kube-scheduler"):
            arguments = [
                *(f"--kubeconfig={self.kubeconfig}", "--leader-elect=false", "--bind-address=127.0.0.1"),
                *(f"--secure-port={self.port(name)}", f"--cert-dir={folder}/{name}"),
            ]
            if name == "kube-controller-manager":
                arguments.append("--service-account-private-key-file=sa.key")
            self.processes.start(name, [self.program(name), *arguments], {"PATH": PATH}, folder)
        stages = folder / "stages.yaml"
        stages.write_text(STAGES)
        arguments = [
            *(f"--kubeconfig={self.kubeconfig}", f"--config={stages}", "--manage-all-nodes=true"),
            *("--node-lease-duration-seconds=40", f"--server-address=127.0.0.1:{self.port('kwok')}"),
        ]
        self.processes.start("kwok", [str(KWOK), *arguments], {"PATH": PATH, "HOME": str(folder)}, folder)

    def add_node(self, name: str) -> None:
        """A node that KWOK keeps ready, large enough for everything."""
        size = {"cpu": "512", "memory": "1024Gi", "pods": "1000"}
        self.apply(
            {
                "apiVersion": "v1",
                "kind": "Node",
                "metadata": {"name": name, "annotations": {"node.alpha.kubernetes.io/ttl": "0"}},
                "status": {"allocatable": size, "capacity": size},
            }
        )

    def kubectl(
        self, *arguments: str, check: bool = True, **options: Any
    ) -> subprocess.CompletedProcess[str]:
        """kubectl as the cluster's administrator, in the namespace argocd."""
        environment = {"PATH": PATH, "KUBECONFIG": str(self.kubeconfig), "HOME": str(self.work)}
        return run([self.program("kubectl"), *arguments], check, env=environment, **options)

    def apply(self, *objects: dict[str, Any]) -> None:
        """kubectl apply."""
        self.kubectl("apply", "--filename", "-", input=yaml.safe_dump_all(objects))

    def get(self, kind: str, name: str, namespace: str = "argocd") -> dict[str, Any]:
        """A live object, or {} if there is none."""
        done = self.kubectl("get", kind, name, "--namespace", namespace, "--output=json", check=False)
        return json.loads(done.stdout) if done.returncode == 0 else {}

    # --- docs/install.md

    def install(self, sidecar: Path) -> None:
        """Steps 1 and 3 of the page, its own kustomization, with keys by project."""
        self.kubectl("create", "secret", "generic", "mlops-cmp-age-key", f"--from-file=keys.txt={KEY}")
        other = self.work / "other.agekey"
        other.write_text("AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX\n")
        keys = (f"--from-file=default.agekey={KEY}", f"--from-file=locked.agekey={other}")
        self.kubectl("create", "secret", "generic", "mlops-cmp-project-keys", *keys)
        folder = self.folder("install/argocd")
        shutil.copytree(sidecar, self.work / "install/mlops-cmp/sidecar")
        shutil.copyfile(PROGRAMS / "install.yaml", folder / "install.yaml")
        page = (ROOT / "docs/install.md").read_text()
        blocks = re.findall(r"^```yaml\n(.*?)^```", page, re.MULTILINE | re.DOTALL)
        text = next(block for block in blocks if "kind: Kustomization" in block)
        (folder / "kustomization.yaml").write_text(text.replace("sha256:...", f"sha256:{'0' * 64}"))
        self.kubectl("apply", "--kustomize", str(folder), "--server-side")

    def repo_server_pod(self) -> dict[str, Any]:
        """The live pod template of repo-server."""
        found: dict[str, Any] = self.get("deployment", "argocd-repo-server")["spec"]["template"]["spec"]
        return found

    def sidecar_container(self) -> dict[str, Any]:
        """The plugin's container in it."""
        containers = self.repo_server_pod()["containers"]
        return next(each for each in containers if each["name"] == "mlops-cmp")

    # --- the sidecar

    def image(self) -> str:
        """The image of this working tree, built if it is not in the cache."""
        digest = hashlib.sha256()
        for folder in ("cmp", "sidecar", "plugin.yaml"):
            for path in sorted([ROOT / folder, *(ROOT / folder).rglob("*")]):
                if path.is_file() and "__pycache__" not in path.parts:
                    digest.update(str(path.relative_to(ROOT)).encode() + b"\0" + path.read_bytes())
        reference = f"localhost/mlops-cmp-e2e:{digest.hexdigest()[:16]}"
        if not self.engine.buildah("images", "--quiet", "--filter", f"reference={reference}"):
            self.engine.build(reference, **LABELS)
        return reference

    def _volume(self, volume: dict[str, Any], group: int) -> Path:
        """A volume as the kubelet makes it; in var-files what repo-server's init container puts there."""
        path = self.work / "volumes" / volume["name"]
        if "secret" in volume:
            path = self.folder(f"volumes/{volume['name']}-{uuid.uuid4().hex[:8]}")
            data = self.get("secret", volume["secret"]["secretName"]).get("data", {})
            for name, content in data.items():
                (path / name).write_bytes(base64.b64decode(content))
                os.chown(path / name, 0, group)
                (path / name).chmod(volume["secret"]["defaultMode"])
        elif not path.exists():
            self.folder(f"volumes/{volume['name']}")
            os.chown(path, 0, group)
            path.chmod(0o2777)
            if volume["name"] == "var-files":
                os.link(self.program("argocd"), path / "argocd")
                (path / "argocd-cmp-server").symlink_to("/var/run/argocd/argocd")
        return path

    @property
    def sockets(self) -> Path:
        """The folder that repo-server and the sidecar share."""
        return self.work / "volumes/plugins"

    def start_sidecar(self, **files: Path) -> None:
        """The image as the live Deployment says. `files`: replacements of those in /opt/mlops-cmp/bin."""
        pod, container = self.repo_server_pod(), self.sidecar_container()
        group = pod["securityContext"]["fsGroup"]
        mounted = {each["name"] for each in container["volumeMounts"]}
        wanted = [each for each in pod["volumes"] if each["name"] in mounted]
        volumes = {each["name"]: str(self._volume(each, group)) for each in wanted}
        arguments = [*run_arguments(container, volumes), "--group-add", str(group)]
        for name, path in files.items():
            arguments += ["--volume", f"{path}:/opt/mlops-cmp/bin/{name.replace('_', '-')}:ro"]
        self.container = f"mlops-cmp-e2e-{uuid.uuid4().hex[:12]}"
        self.engine.podman("run", "--detach", "--name", self.container, *arguments, self.image())

        def listens() -> bool:
            state = json.loads(self.engine.podman("inspect", self.container).stdout)[0]["State"]
            log = self.engine.podman("logs", self.container, check=False)
            assert state["Running"], (log.stdout + log.stderr).decode()[-3000:]
            return (self.sockets / "mlops-cmp.sock").is_socket()

        wait_for(listens, "the sidecar listens", 60)

    def stop_sidecar(self) -> None:
        """As if its node had lost it: SIGKILL for every process."""
        if self.container:
            self.save_sidecar_log()
            self.engine.podman("rm", "--force", "--time", "0", self.container)
            (self.sockets / "mlops-cmp.sock").unlink(missing_ok=True)
            self.container = ""

    def save_sidecar_log(self) -> None:
        """What the running sidecar has printed, beside the other logs."""
        done = self.engine.podman("logs", self.container, check=False)
        (self.logs / f"{self.container}.log").write_bytes(done.stdout + done.stderr)

    def in_sidecar(self, *command: str) -> subprocess.CompletedProcess[bytes]:
        """`kubectl exec`."""
        return self.engine.podman("exec", self.container, *command, check=False)

    # --- Argo CD

    def _argocd(self, name: str, arguments: list[str], user: int = 0, **environment: str) -> None:
        folder = self.folder(f"argocd/{name}", user)
        for each in ("tls", "ssh", "tmp", "gpg"):
            self.folder(f"argocd/{name}/{each}", user)
        settings = {
            "PATH": f"{self.folder('helpers')}:{PATH}",
            "HOME": str(folder),
            "TMPDIR": str(folder / "tmp"),
            "KUBECONFIG": str(self.kubeconfig),
            "ARGOCD_FAKE_IN_CLUSTER": "true",
            "ARGOCD_BINARY_NAME": name,
            "ARGOCD_TLS_DATA_PATH": str(folder / "tls"),
            "ARGOCD_SSH_DATA_PATH": str(folder / "ssh"),
            "ARGOCD_GPG_ENABLED": "false",
            "ARGOCD_RECONCILIATION_TIMEOUT": f"{RECONCILIATION}s",
            **environment,
        }
        self.processes.start(name, [self.program("argocd"), *arguments], settings, folder, user)

    def start_repo_server(self) -> None:
        """redis and repo-server."""
        self.redis = self.port("redis")
        arguments = ["--port", str(self.redis), "--bind", "127.0.0.1", "--save", "", "--appendonly", "no"]
        self.processes.start("redis", ["redis-server", *arguments], {"PATH": PATH}, self.folder("redis"))
        helper = self.folder("helpers") / "git-verify-wrapper.sh"  # run for every source since 3.5
        helper.write_text("#!/bin/sh\necho\n")
        helper.chmod(0o755)
        if KUSTOMIZE.exists():  # Argo CD's image has one
            shutil.copy2(KUSTOMIZE.resolve(), self.folder("helpers") / "kustomize")
        self.repo_server = self.port("repo-server")
        arguments = [
            *("--address", "127.0.0.1", "--port", str(self.repo_server), "--metrics-address", "127.0.0.1"),
            *("--metrics-port", str(self.port("repo-server-metrics")), "--redis", f"127.0.0.1:{self.redis}"),
            *("--disable-tls", "--client-ca-path", ""),
        ]
        folder = self.work / "argocd/argocd-repo-server"
        containers = self.repo_server_pod()["containers"]
        own = next(each for each in containers if each["name"] == "argocd-repo-server")
        chunk = next((each["value"] for each in own["env"] if each["name"] == "ARGOCD_CMP_CHUNK_SIZE"), "")
        parameters = self.get("configmap", "argocd-cmd-params-cm").get("data", {})
        self._argocd(
            "argocd-repo-server",
            arguments,
            USER,
            ARGOCD_CMP_CHUNK_SIZE=chunk,
            ARGOCD_REPO_SERVER_PLUGIN_TAR_EXCLUSIONS=parameters.get("reposerver.plugin.tar.exclusions", ""),
            ARGOCD_PLUGINSOCKFILEPATH=str(self.sockets),
            ARGOCD_ASK_PASS_SOCK=str(folder / "ask.sock"),
            ARGOCD_GNUPGHOME=str(folder / "gpg"),
            ARGOCD_GPG_DATA_PATH=str(folder / "gpg"),
        )
        self.processes.wait_for("argocd-repo-server", lambda: listens(self.repo_server))

    def start_argocd(self) -> None:
        """The controllers and the API server; the command line is logged in."""
        shared = ["--namespace", "argocd", "--repo-server-plaintext"]
        address = f"127.0.0.1:{self.repo_server}"
        redis = ["--redis", f"127.0.0.1:{self.redis}"]
        arguments = [
            *shared,
            *redis,
            "--repo-server",
            address,
            "--metrics-port",
            str(self.port("controller")),
        ]
        arguments += ["--app-resync", str(RECONCILIATION), "--app-resync-jitter", "0"]
        self._argocd("argocd-application-controller", arguments)
        local = [f"127.0.0.1:{self.port(name)}" for name in ("as-metrics", "as-probe", "as-webhook")]
        arguments = [*shared, "--argocd-repo-server", address, "--metrics-addr", local[0]]
        arguments += ["--probe-addr", local[1], "--webhook-addr", local[2]]
        self._argocd("argocd-applicationset-controller", arguments)
        self.server = self.port("server")
        arguments = [*shared, *redis, "--repo-server", address, "--insecure", "--address", "127.0.0.1"]
        arguments += ["--port", str(self.server), "--metrics-port", str(self.port("server-metrics"))]
        self._argocd("argocd-server", arguments)
        self.processes.wait_for("argocd-server", lambda: listens(self.server), 90)
        secret = wait_for(
            lambda: self.get("secret", "argocd-initial-admin-secret").get("data", {}).get("password"),
            "argocd-server makes the first password",
        )
        login = ("login", f"127.0.0.1:{self.server}", "--plaintext", "--username", "admin")
        password = base64.b64decode(secret).decode()
        wait_for(lambda: self.argocd(*login, "--password", password, check=False).returncode == 0, "login")

    def argocd(self, *arguments: str, token: str = "", check: bool = True, **options: Any) -> Any:
        """The command line, as the administrator or with a project role's token."""
        settings = {"PATH": PATH, "HOME": str(self.folder("home")), "KUBECONFIG": str(self.kubeconfig)}
        extra = (
            ["--server", f"127.0.0.1:{self.server}", "--plaintext", "--auth-token", token] if token else []
        )
        return run([self.program("argocd"), *arguments, *extra], check, env=settings, **options)

    def application(self, name: str) -> dict[str, Any]:
        """A live Application."""
        return self.get("applications.argoproj.io", name)

    def sync_status(self, name: str) -> str:
        """Synced, OutOfSync, Unknown or ""."""
        return str(self.application(name).get("status", {}).get("sync", {}).get("status", ""))

    def wait_for_status(self, name: str, status: str, seconds: float = 120) -> None:
        """Until an Application has a sync status."""
        try:
            wait_for(lambda: self.sync_status(name) == status, f"{name} is {status}", seconds)
        except AssertionError as err:
            state = self.application(name).get("status", {})
            shown = {key: state.get(key) for key in ("sync", "conditions", "operationState")}
            raise AssertionError(f"{err}\n{json.dumps(shown)[:3000]}") from None


def listens(port: int) -> bool:
    """Whether somebody answers on a loopback port."""
    try:
        socket.create_connection(("127.0.0.1", port), timeout=1).close()
    except OSError:
        return False
    return True
