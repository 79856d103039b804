"""How the readers of a URI want it written. A dialect refuses what its reader cannot read."""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.models import storage
from cmp.models.errors import TargetError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

# KServe's validation (pkg/apis/serving/v1beta1/component.go, pkg/utils/utils.go of 0.20, with the newer two).
KSERVE_SCHEMES = (
    *("gs", "s3", "pvc", "file", "https", "http", "hdfs", "webhdfs", "oci", "oci+native", "oci+fetch", "hf"),
    "modelscope",
)
_AZURE = ("wasbs", "wasb", "abfss", "abfs")


def written_as(dialect: str, uri: str, schemes: tuple[str, ...]) -> str:
    """`uri` in a dialect; `TargetError`, which never repeats it, when its reader does not take it.

    schemes: of URIs, which the cluster's storage containers teach KServe besides its own.
    """
    return DIALECTS[dialect](uri, schemes)


def plain(uri: str, schemes: tuple[str, ...]) -> str:
    """As it is."""
    return uri


def kserve(uri: str, schemes: tuple[str, ...]) -> str:
    """As KServe reads it, if its webhook admits it."""
    form = kserve_form(uri)
    if not kserve_admits(form, schemes):
        raise TargetError(
            "KServe does not admit the URI scheme",
            hint=f"it admits {', '.join(KSERVE_SCHEMES)}; one that a ClusterStorageContainer "
            "adds goes into policy.schemes",
        )
    return form


def kserve_form(uri: str) -> str:
    """Azure's `wasbs://container@account.blob...` in the https form that KServe knows.

    A revision of the Hugging Face Hub follows a colon there. Others as they are.
    """
    scheme, separator, rest = uri.partition("://")
    if scheme == "hf":
        name, at, revision = rest.partition("@")
        return f"hf://{name}:{revision}" if at else uri
    if separator and scheme in _AZURE:
        authority, _, path = rest.partition("/")
        container, at, host = authority.partition("@")
        account, dot, domain = host.partition(".")
        if at and dot and domain.startswith(("blob.", "dfs.")):
            return f"https://{account}.blob.{domain.split('.', 1)[1]}/{container}/{path}".rstrip("/")
    return uri


def kserve_admits(uri: str, extra: tuple[str, ...] = ()) -> bool:
    """Whether KServe's webhook accepts `uri`; `extra`: schemes that the cluster's storage containers add."""
    scheme, separator, _ = uri.partition("://")
    return bool(separator) and (scheme in KSERVE_SCHEMES or scheme in extra)


# -- the Hugging Face Hub: hf://ORGANISATION/MODEL@REVISION


def hub_parts(uri: str) -> tuple[str, str, str]:
    """(organisation, model, revision) of a `hf://` URI; `TargetError` for any other."""
    scheme, _, rest = uri.partition("://")
    name, _, revision = rest.partition("@")
    organisation, slash, model = name.partition("/")
    if scheme != "hf" or not slash or not model or "/" in model:
        raise TargetError(
            "the target reads models of the Hugging Face Hub only: it cannot read the URI",
            hint="give hf://ORGANISATION/MODEL or hf://ORGANISATION/MODEL@REVISION",
        )
    return organisation, model, revision


_HUB = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789-_.")


def is_hub_id(text: str) -> bool:
    """Whether a string has the form `ORGANISATION/MODEL`, in the characters of the Hub."""
    organisation, slash, model = text.partition("/")
    starts = organisation[:1].isalnum() and model[:1].isalnum()
    return bool(slash and starts and _HUB.issuperset(organisation) and _HUB.issuperset(model))


def hub_id(uri: str, schemes: tuple[str, ...]) -> str:
    """`ORGANISATION/MODEL` of a `hf://` URI, as vLLM, TGI and SGLang read it; any other URI as it is."""
    if not uri.startswith("hf://"):
        return uri
    organisation, model, _ = hub_parts(uri)
    return f"{organisation}/{model}"


def hub_uri(uri: str, schemes: tuple[str, ...]) -> str:
    """A `hf://` URI without its revision, for readers that would take the revision for a part of the name."""
    return f"hf://{hub_id(uri, schemes)}" if uri.startswith("hf://") else uri


def hub_organisation(uri: str, schemes: tuple[str, ...]) -> str:
    """The organisation alone."""
    return hub_parts(uri)[0]


def hub_model(uri: str, schemes: tuple[str, ...]) -> str:
    """The model's name alone."""
    return hub_parts(uri)[1]


def hub_revision(uri: str, schemes: tuple[str, ...]) -> str:
    """The revision; empty for a URI without one."""
    return hub_parts(uri)[2] if uri.startswith("hf://") else ""


# -- images: oci://REGISTRY/REPOSITORY:TAG@DIGEST


def image(uri: str, schemes: tuple[str, ...]) -> str:
    """An image reference, as kubelet reads it: without a scheme, tag and digest kept."""
    scheme, separator, rest = uri.partition("://")
    if not separator or scheme not in ("oci", "oci+native") or not rest:
        raise TargetError(
            "the target reads an image: it cannot read the URI",
            hint="give oci://REGISTRY/REPOSITORY:TAG or oci://REGISTRY/REPOSITORY@sha256:DIGEST",
        )
    return rest


def image_repository(uri: str, schemes: tuple[str, ...]) -> str:
    """An image reference without tag and digest."""
    return _image_parts(uri)[0]


def image_tag(uri: str, schemes: tuple[str, ...]) -> str:
    """The tag; a digest has no place in a field for tags."""
    _, tag = _image_parts(uri)
    if not tag or "@" in tag:
        raise TargetError("the target takes a tag, which the image has not: it cannot read the URI")
    return tag


def _image_parts(uri: str) -> tuple[str, str]:
    reference = image(uri, ())
    repository, at, digest = reference.partition("@")
    if at:
        return repository, f"@{digest}"
    head, colon, tag = reference.rpartition(":")
    return (head, tag) if colon and "/" not in tag else (reference, "")


def object_name(uri: str, schemes: tuple[str, ...]) -> str:
    """The name of an object made from the last part of an image: `oci://iris:1` is the object `iris-1`."""
    name = image(uri, ()).rpartition("/")[2]
    if "@" in name:
        raise TargetError(
            "the target takes the name of an object, which has no digest: it cannot read the URI"
        )
    return name.lower().replace(":", "-").replace("_", "-")


# -- buckets


def path(uri: str, schemes: tuple[str, ...]) -> str:
    """The path inside of the bucket, whose name stands elsewhere."""
    scheme, separator, rest = uri.partition("://")
    inside = rest.partition("/")[2]
    if not separator or scheme not in ("s3", "gs", "s3a", "hdfs", "webhdfs") or not inside.strip("/"):
        raise TargetError(
            "the target takes a path inside of a bucket: the URI has none", hint="give s3://BUCKET/PATH"
        )
    return inside


# -- the way back


def uri_of(parts: Sequence[tuple[str, str]]) -> str:
    """The URI that `parts` (dialect and text of each place) hold together; empty when they hold none.

    The inverse of `written_as`: each text is what its dialect makes of the result.
    """
    held = dict(parts)
    dialect, text = parts[0]
    if "hub-organisation" in held:
        uri = f"hf://{held['hub-organisation']}/{held['hub-model']}"
    elif dialect == "image-repository":
        uri = f"oci://{text}:{held['image-tag']}"
    elif dialect in ("image", "object-name"):
        uri = f"oci://{text}"
    elif dialect == "kserve" and text.startswith("hf://"):
        uri = text.replace(":", "@").replace("@", ":", 1)
    else:
        uri = f"hf://{text}" if dialect == "id" and "://" not in text else text
    if held.get("hub-revision"):
        uri = f"{uri}@{held['hub-revision']}"
    return uri if text and _is_written(uri, parts) else ""


def _is_written(uri: str, parts: Sequence[tuple[str, str]]) -> bool:
    try:
        storage.check(uri)
        # Its own scheme is admitted: an object that is there has passed the webhook.
        admitted = (uri.partition("://")[0],)
        return all(written_as(dialect, uri, admitted) == text for dialect, text in parts)
    except CmpError:
        return False


DIALECTS: dict[str, Callable[[str, tuple[str, ...]], str]] = {
    "plain": plain,
    "kserve": kserve,
    "id": hub_id,
    "hub-uri": hub_uri,
    "hub-organisation": hub_organisation,
    "hub-model": hub_model,
    "hub-revision": hub_revision,
    "image": image,
    "image-repository": image_repository,
    "image-tag": image_tag,
    "object-name": object_name,
    "path": path,
}
# Those that leave a revision out.
WITHOUT_REVISION = ("id", "hub-uri")
# Those that a target may ask for by `dialect`.
CHOICES = ("plain", "kserve", "id", "image", "path")
