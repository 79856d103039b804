"""A volume claim that waits for a pod which waits for the claim."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import annotations_of, name, namespace, pod_spec, spec, title

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "claim-before-pod"
SEVERITY: Severity = "warning"
TITLE = "A volume claim in an earlier sync wave than its pod"
WHY = (
    "A class with WaitForFirstConsumer binds only once a pod asks: the claim stays Pending, Argo CD "
    "waits for it to be healthy, and the wave with the pod never starts."
)
CURE = "Put both into one sync wave."

_WAVE = "argocd.argoproj.io/sync-wave"


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per claim; classes of the output that bind at once are left out."""
    immediate = {
        name(body)
        for body in context.objects
        if body.get("kind") == "StorageClass" and body.get("volumeBindingMode", "Immediate") == "Immediate"
    }
    claims = {
        (namespace(body), name(body)): body
        for body in context.objects
        if body.get("kind") == "PersistentVolumeClaim" and spec(body).get("storageClassName") not in immediate
    }
    for body in context.objects:
        for claimed in _claims(body):
            claim = claims.get((namespace(body), claimed))
            if claim is not None and _wave(claim) < _wave(body):
                message = f"{title(body)} uses it in the later wave {_wave(body)}"
                yield Hit(claim, f"metadata.annotations[{_WAVE}]", message)


def _claims(body: dict[str, Any]) -> Iterator[str]:
    found = pod_spec(body)
    for volume in (found[1].get("volumes") or ()) if found else ():
        claim = volume.get("persistentVolumeClaim") if isinstance(volume, dict) else None
        if isinstance(claim, dict):
            yield str(claim.get("claimName"))


def _wave(body: dict[str, Any]) -> int:
    try:
        return int(annotations_of(body).get(_WAVE, "0"))
    except ValueError:
        return 0
