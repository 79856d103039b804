"""Temporary reader and printer on PyYAML, until the exact ones are in place."""

from __future__ import annotations

from typing import Any

from cmp.limits import DEFAULT, Limits
from cmp.yaml.errors import YamlError
from cmp.yaml.value import BrokenMap, Quoted, Scalar, Value


def _construct(node: Any, resolver: Any) -> Any:
    import yaml

    if isinstance(node, yaml.ScalarNode):
        if node.style:
            return Quoted(node.value)
        return resolver(node.value)
    if isinstance(node, yaml.SequenceNode):
        return [_construct(child, resolver) for child in node.value]
    out: Any = {}
    for key, child in node.value:
        name = _construct(key, resolver)
        if not isinstance(name, str) or name in out:
            broken = BrokenMap(out)
            broken.problem = "mapping key that is no string, or is repeated"
            out = broken
            name = str(getattr(name, "text", name))
        out[name] = _construct(child, resolver)
    return out


def _nodes(data: bytes) -> list[Any]:
    import yaml

    try:
        return [node for node in yaml.compose_all(data, Loader=yaml.CSafeLoader)]  # noqa: C416
    except yaml.MarkedYAMLError as exc:
        mark = exc.problem_mark
        raise YamlError("malformed YAML", mark.line + 1 if mark else 0, mark.column + 1 if mark else 0) from exc
    except yaml.YAMLError as exc:
        raise YamlError("malformed YAML") from exc


def resolve(text: str) -> Value:
    if text == "":
        return None
    if text in ("true", "false"):
        return text == "true"
    if text in ("null", "~", "Null", "NULL"):
        return Scalar("!!null", text)
    if text in ("True", "TRUE", "False", "FALSE"):
        return Scalar("!!bool", text)
    try:
        number = int(text)
        return number if str(number) == text else Scalar("!!int", text)
    except ValueError:
        pass
    if text[0] in "+-.0123456789":
        try:
            float(text)
            return Scalar("!!float", text)
        except ValueError:
            pass
    return text


def load_all(data: bytes, limits: Limits = DEFAULT) -> list[Value]:
    return [value for node in _nodes(data) if node and (value := _construct(node, resolve)) is not None]


def config_value(text: str) -> Any:
    if text in ("y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "True", "TRUE"):
        return True
    if text in ("n", "N", "no", "No", "NO", "off", "Off", "OFF", "False", "FALSE"):
        return False
    value = resolve(text)
    if isinstance(value, Scalar):
        if value.tag == "!!null":
            return None
        if value.tag == "!!int":
            return int(value.text, 8)
        return float(value.text)
    return value


def load_config(data: bytes) -> Any:
    nodes = _nodes(data)
    return _construct(nodes[0], config_value) if nodes else None


def dump(value: Value) -> str:
    import yaml

    def plain(item: Any) -> Any:
        if isinstance(item, Scalar):
            return config_value(item.text)
        if isinstance(item, str):
            return str(item)
        if isinstance(item, dict):
            return {key: plain(child) for key, child in item.items()}
        if isinstance(item, list):
            return [plain(child) for child in item]
        return item

    return yaml.safe_dump(plain(value), sort_keys=True, default_flow_style=False, allow_unicode=True)
