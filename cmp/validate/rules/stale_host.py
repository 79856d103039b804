"""A host name inside text that a transformer could not follow."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import name, namespace
from cmp.paths import strings
from cmp.regex import compile_pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "stale-host"
SEVERITY: Severity = "warning"
TITLE = "A string with a Service's old name or namespace"
WHY = (
    "`namespace`, namePrefix and nameSuffix rename objects and references, never text: the URL still "
    "points at the base, or at another environment."
)
CURE = (
    "A short name (http://minio:9000) where the namespace moves; `replacements` from the Service where "
    "its name changes."
)

_FULL = r"([a-z0-9][a-z0-9-]*)\.([a-z0-9][a-z0-9-]*)\.svc\b"
_URL = r"[a-z][a-z0-9+.-]*://(?:[^/\s@]*@)?([a-z0-9][a-z0-9-]*)(?:[:/]|\n?\z)"


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per text that names a Service where the base had it, and where the output has it no more."""
    served = {(name(body), namespace(body)) for body in context.objects if body.get("kind") == "Service"}
    names = {found for found, _ in served}
    renamed = _renamed(context, names)
    for body in context.objects:
        for field, text in strings(body):
            if field.startswith("metadata.") or body.get("kind") == "Secret":
                continue
            for match in compile_pattern(_FULL).finditer(text) if ".svc" in text else ():
                if match[1] in names and (match[1], match[2]) not in served and _moved(context, match[2]):
                    yield Hit(
                        body,
                        field,
                        f"the string names {match[1]}.{match[2]}, which is elsewhere in the output",
                    )
            urls = compile_pattern(_URL).finditer(text) if renamed and "://" in text else ()
            hosts = {match[1] for match in urls}
            for host in sorted(hosts & renamed.keys()):
                yield Hit(body, field, f"the string names {host}, which is {renamed[host]} in the output")


def _renamed(context: Context, names: set[str]) -> dict[str, str]:
    """Old name of a Service -> its new one, for those whose old name is gone."""
    stored = {
        name(body) for bodies in context.files.values() for body in bodies if body.get("kind") == "Service"
    }
    found = {}
    for old in stored - names:
        new = [each for each in names if each.startswith(f"{old}-") or each.endswith(f"-{old}")]
        if len(new) == 1:
            found[old] = new[0]
    return found


def _moved(context: Context, namespace_: str) -> bool:
    """Whether some file of the render names that namespace, so that it is a base's and not a neighbour's."""
    return any(_names(body, namespace_) for bodies in context.files.values() for body in bodies)


def _names(body: dict[str, Any], space: str) -> bool:
    metadata = body.get("metadata")
    return body.get("namespace") == space or (
        isinstance(metadata, dict) and space in (metadata.get("namespace"), metadata.get("name"))
    )
