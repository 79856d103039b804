"""Saying which object and field it is that cannot be printed."""

from __future__ import annotations

from contextlib import contextmanager

from cmp.errors import located
from cmp.paths import dotted
from cmp.yaml.errors import YamlError
from cmp.yaml.jsonstage import scalar_value
from cmp.yaml.value import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value


@contextmanager
def printing(resource: Resource) -> Iterator[None]:
    """Around code that prints or hashes a resource: its errors say which object, file and field they mean."""
    with located(file=resource.file, object=resource):
        try:
            yield
        except YamlError as error:
            if not error.line and not error.where.field:
                error.at(field=dotted(_culprit(resource.body) or ()))
            raise


def _culprit(value: Value) -> tuple[str | int, ...] | None:
    """The path of the first scalar that has no JSON form."""
    if isinstance(value, Scalar):
        try:
            scalar_value(value)
        except YamlError:
            return ()
    if not isinstance(value, (dict, list)):
        return None
    for key, item in value.items() if isinstance(value, dict) else enumerate(value):
        below = _culprit(item)
        if below is not None:
            return (key, *below)
    return None
