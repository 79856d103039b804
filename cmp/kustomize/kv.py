"""Key-value sources of generators: env files, literals, files (api/kv/kv.go)."""

from __future__ import annotations

import posixpath

from cmp.errors import CmpError
from cmp.kustomize.errors import KustomizeError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.kustomize.loader import Loader

# Go's unicode.IsSpace
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
# Upstream's line reader stops in silence at a line that does not fit its buffer.
_LONGEST_LINE = 65535


class SourceError(KustomizeError):
    """A literal, file or env entry of a generator that cannot be read. Messages never hold a value."""


def pairs(args: dict[str, Any], loader: Loader) -> Iterator[tuple[str, bytes]]:
    """The keys and values of a generator's `envs`, `literals` and `files`, in this order."""
    for index, path in enumerate(args.get("envs", ())):
        yield from env_pairs(_load(loader, path, f"envs[{index}]"), loader.display(path))
    for index, literal in enumerate(args.get("literals", ())):
        yield literal_pair(literal, index)
    for index, source in enumerate(args.get("files", ())):
        key, path = file_source(source, index)
        yield key, _load(loader, path, f"files[{index}]")


def _load(loader: Loader, path: str, field: str) -> bytes:
    """The file that an entry names; an error says which entry."""
    try:
        return loader.load(path)
    except CmpError as error:
        raise error.at(field=field) from error.__cause__


def literal_pair(literal: str, index: int) -> tuple[str, bytes]:
    """`key=value`, one pair of equal quotes around the value removed."""
    key, equals, value = literal.partition("=")
    if not equals or not key:
        raise SourceError("must be key=value", hint="write `- KEY=value`, or `- KEY=` for an empty value").at(
            field=f"literals[{index}]"
        )
    if len(value) >= 2 and value[0] == value[-1] and value[0] in "\"'":
        value = value[1:-1]
    return key, value.encode("utf-8", "surrogateescape")


def file_source(source: str, index: int) -> tuple[str, str]:
    """`(key, path)` of `path` or `key=path`."""
    key, equals, path = source.partition("=")
    field = f"files[{index}]"
    if not equals:
        return base_name(source), source
    if "=" in path:
        raise SourceError("has more than one =", hint="a key or path cannot hold one").at(field=field)
    if not key:
        raise SourceError("has no key before =").at(field=field)
    if not path:
        raise SourceError("has no path after =").at(field=field)
    return key, path


def base_name(path: str) -> str:
    """Go's path.Base."""
    if not path:
        return "."
    return posixpath.basename(path.rstrip("/")) or "/"


def env_pairs(data: bytes, file: str) -> Iterator[tuple[str, bytes]]:
    """The lines of an env file: values verbatim, `#` only at line starts, no `=` for an empty value."""
    lines = data.split(b"\n")
    for number, raw in enumerate(lines):
        if len(raw) > _LONGEST_LINE:
            return
        try:
            line = raw.removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            raise SourceError("an env file must be UTF-8").at(file=file, line=number + 1) from error
        if number == 0:
            line = line.removeprefix("\ufeff")
        line = line.lstrip(_SPACE)
        if not line or line[0] == "#":
            continue
        key, _, value = line.partition("=")
        if key:
            yield key, value.encode()
