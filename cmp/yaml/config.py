"""Kustomization files and other configuration, as sigs.k8s.io/yaml decodes them: YAML 1.1, then JSON.

Upstream reads Kustomization files, `configurations`, `crds`, replacement and patch-list files and the
configurations of builtin plugins this way, and nothing else.
"""

from __future__ import annotations

from cmp.limits import DEFAULT, Limits, exceeded
from cmp.yaml.aliasing import Aliasing
from cmp.yaml.errors import YamlError
from cmp.yaml.fast import NOT_MINE
from cmp.yaml.fast import load as load_fast
from cmp.yaml.go.resolve import config_scalar, needs_quotes
from cmp.yaml.jsonstage import plain_float
from cmp.yaml.taint import TaintedBytes
from cmp.yaml.value import Quoted, Scalar, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.yaml.go.node import Node

    Path = tuple[str | int, ...]
    Place = tuple[int, int]


class Duplicate:
    """A key that one mapping has more than once; the last one wins. first, second: (line, column)."""

    __slots__ = ("first", "path", "second")

    def __init__(self, path: Path, first: Place, second: Place) -> None:
        self.path = path
        self.first = first
        self.second = second

    def __repr__(self) -> str:
        return f"Duplicate({self.path!r}, {self.first!r}, {self.second!r})"


class Positions:
    """Path -> 1-based (line, column) of that key or list item; found when first asked for."""

    __slots__ = ("_data", "_limits", "_places")

    def __init__(self, data: bytes, limits: Limits) -> None:
        self._data = data
        self._limits = limits
        self._places: dict[Path, Place] | None = None

    def _all(self) -> dict[Path, Place]:
        if self._places is None:
            decoder = _Decoder(self._limits)
            decoder.document(self._data)
            self._places = decoder.places
        return self._places

    def get(self, path: Path, default: Any = None) -> Any:
        """The place of `path`, or `default`."""
        return self._all().get(path, default)

    def __getitem__(self, path: Path) -> Place:
        return self._all()[path]

    def __contains__(self, path: object) -> bool:
        return path in self._all()

    def __iter__(self) -> Iterator[Path]:
        return iter(self._all())

    def __len__(self) -> int:
        return len(self._all())


class Config:
    """A decoded configuration file.

    value: JSON values only (dict, list, str, int, float, bool, None). duplicates: repeated keys.
    positions: where each entry is.
    """

    __slots__ = ("duplicates", "positions", "value")

    def __init__(self, value: Any, duplicates: list[Duplicate], positions: Positions) -> None:
        self.value = value
        self.duplicates = duplicates
        self.positions = positions


class _Different(Exception):  # noqa: N818 - control flow
    """A value whose meaning differs between the quick reader and go-yaml v2 in a way that needs care."""


def load_config(data: bytes, limits: Limits = DEFAULT) -> Config:
    """Decode the first document of `data`; raises `YamlError` or `LimitError`."""
    limits.check("file_bytes", len(data))
    # As in `load_all`: the marks taint, not the text.
    marks, data = data.marks if isinstance(data, TaintedBytes) else None, bytes(data)
    positions = Positions(data, limits)
    value = _quick(data, limits)
    duplicates: list[Duplicate] = []
    if value is NOT_MINE:
        decoder = _Decoder(limits)
        value = decoder.document(data)
        positions._places = decoder.places
        duplicates = decoder.duplicates
    if marks:
        [value] = marks.apply([value])
    return Config(value, duplicates, positions)


def _quick(data: bytes, limits: Limits) -> Any:
    try:
        text = data.decode()
    except UnicodeDecodeError:
        return NOT_MINE
    if "\r" in text:
        text = text.replace("\r\n", "\n")
    value = load_fast(text, limits)
    if value is NOT_MINE:
        return value
    try:
        return _converted(value)
    except _Different:
        return NOT_MINE


def _converted(value: Value) -> Any:
    """The quick reader's value with the types of go-yaml v2."""
    kind = type(value)
    if kind is Quoted:
        return str(value)
    if isinstance(value, str):
        return _number(config_scalar(value)) if needs_quotes(value) else value
    if isinstance(value, Scalar):
        return _number(config_scalar(value.text))
    if isinstance(value, list):
        return [_converted(item) for item in value]
    if isinstance(value, dict):
        for key in value:
            if needs_quotes(key):
                raise _Different
        return {key: _converted(item) for key, item in value.items()}
    return value


def _number(value: Any) -> Any:
    """A float as the JSON number it becomes: whole ones are integers again."""
    return plain_float(value) if type(value) is float else value


class _Decoder:
    """Node tree to JSON values, with go-yaml v2's rules for keys, merges and repeated keys."""

    def __init__(self, limits: Limits) -> None:
        self.limits = limits
        self.left = limits.yaml_nodes
        self.duplicates: list[Duplicate] = []
        self.places: dict[Path, Place] = {}
        self.active: set[int] = set()
        self.aliasing = Aliasing()

    def document(self, data: bytes) -> Any:
        """The value of the first document of `data`."""
        from cmp.yaml.documents import decode
        from cmp.yaml.go.parser import Parser

        text = decode(data)
        try:
            root = Parser(text, self.limits, version=2).document()
            if root is None:
                return None
            if "*" in text:
                from cmp.yaml.expansion import check_expansion

                check_expansion(root, self.limits)
            self.aliasing.step(root)  # go-yaml decodes the document as a node of its own
            return self._value(root, ())
        except YamlError as exc:
            from cmp.yaml.advice import advise

            better = advise(text, exc)
            if better is exc:
                raise
            raise better from exc

    def _value(self, node: Node, path: Path) -> Any:
        from cmp.yaml.go.node import ALIAS_NODE, SCALAR_NODE, SEQUENCE

        self.left -= 1
        if self.left < 0:
            raise exceeded("yaml_nodes", self.limits.yaml_nodes)
        self.aliasing.step(node)
        if node.kind == SCALAR_NODE:
            return self._scalar(node)
        if node.kind == ALIAS_NODE:
            target = self._enter(node)
            try:
                return self._value(target, path)
            finally:
                self._leave(target)
        if node.kind == SEQUENCE:
            items = []
            for index, item in enumerate(node.content):
                self.places.setdefault((*path, index), (item.line, item.column))
                items.append(self._value(item, (*path, index)))
            return items
        out: dict[str, Any] = {}
        self._mapping(node, path, out)
        return out

    def _enter(self, alias: Node) -> Node:
        target = alias.target
        assert target is not None  # noqa: S101 - the composer sets it
        if id(target) in self.active:
            raise YamlError("an alias refers to a value that contains it", alias.line, alias.column)
        self.active.add(id(target))
        self.aliasing.depth += 1
        if len(self.active) > self.limits.yaml_depth:
            raise exceeded("yaml_depth", self.limits.yaml_depth).at(line=alias.line, column=alias.column)
        return target

    def _leave(self, target: Node) -> None:
        self.active.discard(id(target))
        self.aliasing.depth -= 1

    @staticmethod
    def _scalar(node: Node) -> Any:
        if node.explicit or node.tag == "!":
            from cmp.yaml.configtags import tagged

            return tagged(node)
        if node.style:
            return node.value
        return _number(config_scalar(node.value))

    def _mapping(self, node: Node, path: Path, out: dict[str, Any]) -> None:
        content = node.content
        seen: dict[str, Place] = {}
        for i in range(0, len(content), 2):
            key = content[i]
            if (key.tag == "!!merge" and not key.style) or (key.tag == "!" and key.value == "<<"):
                self._merge(content[i + 1], path, out)
                continue
            name = self._key(key)
            place = (key.line, key.column)
            here = (*path, name)
            if name in seen:
                self.duplicates.append(Duplicate(here, seen[name], place))
            seen[name] = place
            self.places[here] = place
            out[name] = self._value(content[i + 1], here)

    def _merge(self, source: Node, path: Path, out: dict[str, Any]) -> None:
        """Write a merge key's mappings into `out`: unlike in resources, over what stands above the key."""
        from cmp.yaml.go.node import ALIAS_NODE, MAPPING, SEQUENCE

        sources = source.content[::-1] if source.kind == SEQUENCE else [source]
        for item in sources:
            self.aliasing.step(item)
            target = self._enter(item) if item.kind == ALIAS_NODE else item
            try:
                if target is not item:
                    self.aliasing.step(item)
                if target.kind != MAPPING:
                    raise YamlError(
                        "the value of a merge key `<<` must be a mapping or a list of mappings",
                        item.line,
                        item.column,
                    )
                self.left -= len(target.content)
                if self.left < 0:
                    raise exceeded("yaml_nodes", self.limits.yaml_nodes)
                self._mapping(target, path, out)
            finally:
                if target is not item:
                    self._leave(target)

    def _key(self, key: Node) -> str:
        from cmp.yaml.configtags import key_text
        from cmp.yaml.go.node import ALIAS_NODE, SCALAR_NODE

        node = key
        self.aliasing.step(key)
        if node.kind == ALIAS_NODE:
            node = self._enter(node)
            self.aliasing.step(key)
            self._leave(node)
        if node.kind != SCALAR_NODE:
            raise YamlError("a mapping has a key that is itself a mapping or a list", key.line, key.column)
        if node.style and not node.explicit and node.tag != "!":
            return node.value
        return key_text(self._raw(node), key)

    @staticmethod
    def _raw(node: Node) -> Any:
        """A key's value, its float not yet a JSON number."""
        if node.explicit or node.tag == "!":
            from cmp.yaml.configtags import tagged

            return tagged(node)
        return config_scalar(node.value)
