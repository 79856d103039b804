"""Resolving references of any scheme: one client for each class, and every answer checked at the border."""

from __future__ import annotations

import contextlib
import threading

from cmp.errors import CmpError
from cmp.models import reference, storage
from cmp.models.errors import ReferenceSyntaxError, RegistryError, UnreachableError
from cmp.models.registry.protocol import Resolution
from cmp.models.registry.table import class_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from cmp.models.registry.protocol import Registry

# A lock stands in git: what a version says of itself must not swell it.
MAX_TEXT, MAX_TAGS, MAX_TAG = 2_000, 10_000, 200_000


class Registries:
    """The clients that an environment gives, made when the first reference of their scheme comes.

    Safe to share between threads.
    """

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._clients: dict[type[Registry], Registry] = {}
        self._lock = threading.Lock()

    def resolve(self, ref: str) -> Resolution:
        """What `ref` means now.

        `ReferenceSyntaxError`, `UnreachableError` or another `RegistryError` when that cannot be told;
        `UsageError` for settings and plug-ins that cannot be used.
        """
        scheme = reference.checked_scheme(ref)
        kind = class_of(scheme)
        with _foreign(scheme):
            kind.checked(ref)  # first: what is mistyped needs no registry to be told
            found = self._client(kind).resolve(ref)
        return checked_resolution(found)

    def _client(self, kind: type[Registry]) -> Registry:
        with self._lock:
            if kind not in self._clients:
                self._clients[kind] = kind(self._environ)
            return self._clients[kind]


@contextlib.contextmanager
def _foreign(scheme: str) -> Iterator[None]:
    """Code of somebody else runs inside: what it raises becomes our error."""
    try:
        yield
    except CmpError:
        raise
    except Exception as error:  # code of somebody else; its text may hold credentials
        raise UnreachableError(
            f"the registry client for {scheme!r} failed: {type(error).__name__}",
            hint="report it to the authors of the plug-in",
        ) from error


def checked_resolution(found: object) -> Resolution:
    """`found` if a lock may hold it; `RegistryError` for anything else that a registry or plug-in answers."""
    if not isinstance(found, Resolution):
        raise _odd(f"a {type(found).__name__}, not a Resolution")
    for name in ("registry", "model", "version", "run_id", "uri"):
        text = getattr(found, name)
        if not isinstance(text, str) or len(text) > MAX_TEXT:
            raise _odd(f"a {name} that is not a string of at most {MAX_TEXT} characters")
        if any(character < " " or character == "\x7f" for character in text):
            raise _odd(f"a {name} with control characters")
    if not found.registry or "@" in found.registry.partition("://")[2].partition("/")[0]:
        raise _odd("a registry without address, or with credentials in it")
    if not (found.version or found.run_id or found.model):
        raise _odd("neither a model nor a version nor a run")
    try:
        storage.check(found.uri)
    except ReferenceSyntaxError as error:
        raise RegistryError(f"the registry's storage URI is not usable: {error.message}") from error
    return found._replace(tags=_checked_tags(found.tags))


def _checked_tags(tags: object) -> dict[str, str]:
    if not hasattr(tags, "items") or len(tags) > MAX_TAGS:  # type: ignore[arg-type]  # a mapping has both
        raise _odd(f"tags that are not a mapping of at most {MAX_TAGS} entries")
    pairs: list[tuple[object, object]] = list(tags.items())
    result: dict[str, str] = {}
    for key, value in pairs:
        if not isinstance(key, str) or not isinstance(value, str) or len(key) + len(value) > MAX_TAG:
            raise _odd(f"tags that are not strings of at most {MAX_TAG} characters")
        result[key] = value
    return result


def _odd(what: str) -> RegistryError:
    return UnreachableError(
        f"the registry's client answered {what}", hint="nothing is locked; report it to its authors"
    )
