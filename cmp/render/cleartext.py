"""The second net over decrypted values: their strings, searched for where taint tracking saw nothing.

It catches what left the engine's sight, such as the output of a chart, and takes decrypted values out of
messages. A value is public, and no finding, where a file of the render says it in clear as a whole field.
Values are held only to be compared: none is ever part of a message. All work is linear in the values and in
the texts.
"""

from __future__ import annotations

from cmp.lighttyping import NamedTuple
from cmp.paths import dotted
from cmp.yaml.taint import Tainted
from cmp.yaml.value import text_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping
    from typing import TypeAlias

    from cmp.errors import CmpError
    from cmp.kustomize.resource import Resource
    from cmp.sops.decryption import Sealed
    from cmp.sops.document import Branch
    from cmp.sops.document import Value as SopsValue
    from cmp.yaml.value import Value

    Steps: TypeAlias = tuple[str | int, ...]


class Source(NamedTuple):
    """The decrypted value at `path` of `file`; text: as a clear file would say it."""

    file: str
    path: str
    text: str


HIDDEN = "(hidden)"
# A value of this length is looked for inside of longer strings; a shorter one must be the whole text.
_LONG = 8
_SHORTEST = 4
# Everyone sees them where the object is printed, so encrypting them hides nothing. A value from another place
# of the file cannot be put there: what is authenticated with each value includes its path.
_IDENTITY = frozenset([("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")])
# Longer values are recognised by their beginning, so that few lengths are compared at each place of a string.
_RECOGNISED = 32
# So many beginnings are looked for one by one, as long as the work stays linear in the text.
_FEW = 64


class Cleartext:
    """Collects what was decrypted and what was read in clear."""

    __slots__ = ("_clear", "_exempt", "_index", "_public", "_sources")

    def __init__(self) -> None:
        self._sources: dict[str, Source] = {}
        self._clear: dict[str, bytes] = {}
        self._exempt: set[str] = set()
        self._index: Index | None = None
        self._public: frozenset[str] | None = None

    def __repr__(self) -> str:
        return "<Cleartext>"

    def saw(self, path: str, data: bytes) -> None:
        """A file's bytes as they are stored; kept by reference only."""
        self._clear[path] = data

    def exempt(self, texts: Iterable[str]) -> None:
        """Values that are allowed anywhere: what injection wrote, an Application's parameters."""
        self._exempt.update(texts)

    def opened(self, branches: list[Branch], sealed: Sealed, file: str) -> None:
        """Remember the values of a decrypted document that were encrypted."""
        self._index = None
        for number, paths in sealed.items():
            above = {path[:length] for path in paths for length in range(len(path))}
            for path, text in _leaves_at(branches[number], (), paths, above):
                if is_identity(path, branches[number]):
                    continue
                source = Source(file, ".".join(path), text.strip())
                for needle in needles(text):
                    self._sources.setdefault(needle, source)

    def leaks(self, objects: Iterable[Resource]) -> Iterator[tuple[Resource, str, str, str]]:
        """(object, field, file, path there) of each text with a decrypted value; not of Secrets' values."""
        if not self._sources:
            return
        index = self._indexed()
        known: dict[str, Source | None] = {}
        for resource in objects:
            hidden = ("data", "stringData") if _is_secret(resource) else ()
            shown = {key: item for key, item in resource.body.items() if key not in hidden}
            plain: list[str] = []
            _add_plain(shown, plain)
            inside = index.may_be_in("\0".join(plain))
            if not inside and self._sources.keys().isdisjoint(map(str.strip, plain)):
                continue  # nearly all objects: their paths are never needed
            texts: list[tuple[Steps, str]] = []
            _add_texts(shown, (), texts)
            for path, text in texts:
                if text not in known:
                    known[text] = self._found_in(text, index if inside else None)
                source = known[text]
                if source is not None:
                    yield resource, dotted(path), source.file, source.path

    def redact(self, text: str) -> str:
        """`text` without decrypted values: for messages, which may quote what they could not use."""
        if not text or not self._sources:
            return text
        return self._indexed().replace(text, self._is_public)

    def redact_error(self, err: CmpError, encrypted: Container[str]) -> None:
        """Take decrypted values out of an error; an excerpt of an encrypted file goes whole."""
        for each in (err, *err.others):
            each.message = self.redact(each.message)
            each.hint = self.redact(each.hint)
            each.where.object = self.redact(each.where.object)
            each.where.field = self.redact(each.where.field)
            each.excerpt = "" if each.where.file in encrypted else self.redact(each.excerpt)

    def _indexed(self) -> Index:
        if self._index is None:
            self._index = Index(self._sources)
        return self._index

    def _found_in(self, text: str, index: Index | None) -> Source | None:
        whole = self._sources.get(text.strip())
        if whole is not None and not self._is_public(whole):
            return whole
        if index is None:
            return None
        return next((source for _, _, source in index.search(text) if not self._is_public(source)), None)

    def _is_public(self, source: Source) -> bool:
        """Whether some file of the render has the value as a whole field, or it is exempt."""
        if source.text in self._exempt:
            return True
        if self._public is None:
            self._public = frozenset(text for data in self._clear.values() for text in fields_of(data))
        return source.text in self._public


class Index:
    """Finds many values in a string in one pass over it."""

    __slots__ = ("_by_start", "_short")

    def __init__(self, sources: Mapping[str, Source]) -> None:
        # the first characters -> length -> beginning of a value -> (its whole text, its source)
        self._by_start: dict[str, dict[int, dict[str, tuple[str, Source]]]] = {}
        self._short: dict[int, dict[str, Source]] = {}
        by_start = self._by_start
        for needle, source in sources.items():
            if len(needle) < _LONG:
                self._short.setdefault(len(needle), {})[needle] = source
                continue
            beginning = needle[:_RECOGNISED]
            lengths = by_start.get(needle[:_LONG])
            if lengths is None:  # the usual case: no two values begin alike
                by_start[needle[:_LONG]] = {len(beginning): {beginning: (needle, source)}}
            else:
                lengths.setdefault(len(beginning), {}).setdefault(beginning, (needle, source))

    def may_be_in(self, text: str) -> bool:
        """False only if `search` finds nothing in `text`, nor in any part: a first look for few values."""
        return len(self._by_start) > _FEW or any(start in text for start in self._by_start)

    def search(self, text: str) -> Iterator[tuple[int, int, Source]]:
        """(start, end, source) for each place where a long value begins, the longest value of each place."""
        starts = self._by_start
        if not starts:
            return
        for at in range(len(text) - _LONG + 1):
            lengths = starts.get(text[at : at + _LONG])
            if lengths is None:
                continue
            for length in sorted(lengths, reverse=True):
                found = lengths[length].get(text[at : at + length])
                if found is not None:
                    needle, source = found
                    yield at, at + (len(needle) if text.startswith(needle, at) else length), source
                    break

    def replace(self, text: str, is_public: Callable[[Source], bool]) -> str:
        """`text` with `HIDDEN` in place of each value that is not public; short values as whole words too."""
        spans = [(start, end) for start, end, source in self.search(text) if not is_public(source)]
        for length, values in self._short.items():
            for at in range(len(text) - length + 1):
                source = values.get(text[at : at + length])
                if source is None or is_public(source):
                    continue
                before, after = text[at - 1 : at], text[at + length : at + length + 1]
                if not before.isalnum() and not after.isalnum():
                    spans.append((at, at + length))
        out, done = [], 0
        for start, end in sorted(spans):
            if start >= done:
                out += [text[done:start], HIDDEN]
            done = max(done, end)
        return "".join((*out, text[done:]))


def is_identity(path: tuple[str, ...], document: Branch) -> bool:
    """Whether a leaf says which Kubernetes object `document` is, or which one an item of a List is."""
    while path[:1] == ("items",):
        path = path[1:]
    return path in _IDENTITY and document.has("kind")


def needles(text: str) -> Iterator[str]:
    """What to look for so that `text` is found: itself, its lines when it has several, its base64."""
    whole = text.strip()
    if len(whole) < _SHORTEST:
        return
    yield whole
    if "\n" in whole:
        yield from (line.strip() for line in whole.splitlines() if len(line.strip()) >= 2 * _LONG)
    if len(whole) >= _LONG:
        from binascii import b2a_base64

        # A generator breaks base64 after 70 characters; a prefix of whole groups is enough to know it.
        for form in {text, whole}:
            yield (
                b2a_base64(form[:_RECOGNISED].encode("utf-8", "surrogateescape"), newline=False)
                .decode("ascii")
                .rstrip("=")[:40]
            )


def fields_of(data: bytes) -> Iterator[str]:
    """The whole values that a clear file states: scalars of YAML, values of an env file's lines.

    Inline patches and the literals of generators are read likewise.
    """
    for text in _scalars(data):
        yield text.strip()
        if "\n" in text or text[:1] in ("{", "["):
            yield from map(str.strip, _scalars(text.encode("utf-8", "surrogatepass")))
        elif "=" in text:
            yield text.partition("=")[2].strip()


def _scalars(data: bytes) -> Iterator[str]:
    """The scalars of a YAML text; the lines of another text."""
    from cmp.errors import CmpError
    from cmp.yaml import load_all

    try:
        stack = list(load_all(data))
    except CmpError:
        stack = []
    if not any(isinstance(each, (dict, list)) for each in stack):
        yield from data.decode("utf-8", "replace").splitlines()
        return
    while stack:
        value = stack.pop()
        if isinstance(value, dict):
            stack += value.values()
        elif isinstance(value, list):
            stack += value
        else:
            yield text_of(value) or ""


def _leaves_at(
    value: SopsValue,
    path: tuple[str, ...],
    wanted: Container[tuple[str, ...]],
    above: Container[tuple[str, ...]],
) -> Iterator[tuple[tuple[str, ...], str]]:
    """(path, text) of the strings and numbers at the paths of `wanted`. above: where these lead through."""
    from cmp.sops.document import Branch, Comment, Time, value_bytes

    if isinstance(value, Branch):
        for key, item in value.entries():
            below = (*path, key)
            if below in wanted or below in above:
                yield from _leaves_at(item, below, wanted, above)
    elif isinstance(value, list):
        for each in value:
            # A Branch is a list too, but was taken above.
            yield from _leaves_at(each, path, wanted, above)  # type: ignore[arg-type]
    elif (
        path in wanted
        and isinstance(value, (str, int, float, Time))
        and not isinstance(value, (bool, Comment))
    ):
        yield path, value_bytes(value).decode("utf-8", "surrogateescape")


def _add_plain(value: Value, found: list[str]) -> None:
    """Add the texts alone that `_add_texts` adds with their paths."""
    if isinstance(value, dict):
        for key, item in value.items():
            if len(key) >= _SHORTEST and not isinstance(key, Tainted):
                found.append(key)
            if type(item) is str:
                if len(item) >= _SHORTEST:
                    found.append(item)
            else:
                _add_plain(item, found)
    elif isinstance(value, list):
        for item in value:
            _add_plain(item, found)
    elif not isinstance(value, Tainted):
        text = value if isinstance(value, str) else text_of(value) or ""
        if len(text) >= _SHORTEST:
            found.append(text)


def _add_texts(value: Value, path: Steps, found: list[tuple[Steps, str]]) -> None:
    """Add (path, text) of each scalar and key that taint tracking does not know; not of short ones."""
    if isinstance(value, dict):
        for key, item in value.items():
            if len(key) >= _SHORTEST and not isinstance(key, Tainted):
                found.append(((*path, key), key))
            _add_texts(item, (*path, key), found)
    elif isinstance(value, list):
        for index, item in enumerate(value):
            _add_texts(item, (*path, index), found)
    elif not isinstance(value, Tainted):
        text = value if isinstance(value, str) else text_of(value) or ""
        if len(text) >= _SHORTEST:
            found.append((path, text))


def _is_secret(resource: Resource) -> bool:
    return resource.kind == "Secret" and resource.body.get("apiVersion") == "v1"
