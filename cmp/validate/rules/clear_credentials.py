"""A password in the environment of a container."""

from __future__ import annotations

import re

from cmp.findings import Hit, Severity
from cmp.manifest import containers
from cmp.paths import strings

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "clear-credentials"
SEVERITY: Severity = "error"
TITLE = "A credential written into a container or ConfigMap"
WHY = (
    "Everyone who can read the pod, the ConfigMap or the repository has it, and Argo CD masks the "
    "values of Secrets only."
)
CURE = "env.valueFrom.secretKeyRef, with the value in an encrypted Secret."

# `ALLOW_EMPTY_PASSWORD=yes` switches something; it is not a password.
_SWITCHES = ("ALLOW_", "DISABLE_", "ENABLE_", "NO_", "REQUIRE_", "SKIP_", "USE_")
_SWITCHED = frozenset(("true", "false", "yes", "no", "on", "off", "0", "1", "enabled", "disabled"))
_NAME = re.compile(r"(^|_)(PASSWORD|PASSWD|SECRET|SECRET_KEY|TOKEN|API_KEY|SECRET_ACCESS_KEY)$")


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per variable and per URL; the value is never repeated."""
    for body in context.objects:
        if body.get("kind") == "ConfigMap":
            for key, value in (body.get("data") or {}).items():
                if isinstance(value, str) and _holds_password(value):
                    yield Hit(body, f"data[{key}]", "a URL holds a password")
        for path, container in containers(body):
            yield from (Hit(body, field, message) for field, message in _variables(path, container))


def _variables(path: str, container: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for variable in container.get("env") or ():
        named, value = str(variable.get("name", "")), variable.get("value")
        if not isinstance(value, str) or not value:
            continue
        if _is_credential(named.upper(), value):
            yield f"{path}.env[{named}].value", "the value of a credential stands in the manifest"
        elif _holds_password(value):
            yield f"{path}.env[{named}].value", "a URL holds a password"
    for field, text in strings([container.get("args") or [], container.get("command") or []]):
        if _holds_password(text):
            yield f"{path}.{'args' if field.startswith('[0]') else 'command'}", "a URL holds a password"


def _is_credential(name: str, value: str) -> bool:
    if not _NAME.search(name) or value.startswith("$("):
        return False
    return value.lower() not in _SWITCHED and not name.startswith(_SWITCHES)


def _holds_password(text: str) -> bool:
    """`scheme://user:password@host`, where the password is not a reference such as `$(PGPASSWORD)`."""
    before, *parts = text.split("://")
    for part in parts:
        authority = (part.partition("/")[0].split() or [""])[0] if not part[:1].isspace() else ""
        user, _, rest = authority.partition(":")
        password, at, _ = rest.partition("@")
        clear = bool(password and at) and not password.startswith(("$(", "${"))
        if clear and user and "@" not in user and _ends_with_scheme(before):
            return True
        before = part
    return False


def _ends_with_scheme(text: str) -> bool:
    """Whether there is a letter in the digits, dots, dashes and pluses that `text` ends with."""
    for char in reversed(text):
        if char.isascii() and char.isalpha():
            return True
        if not (char.isascii() and char.isdigit()) and char not in "+.-":
            return False
    return False
