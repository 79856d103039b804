"""Line and column of the source that brought a value: the last file read that gives it."""

from __future__ import annotations

from cmp import manifest
from cmp.paths import steps_of, value_at
from cmp.render.authors import Authors

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    from cmp.findings import Finding
    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

    Body = dict[str, Any]
    Steps = tuple[str | int, ...]


class Places:
    """files: what was read, by the names that findings use. resources: of objects, by `id` of the body.

    Files of `encrypted` give values that cannot be compared with what was decrypted.
    """

    def __init__(
        self,
        files: Mapping[str, bytes],
        resources: Mapping[int, Resource] | None = None,
        encrypted: Collection[str] = (),
    ) -> None:
        self._authors = Authors(lambda: files, encrypted)
        self._resources = resources or {}
        # By identity; the list itself is kept, so that no other gets its number.
        self._names: dict[int, tuple[list[Any], dict[str, int]]] = {}

    def documents(self, file: str) -> list[Value]:
        """The documents of a file that are not empty; none of one that is not YAML."""
        return self._authors.documents(file)

    def located(self, findings: Iterable[Finding]) -> tuple[Finding, ...]:
        """The findings with the places that are known, and without their subjects."""
        return tuple(self._located(each)._replace(subject=None) for each in findings)

    def _located(self, finding: Finding) -> Finding:
        body = finding.subject
        if not isinstance(body, dict) or not finding.file or finding.line:
            return finding
        steps = self._indexed(body, steps_of(finding.field))
        file, number, path = self._author(finding.file, body, steps)
        place = None if number is None else self._authors.position(file, number, path)
        return finding._replace(file=file, line=place[0], column=place[1]) if place else finding

    def _author(self, file: str, body: Body, steps: Steps) -> tuple[str, int | None, Steps]:
        """(file, number of its document, path there) of what gives the value, or holds the object."""
        resource = self._resources.get(id(body))
        if resource is not None:
            part = self._authors.part_with(resource, steps, value_at(body, steps))
            if part is not None:
                return part.file, part.number, part.inside or steps
        names = {manifest.name(body), *(resource.names() if resource is not None else ())}
        return file, self._authors.number(file, body.get("kind"), names), steps or ("metadata", "name")

    def _indexed(self, body: Body, steps: Steps) -> Steps:
        """The path with an index for each name of a list's item, as in `containers[model]`."""
        made: list[str | int] = []
        value: Any = body
        for step in steps:
            if isinstance(value, list) and isinstance(step, str):
                index = self._names_of(value).get(step)
                if index is None:
                    break
                made.append(index)
            else:
                made.append(step)
            value = value_at(body, made)
        return tuple(made)

    def _names_of(self, items: list[Any]) -> dict[str, int]:
        """The places of a list's items by their names; of two equal ones the first."""
        held = self._names.get(id(items))
        if held is None:
            found: dict[str, int] = {}
            for number, item in enumerate(items):
                if isinstance(item, dict) and isinstance(item.get("name"), str):
                    found.setdefault(item["name"], number)
            held = self._names[id(items)] = (items, found)
        return held[1]
