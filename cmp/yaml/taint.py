"""Taint tracking: a value that came out of an encrypted file knows it, and so does what is made of it.

Each scalar type of `cmp.yaml.value` has one tainted twin, equal to it in every respect but `origins`. Moving
a value, or putting it into another container, keeps the twin. Methods of a tainted string that return strings
return tainted ones. What Python builds of a tainted string in another way (an f-string, `join`, a new
`Quoted`, base64) is not tainted: such code calls `carry`. ADR 0009 has the reasons; random chains of steps in
`tests/fuzzing/test_chains.py` find code that forgets it.

Strings, integers and floats are tainted. True, false, null and empty strings say too little to be followed.
"""

from __future__ import annotations

from cmp.lighttyping import NamedTuple
from cmp.yaml.value import BrokenMap, Folded, Loose, Quoted, QuotedScalar, Scalar, Tagged, is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from typing import Any, TypeAlias, TypeVar

    T = TypeVar("T")

    Path: TypeAlias = tuple[str | int, ...]


class Origin(NamedTuple):
    """Where a decrypted value stood.

    file: as `Tree.display` shows it. document: its number there, from 0. path: keys and indices; empty
    where only the file is known.
    """

    file: str
    document: int
    path: Path


class Tainted:
    """A tainted value. origins: the encrypted leaves that it was made of, without repetition.

    exist: whether this process has made one. Most renders decrypt nothing: who looks for tainted values in
    all objects asks this first.
    """

    exist = False
    origins: tuple[Origin, ...]

    def __repr__(self) -> str:
        return f"<{type(self).__name__}>"  # never the value


def _carrying(name: str) -> Callable[..., Any]:
    plain = getattr(str, name)

    def method(self: Any, *args: Any, **kwargs: Any) -> Any:
        return carry(plain(self, *args, **kwargs), self, *args)

    return method


class TaintedStr(Tainted, str):
    """A tainted `str`. marks: the encrypted leaves inside of it, where it is the text of a whole file."""

    marks: Marks | None = None

    def __str__(self) -> str:
        return taint(str.__str__(self), self.origins)

    def __radd__(self, other: str) -> str:
        return carry(str.__add__(other, self), self)

    def join(self, parts: Iterable[str]) -> str:
        """As of `str`; the parts taint the result, too."""
        known = [*parts]
        return carry(str.join(self, known), self, *known)

    def content_marks(self) -> Marks:
        """What is tainted of the documents that this string holds."""
        return self.marks or Marks(self.origins)

    def encode(self, encoding: str = "utf-8", errors: str = "strict") -> TaintedBytes:
        """Tainted bytes, which still know the leaves inside of them."""
        return TaintedBytes(str.encode(self, encoding, errors), self.content_marks())


_STRING_METHODS = (
    "__add__ __getitem__ __mod__ __mul__ capitalize casefold center expandtabs format ljust lower "
    "lstrip partition removeprefix removesuffix replace rjust rpartition rsplit rstrip split splitlines "
    "strip swapcase title translate upper zfill"
)
for _name in _STRING_METHODS.split():
    setattr(TaintedStr, _name, _carrying(_name))


class _TaintedQuoted(TaintedStr, Quoted):
    """A tainted `Quoted`."""


class _TaintedFolded(TaintedStr, Folded):
    """A tainted `Folded`; the text of the file is a tainted string too."""


class _TaintedLoose(TaintedStr, Loose):
    """A tainted `Loose`."""


class _TaintedTagged(TaintedStr, Tagged):
    """A tainted `Tagged`."""


class _TaintedQuotedScalar(TaintedStr, QuotedScalar):
    """A tainted `QuotedScalar`."""


class _TaintedInt(Tainted, int):
    """A tainted `int`."""

    def __str__(self) -> str:
        return taint(int.__repr__(self), self.origins)


class _TaintedFloat(Tainted, float):
    """A tainted `float`, as configuration files hold them."""


class _TaintedScalar(Tainted, Scalar):
    """A tainted `Scalar`; its text is a tainted string."""

    __hash__ = Scalar.__hash__

    def __init__(self, tag: str, text: str) -> None:
        super().__init__(tag, text)


class TaintedBytes(bytes):
    """The content of a file that was decrypted. marks: the leaves in it that were encrypted."""

    marks: Marks

    def __new__(cls, data: bytes, marks: Marks) -> TaintedBytes:
        """`data` as the content that `marks` describes."""
        self = super().__new__(cls, data)
        self.marks = marks
        return self

    def __repr__(self) -> str:
        return "<TaintedBytes>"

    def decode(self, encoding: str = "utf-8", errors: str = "strict") -> str:
        """The text, tainted as a whole; it still knows the leaves inside of it."""
        text = taint(bytes.decode(self, encoding, errors), self.marks.origins)
        if isinstance(text, TaintedStr):
            text.marks = self.marks
        return text


class Marks:
    """Which leaves of a decrypted file were encrypted.

    origins: what the whole content is made of. paths: the keys that lead to encrypted leaves, without list
    indices, of all documents together; None where the structure is not known, so that each leaf counts as
    encrypted. by_line: the content is an env file, and `paths` holds its keys.
    """

    __slots__ = ("above", "by_line", "origins", "paths")

    def __init__(
        self,
        origins: tuple[Origin, ...],
        paths: frozenset[tuple[str, ...]] | None = None,
        *,
        by_line: bool = False,
    ) -> None:
        self.origins = origins
        self.paths = paths
        # Where a path leads through: nothing is marked anywhere else.
        self.above = frozenset(path[:length] for path in paths or () for length in range(len(path)))
        self.by_line = by_line

    def entry(self, key: str) -> Marks | None:
        """What is tainted of the value of `key` in an env file; None for a value that was not encrypted."""
        if not self.by_line or self.paths is None:
            return self
        return Marks((self.origins[0]._replace(path=(key,)),)) if (key,) in self.paths else None

    def apply(self, documents: list[Any]) -> list[Any]:
        """The parsed documents of the content with their encrypted leaves tainted, in place."""
        for number, document in enumerate(documents):
            documents[number] = self._mark(document, number, (), (), self.paths is None)
        return documents

    def _mark(self, value: Any, document: int, path: Path, keys: tuple[str, ...], inside: bool) -> Any:
        """inside: `value` stands below an encrypted place, or any place may be one."""
        inside = inside or keys in (self.paths or ())
        if not inside and keys not in self.above:
            return value
        if isinstance(value, dict):
            repeats = value.repeats if isinstance(value, BrokenMap) and value.repeats else {}
            for entries in (value, repeats):
                for key, item in entries.items():
                    entries[key] = self._mark(item, document, (*path, key), (*keys, key), inside)
        elif isinstance(value, list):
            value[:] = [
                self._mark(item, document, (*path, at), keys, inside) for at, item in enumerate(value)
            ]
        elif inside:
            known = self.origins if self.paths is None else (Origin(self.origins[0].file, document, path),)
            return taint(value, known)
        return value


def taint(value: T, origins: tuple[Origin, ...]) -> T:
    """The tainted twin of a scalar; the value itself where it says too little to be followed.

    origins: not empty. A container is not changed: its leaves have origins of their own.
    """
    twin: Any
    if type(value) is str:
        twin = TaintedStr(value) if value else value
    elif isinstance(value, str):
        twin = _string(value, origins) if value else value
    elif isinstance(value, bool) or is_null(value):
        return value
    elif isinstance(value, Scalar):
        twin = value if value.tag == "!!bool" else _TaintedScalar(value.tag, taint(str(value.text), origins))
    elif isinstance(value, int):
        twin = _TaintedInt(value)
    elif isinstance(value, float):
        twin = _TaintedFloat(value)
    else:
        return value
    if isinstance(twin, Tainted):
        if not Tainted.exist:  # to set it anew would make Python look up each attribute of the class again
            Tainted.exist = True
        object.__setattr__(twin, "origins", origins)
    return twin  # type: ignore[no-any-return]


def _string(value: str, origins: tuple[Origin, ...]) -> TaintedStr:
    if isinstance(value, QuotedScalar):
        return _TaintedQuotedScalar(value, value.tag)
    if isinstance(value, Folded):
        return _TaintedFolded(value, taint(value.written, origins))
    if isinstance(value, Quoted):
        return _TaintedQuoted(value)
    if isinstance(value, Tagged):
        return _TaintedTagged(value)
    return _TaintedLoose(value) if isinstance(value, Loose) else TaintedStr(value)


def origins_of(value: object) -> tuple[Origin, ...]:
    """The origins of a tainted value; none of any other one, containers included."""
    return value.origins if isinstance(value, Tainted) else ()


def carry(result: T, *sources: object) -> T:
    """`result`, tainted by every tainted value of `sources`; the strings of a list or tuple likewise."""
    origins: tuple[Origin, ...] = ()
    for source in sources:
        if isinstance(source, Tainted):
            origins = _both(origins, source.origins)
        elif isinstance(source, TaintedBytes):
            origins = _both(origins, source.marks.origins)
    if not origins:
        return result
    made: Any = result
    if isinstance(result, (list, tuple)):
        made = type(result)(taint(item, origins) for item in result)
    else:
        made = taint(result, _both(origins, origins_of(result)))
    return made  # type: ignore[no-any-return]


def _both(first: tuple[Origin, ...], second: tuple[Origin, ...]) -> tuple[Origin, ...]:
    """The origins of both, without repetition; mostly one of them says it all."""
    if not first or not second or first == second:
        return first or second
    return tuple(dict.fromkeys((*first, *second)))


def carry_all(result: T, value: object) -> T:
    """`result`, tainted by every leaf below `value`."""
    origins = joined([value])
    return taint(result, origins) if origins else result


def joined(values: Iterable[object], known: tuple[Origin, ...] = ()) -> tuple[Origin, ...]:
    """The origins of all tainted scalars among `values`, containers and keys included, without repetition."""
    found: dict[Origin, None] = dict.fromkeys(known)
    stack = [*values][::-1]
    while stack:
        value = stack.pop()
        if isinstance(value, Tainted):
            found.update(dict.fromkeys(value.origins))
        elif isinstance(value, TaintedBytes):
            found.update(dict.fromkeys(value.marks.origins))
        elif isinstance(value, dict):
            stack += [each for item in value.items() for each in item][::-1]
        elif isinstance(value, (list, tuple)):
            stack += value[::-1]
    return tuple(found)


def untaint(value: T) -> T:
    """`value` with scalars that are not tainted, as a copy: for what the renderer itself means to publish.

    Where this process has not tainted anything, it is the value itself.
    """
    if not Tainted.exist:
        return value
    made: Any = value
    if isinstance(value, dict):
        made = {
            key if type(key) is str else untaint(key): item if type(item) is str else untaint(item)
            for key, item in value.items()
        }
    elif isinstance(value, list):
        made = [item if type(item) is str else untaint(item) for item in value]
    elif isinstance(value, Tainted):
        made = next(make(value) for kind, make in _PLAIN if isinstance(value, kind))
    return made  # type: ignore[no-any-return]


# The plain twin of each kind of tainted value; the special ones before those that they derive from.
_PLAIN: tuple[tuple[type, Callable[[Any], object]], ...] = (
    (QuotedScalar, lambda value: QuotedScalar(str.__str__(value), value.tag)),
    (Folded, lambda value: Folded(str.__str__(value), untaint(value.written))),
    (Quoted, lambda value: Quoted(str.__str__(value))),
    (Loose, lambda value: Loose(str.__str__(value))),
    (Tagged, lambda value: Tagged(str.__str__(value))),
    (str, str.__str__),
    (Scalar, lambda value: Scalar(value.tag, untaint(value.text))),
    (int, int),
    (float, float),
)
