"""Kustomize's output form: keys in go-yaml's natural order, its quoting and its folding at 80 columns."""

from __future__ import annotations

from typing import Iterable

from cmp.yaml.value import Value


def dump(value: Value) -> str:
    """The YAML text of one object, ending in a newline; raises `YamlError` where kustomize cannot print it."""
    from cmp.yaml import stub

    return stub.dump(value)


def dump_all(values: Iterable[Value]) -> str:
    """The objects with `---` lines between them; empty for none."""
    return "---\n".join(dump(value) for value in values)
