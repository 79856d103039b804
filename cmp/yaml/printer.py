"""Kustomize's output form: keys in natural order, block style (go-yaml v2 `encode.go`, `emitterc.go`)."""

from __future__ import annotations

from cmp.yaml.errors import YamlError
from cmp.yaml.jsonstage import broken, plain_float, scalar_value
from cmp.yaml.keyorder import ordered
from cmp.yaml.scalarstyle import SIMPLE, WIDTH, WORDS, carried, write
from cmp.yaml.value import BrokenMap, Quoted, Scalar, Value

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable
    from typing import Any

    from cmp.limits import Limits

_SIMPLE_KEY_BYTES = 128  # longer keys, and keys with a line break, take the form `? key`
_JSON_KEY_CHARS = 1024  # go-yaml gives up on a JSON key longer than this, quotes included

# Pieces of text, or values of a container, after which their lengths are counted.
_MANY = 4096

_KEYS: dict[str, str] = {}
_KEYS_SIZE = 50_000
_LINE_BREAKS = ("\n", "\r", "\u2028", "\u2029")


def _key(key: str) -> str:
    """`key` as written before its value, with the colon; empty for a key that needs the form `? key`."""
    if len(key) > 150:
        from cmp.yaml.gojson import dumps

        if len(dumps(key).decode()) > _JSON_KEY_CHARS:
            raise YamlError(
                f"a mapping key is longer than {_JSON_KEY_CHARS} characters, which kustomize cannot print"
            )
    if "\x85" in key:  # ends the line in the JSON text, where a key must not
        raise YamlError("a mapping key holds the character U+0085, which kustomize cannot print")
    key = carried(str.__str__(key))
    if len(key.encode()) > _SIMPLE_KEY_BYTES or any(char in key for char in _LINE_BREAKS):
        return ""
    text = write(key, 0, 0, fold=False)[:-1] + ":"
    if len(_KEYS) >= _KEYS_SIZE:
        _KEYS.clear()
    _KEYS[key] = text
    return text


def _number(value: int | float) -> str:
    if value is True:
        return "true"
    if value is False:
        return "false"
    if isinstance(value, int):
        if -(2**63) <= value < 2**64:
            return int.__repr__(value)
        value = float(value)
    number = plain_float(value)
    if isinstance(number, int):
        return str(number)
    from cmp.yaml.gofloat import shortest

    return shortest(number)


def _scalar(value: Value, column: int, indent: int) -> str:
    """Any scalar but a plain str, from `column` on, with its newline."""
    # `str.__str__`: what is printed is followed no further, and methods of a tainted string are slow.
    if isinstance(value, str):
        return write(str.__str__(value), column, indent)
    if value is None:
        return "null\n"
    if isinstance(value, Scalar):
        done = scalar_value(value)
        if isinstance(done, str):
            return write(str.__str__(done), column, indent)
        return "null\n" if done is None else _number(done) + "\n"
    if isinstance(value, (int, float)):
        return _number(value) + "\n"
    raise TypeError(f"not a YAML value: {type(value).__name__}")


class _Lines(list[str]):
    """The text so far. next: the number of pieces from which on their lengths are counted again."""

    __slots__ = ("_counted", "_limits", "_size", "next")

    def __init__(self, limits: Limits | None, written: int) -> None:
        super().__init__()
        self._limits = limits
        self._size = written
        self._counted = 0
        self.next = _MANY

    def measure(self, values: Iterable[Value]) -> None:
        """`LimitError` before far too much is written; values: what comes next."""
        self._size += sum(map(len, self[self._counted :]))
        self._counted = len(self)
        self.next = self._counted + _MANY
        if self._limits is not None:
            following = sum(len(value) for value in values if isinstance(value, str))
            self._limits.check("output_bytes", self._size + following)


def _mapping(mapping: dict[str, Value], indent: int, lead: str, out: _Lines) -> None:
    """Write a mapping that is not empty. lead: what stands before its first key; the others get blanks."""
    if isinstance(mapping, BrokenMap):
        raise broken(mapping)
    if len(mapping) > _MANY or len(out) > out.next:
        out.measure(mapping.values())
    pad = " " * indent
    append = out.append
    simple = SIMPLE.fullmatch
    for key in ordered(mapping):  # type: ignore[arg-type]
        value: Any = mapping[key]
        name = _KEYS.get(key)
        if name is None:
            name = _key(key)
            if not name:
                lead = _long_key(key, indent, lead, out)
                _entry(value, indent + 2, lead, out)
                lead = pad
                continue
        kind = type(value)
        if kind is str or kind is Quoted:
            column = indent + len(name) + 1
            if column + len(value) <= WIDTH and simple(value) and value not in WORDS:
                append(f"{lead}{name} {value}\n")
            else:
                append(f"{lead}{name} {write(value, column, indent + 2)}")
        elif kind is dict:
            if value:
                append(f"{lead}{name}\n")
                _mapping(value, indent + 2, pad + "  ", out)
            else:
                append(f"{lead}{name} {{}}\n")
        elif kind is list:
            if value:
                append(f"{lead}{name}\n")
                _sequence(value, indent, pad, out)
            else:
                append(f"{lead}{name} []\n")
        elif kind is int and -(2**63) <= value < 2**64:
            append(f"{lead}{name} {value}\n")
        elif value is True:
            append(f"{lead}{name} true\n")
        elif value is False:
            append(f"{lead}{name} false\n")
        elif value is None:
            append(f"{lead}{name} null\n")
        elif isinstance(value, dict):  # a BrokenMap, or another subclass
            if value or isinstance(value, BrokenMap):
                append(f"{lead}{name}\n")
                _mapping(value, indent + 2, pad + "  ", out)
            else:
                append(f"{lead}{name} {{}}\n")
        elif isinstance(value, list):
            if value:
                append(f"{lead}{name}\n")
                _sequence(value, indent, pad, out)
            else:
                append(f"{lead}{name} []\n")
        else:
            append(f"{lead}{name} {_scalar(value, indent + len(name) + 1, indent + 2)}")
        lead = pad


def _long_key(key: str, indent: int, lead: str, out: _Lines) -> str:
    """Write `? key` and return what stands before its value."""
    out.append(f"{lead}? {write(carried(key), indent + 2, indent + 2)}")
    return " " * indent + ": "


def _sequence(items: list[Value], indent: int, lead: str, out: _Lines) -> None:
    """Write a sequence that is not empty, its dashes at `indent`. lead: what stands before the first dash."""
    if len(items) > _MANY or len(out) > out.next:
        out.measure(items)
    pad = " " * indent
    append = out.append
    simple = SIMPLE.fullmatch
    item: Any
    for item in items:
        kind = type(item)
        if kind is str or kind is Quoted:
            if indent + 2 + len(item) <= WIDTH and simple(item) and item not in WORDS:
                append(f"{lead}- {item}\n")
            else:
                append(f"{lead}- {write(item, indent + 2, indent + 2)}")
        else:
            _entry(item, indent + 2, lead + "- ", out)
        lead = pad


def _entry(value: Value, indent: int, lead: str, out: _Lines) -> None:
    """Write any value after `lead`, which ends at column `indent`."""
    if isinstance(value, dict):
        if value or isinstance(value, BrokenMap):
            _mapping(value, indent, lead, out)
        else:
            out.append(lead + "{}\n")
    elif isinstance(value, list):
        if value:
            _sequence(value, indent, lead, out)
        else:
            out.append(lead + "[]\n")
    else:
        out.append(lead + _scalar(value, indent, indent))


def dump(value: Value, limits: Limits | None = None, written: int = 0) -> str:
    """The YAML text of one object, ending in a newline; raises `YamlError` where kustomize fails.

    With `limits` a text far beyond the size of the output is refused (`LimitError`) before it is made;
    written: how much of that size other objects take.
    """
    out = _Lines(limits, written)
    try:
        _entry(value, 0, "", out)
    except RecursionError as exc:
        raise YamlError("the object is nested too deeply to be printed") from exc
    return "".join(out)


def dump_all(values: Iterable[Value]) -> str:
    """The objects with `---` lines between them; empty for none."""
    return "---\n".join([dump(value) for value in values])
