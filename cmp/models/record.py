"""What an injection did: every field written, where its value came from, and whether it is still there."""

from __future__ import annotations

from cmp.errors import Where
from cmp.models import storage
from cmp.models.errors import TargetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cmp.kustomize.options import Notice
    from cmp.kustomize.resource import Resource
    from cmp.models.kinds.places import Place
    from cmp.yaml.strict import Node
    from cmp.yaml.value import Value

# where a URI or weight can come from
PARAMETER, LOCK, LITERAL, WEIGHTS, RENAME = "parameter", "lock", "uri", "weights", "rename"


class Written:
    """One place that was written.

    resource: the object. place: where in it. value: what was written. model: whose value it is (empty for a
    name that follows a rename). source: `parameter`, `lock`, `uri`, `weights` or `rename`. node: the value
    that gave it; None for a parameter. target: the label of the target. config: the name of the ModelConfig.
    secret: whether the value is a URI.
    """

    __slots__ = ("config", "model", "node", "place", "resource", "secret", "source", "target", "value")

    def __init__(
        self,
        *,
        resource: Resource,
        place: Place,
        value: Value,
        model: str,
        source: str,
        node: Node | None,
        target: str,
        config: str,
        secret: bool,
    ) -> None:
        self.resource = resource
        self.place = place
        self.value = value
        self.model = model
        self.source = source
        self.node = node
        self.target = target
        self.config = config
        self.secret = secret

    @property
    def field(self) -> str:
        """The path of the place, as messages show it."""
        return self.place.field

    @property
    def origin(self) -> Where:
        """Where the source stands."""
        return self.node.where if self.node is not None else Where()

    @property
    def where(self) -> Where:
        """The place itself, for an error."""
        return Where(file=self.resource.file, object=str(self.resource), field=self.field)

    def __repr__(self) -> str:
        return f"<Written {self.resource} {self.field}>"


class Record:
    """Everything one injection did: written fields in order, notices, and the final URI of each model.

    uris: (ModelConfig name, model name) to URI, for gates. policies: ModelConfig name to its policy.
    """

    __slots__ = ("notices", "uris", "written")

    def __init__(self) -> None:
        self.written: list[Written] = []
        self.notices: list[Notice] = []
        self.uris: dict[tuple[str, str], str] = {}

    def verify(self, resources: Iterable[Resource]) -> None:
        """Raise `TargetError` unless each object is still among `resources` and holds what was written."""
        present = {id(resource) for resource in resources}
        for each in self.written:
            # The engine's own name references may rename the object, and the field with it, once more.
            if each.source == RENAME:
                continue
            if id(each.resource) not in present:
                raise TargetError(
                    f"the target of the model {each.model!r} is not in the output",
                    where=each.where,
                    hint=f"remove the target {each.target!r}, or stop dropping the object",
                )
            values = each.place.read(each.resource.body)
            if not values or any(value != each.value for value in values):
                raise TargetError(
                    f"something changed the value that the model {each.model!r} put here",
                    where=each.where,
                    hint="a name reference, var or replacement points at the same field",
                )

    def lines(self, show_uris: bool = False, placed: Callable[[Where], Where] | None = None) -> list[str]:
        """For `--explain`: one line per written field; URIs are masked unless `show_uris`.

        placed: the place of a value in the file that brought it.
        """
        lines = []
        for each in self.written:
            value = str(each.value)
            if each.secret and not show_uris:
                value = storage.masked(value)
            origin = str(placed(each.origin) if placed is not None else each.origin)
            owner = f"model {each.model}" if each.model else "follows a rename"
            source = f"{each.source}: {origin}" if origin else each.source
            lines.append(f"{each.resource} {each.field} = {value} ({owner}; {source})")
        return lines
