"""GET requests that answer JSON: TLS, proxies, timeouts, retries, bounded answers, over urllib3."""

from __future__ import annotations

import json
import os
import threading

from cmp.errors import UsageError
from cmp.lighttyping import NamedTuple
from cmp.models.errors import UnreachableError
from cmp.models.registry.environment import TIMEOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

MAX_ANSWER = 4 << 20
CONNECT_TIMEOUT = 5.0
WORKER = "registry-request"
# seconds between two attempts, at most
BACKOFF = 3
# answers that a moment later may be another: gateways and throttling
RETRIED = (429, 502, 503, 504)


class Words(NamedTuple):
    """What messages say. server: what is asked, with its article. The others: variables that a hint names.

    address: of the server. ca: of the authority's certificate. timeout: of the seconds for an answer.
    """

    server: str = "a registry"
    address: str = "the address"
    ca: str = "REQUESTS_CA_BUNDLE"
    timeout: str = TIMEOUT


class Endpoint(NamedTuple):
    """How to reach one server.

    address: scheme, host, port and path, without credentials. headers: names and values that go with each
    request. ca, client_certificate: files (the first may be a folder) or empty. timeout: seconds for one
    answer. retries: how often a request is repeated.
    """

    address: str
    headers: tuple[tuple[str, str], ...] = ()
    insecure: bool = False
    ca: str = ""
    client_certificate: str = ""
    timeout: float = 10.0
    retries: int = 2
    words: Words = Words()

    def __repr__(self) -> str:
        return f"Endpoint({self.address!r})"


class Answer(NamedTuple):
    """status: HTTP. body: parsed JSON, or None when it is not JSON. text: the body's first characters.

    data: the body. headers: by name in lower case.
    """

    status: int
    body: Any
    text: str
    data: bytes
    headers: Mapping[str, str]

    def __repr__(self) -> str:
        return f"Answer({self.status})"


def bounded_retry(base: Any, seconds: float) -> Any:
    """urllib3's `Retry` whose waits obey a server's Retry-After for at most `seconds`."""

    class Bounded(base):  # type: ignore[misc]  # the base is imported when it is needed
        def get_retry_after(self, response: Any) -> float | None:
            found = super().get_retry_after(response)
            return None if found is None else min(found, seconds)

    return Bounded


class Client:
    """A pool of connections to one server; safe to share between threads."""

    def __init__(self, endpoint: Endpoint) -> None:
        try:
            import urllib3
        except ImportError as error:
            raise UsageError(
                "the registry client is not installed", hint="pip install 'mlops-cmp[registries]'"
            ) from error
        self.endpoint = endpoint
        self._urllib3 = urllib3
        self._pool = self._make_pool()

    def _make_pool(self) -> Any:
        urllib3, settings = self._urllib3, self.endpoint
        options: dict[str, Any] = {"maxsize": 8, "block": True}
        if settings.address.startswith("https://"):
            options["cert_reqs"] = "CERT_NONE" if settings.insecure else "CERT_REQUIRED"
            if settings.insecure:
                urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            if settings.ca and os.path.isdir(settings.ca):
                options["ca_cert_dir"] = settings.ca
            for key, path in (("ca_certs", settings.ca), ("cert_file", settings.client_certificate)):
                if path and key == "ca_certs" and os.path.isdir(path):
                    continue
                if path and not os.path.isfile(path):
                    raise UsageError(f"the certificate file {path} does not exist")
                if path:
                    options[key] = path
        proxy = self._proxy()
        return urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)

    def _proxy(self) -> str:
        from urllib.parse import urlsplit
        from urllib.request import getproxies, proxy_bypass

        parts = urlsplit(self.endpoint.address)
        return "" if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme, "")

    def get(
        self, path: str, query: Mapping[str, str] | None = None, headers: Mapping[str, str] | None = None
    ) -> Answer:
        """The answer to `GET address/path?query`; `UnreachableError` when there is none in time.

        headers: besides the endpoint's own. A redirect is an answer: credentials would go along with it.

        A socket's timeout is for the next byte alone: a server that drips would be waited for without end.
        """
        settings = self.endpoint
        seconds = settings.timeout * (settings.retries + 1) + settings.retries * BACKOFF
        outcome: list[Answer | Exception] = []

        def work() -> None:
            try:
                outcome.append(self._get(path, query or {}, headers or {}))
            except Exception as error:
                outcome.append(error)

        # A daemon: whoever still waits must not keep the program from ending.
        thread = threading.Thread(target=work, name=WORKER, daemon=True)
        thread.start()
        thread.join(seconds)
        if not outcome:
            raise UnreachableError(
                f"{settings.address} did not answer within {seconds:g} seconds",
                hint=f"raise {settings.words.timeout}, or look at the server",
            )
        [done] = outcome
        if isinstance(done, Exception):
            raise done
        return done

    def _get(self, path: str, query: Mapping[str, str], more: Mapping[str, str]) -> Answer:
        from urllib.parse import quote, urlencode

        settings, urllib3 = self.endpoint, self._urllib3
        headers = {"Accept": "application/json", "User-Agent": "mlops-cmp", **dict(settings.headers), **more}
        retries = bounded_retry(urllib3.Retry, settings.timeout)(
            total=settings.retries,
            backoff_factor=0.3,
            backoff_max=BACKOFF,
            status_forcelist=RETRIED,
            allowed_methods=("GET",),
            raise_on_status=False,
            redirect=False,  # the credentials would go along to another host
        )
        url = settings.address + (f"/{path}" if path else "")
        url += "?" + urlencode(query, quote_via=quote) if query else ""
        try:
            response = self._pool.request(
                "GET",
                url,
                headers=headers,
                retries=retries,
                redirect=False,
                preload_content=False,
                timeout=urllib3.Timeout(
                    connect=min(CONNECT_TIMEOUT, settings.timeout), read=settings.timeout
                ),
            )
            data = response.read(MAX_ANSWER + 1)  # one more, to tell a full answer from a longer one
            if len(data) > MAX_ANSWER:
                response.close()
            response.drain_conn()  # up to the end that was reached: the connection can serve again, or closes
            response.release_conn()
        except (urllib3.exceptions.HTTPError, UnicodeError) as error:  # a host that IDNA does not know
            raise self._unreachable(error) from error
        if len(data) > MAX_ANSWER:
            raise UnreachableError(
                f"the answer of {settings.address} is too large",
                hint=f"is this the address of {settings.words.server}?",
            )
        text = data.decode("utf-8", "replace")
        try:
            body = json.loads(text)
        except (ValueError, RecursionError):
            body = None  # MLflow answers 401 and proxies answer errors with HTML
        found = {name.lower(): value for name, value in response.headers.items()}
        return Answer(response.status, body, text[:400], data, found)

    def _unreachable(self, error: Exception) -> UnreachableError:
        """Which of the usual reasons it was, with its cure."""
        chain = str(error) + str(getattr(error, "reason", ""))
        address, words = self.endpoint.address, self.endpoint.words
        if "CERTIFICATE_VERIFY_FAILED" in chain or "certificate verify failed" in chain:
            return UnreachableError(
                f"the certificate of {address} is not trusted",
                hint=f"give the authority's certificate in {words.ca}",
            )
        if "timed out" in chain:
            return UnreachableError(
                f"{address} did not answer within {self.endpoint.timeout:g} seconds",
                hint=f"raise {words.timeout}, or look at the server",
            )
        if "Name or service not known" in chain or "NameResolutionError" in chain or "resolve" in chain:
            return UnreachableError(f"the host of {address} is not known here", hint=f"check {words.address}")
        return UnreachableError(
            f"{address} cannot be reached", hint=f"check {words.address} and that the server is running"
        )
