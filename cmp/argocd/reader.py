"""Reading an Application's parameters out of the environment that Argo CD gives to a plugin.

ARGOCD_APP_PARAMETERS is a JSON array (or the string `null`) of objects with `name` and one of `string`,
`map`, `array`; ARGOCD_ENV_<NAME> comes from `spec.source.plugin.env`. The PARAM_* variables are never
read: they collide silently.
"""

from __future__ import annotations

from cmp.argocd import values
from cmp.argocd.announce import is_announced
from cmp.argocd.table import BY_ENV, BY_NAME, ENV_PREFIX, IMAGE_ENV_PREFIX, PARAMETERS
from cmp.errors import Where, located
from cmp.render.errors import ParameterError
from cmp.render.parameters import Parameters

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cmp.argocd.table import Row

VARIABLE = "ARGOCD_APP_PARAMETERS"
_FORMS = ("string", "map", "array")


def read(environ: Mapping[str, str]) -> tuple[Parameters, list[str]]:
    """The parameters, and warnings about entries that mean nothing here.

    A parameter beats its environment twin, key by key. Raises `ParameterError`.
    """
    found = Parameters()
    warnings = _read_env(environ, found)
    text = environ.get(VARIABLE, "")
    if text and text != "null":
        _read_parameters(text, found)
    return found, warnings


def _read_env(environ: Mapping[str, str], found: Parameters) -> list[str]:
    warnings = []
    for name in sorted(environ):
        if not name.startswith(ENV_PREFIX):
            continue
        value = environ[name]
        if name.startswith(IMAGE_ENV_PREFIX):
            if value:
                _set(found, BY_NAME["images"], [value], name)
        elif name in BY_ENV:
            row = BY_ENV[name]
            if value:
                _set(found, row, value if row.form == "string" else _json(value, name), name)
        else:
            short = name[len(ENV_PREFIX) :]
            hint = _nearest(short, [each[len(ENV_PREFIX) :] for each in BY_ENV])
            warnings.append(f"spec.source.plugin.env {short}: means nothing to this plugin{hint}")
    return warnings


def _read_parameters(text: str, found: Parameters) -> None:
    entries = _json(text, VARIABLE)
    if not isinstance(entries, list) or not all(isinstance(entry, dict) for entry in entries):
        raise ParameterError("expected a JSON array of objects", where=Where(field=VARIABLE))
    seen: set[str] = set()
    for entry in entries:
        name = entry.get("name")
        if not isinstance(name, str):
            raise ParameterError("a parameter has no name", where=Where(field=VARIABLE))
        row = BY_NAME.get(name)
        if row is None:
            known = [each.name for each in PARAMETERS]
            raise ParameterError(
                f"unknown parameter {name!r}",
                where=Where(field="spec.source.plugin.parameters"),
                hint=_nearest(name, known).lstrip("; ") or f"known are: {', '.join(known)}",
            )
        if name in seen:
            raise ParameterError("the parameter is given twice", where=_where(name))
        seen.add(name)
        forms = [form for form in _FORMS if entry.get(form) is not None]
        if not forms:
            continue
        if forms != [row.form]:
            raise ParameterError(
                f"expected {_noun(row.form)}, found {' and '.join(map(_noun, forms))}", where=_where(name)
            )
        _set(found, row, entry[row.form], name, beats=True)


def _set(found: Parameters, row: Row, value: Any, source: str, beats: bool = False) -> None:
    """Check a value and put it into its field; beats: overrides the value from ARGOCD_ENV_<NAME>."""
    read_one = getattr(values, row.read)
    if row.form == "string":
        if not isinstance(value, str):
            raise ParameterError("expected a string", where=_where(source))
        if value or beats:
            setattr(
                found,
                row.field,
                _checked(read_one, value, source) if value else type(getattr(found, row.field))(),
            )
        return
    target: dict[str, Any] = getattr(found, row.field)
    if row.form == "array":
        if not isinstance(value, list):
            raise ParameterError("expected a list", where=_where(source))
        names: set[str] = set()
        for text in value:
            if isinstance(text, str) and text:
                image = _checked(read_one, text, source)
                if image.name in names:
                    raise ParameterError("an image is given twice", where=_where(source, image.name))
                names.add(image.name)
                target[image.name] = image
            elif text != "":
                raise ParameterError("expected a list of strings", where=_where(source))
        return
    if not isinstance(value, dict):
        raise ParameterError("expected a map", where=_where(source))
    for key, given in value.items():
        if row.name == "model-uris" and isinstance(given, str) and is_announced(given):
            continue
        # A twin's JSON may hold numbers.
        text = str(given) if type(given) is int else given
        if not isinstance(text, str) or not key:
            raise ParameterError("expected a map from names to strings", where=_where(source))
        target[key] = _checked(read_one, text, source, key)


def _checked(read_one: Any, text: str, source: str, key: str = "") -> Any:
    with located(lambda: _where(source, key)):
        return read_one(text)


def _where(source: str, key: str = "") -> Where:
    field = source if source.startswith(ENV_PREFIX) else f"parameter {source}"
    return Where(field=f"{field}[{key}]" if key else field)


def _json(text: str, name: str) -> Any:
    import json

    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        raise ParameterError("is not JSON", where=Where(field=name)) from None


def _noun(form: str) -> str:
    return {"string": "a string", "map": "a map", "array": "an array"}[form]


def _nearest(name: str, known: list[str]) -> str:
    from cmp.nearest import nearest

    near = nearest(name, known)
    return f"; did you mean {near}?" if near else ""
