"""KSOPS generator entries in the engine: their fields as the plugin's Go struct reads them.

The plugin decodes its configuration with sigs.k8s.io/yaml: field names match in any case, and numbers and
truth values become strings where a string is wanted (ksops.go of KSOPS 4.5.1).
"""

from __future__ import annotations

from cmp.errors import Where, located
from cmp.kustomize.plugins.arguments import read
from cmp.kustomize.structs import STR, ListOf, MapOf, Struct
from cmp.sops import ksops
from cmp.sops.errors import SopsError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable

    from cmp.kustomize.resource import Resource
    from cmp.limits import Limits
    from cmp.yaml.value import Value

_METADATA = Struct(name=STR, namespace=STR, labels=MapOf(STR), annotations=MapOf(STR))
_SECRET = Struct(metadata=_METADATA, type=STR, files=ListOf(STR), binaryFiles=ListOf(STR), envs=ListOf(STR))
_SHAPE = Struct(files=ListOf(STR), secretFrom=ListOf(_SECRET))


def objects_of(config: Resource, open_file: Callable[[str], bytes], limits: Limits) -> list[Value] | None:
    """The objects that a generator entry stands for, or None for one that is not KSOPS'.

    open_file: the cleartext of the encrypted file at a path as the entry writes it. Raises `StructError` and
    `SopsError`, which name the file and the entry.
    """
    if not ksops.is_generator(config.body):
        return None
    with located(Where(file=config.file, object=str(config))):
        fields = read(config, _SHAPE)
        if not fields:
            _refuse_unknown(config)
        return ksops.generate(fields, open_file, limits)


def _refuse_unknown(config: Resource) -> None:
    """Name the field that was probably meant, where none that counts is there."""
    from cmp.nearest import nearest

    for key in config.body:
        guess = nearest(key, _SHAPE.fields)
        if guess:
            raise SopsError(f"unknown field {key!r}", hint=f"did you mean {guess!r}?")
