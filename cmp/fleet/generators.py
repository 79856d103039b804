"""Generators to parameters: list, git (the repository on disk), matrix. Others need a cluster."""

from __future__ import annotations

import itertools
import os
import posixpath
import re

from cmp.fleet import globs
from cmp.fleet.errors import ExpansionError
from cmp.fleet.templating import Engine
from cmp.fleet.yamlio import documents, one_document

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    Parameters = dict[str, Any]

_KINDS = (
    "list",
    "git",
    "matrix",
    "merge",
    "clusters",
    "plugin",
    "pullRequest",
    "scmProvider",
    "clusterDecisionResource",
)
_MOST = 5000


def parameters(generator: dict[str, Any], root: str, engine: Engine, depth: int = 0) -> list[Parameters]:
    """The parameters of each element. root: the repository on disk, "" for none. Raises `ExpansionError`."""
    kinds = [kind for kind in _KINDS if generator.get(kind) is not None]
    if len(kinds) != 1:
        raise ExpansionError("a generator names " + (", ".join(kinds) if kinds else "no kind that we know"))
    kind = kinds[0]
    body = generator[kind]
    if not isinstance(body, dict):
        raise ExpansionError(f"the {kind} generator is not a mapping")
    if kind == "list":
        found = _list(body, engine)
    elif kind == "git":
        found = _git(body, root, engine)
    elif kind == "matrix":
        found = _matrix(body, root, engine, depth)
    else:
        raise ExpansionError(f"what the {kind} generator gives is only known in the cluster")
    if len(found) > _MOST:
        raise ExpansionError(f"more than {_MOST} elements")
    return [each for each in found if selected(generator.get("selector"), each)]


def _list(body: dict[str, Any], engine: Engine) -> list[Parameters]:
    elements = list(body.get("elements") or [])
    if body.get("elementsYaml"):
        elements += one_document(engine.text(str(body["elementsYaml"]), {}), "elementsYaml") or []
    if not all(isinstance(each, dict) for each in elements):
        raise ExpansionError("an element of the list generator is not a mapping")
    return [dict(each) for each in elements]


def _matrix(body: dict[str, Any], root: str, engine: Engine, depth: int) -> list[Parameters]:
    inner = body.get("generators")
    if not isinstance(inner, list) or len(inner) != 2:
        raise ExpansionError("a matrix generator needs exactly two generators")
    if depth > 1:
        raise ExpansionError("matrix generators are nested more than once")
    first, second = inner
    found: list[Parameters] = []
    for one in parameters(first, root, engine, depth + 1):
        for other in parameters(engine.fill_where_possible(second, one), root, engine, depth + 1):
            found.append({**one, **other} if not _clash(one, other, engine) else _merged(one, other))
            if len(found) > _MOST:
                raise ExpansionError(f"more than {_MOST} elements")
    return found


def _clash(one: Parameters, other: Parameters, engine: Engine) -> bool:
    shared = [key for key in one if key in other and one[key] != other[key]]
    if shared and not engine.go:
        raise ExpansionError(f"both generators of a matrix give {shared[0]}, with different values")
    return bool(shared)


def _merged(one: Any, other: Any) -> Any:
    if isinstance(one, dict) and isinstance(other, dict):
        return {
            key: _merged(one[key], other[key]) if key in one and key in other else {**one, **other}[key]
            for key in {**one, **other}
        }
    return other


# -- git


def _git(body: dict[str, Any], root: str, engine: Engine) -> list[Parameters]:
    if not root:
        raise ExpansionError("no repository on disk for the git generator")
    wanted = "directories" if body.get("directories") else "files"
    items = [item for item in body.get(wanted) or [] if isinstance(item, dict) and item.get("path")]
    include = [str(item["path"]) for item in items if not item.get("exclude")]
    exclude = [str(item["path"]) for item in items if item.get("exclude")]
    if not include:
        raise ExpansionError("the git generator names neither directories nor files")
    paths = [
        path
        for path in (_directories(root) if wanted == "directories" else _files(root))
        if any(globs.path_matches(pattern, path) for pattern in include)
        and not any(globs.path_matches(pattern, path) for pattern in exclude)
    ]
    if not paths:
        raise ExpansionError("the git generator finds nothing in this repository")
    found = []
    for path in paths:
        for content in [{}] if wanted == "directories" else _contents(root, path):
            given = {**content, **_path(path, wanted == "files", body, engine)}
            if body.get("values"):
                values = engine.fill(body["values"], given)
                given["values"] = values
            found.append(given)
    return found


def _path(path: str, is_file: bool, body: dict[str, Any], engine: Engine) -> Parameters:
    folder = posixpath.dirname(path) if is_file else path
    base = posixpath.basename(folder)
    given: Parameters = {
        "path": folder,
        "basename": base,
        "basenameNormalized": normalized(base),
        "segments": folder.split("/"),
    }
    if is_file:
        name = posixpath.basename(path)
        given |= {"filename": name, "filenameNormalized": normalized(name)}
    prefix = str(body.get("pathParamPrefix") or "")
    if engine.go:
        return {prefix: {"path": given}} if prefix else {"path": given}
    start = f"{prefix}.path" if prefix else "path"
    flat: Parameters = {start: folder}
    flat |= {f"{start}.{key}": value for key, value in given.items() if key not in ("path", "segments")}
    flat |= {f"{start}[{number}]": part for number, part in enumerate(given["segments"])}
    return flat


def normalized(name: str) -> str:
    """A file or directory name as a DNS label."""
    return re.sub(r"[^-a-z0-9.]", "-", name.lower()).strip("-.")


def _walk(root: str) -> Iterator[tuple[str, list[str]]]:
    for where, folders, names in os.walk(root):
        folders[:] = sorted(name for name in folders if not name.startswith("."))
        yield os.path.relpath(where, root), sorted(names)


def _directories(root: str) -> list[str]:
    return [where for where, _ in _walk(root) if where != "."]


def _files(root: str) -> list[str]:
    return [posixpath.normpath(posixpath.join(where, name)) for where, names in _walk(root) for name in names]


def _contents(root: str, path: str) -> list[Parameters]:
    with open(os.path.join(root, path), "rb") as file:
        found = documents(file.read(), path)
    content = found[0] if found else {}
    content = content if isinstance(content, list) else [content]
    if not all(isinstance(each, dict) for each in content):
        raise ExpansionError(f"{path} holds neither a mapping nor a list of them")
    return content


# -- selectors


def selected(selector: object, given: Parameters) -> bool:
    """Whether a label selector accepts the parameters, or the labels of an Application."""
    if not isinstance(selector, dict):
        return True
    flat = dict(_flat(given))
    if any(flat.get(key) != str(value) for key, value in (selector.get("matchLabels") or {}).items()):
        return False
    return all(_expression(each, flat) for each in selector.get("matchExpressions") or [])


def _expression(expression: dict[str, Any], flat: dict[str, str]) -> bool:
    value = flat.get(str(expression.get("key")))
    listed = value in [str(each) for each in expression.get("values") or []]
    tests = {"In": listed, "NotIn": not listed, "Exists": value is not None, "DoesNotExist": value is None}
    try:
        return tests[str(expression.get("operator"))]
    except KeyError as err:
        raise ExpansionError("a selector's operator is not In, NotIn, Exists or DoesNotExist") from err


def _flat(given: Any, prefix: str = "") -> Iterator[tuple[str, str]]:
    from cmp.fleet.gotemplate.functions import display

    items = given.items() if isinstance(given, dict) else enumerate(given)
    for key, value in itertools.islice(items, _MOST):
        name = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, (dict, list)):
            yield from _flat(value, name)
        else:
            yield name, display(value)
