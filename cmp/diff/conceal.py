"""Secret values and model URIs become digests before anything is compared, so they cannot reach a report.

The digest is keyed by the caller's key (the command draws a new one for each run): it tells changed from
unchanged within one report and nothing across reports.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

from cmp.models.storage import masked_in
from cmp.yaml.taint import origins_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

# The first `_WEB` of them are as well those of other addresses.
_WEB = 2
_URI_SCHEMES = (
    "https://",
    "http://",
    "s3://",
    "gs://",
    "hdfs://",
    "pvc://",
    "oci://",
    "hf://",
    "wasbs://",
    "abfss://",
    "azure://",
)


# Stands for a value that Argo CD replaced by plus signs: nobody can tell whether it changed.
HIDDEN = "(hidden by Argo CD)"
# Of decrypted values, those that are long enough to be told from others are concealed wherever they stand.
_SHORTEST = 4


class Concealer:
    """Replaces values by tokens; show_uris keeps model URIs readable."""

    def __init__(self, key: bytes, *, show_uris: bool) -> None:
        self._key = key
        self._show_uris = show_uris
        self._secrets: set[str] = set()

    def token(self, value: str) -> str:
        """Eight hex digits that stand for a value within one run."""
        return hmac.new(self._key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:8]

    def learn(self, value: object) -> None:
        """Remember the tainted values below `value`: the other side may have them in clear."""
        if isinstance(value, dict):
            for item in value.values():
                self.learn(item)
        elif isinstance(value, list):
            for item in value:
                self.learn(item)
        elif origins_of(value):
            text = str(getattr(value, "text", value))
            if len(text) >= _SHORTEST:
                self._secrets.add(str.__str__(text))

    def is_secret(self, value: object, text: str | None) -> bool:
        """Whether a leaf (and its text) must not be shown: it is tainted, or is a tainted one's text."""
        return bool(origins_of(value)) or (text is not None and text in self._secrets)

    def secret(self, text: str) -> str:
        """What stands for a secret value."""
        return f"(secret {self.token(text)})"

    def manifest(self, body: dict[str, Any]) -> dict[str, Any]:
        """A copy without secret values; other kinds are returned as they are."""
        if body.get("kind") != "Secret" or body.get("apiVersion") != "v1":
            return body
        hidden = dict(body)
        metadata = body.get("metadata")
        annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
        if isinstance(metadata, dict) and isinstance(annotations, dict):
            shown = {key: HIDDEN if _is_masked(value) else value for key, value in annotations.items()}
            hidden["metadata"] = {**metadata, "annotations": shown}
        for field in ("data", "stringData"):
            values = body.get(field)
            if isinstance(values, dict):
                hidden[field] = {
                    key: HIDDEN if _is_masked(value) else self.secret(_cleartext(field, value))
                    for key, value in values.items()
                }
        return hidden

    def uri(self, text: str) -> str:
        """A string whose model locations have scheme and first part only, and a token for the rest.

        Inside of a longer string, such as an argument or a configuration, web addresses stay.
        """
        if self._show_uris or "://" not in text:
            return text
        if text.startswith(_URI_SCHEMES):
            return self._location(*text.split("://", 1))
        return masked_in(text, self._inside)

    def _inside(self, scheme: str, rest: str) -> str:
        uri = f"{scheme}://{rest}"
        return self._location(scheme, rest) if uri.startswith(_URI_SCHEMES[_WEB:]) else uri

    def _location(self, scheme: str, rest: str) -> str:
        host, slash, path = rest.partition("/")
        host = host.rpartition("@")[2]
        return f"{scheme}://{host}/… ({self.token(path)})" if slash else f"{scheme}://{host}"


def with_string_data_folded(
    old: dict[str, Any] | None, new: dict[str, Any] | None
) -> tuple[dict[str, Any] | None, dict[str, Any] | None]:
    """Two sides of a Secret, alike in form: an API server has put `stringData` into `data`."""
    if old is None or new is None or ("stringData" in old) == ("stringData" in new):
        return old, new
    return _folded(old), _folded(new)


def _folded(body: dict[str, Any]) -> dict[str, Any]:
    text = body.get("stringData")
    if body.get("kind") != "Secret" or not isinstance(text, dict):
        return body
    data = body.get("data")
    folded = {**(data if isinstance(data, dict) else {}), **text}
    return {**{key: value for key, value in body.items() if key != "stringData"}, "data": folded}


def _is_masked(value: object) -> bool:
    """Whether Argo CD put plus signs, eight or more, in place of a Secret's value.

    Follows gitops-engine's pkg/diff/diff.go (HideSecretData), which hides annotations of Secrets too, where
    the installation names them (`resource.sensitive.mask.annotations`).
    """
    return isinstance(value, str) and len(value) >= _MASK and not value.strip("+")


_MASK = 8


def _cleartext(field: str, value: object) -> str:
    """Base64 is opened, so that line breaks inside it do not count as a change."""
    text = str(value)
    if field == "data":
        try:
            return base64.b64decode(text).decode("latin-1")
        except (binascii.Error, ValueError):
            return text
    return text
