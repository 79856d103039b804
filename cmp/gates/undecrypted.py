"""Gate: ciphertext in the output."""

from __future__ import annotations

from cmp.gates.context import is_secret
from cmp.gates.finding import Finding
from cmp.gates.leaves import leaves

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource

ID = "undecrypted"
TITLE = "Encrypted values or a sops block in the output"
WHY = (
    "A workload would start with ciphertext for a password. It happens when a file's sops block was "
    "lost in an edit or a merge, when a file was encrypted twice, or when ciphertext was copied into a "
    "plain file."
)
CURE = "Restore the file's sops block from git, or encrypt the value again with cmpctl secrets."
WAIVABLE = False

MARK = "ENC[AES256_GCM,"
_BASE64_MARKS = (b"ENC[AES256_GCM,", b"-----BEGIN AGE ENCRYPTED FILE-----")
# Fields of SOPS' own block; an application may well have a field called `sops`.
_METADATA = ("mac", "lastmodified")


def check(context: Context) -> Iterator[Finding]:
    """A finding per field."""
    suspicious = not context.text or MARK in context.text
    for resource in context.objects:
        block = resource.body.get("sops")
        if isinstance(block, dict) and any(key in block for key in _METADATA):
            yield Finding(ID, "the object still has its sops block", resource, "sops", CURE)
        if suspicious:
            for field, text in leaves(resource.body):
                if MARK in text:
                    yield Finding(ID, "the value is still encrypted", resource, field, CURE)
        if is_secret(resource):
            yield from _generated(resource)


def _generated(resource: Resource) -> Iterator[Finding]:
    """Ciphertext that a Secret generator has put into base64."""
    from binascii import Error, a2b_base64

    data = resource.body.get("data")
    for key, value in data.items() if isinstance(data, dict) else ():
        if not isinstance(value, str):
            continue
        try:
            content = a2b_base64(value)
        except (Error, ValueError):
            continue
        if any(mark in content for mark in _BASE64_MARKS):
            yield Finding(ID, "the value is still encrypted", resource, f"data.{key}", CURE)
