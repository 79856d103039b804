"""Which decrypted values there are, and whether one ends anywhere but in a Secret.

A value that a file of the same render says in clear is no secret (names, hosts and ports often stand in an
encrypted file and beside it). Values are held only to be compared: none is ever part of a message.
"""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Container, Iterable, Iterator
    from typing import NamedTuple

    from cmp.errors import CmpError
    from cmp.kustomize.resource import Resource
    from cmp.sops.document import Branch
    from cmp.sops.document import Value as SopsValue
    from cmp.yaml.value import Value

    class Leak(NamedTuple):
        """resource and field hold a value that was decrypted from `source`, at `path` there."""

        resource: Resource
        field: str
        source: str
        path: str
else:
    from collections import namedtuple

    Leak = namedtuple("Leak", ("resource", "field", "source", "path"))

HIDDEN = "(hidden)"
# From here on a value is looked for inside of longer texts too; a shorter one must be the whole text.
_LONG = 8
_SHORTEST = 4
# They are printed for everyone to see, so encrypting them hides nothing.
_IDENTITY = frozenset([("apiVersion",), ("kind",), ("metadata", "name"), ("metadata", "namespace")])


class Cleartext:
    """Collects what was decrypted and what was read in clear."""

    __slots__ = ("_clear", "_exempt", "_origins")

    def __init__(self) -> None:
        # text to look for -> (file, path in it)
        self._origins: dict[str, tuple[str, str]] = {}
        self._clear: dict[str, bytes] = {}
        self._exempt: set[str] = set()

    def __repr__(self) -> str:
        return "<Cleartext>"

    def saw(self, path: str, data: bytes) -> None:
        """A file's bytes as they are stored; kept by reference only."""
        self._clear[path] = data

    def exempt(self, texts: Iterable[str]) -> None:
        """Values that are allowed anywhere: injected model URIs, an Application's parameters."""
        self._exempt.update(texts)

    def opened(self, branches: list[Branch], file: str) -> None:
        """Remember the leaves of a decrypted document; those of ModelConfig and ModelLock are exempt."""
        for branch in branches:
            if str(dict(branch.entries()).get("apiVersion", "")).startswith("cmp.mlops/"):
                continue
            for path, text in _sops_leaves(branch, ()):
                if path not in _IDENTITY:
                    for needle in needles(text):
                        self._origins.setdefault(needle, (file, ".".join(path)))

    def leaks(self, objects: Iterable[Resource]) -> list[Leak]:
        """Decrypted values in objects that are no Secrets and do not say that it is meant."""
        if not self._origins:
            return []
        checked = [each for each in objects if not _is_secret(each)]
        # One search per value over all texts at once; fields are looked up only for what was found.
        texts = [text for resource in checked for _, text in _leaves(resource.body, ())]
        everything = "\0" + "\0".join(texts) + "\0"
        found = [needle for needle in self._origins if self._leaks_into(needle, everything)]
        return list(self._located(found, checked)) if found else []

    def redact(self, text: str) -> str:
        """`text` without decrypted values: for messages, which may quote what they could not use."""
        if not text:
            return text
        for needle in sorted(self._origins, key=len, reverse=True):
            if needle in text and not self._is_public(needle):
                text = text.replace(needle, HIDDEN)
        return text

    def redact_error(self, err: CmpError, encrypted: Container[str]) -> None:
        """Take decrypted values out of an error; an excerpt of an encrypted file goes whole."""
        for each in (err, *getattr(err, "others", ())):
            each.message = self.redact(each.message)
            each.hint = self.redact(each.hint)
            each.where.object = self.redact(each.where.object)
            each.where.field = self.redact(each.where.field)
            each.excerpt = "" if each.where.file in encrypted else self.redact(each.excerpt)

    def _is_public(self, needle: str) -> bool:
        """Whether some file of the render says it in clear, or it is exempt."""
        if needle in self._exempt:
            return True
        stored = needle.encode("utf-8", "surrogatepass")
        return any(stored in data for data in self._clear.values())

    def _leaks_into(self, needle: str, everything: str) -> bool:
        sought = needle if len(needle) >= _LONG else f"\0{needle}\0"
        return sought in everything and not self._is_public(needle)

    def _located(self, found: list[str], checked: list[Resource]) -> Iterator[Leak]:
        for resource in checked:
            for path, text in _leaves(resource.body, ()):
                for needle in found:
                    if needle == text or (len(needle) >= _LONG and needle in text):
                        yield Leak(resource, dotted(path), *self._origins[needle])
                        break


def needles(text: str) -> list[str]:
    """What to look for so that `text` is found: itself, its longest line when indented, its base64."""
    from base64 import b64encode

    whole = text.strip()
    if len(whole) < _SHORTEST:
        return []
    wanted = [whole]
    if "\n" in whole:
        line = max((each.strip() for each in whole.splitlines()), key=len)
        if len(line) >= 2 * _LONG:
            wanted.append(line)
    if len(whole) >= _LONG:
        # A generator breaks base64 after 70 characters; a prefix of whole groups is enough to know it.
        for form in {text, whole}:
            encoded = b64encode(form.encode("utf-8", "surrogateescape")).decode("ascii")
            wanted.append(encoded[:68] if len(encoded) > 68 else encoded)
    return wanted


def _sops_leaves(value: SopsValue, path: tuple[str, ...]) -> Iterator[tuple[tuple[str, ...], str]]:
    from cmp.sops.document import Branch

    if isinstance(value, Branch):
        for key, item in value.entries():
            yield from _sops_leaves(item, (*path, key))
    elif isinstance(value, list):
        for each in value:
            # A Branch is a list too, but was taken above.
            yield from _sops_leaves(each, path)  # type: ignore[arg-type]
    elif isinstance(value, str):
        yield path, value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path, str(value)


def _leaves(value: Value, path: tuple[str | int, ...]) -> Iterator[tuple[tuple[str | int, ...], str]]:
    if isinstance(value, dict):
        for key, item in value.items():
            yield from _leaves(item, (*path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from _leaves(item, (*path, index))
    elif isinstance(value, str):
        yield path, value
    elif isinstance(value, int) and not isinstance(value, bool):
        yield path, str(value)
    elif hasattr(value, "text"):
        yield path, value.text  # type: ignore[union-attr]


def _is_secret(resource: Resource) -> bool:
    return resource.kind == "Secret" and resource.body.get("apiVersion") == "v1"


def dotted(path: tuple[str | int, ...]) -> str:
    """`data[tls.crt]`, `spec.containers[0].image`."""
    text = ""
    for step in path:
        if isinstance(step, int) or "." in step or "/" in step:
            text += f"[{step}]"
        else:
            text += f".{step}" if text else step
    return text
