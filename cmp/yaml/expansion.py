"""How many nodes a document has once its aliases are expanded, counted without expanding them."""

from __future__ import annotations

from cmp.limits import Limits, exceeded
from cmp.yaml.go.node import ALIAS_NODE, Node


def check_expansion(root: Node, limits: Limits) -> None:
    """`LimitError` when `root` would expand to more nodes than `yaml_nodes`; linear in the text's own nodes.

    A value that holds an alias to itself counts as one here: whoever expands it refuses it.
    """
    sizes: dict[int, int] = {}

    def size(node: Node) -> int:
        known = sizes.get(id(node))
        if known is not None:
            return known
        sizes[id(node)] = 1
        if node.kind == ALIAS_NODE:
            total = 1 + (size(node.target) if node.target is not None else 0)
        else:
            total = 1 + sum(map(size, node.content or ()))
        sizes[id(node)] = total
        return total

    if size(root) > limits.yaml_nodes:
        raise exceeded("yaml_nodes", limits.yaml_nodes)
