"""What helm is given, in memory; and which part of what it makes depends on decrypted values (ADR 0009)."""

from __future__ import annotations

import contextlib
import os

from cmp.yaml.taint import Marks, Tainted, TaintedBytes, joined, origins_of, taint, untaint
from cmp.yaml.value import Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.kustomize.resource import Resource
    from cmp.yaml.taint import Origin


class _Tree(TaintedBytes):
    """The text of values of several files; tree: the values, whose leaves know where they come from."""

    tree: Any


def printed(values: Any) -> bytes:
    """The text of values; tainted bytes where one of the leaves is."""
    from cmp.yaml import dump

    data = dump(untaint(values)).encode()
    origins = joined([values])
    if not origins:
        return data
    made = _Tree(data, Marks(origins))
    made.tree = values
    return made


class Values:
    """contents: the bytes of each values file, in the order that helm reads them."""

    def __init__(self, contents: list[bytes]) -> None:
        self.contents = contents

    @property
    def tainted(self) -> bool:
        """Whether a value came out of an encrypted file."""
        return any(isinstance(data, TaintedBytes) for data in self.contents)

    @property
    def origins(self) -> tuple[Origin, ...]:
        """Where the encrypted values stood."""
        return joined(self.contents)

    def changed(self) -> Values:
        """The same with another value of its type for each one that was encrypted."""
        return Values([_changed(data) for data in self.contents])

    @contextlib.contextmanager
    def files(self, work: str) -> Iterator[list[tuple[str, int]]]:
        """A path that a child reads, and the descriptor it needs for that, for each file; gone with the call.

        work: a private folder, used on systems without memory files; there the descriptor is -1.
        """
        opened: list[tuple[str, int]] = []
        try:
            for data in self.contents:
                if not hasattr(os, "memfd_create"):
                    path = os.path.join(work, f"values-{len(opened)}.yaml")
                    with open(os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600), "wb") as file:
                        file.write(data)
                    opened.append((path, -1))
                    continue
                descriptor = os.memfd_create("cmp-values", os.MFD_CLOEXEC)
                opened.append((f"/proc/self/fd/{descriptor}", descriptor))
                os.fchmod(descriptor, 0o600)
                with open(descriptor, "wb", closefd=False) as file:
                    file.write(data)
            yield opened
        finally:
            for path, descriptor in opened:
                if descriptor >= 0:
                    os.close(descriptor)
                else:
                    os.unlink(path)


def _changed(data: bytes) -> bytes:
    if not isinstance(data, TaintedBytes):
        return data
    from cmp.yaml import dump, load_all

    documents = [data.tree] if isinstance(data, _Tree) else load_all(data)
    return "---\n".join(dump(_another(document)) for document in documents).encode()


def _another(value: Any) -> Any:
    """A copy with other leaves where they are tainted: letters for letters, digits for digits."""
    if isinstance(value, dict):
        return {untaint(key): _another(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_another(item) for item in value]
    if not isinstance(value, Tainted):
        return value
    plain = untaint(value)
    if isinstance(plain, str):
        return plain.translate(_NEXT)
    if isinstance(plain, Scalar):
        return _another_scalar(plain)
    return plain + 1 if isinstance(plain, (int, float)) else plain


def _another_scalar(value: Scalar) -> Any:
    """Another value of the tag: one that the tag does not fit cannot be printed."""
    from cmp.yaml.go.resolve import number_of

    if value.tag == "!!timestamp":
        return next(Scalar(value.tag, date) for date in _DATES if not value.text.startswith(date))
    number = number_of(value.text, octal_words=True) if value.tag == "!!int" else None
    if isinstance(number, int):
        return number + 1
    return Scalar(value.tag, value.text.translate(_NEXT_DIGIT if value.tag == "!!float" else _NEXT))


def _turned(letters: str) -> dict[str, str]:
    return dict(zip(letters, letters[1:] + letters[:1], strict=True))


_DATES = ("2001-02-03", "2004-05-06")
_DIGITS = _turned("0123456789")
_NEXT_DIGIT = str.maketrans(_DIGITS)
_NEXT = str.maketrans(_turned("abcdefghijklmnopqrstuvwxyz") | _turned("ABCDEFGHIJKLMNOPQRSTUVWXYZ") | _DIGITS)


def taint_what_differs(made: list[Resource], other: list[Resource], origins: tuple[Origin, ...]) -> None:
    """Taint the leaves of `made` that are others in `other`; all of an object whose structure is another."""
    same = len(made) == len(other)
    for number, resource in enumerate(made):
        resource.body = _compared(resource.body, other[number].body if same else None, origins)


def _compared(value: Any, other: Any, origins: tuple[Origin, ...]) -> Any:
    if isinstance(value, dict):
        alike = isinstance(other, dict) and value.keys() == other.keys()
        for key, item in value.items():
            value[key] = _compared(item, other[key] if alike else None, origins)
        return value
    if isinstance(value, list):
        alike = isinstance(other, list) and len(value) == len(other)
        value[:] = [_compared(item, other[at] if alike else None, origins) for at, item in enumerate(value)]
        return value
    if type(value) is type(other) and value == other:
        return value
    return taint(value, (*origins_of(value), *origins))
