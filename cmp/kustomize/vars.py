"""Vars: `$(NAME)` replaced by a field of a resource (accumulator/resaccumulator.go, api/filters/refvar)."""

from __future__ import annotations

import re

from cmp.errors import located
from cmp.kustomize.budget import size_of
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.fieldspec import FieldError, Walker, is_null, split_path
from cmp.kustomize.options import Notice
from cmp.kustomize.resid import Gvk, ResId
from cmp.kustomize.resource import text_of
from cmp.kustomize.scalars import block
from cmp.kustomize.sharing import spread
from cmp.kustomize.specs import gvk_of
from cmp.yaml.taint import carry
from cmp.yaml.value import Folded, Scalar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.accumulator import Accumulator
    from cmp.kustomize.budget import Budget
    from cmp.kustomize.context import Context
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

    Primitive = str | int | bool | float

_INDEX = re.compile(r"\d+\]\Z")
_VARIABLE = re.compile(r"\$(?:(\$)|\(([^)]*)\))")


def register(accumulator: Accumulator, context: Context) -> None:
    """Bind the layer's vars to the resources they name, by any name these had; refuses doubles."""
    for index, var in enumerate(context.kustomization["vars"]):
        found = _find(accumulator.resmap, var.get("objref", {}))
        name = var.get("name", "")
        if len(found) > 1:
            raise KustomizeError(
                f"the var {name} could mean {len(found)} resources",
                where=context.where("vars", index),
                hint="give its objref a namespace",
            )
        for resource in found:
            resource.options.setdefault("vars", []).append(name)
        where = context.where("vars", index)
        with located(where):
            accumulator.add_var(name, {**var, "where": where})


def _find(resmap: ResMap, reference: dict[str, Any]) -> list[Resource]:
    gvk = _reference_gvk(reference)
    name, namespace = reference.get("name", ""), reference.get("namespace", "")
    if namespace or gvk.cluster_scoped:
        return list(resmap.by_any_id(ResId(gvk, name, namespace)))
    return [
        resource
        for resource in resmap.by_any_name(name)
        if resource.body
        and any(each.name == name and each.gvk == gvk for each in (*resource.prev_ids(), resource.cur_id))
    ]


def _reference_gvk(reference: dict[str, Any]) -> Gvk:
    """`apiVersion` wins over `group` and `version`, as far as it has one or two parts."""
    gvk = gvk_of(reference)
    parts = reference.get("apiVersion", "").split("/")
    if not parts[0] and len(parts) == 1:
        return gvk
    if len(parts) == 1:
        return gvk._replace(version=parts[0])
    if len(parts) == 2:
        return gvk._replace(group=parts[0], version=parts[1])
    return gvk


def resolve(accumulator: Accumulator, context: Context) -> None:
    """Replace every `$(NAME)` in the varReference fields; `KustomizeError` for a var without a value."""
    holders: dict[str, Resource] = {}
    for resource in accumulator.resmap:
        for name in resource.options.get("vars", ()):
            holders.setdefault(name, resource)
    values: dict[str, Value] = {}
    for name in sorted(accumulator.vars):
        var = accumulator.vars[name]
        path = var.get("fieldref", {}).get("fieldPath") or "metadata.name"
        if name not in holders:
            raise KustomizeError(f"the var {name} names a resource that does not exist", where=var["where"])
        values[name] = _value(holders[name], path, name)
    used: set[str] = set()

    def expand(text: str) -> Value:
        return replace(text, values, used, context.budget)

    walker = Walker(accumulator.specs.table("varReference"))
    for resource in accumulator.resmap:
        walker.apply(resource, lambda container, key: _update(container, key, expand))
        if resource.shared:
            spread(resource)
    for name in sorted(values.keys() - used):
        context.hooks.notice(
            Notice("unused-var", f"the var {name} is never used", accumulator.vars[name]["where"])
        )


def _value(resource: Resource, path: str, name: str) -> Value:
    """The field at `path`: its number, truth value or text; a container stands for itself."""
    try:
        value = lookup(resource.body, path)
    except (KeyError, ValueError) as error:
        raise KustomizeError(
            f"the var {name} names the field {path}, which {resource} does not have",
            hint="check its fieldref",
        ).at(file=resource.file, object=str(resource), field=path) from error
    if isinstance(value, Scalar):
        return carry(_typed(value), value)
    return "" if value is None else value


def _typed(scalar: Scalar) -> Value:
    text = scalar.text
    if scalar.tag == "!!int":
        # Go's Atoi: an optional sign and decimal digits.
        if not re.fullmatch(r"[+-]?[0-9]+", text):
            raise FieldError("a number in this form cannot be the value of a var", hint="write it in decimal")
        return int(text)
    if scalar.tag == "!!bool":
        return text.lower() == "true"
    return scalar if scalar.tag == "!!float" else text


def lookup(body: Value, path: str) -> Value:
    """The value at a dotted path; `KeyError` when there is none, `ValueError` for a misfit step."""
    value = body
    for step in _steps(path):
        value = _step(value, step)
    return value


def _step(value: Value, step: str) -> Value:
    if is_null(value):
        raise KeyError(step)
    if step == "-" or re.fullmatch(r"[+-]?[0-9]+", step):
        if not isinstance(value, list):
            raise ValueError(step)
        position = -1 if step == "-" else int(step)
        if position >= len(value) or position < -1 or (position == -1 and (not value or step != "-")):
            raise KeyError(step)
        return value[position]
    if step.startswith("[") and step.endswith("]"):
        return _match(value, step)
    if step == "*" or not isinstance(value, dict):
        raise ValueError(step)
    return value[step]


def _match(value: Value, step: str) -> Value:
    """The first item of a list that `[key=value]` or `[=value]` describes."""
    key, equals, wanted = step[1:-1].partition("=")
    if not equals or not isinstance(value, list):
        raise ValueError(step)
    for item in value:
        if not key:
            if not isinstance(item, (dict, list)) and text_of(item) == wanted:
                return item
        elif isinstance(item, dict) and key in item and text_of(item[key]) == wanted:
            return item
    raise KeyError(step)


def _steps(path: str) -> list[str]:
    """The steps of a dotted path: `\\.` and brackets protect dots, `a[0]` is two steps."""
    parts = split_path(path, ".")
    joined: list[str] = []
    place = 0
    while place < len(parts):
        part = parts[place]
        if part.startswith("[") and not part.endswith("]"):
            while place + 1 < len(parts):
                place += 1
                part += "." + parts[place]
                if part.endswith("]"):
                    break
            part = part if "=" in part else part.strip("[]")
        joined.append(part)
        place += 1
    steps: list[str] = []
    for part in joined:
        name, bracket, index = part.rpartition("[")
        steps += [name, index[:-1]] if bracket and _INDEX.match(index) else [part]
    return [step for step in map(str.strip, steps) if step]


def _update(container: Any, key: Any, expand: Any) -> None:
    """Expand a string, the strings of a list, or those that are values of a mapping."""
    value = container[key]
    if _is_text(value):
        container[key] = _expanded(value, expand)
    elif isinstance(value, dict):
        for name, item in value.items():
            if _is_text(item):
                value[name] = _expanded(item, expand)
    elif isinstance(value, list):
        for place, item in enumerate(value):
            if not _is_text(item):
                raise FieldError("a list in which vars are replaced must hold strings only")
            value[place] = _expanded(item, expand)


def _expanded(value: Value, expand: Any) -> Value:
    """A string with its variables replaced; one of several lines becomes a literal block, whatever it was."""
    made: Value = expand(text_of(value))
    return block(made) if isinstance(made, str) and "\n" in made else made


def _is_text(value: Value) -> bool:
    """Upstream takes a node without a tag for a string, whatever it reads as."""
    return isinstance(value, str) or (isinstance(value, Scalar) and not value.tag)


def replace(text: str, values: dict[str, Value], used: set[str], budget: Budget) -> Value:
    """`text` with its variables replaced; if it is one variable and nothing else, the value with its type.

    `$$` is a dollar sign; unknown names, and values that are containers, stay as they are.
    """
    if "$" not in text:
        return text
    whole = text[2:-1] if text.startswith("$(") and text.find(")") == len(text) - 1 else None

    inserted: list[Value] = []

    def value_of(name: str) -> Value:
        value = values.get(name)
        if value is None or isinstance(value, (dict, list)):
            return f"$({name})"
        used.add(name)
        budget.spend(size_of(value))
        inserted.append(value)
        return value

    if whole is not None:
        value = value_of(whole)
        if isinstance(value, Folded):
            return text_of(value)
        return carry(_float_node(value), value) if isinstance(value, Scalar) else value

    def expand(match: re.Match[str]) -> str:
        dollar, name = match.groups()
        if dollar:
            return "$"
        value = value_of(name)
        if isinstance(value, Scalar):
            return format_float(float(value.text))
        return text_of(value)

    # Behind the last `)` no variable ends: a `(` there would be read to the end of the text, each time.
    end = text.rfind(")") + 1
    made = _VARIABLE.sub(expand, text[:end]) + text[end:].replace("$$", "$")
    return carry(made, text, *inserted)


def _float_node(scalar: Scalar) -> Scalar:
    """The number without exponent, as strconv.FormatFloat(f, 'f', -1, 64) writes it."""
    from decimal import Decimal

    text = format(Decimal(repr(float(scalar.text))), "f")
    if "." in text:
        text = text.rstrip("0").rstrip(".")
    return Scalar("!!float", text)


def format_float(number: float) -> str:
    """A float as Go's %v prints it: shortest digits, an exponent below 1e-4 and from 1e21."""
    from decimal import Decimal

    if number == 0:
        return "-0" if str(number).startswith("-") else "0"
    digits = repr(number)
    exponent = Decimal(digits).adjusted()
    if -4 <= exponent < 21:
        text = format(Decimal(digits), "f")
        return text.rstrip("0").rstrip(".") if "." in text else text
    mantissa = format(Decimal(digits).scaleb(-exponent).normalize(), "f")
    return f"{mantissa}e{'-' if exponent < 0 else '+'}{abs(exponent):02d}"
