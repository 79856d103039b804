"""A serving workload whose image comes from outside the registries that are scanned."""

from __future__ import annotations

from cmp.validate.context import annotations_of, containers, pod_spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.context import Context
    from cmp.validate.registry import Hit

ID = "security-scanning"
SEVERITY = "warning"
TITLE = "A container that may gain privileges"
WHY = "A process that can become root, or reach the host, is what scanners are there to find."
CURE = "allowPrivilegeEscalation: false, no privileged containers, no host namespaces."

_HOST = ("hostNetwork", "hostPID", "hostIPC")


def check(context: Context) -> Iterator[Hit]:
    """A hit per container or pod setting."""
    for body in context.objects:
        found = pod_spec(body)
        if found is None or annotations_of(body).get("cmp.mlops/privileged") == "true":
            continue
        path, pod = found
        for field in _HOST:
            if pod.get(field) is True:
                yield body, f"{path}.{field}", f"{field} gives the pod the host's own"
        for where, container in containers(body):
            held = container.get("securityContext")
            if isinstance(held, dict) and (
                held.get("privileged") is True or held.get("allowPrivilegeEscalation") is True
            ):
                yield body, f"{where}.securityContext", "the container is privileged or may become so"
