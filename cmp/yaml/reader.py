"""Documents of a resource file, with the meaning Kustomize's go-yaml v3 gives them."""

from __future__ import annotations

from cmp.limits import DEFAULT, Limits
from cmp.yaml.value import Value


def load_all(data: bytes, limits: Limits = DEFAULT) -> list[Value]:
    """The documents that are not empty or null; raises `YamlError` (line, column) or `LimitError`."""
    from cmp.yaml import stub

    return stub.load_all(data, limits)
