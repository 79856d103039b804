"""`plugin:` beside another type of source, and fields of `kustomize:` that do not exist."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import mapping

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.fleet.fleet import Fleet, Subject

ID = "argocd-source-types"
SEVERITY: Severity = "error"
TITLE = "`plugin:` beside another type of source, and fields of `kustomize:` that do not exist"
WHY = "Argo CD refuses two types in one source; what the CRD does not know is dropped without a word."
CURE = "Say it with the plugin's parameters: images, name-prefix, namespace, replicas, common-labels."

_TYPES = ("plugin", "kustomize", "helm", "directory")
KUSTOMIZE = frozenset(
    (
        "apiVersions",
        "commonAnnotations",
        "commonAnnotationsEnvsubst",
        "commonLabels",
        "components",
        "forceCommonAnnotations",
        "forceCommonLabels",
        "ignoreMissingComponents",
        "images",
        "kubeVersion",
        "labelIncludeTemplates",
        "labelWithoutSelector",
        "namePrefix",
        "nameSuffix",
        "namespace",
        "patches",
        "replicas",
        "version",
    )
)


def check(fleet: Fleet) -> Iterator[Hit[Subject]]:
    """A hit per source and per field."""
    for application in fleet.applications:
        for place, source in application.sources:
            types = [each for each in _TYPES if source.get(each) is not None]
            if len(types) > 1:
                yield Hit(application, place, f"has {' and '.join(types)}: only one type is possible")
            kustomize = mapping(source.get("kustomize"))
            for field in kustomize:
                if field not in KUSTOMIZE:
                    yield Hit(application, f"{place}.kustomize.{field}", "is not a field of an Application")
            images = kustomize.get("images")
            if isinstance(images, list) and not all(images):
                yield Hit(
                    application, f"{place}.kustomize.images", "must be strings such as name=newName:tag"
                )
    for application in fleet.applications:
        if "source" in application.spec and "sources" in application.spec:
            yield Hit(application, "spec.sources", "stands beside source, which Argo CD then ignores")
