"""The objects that Argo CD makes of what is printed.

Any object with a list as top-level `items` is replaced by its items, whatever its kind, one level deep. One
whose `items` is null is dropped, unless it has `spec` or `status`. Follows
Argo CD's reposerver/repository/repository.go (GenerateManifests, isNullList) and apimachinery's
pkg/apis/meta/v1/unstructured/unstructured.go (IsList); read in Argo CD v3.6.1.
"""

from __future__ import annotations

from cmp.kustomize.resource import Resource
from cmp.yaml.value import is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator


def unpacked(printed: Iterable[Resource]) -> Iterator[Resource]:
    """The objects of a render as Argo CD will see them; items keep the file of the object around them."""
    for resource in printed:
        if "items" not in resource.body:
            yield resource
            continue
        items = resource.body["items"]
        if isinstance(items, list):
            for item in items:
                # Argo CD fails on an item that is not a mapping; the gate `incomplete` says so first.
                body = item if isinstance(item, dict) else {}
                yield Resource(body, file=resource.file, index=resource.index)
        elif not is_null(items) or "spec" in resource.body or "status" in resource.body:
            yield resource
