"""OCI registries over the distribution API: a tag of a model, followed to the digest of its manifest.

A model is a ModelPack artifact, a KitOps ModelKit, or a container image with the model inside, as KServe's
modelcars. The digest is taken of the bytes, never from a header alone. Specifications: OCI distribution
("Pulling manifests"), OCI image ("Manifest", "Index"), CNCF model-spec, and Docker's token authentication.
"""

from __future__ import annotations

import hashlib
import threading

from cmp.errors import UsageError
from cmp.models.errors import RegistryError, UnreachableError
from cmp.models.registry import docker_config
from cmp.models.registry.environment import retries_of, timeout_of
from cmp.models.registry.http import Client, Endpoint, Words
from cmp.models.registry.oci_reference import DOCKER_HUB, OciReference, parse
from cmp.models.registry.protocol import Resolution

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cmp.models.registry.docker_config import Challenge, Credentials
    from cmp.models.registry.http import Answer

PLAIN_HTTP = "CMP_OCI_PLAIN_HTTP"
MANIFESTS = (
    "application/vnd.oci.image.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v2+json",
)
INDEXES = (
    "application/vnd.oci.image.index.v1+json",
    "application/vnd.docker.distribution.manifest.list.v2+json",
)
# artifactType of a ModelPack -> how the types of its parts begin. `cnai` was the project's first name.
MODEL_PACKS = {
    "application/vnd.cncf.model.manifest.v1+json": "application/vnd.cncf.model.",
    "application/vnd.cnai.model.manifest.v1+json": "application/vnd.cnai.model.",
}
# What a model can be besides a ModelPack. The type of an image is that of its configuration.
OTHER_MODELS = (
    "application/vnd.oci.image.config.v1+json",
    "application/vnd.docker.container.image.v1+json",
    "application/vnd.kitops.modelkit.manifest.v1+json",
    "application/vnd.kitops.modelkit.config.v1+json",
)
# In an index, attestations beside the images that they are of.
ATTESTATION = "vnd.docker.reference.type"
MAX_TAG_VALUE = 1_000
WORDS = Words(server="an OCI registry", address="the host of the reference")


class OciRegistry:
    """A client of all OCI registries, each named by the reference; safe to share between threads."""

    def __init__(self, environ: Mapping[str, str]) -> None:
        self._environ = environ
        self._timeout, self._retries = timeout_of(environ), retries_of(environ)
        self._plain = frozenset(each.strip() for each in environ.get(PLAIN_HTTP, "").split(",")) - {""}
        path = docker_config.file_of(environ)
        self._config = docker_config.read(path) if path else {}
        self._clients: dict[str, Client] = {}
        self._lock = threading.Lock()

    @staticmethod
    def checked(ref: str) -> str:
        """The reference with `library/` where Docker Hub means it."""
        return str(parse(ref))

    def resolve(self, ref: str) -> Resolution:
        """The digest that the tag means now."""
        asked = parse(ref)
        address = self._address(asked.host)
        answer = self._manifest(address, asked)
        digest = "sha256:" + hashlib.sha256(answer.data).hexdigest()
        told = answer.headers.get("docker-content-digest", digest)
        if digest != (asked.digest or digest) or (told.startswith("sha256:") and told != digest):
            raise _odd(address, "a manifest that is not of its digest")
        if not isinstance(answer.body, dict):
            raise _odd(address, "a manifest that is not a JSON object")
        tags = _checked_manifest(answer.body, answer.headers.get("content-type", ""), asked, address)
        return Resolution(address, asked.name, digest, "", f"oci://{asked.name}@{digest}", tags)

    # -- requests

    def _address(self, host: str) -> str:
        """Where the API is: HTTPS, but for hosts of CMP_OCI_PLAIN_HTTP and this machine, as in Docker."""
        if host == DOCKER_HUB:
            return "https://registry-1.docker.io"
        name = host.rpartition(":")[0] if not host.endswith("]") and ":" in host else host
        plain = host in self._plain or _is_loopback(name.strip("[]"))
        return f"{'http' if plain else 'https'}://{host}"

    def _client(self, address: str) -> Client:
        with self._lock:
            if address not in self._clients:
                ca = self._environ.get("REQUESTS_CA_BUNDLE", "")
                endpoint = Endpoint(address, ca=ca, timeout=self._timeout, retries=self._retries, words=WORDS)
                self._clients[address] = Client(endpoint)
            return self._clients[address]

    def _manifest(self, address: str, asked: OciReference) -> Answer:
        path = f"v2/{asked.repository}/manifests/{asked.digest or asked.tag}"
        headers = {"Accept": ", ".join((*MANIFESTS, *INDEXES))}
        client = self._client(address)
        answer = client.get(path, headers=headers)
        credentials = docker_config.credentials_of(self._config, asked.host, asked.repository)
        if answer.status == 401:
            challenge = docker_config.challenge_of(answer.headers.get("www-authenticate", ""))
            authorization = self._authorization(address, challenge, credentials, asked)
            if authorization:
                answer = client.get(path, headers={**headers, "Authorization": authorization})
        if answer.status != 200:
            raise _refused(answer, asked, address, credentials)
        return answer

    def _authorization(
        self, address: str, challenge: Challenge, credentials: Credentials, asked: OciReference
    ) -> str:
        """What the challenge asks for; empty when there is nothing to answer with."""
        if challenge.scheme == "bearer" and not credentials.authorization.startswith("Bearer "):
            return self._token(address, challenge, credentials, asked)
        return credentials.authorization if challenge.scheme else ""

    def _token(
        self, address: str, challenge: Challenge, credentials: Credentials, asked: OciReference
    ) -> str:
        """A token of the realm.

        A registry could ask for the credentials itself: naming a realm gains nothing. But they never leave
        an encrypted connection for one that is not.
        """
        from urllib.parse import parse_qsl, urlsplit, urlunsplit

        try:
            parts = urlsplit(challenge.parameters.get("realm", ""))
            host = parts.hostname or ""
        except ValueError:  # brackets that do not close
            raise _odd(address, "a realm that is not a safe address") from None
        plain = parts.netloc in self._plain or parts.netloc == urlsplit(address).netloc or _is_loopback(host)
        allowed = parts.scheme == "https" or (
            parts.scheme == "http" and address.startswith("http:") and plain
        )
        if not allowed or not host or "@" in parts.netloc:
            raise _odd(address, "a realm that is not a safe address")
        realm = urlunsplit((parts.scheme, parts.netloc, parts.path, "", ""))
        # What is asked for is ours: pulling this repository, whatever the registry says.
        query = dict(parse_qsl(parts.query)) | {"scope": f"repository:{asked.repository}:pull"}
        if service := challenge.parameters.get("service"):
            query["service"] = service
        headers = {}
        if credentials.authorization:
            headers["Authorization"] = credentials.authorization
        elif credentials.refresh:
            raise UsageError(
                f"the Docker configuration has an identity token for {asked.host}, which is not supported",
                hint="log in with a user name and an access token: docker login",
            )
        answer = self._client(realm).get("", query, headers)
        body = answer.body if isinstance(answer.body, dict) else {}
        token = body.get("token") or body.get("access_token")
        if answer.status == 200 and isinstance(token, str) and token.isascii() and token.isprintable():
            return f"Bearer {token}"
        if answer.status in (401, 403):
            raise _refused(answer, asked, address, credentials)
        raise UnreachableError(
            f"{realm} gave no token (HTTP {answer.status})", hint=f"it is where {address} sends its clients"
        )


def _is_loopback(host: str) -> bool:
    """Whether a host is this machine: by its address, as a name may lead anywhere."""
    import ipaddress

    if host == "localhost":
        return True
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return False


def _checked_manifest(
    body: Mapping[str, Any], told: str, asked: OciReference, address: str
) -> dict[str, str]:
    """The tags of a manifest or index that can be a model; `RegistryError` for anything else."""
    media_type = body.get("mediaType") or told.partition(";")[0].strip()
    if media_type in INDEXES:
        return _checked_index(body, asked, address)
    if media_type not in MANIFESTS:
        raise _odd(address, f"a manifest of the media type {_shown(media_type)}")
    config = body.get("config")
    config_type = config.get("mediaType", "") if isinstance(config, dict) else ""
    kind = body.get("artifactType") or config_type
    if not isinstance(kind, str) or not isinstance(config_type, str):
        raise _odd(address, "a manifest without types")
    prefix = MODEL_PACKS.get(kind) or next(
        (each for each in MODEL_PACKS.values() if config_type.startswith(each)), ""
    )
    if prefix:
        _check_model_pack(body, config_type, prefix, asked)
    elif kind not in OTHER_MODELS:
        raise RegistryError(
            f"{asked} is not a model: its type is {_shown(kind)}",
            hint="a model is a ModelPack, a KitOps ModelKit, or a container image that holds one",
        )
    return {**_annotations(body), "artifactType": kind}


def _check_model_pack(body: Mapping[str, Any], config_type: str, prefix: str, asked: OciReference) -> None:
    """Raise unless configuration and layers are those of the CNCF model-spec."""
    if config_type != f"{prefix}config.v1+json":
        raise RegistryError(
            f"{asked} is called a ModelPack, but its configuration is {_shown(config_type)}",
            hint="build it again: modctl build",
        )
    layers = body.get("layers")
    for layer in layers if isinstance(layers, list) else ():
        kind = layer.get("mediaType") if isinstance(layer, dict) else None
        if not isinstance(kind, str) or not kind.startswith(prefix):
            raise RegistryError(
                f"{asked} is called a ModelPack, but has a layer of the type {_shown(kind)}",
                hint="build it again: modctl build",
            )
    if not isinstance(layers, list) or not layers:
        raise RegistryError(
            f"{asked} is a ModelPack without a layer", hint="it holds no model: build it again"
        )


def _checked_index(body: Mapping[str, Any], asked: OciReference, address: str) -> dict[str, str]:
    """The tags of an index, which must be one image for several platforms, not several artifacts."""
    listed = body.get("manifests")
    entries = [each for each in listed if isinstance(each, dict)] if isinstance(listed, list) else []
    if not isinstance(listed, list) or len(entries) != len(listed) or not entries:
        raise _odd(address, "an index without manifests")
    images = [each for each in entries if ATTESTATION not in _annotations(each)]
    platforms = [each.get("platform") for each in images]
    names = [
        (each.get("os"), each.get("architecture"), each.get("variant")) if isinstance(each, dict) else None
        for each in platforms
    ]
    if not names or None in names or len(set(map(str, names))) != len(names):
        raise RegistryError(
            f"{asked} is an index of {len(images)} artifacts, not one model for several platforms",
            hint=f"name one of them by its digest: oci://{asked.name}@sha256:DIGEST",
        )
    kind = body.get("artifactType")
    return {**_annotations(body), "artifactType": kind if isinstance(kind, str) and kind else INDEXES[0]}


def _annotations(body: Mapping[str, Any]) -> dict[str, str]:
    """The short ones among the annotations: they are part of what the digest covers."""
    found = body.get("annotations")
    return {
        key: value
        for key, value in (found.items() if isinstance(found, dict) else ())
        if isinstance(key, str) and isinstance(value, str) and len(value) <= MAX_TAG_VALUE
    }


def _refused(answer: Answer, asked: OciReference, address: str, credentials: Credentials) -> RegistryError:
    """Which of the usual refusals it was: the specification's codes first."""
    codes = _codes(answer)
    if answer.status in (401, 403):
        if credentials.helper:
            return UnreachableError(
                f"{asked.host} asks for credentials, which are in the helper {credentials.helper!r}",
                hint="helpers are not run: give an `auth` entry, such as by docker login in a DOCKER_CONFIG "
                "of its own",
            )
        if credentials.authorization and answer.status == 403:
            return RegistryError(
                f"the account may not pull {asked.name}",
                hint="give it the permission to pull this repository",
            )
        if credentials.authorization:
            return UnreachableError(
                f"{asked.host} does not accept the credentials, or does not know {asked.name}",
                hint=f"docker login {asked.host}",
            )
        return UnreachableError(
            f"{asked.host} asks for credentials for {asked.name}",
            hint=f"docker login {asked.host}; many registries also ask when there is no such repository",
        )
    if answer.status == 404 and codes & {"MANIFEST_UNKNOWN", "NAME_UNKNOWN", "NOT_FOUND"}:
        what = f"no repository {asked.repository}" if "NAME_UNKNOWN" in codes else f"no {_last(asked)}"
        return RegistryError(f"{asked.host} has {what}", hint=f"asked for {asked}")
    if 300 <= answer.status < 400:
        return UnreachableError(
            f"{address} redirects (HTTP {answer.status})",
            hint="write the final host: credentials are not sent to another one",
        )
    if answer.status == 429:
        return UnreachableError(f"{asked.host} takes no more requests for now", hint="log in, or try later")
    return UnreachableError(
        f"{address} answered HTTP {answer.status}", hint="is this the host of an OCI registry?"
    )


def _last(asked: OciReference) -> str:
    what = f"manifest {asked.digest}" if asked.digest else f"tag {asked.tag!r}"
    return f"{what} of {asked.repository}"


def _codes(answer: Answer) -> set[str]:
    errors = answer.body.get("errors") if isinstance(answer.body, dict) else None
    found = [each for each in errors if isinstance(each, dict)] if isinstance(errors, list) else []
    return {str(each.get("code", "")) for each in found}


def _odd(address: str, what: str) -> RegistryError:
    return UnreachableError(f"{address} answered {what}", hint="is this the host of an OCI registry?")


def _shown(kind: object) -> str:
    """A type that a registry told, as a message may show it."""
    text = str(kind)[:120]
    return repr(text) if text and kind else "missing"
