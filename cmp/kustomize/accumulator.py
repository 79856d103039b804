"""What a layer of a build hands to the one above (api/internal/accumulator)."""

from __future__ import annotations

from cmp.errors import Where
from cmp.kustomize import specs as field_specs
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.resmap import ResMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.specs import Specs


class Accumulator:
    """The resources of a layer, the field specs of its `configurations` and `crds`, and its vars by name."""

    __slots__ = ("resmap", "specs", "vars")

    def __init__(self) -> None:
        self.resmap = ResMap()
        self.specs: Specs = field_specs.EMPTY
        self.vars: dict[str, dict[str, Any]] = {}

    def merge(self, other: Accumulator) -> None:
        """Add all of a lower layer."""
        self.resmap.append_all(other.resmap)
        self.specs = self.specs.merge(other.specs)
        for name, var in other.vars.items():
            self.add_var(name, var)

    def add_var(self, name: str, var: dict[str, Any]) -> None:
        """Add one var; `KustomizeError` when the name is taken."""
        if name in self.vars:
            raise KustomizeError(
                f"the var {name} is declared twice", where=Where(field="vars"), hint="rename one of them"
            )
        self.vars[name] = var
