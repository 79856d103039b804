"""What rules look at: the final objects, their text, and what the render knows about models and secrets."""

from __future__ import annotations

from cmp.gates.unpack import unpacked

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Container, Iterable, Iterator, Mapping

    from cmp.kustomize.resource import Resource
    from cmp.models.declarations import Declarations
    from cmp.models.record import Record
    from cmp.yaml.value import Value


def _never(text: str) -> bool:
    return False


class _Every:
    """Contains everything."""

    def __contains__(self, item: object) -> bool:
        return True


EVERY: Container[str] = _Every()


class Context:
    """printed: the objects in output order. objects: what Argo CD makes of them, see `cmp.gates.unpack`.

    text: how they print, empty when it was not made.

    strict: refuse what otherwise is a warning. is_masked: tells a masked render's tokens. record,
    declarations: of the injection, if there was one. leaks: finds decrypted values outside of
    Secrets. destination: the namespace of objects that name none. waivers: the ids of the gates that an
    object may waive. stored: file -> the object in it, of encrypted files that leave as they stand.
    """

    __slots__ = (
        "declarations",
        "destination",
        "is_masked",
        "leaks",
        "objects",
        "printed",
        "record",
        "stored",
        "strict",
        "text",
        "waivers",
    )

    def __init__(
        self,
        printed: Iterable[Resource],
        *,
        text: str = "",
        strict: bool = False,
        is_masked: Callable[[str], bool] = _never,
        record: Record | None = None,
        declarations: Declarations | None = None,
        leaks: Callable[[Iterable[Resource]], Iterable[tuple[Resource, str, str, str]]] | None = None,
        destination: str = "",
        waivers: Container[str] = EVERY,
        stored: Mapping[str, dict[str, Value]] | None = None,
    ) -> None:
        self.printed = list(printed)
        self.objects = list(unpacked(self.printed))
        self.text = text
        self.strict = strict
        self.is_masked = is_masked
        self.record = record
        self.declarations = declarations
        self.leaks = leaks
        self.destination = destination
        self.waivers = waivers
        self.stored = stored or {}


def forbids(waivers: Container[str], gate: str) -> str:
    """What the operator's setting says where it does not let objects waive `gate`; otherwise empty."""
    if gate in waivers:
        return ""
    allowed = ", ".join(sorted(waivers)) if isinstance(waivers, frozenset) else ""
    return f"CMP_WAIVERS does not allow {gate}; it allows {allowed or 'none'}"


def is_secret(resource: Resource) -> bool:
    """Whether it is a core Secret, the one kind whose values Argo CD hides."""
    return resource.kind == "Secret" and resource.body.get("apiVersion") == "v1"


def decoded(value: Value) -> bytes | None:
    """The bytes behind a Secret's `data` value, None when it is not base64.

    As Go's decoder sees it: line breaks do not count, padding does.
    """
    from binascii import Error, a2b_base64

    if not isinstance(value, str):
        return None
    try:
        return a2b_base64(value.replace("\n", "").replace("\r", ""), strict_mode=True)
    except (Error, ValueError):
        return None


# What apimachinery's IsConfigMapKey takes (pkg/util/validation/validation.go), for keys of Secrets too.
_KEY = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-._")

_LONGEST_KEY = 253


def is_key(key: str) -> bool:
    """Whether a Secret may have this key. One that it may not have can be a password: no message shows it."""
    return 0 < len(key) <= _LONGEST_KEY and _KEY.issuperset(key) and key != "." and not key.startswith("..")


def entries_of(resource: Resource, *sections: str) -> Iterator[tuple[str, str, Value]]:
    """(section, key, value) of the entries whose key an object may have; strings as plain ones.

    Nothing of them leaves, so that nobody has to follow what a gate makes of them.
    """
    for section in sections:
        entries = resource.body.get(section)
        for key, value in entries.items() if isinstance(entries, dict) else ():
            if is_key(key):
                yield section, key, str.__str__(value) if isinstance(value, str) else value
