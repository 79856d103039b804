"""A pod that needs a ConfigMap, Secret, ServiceAccount or claim which the output does not have."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import containers, mapping, name, namespace, pod_spec, spec

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "reference-not-found"
SEVERITY: Severity = "warning"
TITLE = "A reference to an object that is not in the output"
WHY = "The pod does not start before the object is there; the sync is reported as done all the same."
CURE = "Add the object or correct the name; waive it where another application brings the object."

# Who else makes Secrets: kind -> where its name stands below the spec; the object's own name without one.
_MAKERS = {"ExternalSecret": ("target", "name"), "SealedSecret": (), "Certificate": ("secretName",)}
# What the cluster itself has in each namespace.
_GIVEN = frozenset((("ServiceAccount", "default"), ("ConfigMap", "kube-root-ca.crt")))


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per reference; optional ones and those to what an operator makes give none."""
    there = {(str(body.get("kind")), namespace(body), name(body)) for body in context.objects}
    for body in context.objects:
        if body.get("kind") in _MAKERS:
            there.add(("Secret", namespace(body), _made(body)))
    claims = _own_claims(context.objects)
    for body in context.objects:
        for field, kind, wanted in _references(body):
            key = (kind, namespace(body), wanted)
            if key not in there and (kind, wanted) not in _GIVEN and key not in claims:
                yield Hit(body, field, f"no {kind} {wanted} in the output")


def _made(body: Body) -> str:
    place: Any = spec(body)
    for step in _MAKERS[body["kind"]]:
        place = mapping(place).get(step)
    return place if isinstance(place, str) else name(body)


def _own_claims(objects: list[Body]) -> set[tuple[str, str, str]]:
    """Claims that StatefulSets make of their templates cannot be told by name: none is missing there."""
    return {
        ("PersistentVolumeClaim", namespace(body), str(mapping(claim.get("metadata")).get("name")))
        for body in objects
        for claim in spec(body).get("volumeClaimTemplates") or ()
        if isinstance(claim, dict)
    }


def _references(body: Body) -> Iterator[tuple[str, str, str]]:
    """(field, kind, name) of each object that a pod cannot start without."""
    found = pod_spec(body)
    if found is None:
        return
    path, pod = found
    account = pod.get("serviceAccountName")
    if isinstance(account, str) and account:
        yield f"{path}.serviceAccountName", "ServiceAccount", account
    for index, volume in enumerate(pod.get("volumes") or ()):
        place = f"{path}.volumes[{index}]"
        for field, kind, key in (
            ("configMap", "ConfigMap", "name"),
            ("secret", "Secret", "secretName"),
            ("persistentVolumeClaim", "PersistentVolumeClaim", "claimName"),
        ):
            yield from _named(volume, place, field, kind, key)
        for number, source in enumerate(mapping(volume.get("projected")).get("sources") or ()):
            for field, kind in (("configMap", "ConfigMap"), ("secret", "Secret")):
                yield from _named(source, f"{place}.projected.sources[{number}]", field, kind, "name")
    for where, container in containers(body):
        for number, entry in enumerate(container.get("envFrom") or ()):
            for field, kind in (("configMapRef", "ConfigMap"), ("secretRef", "Secret")):
                yield from _named(entry, f"{where}.envFrom[{number}]", field, kind, "name")
        for entry in container.get("env") or ():
            source = mapping(entry.get("valueFrom"))
            for field, kind in (("configMapKeyRef", "ConfigMap"), ("secretKeyRef", "Secret")):
                yield from _named(source, f"{where}.env[{entry.get('name')}].valueFrom", field, kind, "name")


def _named(holder: Body, path: str, field: str, kind: str, key: str) -> Iterator[tuple[str, str, str]]:
    held = mapping(holder.get(field))
    wanted = held.get(key)
    if isinstance(wanted, str) and wanted and held.get("optional") is not True:
        yield f"{path}.{field}.{key}", kind, wanted
