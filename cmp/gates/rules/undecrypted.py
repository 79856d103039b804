"""Gate: ciphertext in the output."""

from __future__ import annotations

from cmp.findings import Hit
from cmp.gates.context import entries_of, is_secret
from cmp.gates.passthrough import ANNOTATION, KINDS, MARK, changed, is_age, is_operators, is_whole_age_file
from cmp.paths import child

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.gates.context import Context
    from cmp.kustomize.resource import Resource
    from cmp.yaml.value import Value

ID = "undecrypted"
TITLE = "Encrypted values or a sops block in the output"
WHY = (
    "A workload would start with ciphertext as its password. Causes: a file lost its sops block in an "
    "edit or a merge, a file was encrypted twice, or ciphertext was copied into a plain file."
)
CURE = "Restore the file's sops block from git, or encrypt the value again with cmpctl secrets."
WAIVABLE = False
# Fields of SOPS' own block; an application may well have a field called `sops`.
_METADATA = ("mac", "lastmodified")
_CHANGED = (
    "the overlay changed what the MAC of the encrypted file covers: the operator would refuse the object"
)
_LEAVE = (
    "leave the object out of namespace, labels, prefixes and patches (a kustomization of its own), or "
    "encrypt the file again with what the overlay adds"
)
_AGE = "restore the cleartext; a whole age file may be an entry of `data` whose key ends in .age"
# For the reference page: what leaves on purpose.
EXCEPTIONS = (
    "none. With `CMP_WAIVERS` that allow `undecrypted`, two things may leave encrypted. First, an "
    f"object that an operator in the cluster decrypts ({', '.join(KINDS.values())}): its encrypted file "
    f"contains nothing else, has the annotation `{ANNOTATION}: <reason>` in clear, and the overlay "
    "changes nothing that the file's MAC covers, the namespace included. Second, a whole age file: it "
    "is an entry of a Secret's `data`, and its key ends in `.age`. SOPS files in a core Secret are "
    "always refused. SealedSecrets are not SOPS files and need no waiver."
)


def check(context: Context) -> Iterator[Hit[Resource]]:
    """A finding per field."""
    suspicious = not context.text or MARK in context.text
    for resource in context.objects:
        original = context.stored.get(resource.file)
        if original is not None and is_operators(resource.body):
            field = changed(resource.body, original)
            if field is not None:
                yield Hit(resource, field, _CHANGED, _LEAVE)
            continue
        block = resource.body.get("sops")
        if isinstance(block, dict) and any(key in block for key in _METADATA):
            yield Hit(resource, "sops", "the object still has its sops block")
        if suspicious:
            for field, text in texts(resource.body):
                if MARK in text:
                    yield Hit(resource, field, "the value is still encrypted")
        if is_secret(resource):
            yield from _secret(resource, ID in context.waivers)
        else:
            yield from _binary(resource)


def _secret(resource: Resource, age: bool) -> Iterator[Hit[Resource]]:
    """Ciphertext that a Secret generator has put into base64, and age files. age: whole ones may leave."""
    for section, key, value in entries_of(resource, "data", "stringData"):
        if not isinstance(value, str):
            continue
        content = _opened(value) if section == "data" else value.encode("utf-8", "surrogatepass")
        if is_age(content):
            leaves = age and section == "data" and key.endswith(".age") and is_whole_age_file(content)
            if not leaves:
                yield Hit(resource, child(section, key), "the value is still encrypted", _AGE)
        elif section == "data" and MARK.encode() in content:
            yield Hit(resource, child(section, key), "the value is still encrypted")


def _binary(resource: Resource) -> Iterator[Hit[Resource]]:
    """Ciphertext that a ConfigMap generator has put into base64."""
    if resource.kind == "ConfigMap":
        for section, key, value in entries_of(resource, "binaryData"):
            if isinstance(value, str) and MARK.encode() in _opened(value):
                yield Hit(resource, child(section, key), "the value is still encrypted")


def _opened(value: str) -> bytes:
    from binascii import Error, a2b_base64

    try:
        return a2b_base64(value)
    except (Error, ValueError):
        return b""


def texts(value: Value, path: str = "") -> Iterator[tuple[str, str]]:
    """(path, string) of every string and every key; a key that is ciphertext is not part of a path."""
    if isinstance(value, dict):
        for key, item in value.items():
            if MARK in key:
                yield f"{path}.(a key)" if path else "(a key)", key
            else:
                yield from texts(item, child(path, key))
    elif isinstance(value, list):
        for index, item in enumerate(value):
            yield from texts(item, f"{path}[{index}]")
    elif isinstance(value, str):
        yield path, value
