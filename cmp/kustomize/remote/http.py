"""Files over HTTPS: bounded in time and size, redirected only to hosts that are allowed as well."""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError, RefusedError
from cmp.kustomize.remote.policy import check
from cmp.limits import exceeded

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.options import Options

_SCHEMES = ("https", "http")
_REDIRECTS = 10
_STATUS_OK = range(200, 300)
_STATUS_REDIRECT = (301, 302, 303, 307, 308)
_CHUNK = 1 << 16


def get(url: str, options: Options) -> bytes:
    """The body of a response with a 2xx status; raises `KustomizeError` or `LimitError`."""
    for _ in range(_REDIRECTS):
        if check(url, options).scheme not in _SCHEMES:
            raise RefusedError(f"{url} is not an address of a file on the web")
        body, url = _get_once(url, options)
        if not url:
            return body
    raise KustomizeError(f"more than {_REDIRECTS} redirects")


def _get_once(url: str, options: Options) -> tuple[bytes, str]:
    """`(body, "")`, or the address of a redirect."""
    from http.client import HTTPException
    from urllib.error import HTTPError, URLError
    from urllib.parse import urljoin

    try:
        with _opener().open(url, timeout=options.remote_timeout) as response:
            if response.status not in _STATUS_OK:
                raise KustomizeError(f"{url} answers with status {response.status}")
            return _read(response, options), ""
    except HTTPError as error:
        target = error.headers.get("Location") if error.code in _STATUS_REDIRECT else None
        error.close()
        if target:
            return b"", urljoin(url, target)
        raise KustomizeError(f"{url} answers with status {error.code}") from error
    except (URLError, HTTPException, OSError, ValueError) as error:
        reason = getattr(error, "reason", None) or error
        raise KustomizeError(f"{url} cannot be fetched: {reason}") from error


def _read(response: Any, options: Options) -> bytes:
    """The whole body; not more than a file may have."""
    limit = options.limits.file_bytes
    chunks: list[bytes] = []
    size = 0
    while chunk := response.read(_CHUNK):
        chunks.append(chunk)
        size += len(chunk)
        if size > limit:
            raise exceeded("file_bytes", limit)
    return b"".join(chunks)


def _opener() -> Any:
    """An opener that follows no redirect by itself."""
    from urllib.request import HTTPRedirectHandler, build_opener

    class NoRedirect(HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            """Leave redirects to the caller, who checks their hosts."""

    return build_opener(NoRedirect)
