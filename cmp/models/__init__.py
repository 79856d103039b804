"""Models: declared once (ModelConfig), pinned (ModelLock), injected into whatever serves them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable

    from cmp.kustomize.resource import Resource
    from cmp.models.declarations import Declarations as Declarations
    from cmp.models.declarations import read as read
    from cmp.models.injection import Copied as Copied
    from cmp.models.injection import inject as inject
    from cmp.models.record import Record as Record

GROUP = "cmp.mlops"
_HOMES = {
    "Declarations": "cmp.models.declarations",
    "read": "cmp.models.declarations",
    "Copied": "cmp.models.injection",
    "inject": "cmp.models.injection",
    "Record": "cmp.models.record",
}


def present(resources: Iterable[Resource]) -> bool:
    """Whether a build declares models at all; without importing what reads the declarations."""
    prefix = GROUP + "/"
    for resource in resources:
        version = resource.body.get("apiVersion")
        if isinstance(version, str) and version.startswith(prefix):
            return True
    return False


def __getattr__(name: str) -> object:
    """The public names, imported on first use: a build without models pays nothing for them."""
    module = _HOMES.get(name)
    if module is None:
        raise AttributeError(name)
    return getattr(__import__(module, fromlist=(name,)), name)  # importlib would have to be imported
