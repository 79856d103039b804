"""`.cmp.yaml` in the repository's root: settings of `cmpctl validate`, of no other command and no render.

    validate:
      skip: [missing-limits]
      severity: {latest-tag: warning}
      failOn: [warning, unchecked]
      kubernetesVersion: "1.36"
      schemas: [crds/]
      policies: [policies/]
      baseline: validate-baseline.json

Paths are relative to the file. The command line wins, but for lists, which it adds to.
"""

from __future__ import annotations

import os
from typing import NamedTuple, cast

from cmp.errors import CmpError, Where, located
from cmp.findings import SEVERITIES
from cmp.nearest import did_you_mean
from cmp.validate.result import FAIL_ON

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Collection

    from cmp.findings import Severity
    from cmp.yaml.strict import Node

NAME = ".cmp.yaml"
_LISTS = ("skip", "only", "failOn", "schemas", "policies")
_KEYS = (*_LISTS, "severity", "kubernetesVersion", "baseline")


class Config(NamedTuple):
    """As in the file; paths from the current directory."""

    skip: tuple[str, ...] = ()
    only: tuple[str, ...] = ()
    fail_on: tuple[str, ...] = ()
    schemas: tuple[str, ...] = ()
    policies: tuple[str, ...] = ()
    severity: dict[str, Severity] = {}  # noqa: RUF012 - never changed
    kubernetes_version: str = ""
    baseline: str = ""


def read(root: str, rules: Callable[[], Collection[str]]) -> Config:
    """The settings of the file in `root`, the defaults without one; `CmpError`. rules: known ids."""
    path = os.path.join(root, NAME)
    if not os.path.isfile(path):
        return Config()
    from cmp.cli.validating.units import read_bytes
    from cmp.yaml import is_null, load_all
    from cmp.yaml.strict import Node

    shown, data = os.path.relpath(path), read_bytes(path)
    with located(file=shown):
        documents = [each for each in load_all(data) if not is_null(each)]
    if len(documents) > 1:
        raise CmpError("holds more than one document", where=Where(file=shown))
    top = Node(documents[0] if documents else {}, file=shown, data=data).fields(("validate",))
    return _config(top["validate"].fields(_KEYS), root, rules()) if "validate" in top else Config()


def _config(held: dict[str, Node], root: str, rules: Collection[str]) -> Config:
    lists = {key: held[key].items() if key in held else [] for key in _LISTS}
    strings = {key: tuple(each.string() for each in nodes) for key, nodes in lists.items()}
    severity = held["severity"].entries() if "severity" in held else {}
    for key in ("skip", "only"):
        for each in lists[key]:
            with located(each.where):
                check_rule(each.string(), rules)
    for rule, each in severity.items():
        with located(each.where):
            check_rule(rule, rules)
    for each in lists["failOn"]:
        each.one_of(FAIL_ON)
    return Config(
        strings["skip"],
        strings["only"],
        strings["failOn"],
        tuple(_path(root, each) for each in strings["schemas"]),
        tuple(_path(root, each) for each in strings["policies"]),
        {rule: cast("Severity", each.one_of(SEVERITIES)) for rule, each in severity.items()},
        held["kubernetesVersion"].string(empty=True) if "kubernetesVersion" in held else "",
        _path(root, held["baseline"].string(empty=True)) if "baseline" in held else "",
    )


def check_rule(name: str, rules: Collection[str], field: str = "") -> None:
    """Refuse an id that no rule has; a policy's is `policy:NAME`."""
    if name not in rules and not name.startswith("policy:"):
        raise CmpError(
            f"there is no rule {name!r}",
            where=Where(field=field),
            hint=did_you_mean(name, rules) or "cmpctl validate --list-rules lists them",
        )


def _path(root: str, path: str) -> str:
    return os.path.relpath(os.path.join(root, path)) if path else ""
