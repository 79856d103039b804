"""The code of a kind: which field a target means, what the webhook demands, how weights are written."""

from __future__ import annotations

from cmp.lighttyping import NamedTuple
from cmp.models.kinds.places import Located, Spot, walk
from cmp.paths import dotted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.kustomize.resource import Resource
    from cmp.models.kinds.places import Finder, Map, Path
    from cmp.models.kinds.plan import Plan, Write
    from cmp.models.kinds.table import ServingKind
    from cmp.yaml.value import Value


class Problem(NamedTuple):
    """A broken rule: the field, what is wrong, what to do. Never holds a URI."""

    field: str
    message: str
    hint: str = ""


class Choice(NamedTuple):
    """A place that a target can choose in an object.

    options: of the target. word: what the user has called the place, such as a variable or a key; empty
    where the kind itself says that a model is there.
    """

    options: dict[str, str]
    word: str = ""


class Share(NamedTuple):
    """How an object splits traffic now.

    options: of the traffic target. percents: by the name of the entry; "" is what gets the rest.
    """

    options: dict[str, str]
    percents: dict[str, int]


class Kind:
    """A kind that needs no code: one fixed field, or none. A family's class overrides what differs.

    row: the kind's line of the table.
    """

    def __init__(self, row: ServingKind) -> None:
        self.row = row
        self._fixed = tuple(row.uris[0].split(".")) if row.uris else ()
        pods = (("metadata",), row.pods or ("metadata",))
        self._holders: tuple[Path, ...] = tuple(dict.fromkeys(pods)) if row.provenance else ()

    def locate(self, finder: Finder, body: Map, options: dict[str, str]) -> Located:
        """The field that a target's options choose; `TargetError` (with the field) when there is none.

        Here: the one fixed field. Its parent must be there. Nothing for a kind that is only named.
        """
        if not self.row.uris:
            return Located(None)
        path = self._fixed
        return Located(Spot(walk(body, path[:-1]), path[-1], path), self.holders(), self.row.dialect)

    def choices(self, body: Map) -> Iterator[Choice]:
        """Every place that `locate` can find in `body`, with the options that choose it.

        Those that depend on what the user has called something may hold anything: `word` is that name.
        """
        if self.row.uris or self.row.parts:
            yield Choice({})

    def shares(self, body: Map) -> Iterator[Share]:
        """How the object splits traffic now, where `split` could write it; the inverse of `split`."""
        yield from ()

    def holders(self) -> tuple[Path, ...]:
        """Paths of the mappings whose annotations carry provenance: the object's and its pods'."""
        return self._holders

    def check(self, body: Map, schemes: tuple[str, ...]) -> Iterator[Problem]:
        """The rules of the kind's webhook that `body` breaks.

        schemes: of URIs, which the cluster's storage containers teach KServe besides its own.
        """
        yield from ()

    def split(self, plan: Plan, resource: Resource) -> list[Write]:
        """Everything to write for the plan's weights; `ModelError` where they cannot mean what they say."""
        raise AssertionError(f"the table gives {self.row.kind} weights, but its code cannot write them")

    def weight_group(self, body: Map) -> str:
        """The name that objects share whose weights count together; empty when each object stands alone."""
        return ""


def problem(path: Path, message: str, hint: str = "") -> Problem:
    """A problem at a path."""
    return Problem(dotted(path), message, hint)


def whole_number(value: Value, path: Path, high: int) -> Iterator[Problem]:
    """A problem unless `value` is absent or an integer from 0 to `high`."""
    if value is None:
        return
    if isinstance(value, bool) or not isinstance(value, int) or not 0 <= value <= high:
        yield problem(path, f"must be a whole number from 0 to {high}")


def number(value: Value) -> int:
    """`value` if it is an integer, else 0."""
    return value if isinstance(value, int) and not isinstance(value, bool) else 0
