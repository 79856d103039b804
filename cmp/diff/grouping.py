"""Which group a changed field belongs to, from its kind and path, and the traffic split of an object.

The lists are data: the serving kinds' fields are those of `cmp.models.kinds.table`, said here by the last
parts of their paths, so that kinds we do not inject into are grouped too.
"""

from __future__ import annotations

from cmp.diff.model import Group
from cmp.tree.names import plain
from cmp.yaml.taint import origins_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

MODEL_FIELDS = frozenset({"storageUri", "modelUri", "artifactVersion", "sourceModelUri", "storageUris"})
MODEL_ANNOTATION = "cmp.mlops/"
MODEL_SCHEMES = (
    "s3://",
    "gs://",
    "models:/",
    "runs:/",
    "mlflow-artifacts:/",
    "hf://",
    "oci://",
    "pvc://",
    "wasbs://",
    "abfss://",
)
TRAFFIC_FIELDS = frozenset(
    {
        "weight",
        "traffic",
        "canaryTrafficPercent",
        "trafficPercent",
        "setWeight",
        "maxWeight",
        "stepWeight",
        "mirrorWeight",
        "percent",
    }
)
SIZE_FIELDS = frozenset({"replicas", "minReplicas", "maxReplicas", "minAvailable", "maxUnavailable"})
SIZE_PARENTS = frozenset(
    {"resources", "limits", "requests", "hard", "defaultRequest", "default", "max", "min"}
)


def group_of(kind: str, path: tuple[str, ...], before: str | None, after: str | None) -> Group:
    """The group of a field that differs; `before` and `after` are its values as strings."""
    if kind == "Secret" and path and path[0] in ("data", "stringData"):
        return "secrets"
    last = path[-1] if path else ""
    if _is_traffic(kind, path, last):
        return "traffic"
    if (
        last in MODEL_FIELDS
        or last.startswith(MODEL_ANNOTATION)
        or _is_location(before)
        or _is_location(after)
    ):
        return "model"
    if last in ("image", "newTag", "newName"):
        return "images"
    if last in SIZE_FIELDS or SIZE_PARENTS.intersection(path[:-1]) or last in ("cpu", "memory", "storage"):
        return "replicas and resources"
    if kind == "ConfigMap" and last.endswith(("cpu-request", "cpu-limit", "memory-request", "memory-limit")):
        return "replicas and resources"
    return "other"


def _is_location(text: str | None) -> bool:
    """Whether a value is a model's place, or an argument with one: `--model=s3://...`."""
    return text is not None and (
        text.startswith(MODEL_SCHEMES) or text.partition("=")[2].startswith(MODEL_SCHEMES)
    )


def _is_traffic(kind: str, path: tuple[str, ...], last: str) -> bool:
    if last in TRAFFIC_FIELDS:
        return True
    if last.startswith("nginx.ingress.kubernetes.io/canary"):
        return True
    return kind == "ConfigMap" and len(path) == 2 and "traffic" in last and "split" in last


def traffic_split(body: dict[str, Any]) -> tuple[tuple[str, int], ...]:
    """(name, weight) pairs of an object that splits traffic; empty for others."""
    spec = body.get("spec")
    if not isinstance(spec, dict):
        return ()
    for entries in _weighted_lists(spec):
        pairs = tuple(
            (str(_entry_name(entry, number)), weight)
            for number, entry in enumerate(entries)
            if isinstance(entry, dict) and type(weight := entry.get("weight", entry.get("traffic"))) is int
        )
        if len(pairs) > 1:
            return pairs
    return ()


def _entry_name(entry: dict[str, Any], number: int) -> object:
    destination = entry.get("destination")
    if isinstance(destination, dict):
        name = destination.get("subset") or destination.get("host")
    else:
        name = entry.get("name") or entry.get("serviceName")
    # A decrypted name is not shown.
    return number if not name or origins_of(name) else plain(str(name))


def _weighted_lists(spec: dict[str, Any]) -> list[list[Any]]:
    """The lists of a spec whose entries may hold weights, for the kinds of the field table."""
    found = [value for key in ("candidates", "predictors") if isinstance(value := spec.get(key), list)]
    for key, inner in (("http", "route"), ("rules", "backendRefs")):
        rules = spec.get(key)
        for rule in rules if isinstance(rules, list) else ():
            if isinstance(rule, dict) and isinstance(rule.get(inner), list):
                found.append(rule[inner])
    return found
