"""Credentials of OCI registries from the file of Docker or Podman, and the challenge of a registry.

No credential helper is run. Values never appear in a message or a repr.
"""

from __future__ import annotations

import json
import os

from cmp.errors import UsageError
from cmp.lighttyping import NamedTuple
from cmp.models.registry.environment import basic
from cmp.models.registry.oci_reference import DOCKER_HUB

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from typing import Any

MAX_FILE = 1 << 20
# The name under which `docker login` keeps the credentials of Docker Hub.
DOCKER_HUB_KEY = "https://index.docker.io/v1/"


class Credentials(NamedTuple):
    """authorization: the value of a header, or empty. refresh: an identity token.

    helper: the program that holds them instead, which is not run.
    """

    authorization: str = ""
    refresh: str = ""
    helper: str = ""

    def __repr__(self) -> str:
        return "Credentials(***)"


class Challenge(NamedTuple):
    """What a 401 asks for. scheme: `basic`, `bearer` or empty. parameters: by name in lower case."""

    scheme: str
    parameters: Mapping[str, str]


def file_of(environ: Mapping[str, str]) -> str:
    """The first of the files that Podman and Docker would read; empty when none is there."""
    home = environ.get("HOME", "")
    places = [
        environ.get("REGISTRY_AUTH_FILE", ""),
        _join(environ.get("DOCKER_CONFIG", ""), "config.json"),
        _join(environ.get("XDG_RUNTIME_DIR", ""), "containers/auth.json"),
        _join(home, ".config/containers/auth.json"),
        _join(home, ".docker/config.json"),
    ]
    if places[0] and not os.path.isfile(places[0]):
        raise UsageError("the file of REGISTRY_AUTH_FILE does not exist")
    return next((each for each in places if each and os.path.isfile(each)), "")


def _join(folder: str, name: str) -> str:
    return os.path.join(folder, name) if folder else ""


def read(path: str) -> Mapping[str, Any]:
    """The file as JSON; `UsageError`, which repeats nothing of it, when it is not JSON."""
    try:
        with open(path, "rb") as file:
            data = file.read(MAX_FILE + 1)
        body = json.loads(data) if len(data) <= MAX_FILE else None
    except OSError as error:
        raise UsageError(f"{path} cannot be read: {error.strerror}") from None
    except (ValueError, RecursionError):
        body = None
    if not isinstance(body, dict):
        # Without the cause: its text has the file's first characters.
        raise UsageError(f"{path} is not a configuration of Docker or Podman", hint="docker login writes one")
    return body


def credentials_of(config: Mapping[str, Any], host: str, repository: str) -> Credentials:
    """What the file has for a repository: the entry of the longest name that covers it, as Podman does."""
    entries = config.get("auths")
    by_name = {_plain(name): entry for name, entry in entries.items()} if isinstance(entries, dict) else {}
    for name in _names(host, repository):
        entry = by_name.get(name)
        found = _entry(entry) if isinstance(entry, dict) else Credentials()
        if found.authorization or found.refresh:
            return found
    helpers = config.get("credHelpers")
    helper = helpers.get(host) if isinstance(helpers, dict) else None
    store = helper or config.get("credsStore")
    return Credentials(helper=store) if isinstance(store, str) else Credentials()


def _names(host: str, repository: str) -> Iterator[str]:
    parts = repository.split("/")
    for length in range(len(parts), 0, -1):
        yield "/".join((host, *parts[:length]))
    yield host
    if host == DOCKER_HUB:
        yield _plain(DOCKER_HUB_KEY)


def _plain(name: object) -> str:
    """The name of an entry without scheme, version path and trailing slash: all of them are written."""
    text = str(name)
    if text.rstrip("/") == DOCKER_HUB_KEY.rstrip("/"):
        return "index.docker.io/v1"
    text = text.partition("://")[2] or text
    return text.rstrip("/").removesuffix("/v1").removesuffix("/v2")


def _entry(entry: Mapping[str, Any]) -> Credentials:
    import base64

    token = entry.get("identitytoken")
    if isinstance(token, str) and token:
        return Credentials(refresh=token)
    token = entry.get("registrytoken")
    if isinstance(token, str) and token and _is_header(token):
        return Credentials(authorization=f"Bearer {token}")
    user, password = entry.get("username"), entry.get("password")
    if isinstance(user, str) and isinstance(password, str) and user:
        return Credentials(authorization=basic(user, password))
    packed = entry.get("auth")
    if not isinstance(packed, str) or not packed:
        return Credentials()
    try:
        pair = base64.b64decode(packed, validate=True).decode()
    except ValueError:
        return Credentials()
    user, colon, password = pair.partition(":")
    return Credentials(authorization=basic(user, password)) if colon and user else Credentials()


def _is_header(text: str) -> bool:
    return all(" " < character <= "~" for character in text)


def challenge_of(text: str) -> Challenge:
    """The first challenge of a WWW-Authenticate header that can be met (RFC 9110, section 11.6.1)."""
    rest = text
    while rest:
        scheme, parameters, rest = _challenge(rest)
        if scheme in ("basic", "bearer"):
            return Challenge(scheme, parameters)
    return Challenge("", {})


def _challenge(text: str) -> tuple[str, dict[str, str], str]:
    """(scheme, parameters, the text of the challenges that follow)."""
    scheme, _, rest = text.lstrip(" ,").partition(" ")
    parameters: dict[str, str] = {}
    while rest := rest.lstrip(" ,"):
        name, equals, after = rest.partition("=")
        if not equals or " " in name.strip():
            break  # another challenge begins
        value, rest = _value(after.lstrip())
        parameters[name.strip().lower()] = value
    return scheme.lower(), parameters, rest


def _value(text: str) -> tuple[str, str]:
    """A token or quoted string, and what follows it."""
    if not text.startswith('"'):
        value, _, rest = text.partition(",")
        return value.strip(), rest
    value, position = "", 1
    while position < len(text) and text[position] != '"':
        if text[position] == "\\":
            position += 1
        value += text[position : position + 1]
        position += 1
    return value, text[position + 1 :]
