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
    from cmp.models.shapes.finding import Path
    from cmp.yaml.value import Value

# where a URI or weight can come from
PARAMETER, LOCK, LITERAL, WEIGHTS, RENAME = "parameter", "lock", "uri", "weights", "rename"


class Written:
    """One field that was written.

    resource: the object. field: its path as text. value: what was written. model: whose value it is (empty
    for a name that follows a rename). source: `parameter`, `lock`, `uri`, `weights` or `rename`. origin: the
    place of that source. target: the label of the target. secret: whether the value is a URI. read: looks the
    value up in a body again.
    """

    __slots__ = (
        "config",
        "container",
        "field",
        "key",
        "model",
        "origin",
        "read",
        "resource",
        "secret",
        "source",
        "target",
        "value",
    )

    def __init__(
        self,
        *,
        resource: Resource,
        field: str,
        value: Value,
        model: str,
        source: str,
        origin: Where,
        target: str,
        config: str,
        secret: bool,
        container: object,
        key: object,
        read: Callable[[dict[str, Value]], list[Value]],
    ) -> None:
        self.resource = resource
        self.field = field
        self.value = value
        self.model = model
        self.source = source
        self.origin = origin
        self.target = target
        self.config = config
        self.secret = secret
        self.container = container
        self.key = key
        self.read = read

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
            if each.source == RENAME:
                continue
            where = Where(file=each.resource.file, object=str(each.resource), field=each.field)
            if id(each.resource) not in present:
                raise TargetError(
                    f"the target of the model {each.model!r} is not in the output",
                    where=where,
                    hint=f"remove the target {each.target!r}, or stop dropping the object",
                )
            values = each.read(each.resource.body)
            if not values or any(value != each.value for value in values):
                raise TargetError(
                    f"something changed the value that the model {each.model!r} put here",
                    where=where,
                    hint="a name reference, var or replacement points at the same field",
                )

    def lines(self, show_uris: bool = False) -> list[str]:
        """For `--explain`: one line per written field; URIs are masked unless `show_uris`."""
        lines = []
        for each in self.written:
            value = str(each.value)
            if each.secret and not show_uris:
                value = storage.masked(value)
            origin = str(each.origin)
            owner = f"model {each.model}" if each.model else "follows a rename"
            source = f"{each.source}: {origin}" if origin else each.source
            lines.append(f"{each.resource} {each.field} = {value} ({owner}; {source})")
        return lines


def reader(path: Path) -> Callable[[dict[str, Value]], list[Value]]:
    """A function that looks a path up in a body: a list of one value, or an empty one."""

    def read(body: dict[str, Value]) -> list[Value]:
        value: Value = body
        for step in path:
            if isinstance(value, dict) and step in value:
                value = value[str(step)]
            elif isinstance(value, list) and isinstance(step, int) and step < len(value):
                value = value[step]
            else:
                return []
        return [value]

    return read
