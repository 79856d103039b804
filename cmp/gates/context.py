"""What rules look at: the final objects, their text, and what the render knows about models and secrets."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from cmp.kustomize.resource import Resource
    from cmp.models.declarations import Declarations
    from cmp.models.record import Record


def _never(text: str) -> bool:
    return False


class Context:
    """objects: in output order. text: how they print, empty when it was not made.

    strict: refuse what otherwise is a warning. is_masked: tells a masked render's tokens. record,
    declarations: of the injection, if there was one. leaks: finds decrypted values outside of
    Secrets. destination: the namespace of objects that name none.
    """

    __slots__ = ("declarations", "destination", "is_masked", "leaks", "objects", "record", "strict", "text")

    def __init__(
        self,
        objects: Iterable[Resource],
        *,
        text: str = "",
        strict: bool = False,
        is_masked: Callable[[str], bool] = _never,
        record: Record | None = None,
        declarations: Declarations | None = None,
        leaks: Callable[[Iterable[Resource]], Sequence[tuple[Resource, str, str, str]]] | None = None,
        destination: str = "",
    ) -> None:
        self.objects = list(objects)
        self.text = text
        self.strict = strict
        self.is_masked = is_masked
        self.record = record
        self.declarations = declarations
        self.leaks = leaks
        self.destination = destination


def is_secret(resource: Resource) -> bool:
    """Whether it is a core Secret, the one kind whose values Argo CD hides."""
    return resource.kind == "Secret" and resource.body.get("apiVersion") == "v1"
