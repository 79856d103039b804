"""What a rule may look at: the objects, those of an earlier render, and the files that the render read."""

from __future__ import annotations

from cmp.manifest import labels, namespace

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    Body = dict[str, Any]


class Context:
    """objects: of the render. before: of the render to compare with, None without one.

    files: kustomizations and manifests that the render read, path to documents as they are stored.
    origins: the file that each object comes from, in the order of `objects`; empty when that is not known.
    """

    def __init__(
        self,
        objects: list[Body],
        before: list[Body] | None = None,
        files: dict[str, list[Body]] | None = None,
        origins: Sequence[str] = (),
    ) -> None:
        self.objects = objects
        self.before = before
        self.files = files or {}
        self._origins = {id(body): path for path, bodies in self.files.items() for body in bodies}
        self._origins.update(zip(map(id, objects), origins, strict=False))

    def file_of(self, body: Body) -> str:
        """The file that an object, or a document of `files`, comes from; empty when that is not known."""
        return str(body.get("_file") or self._origins.get(id(body), ""))


def is_production(body: Body) -> bool:
    """Whether an object says that it is production's: by its environment label or its namespace."""
    return labels(body).get("environment") in ("production", "prod") or namespace(body).endswith(
        ("-production", "-prod")
    )
