"""Key-value sources of generators: env files, literals, files (api/kv/kv.go)."""

from __future__ import annotations

import posixpath
import re

from cmp.errors import located
from cmp.kustomize.errors import KustomizeError
from cmp.lighttyping import NamedTuple
from cmp.yaml.taint import TaintedBytes

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cmp.kustomize.loader import Loader

# Go's unicode.IsSpace
_SPACE = "\t\n\v\f\r \x85\xa0\u1680\u2028\u2029\u202f\u205f\u3000" + "".join(map(chr, range(0x2000, 0x200B)))
# Upstream's line reader stops in silence at a line that does not fit its buffer.
_LONGEST_LINE = 65535


class EnvFlaw(NamedTuple):
    """A line of an env file that means something else to most readers. line: from 1. No value is in it."""

    rule: str
    line: int
    message: str
    hint: str


def pairs(
    args: dict[str, Any], loader: Loader, flawed: Callable[[EnvFlaw, str, int], None] | None = None
) -> Iterator[tuple[str, bytes]]:
    """The keys and values of a generator's `envs`, `literals` and `files`, in this order.

    flawed: is told the flaws of env files, with the file and the index of its entry.
    """
    for index, path in enumerate(args.get("envs", ())):
        data = _load(loader, path, f"envs[{index}]")
        file = loader.display(path)
        yield from env_pairs(data, file)
        for flaw in env_flaws(data) if flawed is not None else ():
            flawed(flaw, file, index)  # type: ignore[misc]  # asked in the line above
    for index, literal in enumerate(args.get("literals", ())):
        yield literal_pair(literal, index)
    for index, source in enumerate(args.get("files", ())):
        key, path = file_source(source, index)
        yield key, _load(loader, path, f"files[{index}]")


def _load(loader: Loader, path: str, field: str) -> bytes:
    """The file that an entry names; an error says which entry."""
    with located(field=field):
        return loader.load(path)


def literal_pair(literal: str, index: int) -> tuple[str, bytes]:
    """`key=value`, one pair of equal quotes around the value removed."""
    key, equals, value = literal.partition("=")
    if not equals or not key:
        raise KustomizeError(
            "must be key=value", hint="write `- KEY=value`, or `- KEY=` for an empty value"
        ).at(field=f"literals[{index}]")
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
        raise KustomizeError("has more than one =", hint="a key or path cannot hold one").at(field=field)
    if not key:
        raise KustomizeError("has no key before =").at(field=field)
    if not path:
        raise KustomizeError("has no path after =").at(field=field)
    return key, path


def base_name(path: str) -> str:
    """Go's path.Base."""
    if not path:
        return "."
    return posixpath.basename(path.rstrip("/")) or "/"


_YAML_LINE = re.compile(rb"[ \t]*([A-Za-z_][A-Za-z0-9_.-]*) ?:(?:[ \t\r]|\Z)")
_MOST_FLAWS = 3


def env_flaws(data: bytes) -> list[EnvFlaw]:
    """The first lines in YAML form, with quotes around their value, or with `export`."""
    found: list[EnvFlaw] = []
    for number, line in enumerate(bytes(data).split(b"\n"), 1):
        key, equals, value = line.strip().partition(b"=")
        match = None if equals else _YAML_LINE.match(line)
        if match:
            found.append(
                EnvFlaw(
                    "env-file-yaml",
                    number,
                    "the line has no `=`, so the whole of it is the key, with an empty value",
                    "write KEY=value: an env file is not YAML",
                )
            )
        elif key.startswith(b"export "):
            found.append(
                EnvFlaw(
                    "env-file-export",
                    number,
                    "`export` becomes a part of the key",
                    "write KEY=value alone",
                )
            )
        elif key and key[:1] != b"#" and len(value) > 1 and value[:1] == value[-1:] and value[:1] in b"\"'":
            found.append(
                EnvFlaw(
                    "env-file-quotes",
                    number,
                    "the quotes around the value become a part of it",
                    "remove them: in `literals` kustomize takes them away, in env files it does not",
                )
            )
        if len(found) == _MOST_FLAWS:
            break
    return found


def env_pairs(data: bytes, file: str) -> Iterator[tuple[str, bytes]]:
    """The lines of an env file: values verbatim, `#` only at line starts, no `=` for an empty value."""
    lines = data.split(b"\n")
    marks = data.marks if isinstance(data, TaintedBytes) else None
    for number, raw in enumerate(lines):
        if len(raw) > _LONGEST_LINE:
            return
        try:
            line = raw.removesuffix(b"\r").decode()
        except UnicodeDecodeError as error:
            raise KustomizeError("an env file must be UTF-8").at(file=file, line=number + 1) from error
        if number == 0:
            line = line.removeprefix("\ufeff")
        line = line.lstrip(_SPACE)
        if not line or line[0] == "#":
            continue
        key, _, value = line.partition("=")
        if key:
            content = value.encode()
            own = None if marks is None else marks.entry(key)
            yield key, content if own is None or not content else TaintedBytes(content, own)
