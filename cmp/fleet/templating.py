"""Filling an ApplicationSet's template: Go templates, or the older `{{name}}` by name only."""

from __future__ import annotations

from cmp.fleet.errors import ExpansionError, TemplateError
from cmp.fleet.gotemplate import render
from cmp.fleet.gotemplate.functions import display

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Budget:
    """What all ApplicationSets of a fleet may take together; past it, both methods raise `ExpansionError`.

    Few lines make many Applications: a generator bounds its own elements, this bounds all of them. A step
    is one of a template, a field of one, or 50 characters.
    """

    MOST_STEPS = 5_000_000
    MOST_APPLICATIONS = 20_000

    def __init__(self) -> None:
        self._steps = self.MOST_STEPS
        self._applications = self.MOST_APPLICATIONS

    def spend(self, steps: int) -> None:
        """So many steps."""
        self._steps -= steps
        if self._steps < 0:
            raise ExpansionError(f"the templates of all sets take more than {self.MOST_STEPS} steps")

    def add(self) -> None:
        """One more Application."""
        self._applications -= 1
        if self._applications < 0:
            raise ExpansionError(f"all sets make more than {self.MOST_APPLICATIONS} Applications")


class Engine:
    """go: `goTemplate: true`. strict: `missingkey=error`."""

    def __init__(self, spec: dict[str, Any], budget: Budget | None = None) -> None:
        self.budget = budget or Budget()
        self.go = spec.get("goTemplate") is True
        self.strict = "missingkey=error" in (spec.get("goTemplateOptions") or [])

    def text(self, template: str, given: dict[str, Any]) -> str:
        """One text filled; raises `TemplateError`."""
        self.budget.spend(1 + len(template) // 50)
        if self.go:
            return render(template, given, strict=self.strict, spend=self.budget.spend)
        flat = dict(_flat(given)) if "{{" in template else {}
        self.budget.spend(len(flat))
        # What has no value stays as it is, as Argo CD leaves it.
        return _named(template, flat)

    def fill(self, value: Any, given: dict[str, Any]) -> Any:
        """Every text below `value` filled, keys of mappings too."""
        self.budget.spend(1)
        if isinstance(value, dict):
            return {self.text(str(key), given): self.fill(item, given) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill(item, given) for item in value]
        return self.text(value, given) if isinstance(value, str) else value

    def fill_where_possible(self, value: Any, given: dict[str, Any]) -> Any:
        """A matrix's second generator: what speaks of its own parameters is left for later."""
        self.budget.spend(1)
        if isinstance(value, dict):
            return {key: self.fill_where_possible(item, given) for key, item in value.items()}
        if isinstance(value, list):
            return [self.fill_where_possible(item, given) for item in value]
        if not isinstance(value, str):
            return value
        try:
            return self.text(value, given)
        except TemplateError:
            return value


def _named(template: str, values: dict[str, str]) -> str:
    """`{{ name }}` filled with the value of that name, where there is one; each text is read once."""
    made: list[str] = []
    before, *parts = template.split("{{")
    for each in parts:
        # Of three braces the inner two count.
        before, part = (before + "{", each[1:]) if each.startswith("{") else (before, each)
        inside, end, after = part.partition("}}")
        name = inside.strip()
        if end and name and "{" not in name and "}" not in name and name in values:
            made += [before, values[name]]
            before = after
        else:
            before += "{{" + part
    return "".join([*made, before])


def _flat(given: Any, prefix: str = "") -> list[tuple[str, str]]:
    found = []
    for key, value in given.items():
        name = f"{prefix}.{key}" if prefix else str(key)
        if isinstance(value, dict):
            found += _flat(value, name)
        else:
            found.append((name, display(value)))
    return found
