"""A password in the environment of a container."""

from __future__ import annotations

import re

from cmp.validate.context import containers
from cmp.validate.walk import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.validate.context import Context
    from cmp.validate.registry import Hit

ID = "clear-credentials"
SEVERITY = "error"
TITLE = "A credential written into a container or ConfigMap"
WHY = (
    "Everyone who can read the pod, the ConfigMap or the repository has it, and Argo CD masks the "
    "values of Secrets only."
)
CURE = "env.valueFrom.secretKeyRef, with the value in an encrypted Secret."

_NAME = re.compile(r"(^|_)(PASSWORD|PASSWD|SECRET|SECRET_KEY|TOKEN|API_KEY|SECRET_ACCESS_KEY)$")
# scheme://user:password@host, where the password is no reference such as $(PGPASSWORD).
_URL = re.compile(r"[a-z][a-z0-9+.-]*://[^/\s:@]+:(?!\$[({])[^/\s@]+@", re.IGNORECASE)


def check(context: Context) -> Iterator[Hit]:
    """A hit per variable and per URL; the value is never repeated."""
    for body in context.objects:
        if body.get("kind") == "ConfigMap":
            for key, value in (body.get("data") or {}).items():
                if isinstance(value, str) and _URL.search(value):
                    yield body, f"data[{key}]", "a URL holds a password"
        for path, container in containers(body):
            yield from ((body, field, message) for field, message in _variables(path, container))


def _variables(path: str, container: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for variable in container.get("env") or ():
        named, value = str(variable.get("name", "")), variable.get("value")
        if not isinstance(value, str) or not value:
            continue
        if _NAME.search(named.upper()) and not value.startswith("$("):
            yield f"{path}.env[{named}].value", "the value of a credential stands in the manifest"
        elif _URL.search(value):
            yield f"{path}.env[{named}].value", "a URL holds a password"
    for field, text in texts([container.get("args") or [], container.get("command") or []]):
        if _URL.search(text):
            yield f"{path}.{'args' if field.startswith('[0]') else 'command'}", "a URL holds a password"
