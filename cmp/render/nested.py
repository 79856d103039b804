"""Secrets whose `data` holds a whole SOPS file in base64: Flux opens those after its build, and so do we.

kustomize carries such a value unchanged, so its MAC holds and is checked; Flux leaves the MAC out. What
cannot be recognised as a SOPS file stays as it is, and the gate over ciphertext refuses it.
"""

from __future__ import annotations

from binascii import b2a_base64

from cmp.errors import CmpError, Where
from cmp.yaml.taint import carry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.render.decrypting import DecryptingTree
    from cmp.yaml.value import Value

_DOCKER_KEY = ".dockerconfigjson"


def open_nested(resmap: ResMap, tree: DecryptingTree) -> None:
    """Replace each such value by its cleartext, in base64; raises what decryption raises, with the place."""
    from cmp.gates.context import is_secret

    for resource in resmap:
        data = resource.body.get("data")
        if is_secret(resource) and isinstance(data, dict):
            for key, value in data.items():
                opened = _opened(resource, key, value, tree)
                if opened is not None:
                    data[key] = opened


def _opened(resource: Resource, key: str, value: Value, tree: DecryptingTree) -> str | None:
    """The new value, or None for one that holds no SOPS file."""
    from cmp.gates.context import decoded
    from cmp.paths import child

    content = decoded(value)
    if content is None:
        return None

    from cmp.sops.detect import format_of_path

    field = child("data", key)
    # As in Flux the key says which form comes out, if it ends as files of that form do.
    form = "json" if key.endswith(_DOCKER_KEY) else format_of_path(key)
    printed = form if form in ("yaml", "json") else ""
    try:
        cleartext = tree.open_bytes(content, key, f"{resource.file}, {field}", printed)
    except CmpError as err:
        # Lines and fields inside of the value mean nothing to who reads the file around it.
        inner = f": {err.where.field}" if err.where.field else ""
        err.where = Where(resource.file, object=f"Secret/{resource.name}", field=field + inner)
        raise err from err.__cause__
    return (
        None if cleartext is None else carry(b2a_base64(cleartext, newline=False).decode("ascii"), cleartext)
    )
