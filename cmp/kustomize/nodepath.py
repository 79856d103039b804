"""The path grammar of `fieldpath` on the nodes of a document inside of a scalar (kyaml's PathMatcher).

There the form of what is not touched has to stay, so the values that the engine works on do not suffice.
"""

from __future__ import annotations

from cmp.kustomize.fieldpath import FieldPathError, index_of, is_list_step, key_value
from cmp.yaml.documents import decode
from cmp.yaml.go.emitter import emit
from cmp.yaml.go.node import ALIAS_NODE, MAPPING, SCALAR_NODE, SEQUENCE, Node
from cmp.yaml.go.parser import Parser
from cmp.yaml.go.tokens import DOUBLE, FOLDED, LITERAL, PLAIN, STREAM_END
from cmp.yaml.value import Folded, Quoted, QuotedScalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.kustomize.fieldpath import Shape
    from cmp.limits import Limits
    from cmp.yaml.value import Value

_NOUNS = {
    MAPPING: "a mapping",
    SEQUENCE: "a list",
    SCALAR_NODE: "a single value",
    ALIAS_NODE: "an alias, which is not followed",
}
_KINDS = {"scalar": SCALAR_NODE, "map": MAPPING, "list": SEQUENCE}


def read(text: str, limits: Limits) -> tuple[Node, bool]:
    """The DOCUMENT node of the first document of a scalar's text, and whether others follow.

    Raises `FieldPathError` for a text that holds none, `YamlError`, `LimitError`.
    """
    parser = Parser(decode(text.encode()), limits, comments=True)
    document = parser.first()
    if document is None:
        raise FieldPathError("the path goes on inside an empty value")
    return document, parser.peek()[0] != STREAM_END


def node_of(value: Value) -> Node:
    """The node that a value is copied as.

    Of the form that the value had in its file, block style and double quotes are all that is known here.
    """
    if isinstance(value, dict):
        node = Node(MAPPING, 0, 0, "!!map")
        node.content = [each for key, item in value.items() for each in (node_of(key), node_of(item))]
        return node
    if isinstance(value, list):
        node = Node(SEQUENCE, 0, 0, "!!seq")
        node.content = [node_of(item) for item in value]
        return node
    from cmp.kustomize.resource import text_of
    from cmp.kustomize.scalars import tag_of

    text = text_of(value)
    style = PLAIN
    if isinstance(value, Folded):
        style = FOLDED
    elif isinstance(value, Quoted):
        style = LITERAL if "\n" in text and not isinstance(value, QuotedScalar) else DOUBLE
    return Node(SCALAR_NODE, 0, 0, tag_of(value), text, style)


def match(root: Node, steps: list[str], create: Shape | None, limits: Limits) -> list[Node]:
    """The nodes that the steps lead to from `root`; missing ones are made as `fieldpath.match` does.

    Raises `FieldPathError` where a step does not fit, also for an alias, which upstream does not follow.
    """
    found: list[Node] = []
    _Matcher(steps, create, limits, found).walk(root, 0)
    return found


def _is_null(node: Node) -> bool:
    return node.tag == "!!null"


def _expect(node: Node, kind: int, step: str) -> None:
    if not _is_null(node) and node.kind != kind:
        raise FieldPathError(f"expected {_NOUNS[kind]} at {step!r} but found {_NOUNS[node.kind]}")


def _field(node: Node, name: str) -> Node | None:
    if _is_null(node):
        return None
    if not name:
        _expect(node, SCALAR_NODE, name)
        return None if node.value else node
    _expect(node, MAPPING, name)
    content = node.content
    for number in range(0, len(content), 2):
        if content[number].value == name:
            return content[number + 1]
    return None


class _Matcher:
    """One search: the steps, what to make of a missing last one, and the nodes found so far."""

    def __init__(self, steps: list[str], create: Shape | None, limits: Limits, found: list[Node]) -> None:
        self.steps = steps
        self.create = create
        self.limits = limits
        self.found = found

    def walk(self, node: Node, at: int) -> None:
        """Follow the steps from the one at `at` on."""
        if at == len(self.steps):
            self.found.append(node)
            return
        step = self.steps[at]
        index = index_of(step)
        if index is not None and index >= 0:
            self._index(node, index, at)
        elif is_list_step(step):
            self._items(node, at)
        elif step == "*":
            _expect(node, SEQUENCE, step)
            for item in list(node.content):
                self.walk(item, at + 1)
        else:
            self._name(node, step, at)

    def _made(self, at: int) -> Node:
        """What a missing step is made as, by the step after it."""
        step = self.steps[at + 1] if at + 1 < len(self.steps) else ""
        if not step:
            return Node(_KINDS[self.create or "scalar"], 0, 0, "")
        index = index_of(step)
        is_list = is_list_step(step) or (index is not None and index >= 0)
        return Node(SEQUENCE if is_list else MAPPING, 0, 0, "")

    def _name(self, node: Node, name: str, at: int) -> None:
        field = _field(node, name)
        if field is None:
            if not self.create:
                return
            field = self._made(at)
            # Below a null it is never printed.
            node.content += [Node(SCALAR_NODE, 0, 0, "", name), field]
        if field.kind == SCALAR_NODE and at + 1 < len(self.steps):
            # What is found in a string inside of a string is written to a copy that nobody prints.
            field = read(field.value, self.limits)[0].content[0]
        self.walk(field, at + 1)

    def _index(self, node: Node, index: int, at: int) -> None:
        _expect(node, SEQUENCE, self.steps[at])
        if self.create and len(node.content) == index:
            node.content.append(self._made(at))
        if len(node.content) <= index:
            raise FieldPathError(f"the index {index} is beyond the list's {len(node.content)} items")
        self.walk(node.content[index], at + 1)

    def _items(self, node: Node, at: int) -> None:
        from cmp.regex import searcher

        key, pattern = key_value(self.steps[at])
        before = len(self.found)
        _expect(node, SEQUENCE, self.steps[at])
        matches: Callable[[str], bool] | None = None
        for item in list(node.content):
            compared = self._compared(item, key)
            if compared is None:
                continue
            matches = matches or searcher(pattern)
            if matches(emit([compared]).strip()):
                self._item(item, key, at)
        if len(self.found) > before or not self.create:
            return
        text = Node(SCALAR_NODE, 0, 0, "", pattern)
        item = text
        if key:
            item = Node(MAPPING, 0, 0, "")
            item.content = [Node(SCALAR_NODE, 0, 0, "", key), text]
        if not searcher(pattern)(emit([text]).strip()):
            # Upstream would add such items until its stack overflows.
            raise FieldPathError(f"an item created for {self.steps[at]!r} would not match its own pattern")
        node.content.append(item)
        self._item(item, key, at)
        if len(self.found) == before:
            raise FieldPathError(f"nothing can be created below {self.steps[at]!r}")

    @staticmethod
    def _compared(item: Node, key: str) -> Node | None:
        if not key:
            return item
        return _field(item, key) if item.kind == MAPPING else None

    def _item(self, item: Node, key: str, at: int) -> None:
        if key:
            self.walk(item, at + 1)
        else:
            # Steps after `[=value]` are ignored: an item that is a single value has nothing below it.
            self.found.append(item)
