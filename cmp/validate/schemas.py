"""The schema of an object's kind: the user's files, CRDs of the same render, then those of the package.

Unknown fields are refused, as an API server drops them without a word. A kind without a schema is unchecked,
which is never the same as passed.
"""

from __future__ import annotations

from functools import lru_cache

from cmp import crds
from cmp.errors import CmpError
from cmp.validate import own_kinds, schema_files
from cmp.validate.apiserver.groups import BUILT_IN
from cmp.validate.structural import Structure

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from cmp.validate.schema_files import Checker, Key
    from cmp.validate.structural import Rule


def kubernetes_versions() -> tuple[str, ...]:
    """The minor versions of Kubernetes whose schemas ship with the package, newest first."""
    return tuple(crds.compact(crds.KUBERNETES)["versions"])


def sources() -> list[tuple[str, str]]:
    """(file, project and version) of the schemas that ship with the package."""
    names = sorted({*crds.index().values(), crds.KUBERNETES} - set(crds.BY_HAND))
    return [(name, str(crds.compact(name)["source"])) for name in names]


class Schemas:
    """Schemas by (group, version, kind).

    kubernetes: a version such as `1.37`; the newest by default. paths: files and folders of the user. bodies:
    objects of the same render, of which the CustomResourceDefinitions count. remarks: what was skipped.
    """

    def __init__(
        self, kubernetes: str = "", paths: tuple[str, ...] = (), bodies: Iterable[dict[str, Any]] = ()
    ) -> None:
        self.remarks: list[str] = []
        self._custom: dict[Key, Checker | None] = {}
        for body in bodies:
            if body.get("kind") == "CustomResourceDefinition":
                self._custom.update(schema_files.of_crd(body, "", self.remarks))
        for path in paths:
            self._custom.update(schema_files.read(path, self.remarks))
        self._number = _number_of(kubernetes, bool(paths))
        self._release = kubernetes.removeprefix("v") or kubernetes_versions()[0]

    def other_group(self, body: dict[str, Any]) -> str:
        """A known group of the same domain that has this kind, for an object whose own group is unknown."""
        group = str(body.get("apiVersion", "")).rpartition("/")[0]
        domain = ".".join(group.split(".")[-2:])
        kind = body.get("kind")
        own = (name.partition("/")[0] for name in crds.index() if name.rpartition(" ")[2] == kind)
        known = {*own, *(key[0] for key in self._custom if key[2] == kind)} - {group}
        return min((each for each in known if each.endswith(f".{domain}")), default="")

    def problems(self, body: dict[str, Any]) -> Iterator[tuple[str, str]] | None:
        """(field, message) of what the schema says against an object; None when its kind has no schema."""
        api_version, kind = body.get("apiVersion"), body.get("kind")
        if not isinstance(api_version, str) or not isinstance(kind, str):
            return iter([("", "an object needs apiVersion and kind")])
        try:
            checker = self._checker(api_version, kind)
        except _AbsentError as absent:
            return iter([("apiVersion", str(absent))])
        return None if checker is None else checker.problems(body)

    def rules(self, body: dict[str, Any]) -> Iterator[Rule]:
        """The CEL rules of its kind's schema, with what each is about; for an object without problems."""
        checker = self._checker(str(body.get("apiVersion")), str(body.get("kind")))
        if isinstance(checker, Structure):
            yield from checker.rules(checker.prepared(body))

    def _checker(self, api_version: str, kind: str) -> Checker | None:
        group, _, version = api_version.rpartition("/")
        key = group, version, kind
        if key in self._custom:
            found = self._custom[key]
            if found is None:
                raise _AbsentError(f"{api_version} is no longer served for {kind}")
            return found
        own = own_kinds.checker(api_version, kind)
        if own is not None:
            return own
        if group in BUILT_IN:
            return self._built_in(api_version, kind)
        return _own(api_version, kind)

    def _built_in(self, api_version: str, kind: str) -> Checker | None:
        table = crds.compact(crds.KUBERNETES)
        row = None
        if self._number is not None:
            row = table["kinds"].get(f"{api_version} {kind}", ())
            row = row[self._number] if row else None
        if row is None:
            release = ".".join(self._release.split(".")[:2])
            raise _AbsentError(f"Kubernetes {release} has no {kind} in {api_version}")
        return Structure(row, table["rows"], custom=False)


class _AbsentError(Exception):
    """A kind that the API server does not have in this version."""


def _number_of(kubernetes: str, has_files: bool) -> int | None:
    """Which of the versions that ship is meant; None where the user's files have the schemas."""
    known = kubernetes_versions()
    wanted = ".".join(kubernetes.removeprefix("v").split(".")[:2])
    if not wanted:
        return 0
    if wanted in known:
        return known.index(wanted)
    if has_files:
        return None
    raise CmpError(
        f"no schemas for Kubernetes {wanted}",
        hint=f"known are {', '.join(known)}; for another version, name the file "
        "api/openapi-spec/swagger.json of its release, or a folder of JSON schemas, with --schemas",
    )


@lru_cache(maxsize=256)
def _own(api_version: str, kind: str) -> Checker | None:
    """Of a custom resource that ships with the package."""
    name = f"{api_version} {kind}"
    file = crds.index().get(name)
    if file is None:
        return None
    if file in crds.BY_HAND:
        group, _, version = api_version.rpartition("/")
        for each in crds.table(file):
            if (each["group"], each["version"], each["kind"]) == (group, version, kind):
                return schema_files.structure(each["schema"], each["schema"].get("$defs"))
    table = crds.compact(file)
    row = table["kinds"].get(name)
    if row is None:
        raise _AbsentError(f"{api_version} is no longer served for {kind}")
    return schema_files.rooted(table["rows"], row)
