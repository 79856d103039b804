"""Secret values and model URIs become digests before anything is compared, so they cannot reach a report.

The digest is keyed by the caller's key (the command draws a new one for each run): it tells changed from
unchanged within one report and nothing across reports.
"""

from __future__ import annotations

import base64
import binascii
import hashlib
import hmac

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_URI_SCHEMES = (
    "s3://",
    "gs://",
    "https://",
    "http://",
    "hdfs://",
    "pvc://",
    "oci://",
    "hf://",
    "wasbs://",
    "abfss://",
    "azure://",
)


class Concealer:
    """Replaces values by tokens; show_uris keeps model URIs readable."""

    def __init__(self, key: bytes, *, show_uris: bool) -> None:
        self._key = key
        self._show_uris = show_uris

    def token(self, value: str) -> str:
        """Eight hex digits that stand for a value within one run."""
        return hmac.new(self._key, value.encode("utf-8", "surrogatepass"), hashlib.sha256).hexdigest()[:8]

    def manifest(self, body: dict[str, Any]) -> dict[str, Any]:
        """A copy without secret values; other kinds are returned as they are."""
        if body.get("kind") != "Secret" or body.get("apiVersion") != "v1":
            return body
        hidden = dict(body)
        for field in ("data", "stringData"):
            values = body.get(field)
            if isinstance(values, dict):
                hidden[field] = {
                    key: f"(secret {self.token(_cleartext(field, value))})" for key, value in values.items()
                }
        return hidden

    def uri(self, text: str) -> str:
        """A model location with scheme and first part only, and a token for the rest."""
        if self._show_uris or not text.startswith(_URI_SCHEMES):
            return text
        scheme, _, rest = text.partition("://")
        host, slash, path = rest.partition("/")
        host = host.rpartition("@")[2]
        return f"{scheme}://{host}/… ({self.token(path)})" if slash else f"{scheme}://{host}"


def _cleartext(field: str, value: object) -> str:
    """Base64 is opened, so that line breaks inside it do not count as a change."""
    text = str(value)
    if field == "data":
        try:
            return base64.b64decode(text).decode("latin-1")
        except (binascii.Error, ValueError):
            return text
    return text
