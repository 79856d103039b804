"""Saying which object and field it is that cannot be printed."""

from __future__ import annotations

from cmp.errors import located
from cmp.paths import dotted
from cmp.yaml.errors import YamlError
from cmp.yaml.jsonstage import scalar_value
from cmp.yaml.value import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import TracebackType

    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value


class printing(located):  # noqa: N801 - used as a statement's head, as `located` is
    """Around code that prints or hashes a resource: its errors say which object, file and field they mean."""

    def __init__(self, resource: Resource) -> None:
        super().__init__(file=resource.file, object=resource)
        self._resource = resource

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if isinstance(error, YamlError) and not error.line and not error.where.field:
            error.at(field=dotted(_culprit(self._resource.body) or ()))
        super().__exit__(kind, error, trace)


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
