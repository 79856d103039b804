"""The values a YAML document becomes: plain Python where nothing is lost, `Scalar` where text matters.

mapping: dict with str keys in document order · sequence: list · !!str: str · !!null: None ·
`true`/`false`: bool · a decimal integer in its canonical form: int · anything else whose text
cannot be told from a Python value (`1.20`, `0x1F`, `True`, `~`, timestamps, custom tags): `Scalar`.
Ask `is_null`, not `is None`: `null`, `~`, `Null` and `NULL` are `Scalar("!!null", text)` wherever they stand,
and only an empty value is None; inside brackets that is `Scalar("!!null", "")`, as it prints as an empty
text. A strategic merge keeps the spelled-out null and drops the empty one, and a null label or annotation
becomes its text.
Aliases are expanded into copies, so no two places of a document share a container.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

Value: TypeAlias = "dict[str, Value] | list[Value] | str | int | bool | Scalar | None"


class Scalar:
    """A scalar whose source text is not what its Python value would print: tag and text, immutable.

    tag: the short resolved tag, such as `!!int`, `!!float`, `!!bool`, `!!null`, `!!timestamp`, `!!binary`
    or a custom one; empty for a number or the like that a replacement put into a new field: such a node has
    no tag, and vars take it for a string. text: the scalar as written.
    """

    __slots__ = ("tag", "text")
    tag: str
    text: str

    def __init__(self, tag: str, text: str) -> None:
        object.__setattr__(self, "tag", tag)
        object.__setattr__(self, "text", text)

    def __setattr__(self, name: str, value: object) -> None:
        raise AttributeError("Scalar is immutable")

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Scalar) and self.tag == other.tag and self.text == other.text

    def __hash__(self) -> int:
        return hash((self.tag, self.text))

    def __repr__(self) -> str:
        return f"Scalar({self.tag!r}, ...)"

    def __copy__(self) -> Scalar:
        return self

    def __deepcopy__(self, memo: object) -> Scalar:
        return self


NULL = Scalar("!!null", "null")


class Quoted(str):
    """A string that was written quoted or as a block; equal to the plain string in every respect.

    Only a strategic merge asks: kustomize keeps the style of the scalar that a patch replaces, so a number
    patched over a quoted string becomes a string. Values that are not strings when written plain (`"5"`)
    and those that are (`"a"`) are both marked. Nothing breaks where a plain `str` stands instead.
    """

    __slots__ = ()


class QuotedScalar(Quoted):
    """A scalar of another type that took the place of a quoted string and its quotes, such as `!!int "5"`.

    It is printed as a string, as long as its text is of that type. Only a replacement asks for the type.
    tag: the short tag, not `!!str`.
    """

    __slots__ = ("tag",)
    tag: str

    def __new__(cls, text: str, tag: str) -> QuotedScalar:
        """A scalar with the text and the short tag."""
        self = super().__new__(cls, text)
        self.tag = tag
        return self


class Folded(Quoted):
    """A string in a folded block: the text that kustomize's first print makes of it.

    That print adds line breaks around lines that start with a blank. What reads the value before (`text_of`)
    has the text of the file. written: that text.
    """

    __slots__ = ("written",)
    written: str

    def __new__(cls, text: str, written: str) -> Folded:
        """`text` once printed, from a block that reads as `written`."""
        self = super().__new__(cls, text)
        self.written = written
        return self


class Loose(str):
    """A plain string that a transformer wrote: its node has no tag, where one that was read has `!!str`.

    Only a replacement asks: it writes a string into the node, and a node without a tag takes the type of its
    new text. Nothing breaks where a plain `str` stands instead.
    """

    __slots__ = ()


class Tagged(str):
    """A plain string that was written with its tag, as in `!!str 7`.

    Only a strategic merge asks: it puts no quotes around such a string, and what takes its place has none.
    Nothing breaks where a plain `str` stands instead.
    """

    __slots__ = ()


class FlowMap(dict[str, "Value"]):
    """A mapping that was written in braces: see `scalars.in_braces` for what is put into it."""

    __slots__ = ()


class FlowList(list["Value"]):
    """A list that was written in brackets, as `FlowMap`."""

    __slots__ = ()


class BrokenMap(dict[str, "Value"]):
    """A mapping that may be carried through a build but not printed: duplicate or non-string keys.

    kustomize reads such mappings and fails only when it marshals them; `problem` is that failure.
    repeats: the second values of keys that stand there twice, where that is all that is wrong.
    """

    problem: str = ""
    line: int = 0
    repeats: dict[str, Value] | None = None

    def drop(self, key: str) -> dict[str, Value]:
        """The mapping once the value of `key` is removed: a second one takes its place."""
        repeats = dict(self.repeats or {})
        if key not in repeats:
            self.pop(key, None)
            return self
        self[key] = repeats.pop(key)
        self.repeats = repeats
        return self if repeats else dict(self)


def is_null(value: object) -> bool:
    """Whether a value is a YAML null, however it was written."""
    return value is None or (type(value) is Scalar and value.tag == "!!null")


def text_of(value: Value) -> str | None:
    """A scalar's source text, as go-yaml keeps it in `Node.Value`; None for a mapping or a sequence."""
    if isinstance(value, str):
        return value.written if isinstance(value, Folded) else value
    if isinstance(value, Scalar):
        return value.text
    if value is None:
        return ""
    if value is True or value is False:
        return "true" if value else "false"
    if isinstance(value, int):
        return str(value)
    return None


def copy_value(value: Value) -> Value:
    """A deep copy of the containers; scalars are shared, as they are immutable."""
    if type(value) is dict:
        return {
            key: copy_value(item) if isinstance(item, (dict, list)) else item for key, item in value.items()
        }
    if isinstance(value, list):
        items = [copy_value(item) if isinstance(item, (dict, list)) else item for item in value]
        return FlowList(items) if isinstance(value, FlowList) else items
    if isinstance(value, FlowMap):
        return FlowMap(
            (key, copy_value(item) if isinstance(item, (dict, list)) else item) for key, item in value.items()
        )
    if isinstance(value, BrokenMap):
        twin = BrokenMap((key, copy_value(item)) for key, item in value.items())
        twin.problem, twin.line = value.problem, value.line
        if value.repeats is not None:
            twin.repeats = {key: copy_value(item) for key, item in value.repeats.items()}
        return twin
    return value
