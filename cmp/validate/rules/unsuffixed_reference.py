"""A reference to a generated ConfigMap or Secret by the name it had before its hash."""

from __future__ import annotations

import re

from cmp.findings import Hit, Severity
from cmp.manifest import name, namespace
from cmp.paths import strings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "unsuffixed-reference"
SEVERITY: Severity = "error"
TITLE = "A reference that missed the hash of a generated name"
WHY = (
    "kustomize knows where built-in kinds keep names, not where custom resources do: the hash is not "
    "added there, and the pod waits for a ConfigMap that does not exist."
)
CURE = "List the field under nameReference in a file of `configurations:`, or set disableNameSuffixHash."

# A generated name's last ten characters: hex digits, the look-alikes replaced (kustomize api/hasher).
_HASH = re.compile(r"-[2456789bcdfghkmt]{10}\Z")
_HASH_LENGTH = 11
_KINDS = {"ConfigMap": "configmap", "Secret": "secret"}


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per field whose path speaks of a ConfigMap or Secret and which holds a name without its hash."""
    present = {(body.get("kind"), namespace(body), name(body)) for body in context.objects}
    lost: dict[tuple[str, str], list[tuple[str, str]]] = {}
    for kind, space, full in present:
        plain, suffix = full[:-_HASH_LENGTH], full[-_HASH_LENGTH:]
        if kind in _KINDS and plain and _HASH.match(suffix) and (kind, space, plain) not in present:
            lost.setdefault((space, plain), []).append((str(kind), full))
    for body in context.objects if lost else ():
        for field, text in strings(body):
            for kind, full in lost.get((namespace(body), text), ()):
                if _speaks_of(field, kind):
                    yield Hit(body, field, f"{kind} {text} is called {full} in the output")


def _speaks_of(field: str, kind: str) -> bool:
    """Whether the last two steps of a path, or the key before them, name the kind."""
    steps = [step for step in re.split(r"[.\[\]]+", field.lower()) if step and not step.isdigit()]
    return not field.startswith("metadata.") and any(_KINDS[kind] in step for step in steps[-2:])
