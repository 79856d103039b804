"""How much of a document may come from aliases (go-yaml v2's decode.go, allowedAliasRatio)."""

from __future__ import annotations

from cmp.yaml.errors import YamlError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.yaml.go.node import Node

# Below these numbers of decoded nodes nothing is refused.
_FEW_ALIASED, _FEW = 100, 1000
# The share goes from 99 % at the lower number of nodes down to 10 % at the higher one.
_LOW, _HIGH = 400_000, 4_000_000
_SHARE_LOW, _SHARE_HIGH = 0.99, 0.10


class Aliasing:
    """Counts the nodes that are decoded; depth: how many aliases the current one is in."""

    __slots__ = ("aliased", "depth", "done")

    def __init__(self) -> None:
        self.aliased = self.depth = self.done = 0

    def step(self, node: Node) -> None:
        """One more node; `YamlError` when too large a share of them comes from aliases."""
        self.done += 1
        if self.depth:
            self.aliased += 1
        if (
            self.aliased > _FEW_ALIASED
            and self.done > _FEW
            and self.aliased / self.done > allowed_share(self.done)
        ):
            raise YamlError(
                "too much of the document comes from aliases, which kustomize refuses",
                node.line,
                node.column,
                hint="write the repeated parts out, or put them into a component",
            )


def allowed_share(nodes: int) -> float:
    """The share of nodes that may come from aliases in a document of so many."""
    if nodes <= _LOW:
        return _SHARE_LOW
    if nodes >= _HIGH:
        return _SHARE_HIGH
    return _SHARE_LOW - (_SHARE_LOW - _SHARE_HIGH) * ((nodes - _LOW) / (_HIGH - _LOW))
