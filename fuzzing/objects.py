"""Random Kubernetes objects that refer to each other by name."""

from __future__ import annotations

import random
from typing import Any

from fuzzing.yamltext import Raw

NAMES = ["web", "api", "db", "cache", "model-a", "fraud-v1", "x1", "job10", "Proxy", "a.b"]
IMAGES = [
    "nginx",
    "nginx:1.19",
    "redis:6@sha256:" + "a" * 64,
    "ghcr.io/org/app:v1",
    "localhost:5000/lib/app",
    "python",
]
WORDS = [
    "alpha",
    "beta",
    "Gamma",
    "true",
    "12",
    "0x1f",
    "no",
    "1e3",
    "",
    "a b",
    "x: y",
    "#c",
    "é",
    "multi\nline\n",
    "s3://bucket/key",
    "*star",
    "@at",
    "it's",
    'say "hi"',
    "null",
    "2020-01-01",
    "1_000",
    "trailing ",
    "-",
    "l" * 90 + " " + "m" * 30,
    "tab\there",
]
NUMBERS = [0, 1, 2, 80, 8080, -1, Raw("1.5"), Raw("1.20"), Raw("0x10"), Raw("010"), Raw("1e3"), True, False]


def word(rng: random.Random) -> str:
    """A short text, sometimes an awkward one."""
    return (
        rng.choice(WORDS)
        if rng.random() < 0.4
        else rng.choice(["blue", "green", "prod", "dev", "v1", "team-a"])
    )


def labels(rng: random.Random) -> dict[str, Any]:
    """A small label map."""
    keys = ["app", "tier", "app.kubernetes.io/name", "version", "k10", "k2"]
    return {
        key: word(rng) if rng.random() < 0.3 else rng.choice(["a", "b", "c"])
        for key in rng.sample(keys, rng.randint(1, 3))
    }


class Objects:
    """Makes objects of one layer; `names` maps a kind to the names that exist so far."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.names: dict[str, list[str]] = {}

    def existing(self, kind: str) -> str:
        """The name of some object of the kind, usually one that exists."""
        known = self.names.get(kind)
        if known and self.rng.random() < 0.85:
            return self.rng.choice(known)
        return self.rng.choice(NAMES)

    def metadata(self, name: str) -> dict[str, Any]:
        """Metadata with the optional parts now and then."""
        rng = self.rng
        meta: dict[str, Any] = {"name": name}
        if rng.random() < 0.06:
            meta["namespace"] = rng.choice(["default", "ns1", "ns2"])
        if rng.random() < 0.4:
            meta["labels"] = labels(rng)
        if rng.random() < 0.25:
            meta["annotations"] = {
                "note": word(rng),
                **({"count": rng.choice(NUMBERS)} if rng.random() < 0.2 else {}),
            }
        if rng.random() < 0.03:
            meta.setdefault("annotations", {})["config.kubernetes.io/local-config"] = rng.choice(
                ["true", "false"]
            )
        return meta

    def make(self, kind: str) -> dict[str, Any]:
        """A new object of the kind, remembered under its name."""
        api_version, body = MAKERS[kind](self)
        name = self.rng.choice(NAMES)
        self.names.setdefault(kind, []).append(name)
        return {"apiVersion": api_version, "kind": kind, "metadata": self.metadata(name), **body}

    def container(self, index: int) -> dict[str, Any]:
        """A container with environment, ports, mounts and resources."""
        rng = self.rng
        body: dict[str, Any] = {
            "name": rng.choice(["main", "side", "app"]) + (str(index) if index else ""),
            "image": rng.choice(IMAGES),
        }
        if rng.random() < 0.5:
            body["env"] = [self.env(n) for n in range(rng.randint(1, 3))]
        if rng.random() < 0.2:
            body["envFrom"] = [
                rng.choice(
                    [
                        {"configMapRef": {"name": self.existing("ConfigMap")}},
                        {"secretRef": {"name": self.existing("Secret")}},
                    ]
                )
            ]
        if rng.random() < 0.4:
            body["ports"] = [
                {
                    "containerPort": port,
                    **({"protocol": rng.choice(["TCP", "UDP"])} if rng.random() < 0.4 else {}),
                    **({"name": f"p{port}"} if rng.random() < 0.5 else {}),
                }
                for port in rng.sample([80, 8080, 9090], rng.randint(1, 2))
            ]
        if rng.random() < 0.3:
            body["args"] = [word(rng), "--flag=$(HOST)", rng.choice(["$(IMG)", "x"])]
        if rng.random() < 0.3:
            body["resources"] = {"limits": {"cpu": rng.choice(["100m", 1, Raw("0.5")]), "memory": "1Gi"}}
        if rng.random() < 0.25:
            body["volumeMounts"] = [{"name": "vol", "mountPath": "/data"}]
        return body

    def env(self, index: int) -> dict[str, Any]:
        """An environment entry, by value or by reference."""
        rng = self.rng
        name = ["HOST", "MODE", "KEY", "URI"][index % 4]
        pick = rng.random()
        if pick < 0.6:
            return {"name": name, "value": rng.choice([word(rng), "$(HOST)/x", "$(IMG)"])}
        if pick < 0.8:
            return {
                "name": name,
                "valueFrom": {"configMapKeyRef": {"name": self.existing("ConfigMap"), "key": "k"}},
            }
        return {"name": name, "valueFrom": {"secretKeyRef": {"name": self.existing("Secret"), "key": "k"}}}

    def pod(self) -> dict[str, Any]:
        """A pod template."""
        rng = self.rng
        spec: dict[str, Any] = {"containers": [self.container(n) for n in range(rng.randint(1, 2))]}
        if rng.random() < 0.2:
            spec["initContainers"] = [{"name": "init", "image": rng.choice(IMAGES)}]
        if rng.random() < 0.3:
            spec["serviceAccountName"] = self.existing("ServiceAccount")
        if rng.random() < 0.4:
            spec["volumes"] = [
                rng.choice(
                    [
                        {"name": "vol", "configMap": {"name": self.existing("ConfigMap")}},
                        {"name": "vol", "secret": {"secretName": self.existing("Secret")}},
                        {
                            "name": "vol",
                            "persistentVolumeClaim": {"claimName": self.existing("PersistentVolumeClaim")},
                        },
                        {"name": "vol", "emptyDir": {}},
                    ]
                )
            ]
        if rng.random() < 0.1:
            spec["tolerations"] = [{"key": "gpu", "operator": "Exists"}]
        if rng.random() < 0.1:
            spec["imagePullSecrets"] = [{"name": self.existing("Secret")}]
        meta: dict[str, Any] = {"labels": labels(rng)}
        if rng.random() < 0.2:
            meta["annotations"] = {"a": word(rng)}
        return {"metadata": meta, "spec": spec}


def _workload(make: Objects) -> tuple[str, dict[str, Any]]:
    rng = make.rng
    spec: dict[str, Any] = {"selector": {"matchLabels": labels(rng)}, "template": make.pod()}
    if rng.random() < 0.6:
        spec["replicas"] = rng.choice([1, 2, 3])
    return "apps/v1", {"spec": spec}


def _stateful(make: Objects) -> tuple[str, dict[str, Any]]:
    api, body = _workload(make)
    body["spec"]["serviceName"] = make.existing("Service")
    if make.rng.random() < 0.4:
        body["spec"]["volumeClaimTemplates"] = [
            {"metadata": {"name": "vol"}, "spec": {"accessModes": ["ReadWriteOnce"]}}
        ]
    return api, body


def _service(make: Objects) -> tuple[str, dict[str, Any]]:
    rng = make.rng
    ports = [
        {
            "port": port,
            "targetPort": rng.choice([port, "http"]),
            **({"protocol": "TCP"} if rng.random() < 0.3 else {}),
        }
        for port in rng.sample([80, 443, 8080], rng.randint(1, 2))
    ]
    return "v1", {"spec": {"ports": ports, **({"selector": labels(rng)} if rng.random() < 0.8 else {})}}


def _config_map(make: Objects) -> tuple[str, dict[str, Any]]:
    rng = make.rng
    return "v1", {
        "data": {
            key: word(rng)
            for key in rng.sample(["k", "k2", "k10", "HOST", "file.txt", "IMG"], rng.randint(0, 3))
        }
    } if rng.random() < 0.95 else {}


def _secret(make: Objects) -> tuple[str, dict[str, Any]]:
    return "v1", {"type": "Opaque", "data": {"k": "c2VjcmV0"}}


def _binding(make: Objects) -> tuple[str, dict[str, Any]]:
    rng = make.rng
    subject: dict[str, Any] = {
        "kind": "ServiceAccount",
        "name": rng.choice([make.existing("ServiceAccount"), "default"]),
    }
    if rng.random() < 0.5:
        subject["namespace"] = rng.choice(["default", "ns1"])
    role = rng.choice(["Role", "ClusterRole"])
    return "rbac.authorization.k8s.io/v1", {
        "roleRef": {"apiGroup": "rbac.authorization.k8s.io", "kind": role, "name": make.existing(role)},
        "subjects": [subject],
    }


def _role(make: Objects) -> tuple[str, dict[str, Any]]:
    return "rbac.authorization.k8s.io/v1", {
        "rules": [
            {
                "apiGroups": [""],
                "resources": ["secrets"],
                "verbs": ["get"],
                "resourceNames": [make.existing("Secret")],
            }
        ]
    }


def _ingress(make: Objects) -> tuple[str, dict[str, Any]]:
    backend = {"service": {"name": make.existing("Service"), "port": {"number": 80}}}
    return "networking.k8s.io/v1", {
        "spec": {
            "rules": [
                {
                    "host": "x.example.com",
                    "http": {"paths": [{"path": "/", "pathType": "Prefix", "backend": backend}]},
                }
            ]
        }
    }


def _hpa(make: Objects) -> tuple[str, dict[str, Any]]:
    return make.rng.choice(["autoscaling/v1", "autoscaling/v2"]), {
        "spec": {
            "scaleTargetRef": {
                "apiVersion": "apps/v1",
                "kind": "Deployment",
                "name": make.existing("Deployment"),
            },
            "maxReplicas": 5,
        }
    }


def _cron_job(make: Objects) -> tuple[str, dict[str, Any]]:
    return "batch/v1", {
        "spec": {"schedule": "*/5 * * * *", "jobTemplate": {"spec": {"template": make.pod()}}}
    }


def _job(make: Objects) -> tuple[str, dict[str, Any]]:
    return "batch/v1", {"spec": {"template": make.pod()}}


def _policy(make: Objects) -> tuple[str, dict[str, Any]]:
    return "networking.k8s.io/v1", {
        "spec": {
            "podSelector": {"matchLabels": labels(make.rng)},
            "ingress": [{"from": [{"podSelector": {"matchLabels": labels(make.rng)}}]}],
        }
    }


def _pdb(make: Objects) -> tuple[str, dict[str, Any]]:
    return "policy/v1", {
        "spec": {"minAvailable": make.rng.choice([1, "50%"]), "selector": {"matchLabels": labels(make.rng)}}
    }


def _webhook(make: Objects) -> tuple[str, dict[str, Any]]:
    return "admissionregistration.k8s.io/v1", {
        "webhooks": [
            {
                "name": "w.example.com",
                "clientConfig": {"service": {"name": make.existing("Service"), "namespace": "default"}},
            }
        ]
    }


def _custom(make: Objects) -> tuple[str, dict[str, Any]]:
    rng = make.rng
    return "ml.example.com/v1", {
        "spec": {
            "storageUri": word(rng),
            "items": [{"name": name, "weight": rng.choice(NUMBERS)} for name in ("a", "b")],
            "template": {"spec": {"containers": [make.container(0)]}},
            "configName": make.existing("ConfigMap"),
            "nested": {"k10": 1, "k2": 2, "list": [1, [2, 3], {}]},
        }
    }


def _bare(api_version: str):  # type: ignore[no-untyped-def]
    return lambda make: (api_version, {})


def _pvc(make: Objects) -> tuple[str, dict[str, Any]]:
    return "v1", {"spec": {"accessModes": ["ReadWriteOnce"], "resources": {"requests": {"storage": "1Gi"}}}}


MAKERS = {
    "Deployment": _workload,
    "DaemonSet": _workload,
    "ReplicaSet": _workload,
    "StatefulSet": _stateful,
    "Service": _service,
    "ConfigMap": _config_map,
    "Secret": _secret,
    "ServiceAccount": _bare("v1"),
    "RoleBinding": _binding,
    "ClusterRoleBinding": _binding,
    "Role": _role,
    "ClusterRole": _role,
    "Ingress": _ingress,
    "HorizontalPodAutoscaler": _hpa,
    "CronJob": _cron_job,
    "Job": _job,
    "NetworkPolicy": _policy,
    "PodDisruptionBudget": _pdb,
    "ValidatingWebhookConfiguration": _webhook,
    "Model": _custom,
    "PersistentVolumeClaim": _pvc,
    "Namespace": _bare("v1"),
    "PriorityClass": _bare("scheduling.k8s.io/v1"),
}
WEIGHTS = {
    "Deployment": 6,
    "Service": 4,
    "ConfigMap": 5,
    "Secret": 3,
    "ServiceAccount": 3,
    "StatefulSet": 2,
    "Model": 2,
    "RoleBinding": 2,
}
