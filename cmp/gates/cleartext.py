"""Gate: a decrypted value outside of a Secret."""

from __future__ import annotations

from cmp.gates.finding import Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context

ID = "cleartext"
TITLE = "A decrypted value outside of a Secret"
WHY = (
    "Argo CD masks the values of core Secrets only. Anything else is shown in its UI and API to "
    "everyone who can see the Application. Model URIs, weights and the policy of a ModelConfig are "
    "exempt; so is a value that some file of the render says in clear anyway."
)
CURE = "Move the value into a Secret, or annotate the object with cmp.mlops/allow-cleartext: <reason>."
WAIVABLE = True


def check(context: Context) -> Iterator[Finding]:
    """A finding per field that holds a decrypted value."""
    for resource, field, source, path in context.leaks(context.objects) if context.leaks else ():
        origin = f"{source}, {path}" if path else source
        yield Finding(ID, f"a value decrypted from {origin} would be shown in clear", resource, field, CURE)
