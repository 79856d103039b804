"""What a kube-apiserver refuses although the schema allows it, one module per concept, tables first.

Each row names the upstream function that it follows (kubernetes/kubernetes, pkg/apis/<group>/validation, and
apimachinery's pkg/util/validation). Upstream sets defaults before it validates: such fields are not required.
A value of a wrong type is left to the schema check.
"""

from __future__ import annotations

from cmp.validate.apiserver import (
    annotated,
    choices,
    claims,
    classes,
    conflicts,
    containers,
    data,
    duplicates,
    enumerations,
    jobs,
    limits,
    metadata,
    names,
    networks,
    quantities,
    quotas,
    required,
    schedules,
    security,
    selectors,
    services,
    volumes,
    webhooks,
    windows,
    workloads,
)
from cmp.validate.apiserver.shape import Problem as Problem
from cmp.validate.apiserver.shape import nodes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body

_CONCEPTS = (
    metadata,
    annotated,
    required,
    names,
    enumerations,
    limits,
    choices,
    conflicts,
    duplicates,
    quantities,
    selectors,
    volumes,
    schedules,
    networks,
    services,
    data,
    security,
    containers,
    jobs,
    claims,
    classes,
    quotas,
    webhooks,
    windows,
    workloads,
)


def problems(body: Body) -> Iterator[Problem]:
    """What an API server says against an object of its own kinds; nothing for others but for the metadata."""
    found = list(nodes(body))
    for concept in _CONCEPTS:
        for node in found:
            yield from concept.check(node)
