"""A device that is requested without an equal limit."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import containers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "extended-resource"
SEVERITY: Severity = "error"
TITLE = "A device requested without an equal limit"
WHY = "An API server refuses a pod whose request of a device, such as a GPU, differs from its limit."
CURE = "Set the same number under resources.limits; the request may then be left out."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per device; extended resources have a domain in their name that is not kubernetes.io."""
    for body in context.objects:
        for path, container in containers(body):
            resources = container.get("resources") or {}
            limits = resources.get("limits") or {}
            for name, amount in (resources.get("requests") or {}).items():
                domain = name.partition("/")[0] if "/" in name else ""
                if domain and not domain.endswith("kubernetes.io") and str(limits.get(name)) != str(amount):
                    yield Hit(
                        body,
                        f"{path}.resources.limits[{name}]",
                        f"{name} needs a limit equal to its request",
                    )
