"""What all layers of one build share."""

from __future__ import annotations

from cmp.kustomize.budget import Budget
from cmp.kustomize.schema.state import SchemaState

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.loader import Loader
    from cmp.kustomize.options import Hooks, Options


class BuildState:
    """The options and hooks of a build, its OpenAPI schema, the layers read so far, what may be copied.

    sources: by the name that messages use, each file that resources were read from: its loader and path, or
    the content of a remote one, which is fetched once.
    """

    __slots__ = ("budget", "hooks", "layers", "options", "schema", "sources")

    def __init__(self, options: Options, hooks: Hooks) -> None:
        self.options = options
        self.hooks = hooks
        self.layers = 0
        self.budget = Budget(options.limits)
        self.schema = SchemaState()
        self.sources: dict[str, tuple[Loader, str] | bytes] = {}
