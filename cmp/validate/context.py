"""What a rule may look at: the objects, those of an earlier render, and the files that the render read."""

from __future__ import annotations

from typing import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from typing import Any

    Body = dict[str, Any]

_TEMPLATES = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "ReplicaSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "Rollout": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
WORKLOADS = frozenset(_TEMPLATES)


class Container(NamedTuple):
    """A container with the path to it."""

    path: str
    body: Body


class Context:
    """objects: of the render. before: of the render to compare with, None without one.

    files: kustomizations and manifests that the render read, path to documents as they are stored.
    origins: the file that each object comes from, in the order of `objects`; empty when that is not known.
    """

    def __init__(
        self,
        objects: list[Body],
        before: list[Body] | None = None,
        files: dict[str, list[Body]] | None = None,
        origins: Sequence[str] = (),
    ) -> None:
        self.objects = objects
        self.before = before
        self.files = files or {}
        self._origins = {id(body): path for path, bodies in self.files.items() for body in bodies}
        self._origins.update(zip(map(id, objects), origins, strict=False))

    def file_of(self, body: Body) -> str:
        """The file that an object, or a document of `files`, comes from; empty when that is not known."""
        return str(body.get("_file") or self._origins.get(id(body), ""))


def title(body: Body) -> str:
    """`Kind namespace/name`."""
    metadata = _dict(body.get("metadata"))
    name, namespace = metadata.get("name", "(no name)"), metadata.get("namespace")
    return f"{body.get('kind', '(no kind)')} {f'{namespace}/' if namespace else ''}{name}".rstrip()


def annotations_of(body: Body) -> dict[str, str]:
    """The annotations, empty when there are none."""
    return _dict(_dict(body.get("metadata")).get("annotations"))


def labels(body: Body) -> dict[str, str]:
    """The labels, empty when there are none."""
    return _dict(_dict(body.get("metadata")).get("labels"))


def namespace(body: Body) -> str:
    """The namespace, `default` when there is none."""
    return str(_dict(body.get("metadata")).get("namespace") or "default")


def name(body: Body) -> str:
    """The name."""
    return str(_dict(body.get("metadata")).get("name", ""))


def group(body: Body) -> str:
    """The API group."""
    return str(body.get("apiVersion", "")).rpartition("/")[0]


def spec(body: Body) -> Body:
    """The spec, empty when there is none."""
    return _dict(body.get("spec"))


def pod_template(body: Body) -> tuple[str, Body]:
    """(path, pod template) of a workload; an empty template for other kinds."""
    path = _TEMPLATES.get(str(body.get("kind")))
    if path is None:
        return "", {}
    place: Any = body
    for step in path:
        place = _dict(_dict(place).get(step))
    return ".".join(path), place


def pod_spec(body: Body) -> tuple[str, Body] | None:
    """(path, pod spec) of a workload or Pod; None for other kinds."""
    if body.get("kind") == "Pod":
        return "spec", spec(body)
    path, template = pod_template(body)
    return (f"{path}.spec", _dict(template.get("spec"))) if path else None


def containers(body: Body, *, init: bool = True) -> Iterator[Container]:
    """The containers of a workload."""
    found = pod_spec(body)
    if found is None:
        return
    path, pod = found
    for field in ("initContainers", "containers") if init else ("containers",):
        items = pod.get(field)
        for container in items if isinstance(items, list) else ():
            if isinstance(container, dict):
                yield Container(f"{path}.{field}[{container.get('name', '')}]", container)


def is_production(body: Body) -> bool:
    """Whether an object says that it is production's: by its environment label or its namespace."""
    return labels(body).get("environment") in ("production", "prod") or namespace(body).endswith(
        ("-production", "-prod")
    )


def _dict(value: object) -> dict[str, Any]:
    return value if isinstance(value, dict) else {}
