"""GET requests that answer JSON: TLS, proxies, timeouts, retries, bounded answers, over urllib3."""

from __future__ import annotations

import json
import os
from typing import NamedTuple

from cmp.errors import UsageError
from cmp.models.errors import RegistryError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cmp.models.registry.settings import Settings

MAX_ANSWER = 4 << 20
CONNECT_TIMEOUT = 5.0
# answers that a moment later may be another: gateways and throttling
RETRIED = (429, 502, 503, 504)


class Answer(NamedTuple):
    """status: HTTP. body: parsed JSON, or None when it is none. text: the body's first characters."""

    status: int
    body: Any
    text: str


class Client:
    """A pool of connections to one server; safe to share between threads."""

    def __init__(self, settings: Settings) -> None:
        try:
            import urllib3
        except ImportError as error:
            raise UsageError(
                "the registry client is not installed", hint="pip install 'mlops-cmp[mlflow]'"
            ) from error
        self.settings = settings
        self._urllib3 = urllib3
        self._pool = self._make_pool()

    def _make_pool(self) -> Any:
        urllib3, settings = self._urllib3, self.settings
        options: dict[str, Any] = {"maxsize": 8, "block": True}
        if settings.address.startswith("https://"):
            options["cert_reqs"] = "CERT_NONE" if settings.insecure else "CERT_REQUIRED"
            if settings.insecure:
                urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
            for key, path in (("ca_certs", settings.ca), ("cert_file", settings.client_certificate)):
                if path and not os.path.isfile(path):
                    raise UsageError(f"the certificate file {path} does not exist")
                if path:
                    options[key] = path
        proxy = self._proxy()
        return urllib3.ProxyManager(proxy, **options) if proxy else urllib3.PoolManager(**options)

    def _proxy(self) -> str:
        from urllib.parse import urlsplit
        from urllib.request import getproxies, proxy_bypass

        parts = urlsplit(self.settings.address)
        return "" if proxy_bypass(parts.hostname or "") else getproxies().get(parts.scheme, "")

    def get(self, path: str, query: Mapping[str, str]) -> Answer:
        """The answer to `GET address/path?query`; `RegistryError` when there is none."""
        from urllib.parse import quote, urlencode

        settings, urllib3 = self.settings, self._urllib3
        headers = {"Accept": "application/json", "User-Agent": "mlops-cmp"}
        if settings.authorization:
            headers["Authorization"] = settings.authorization
        if settings.workspace:
            headers["X-MLFLOW-WORKSPACE"] = settings.workspace
        retries = urllib3.Retry(
            total=settings.retries,
            backoff_factor=0.3,
            backoff_max=3,
            status_forcelist=RETRIED,
            allowed_methods=("GET",),
            raise_on_status=False,
            redirect=False,
        )
        url = f"{settings.address}/{path}" + ("?" + urlencode(query, quote_via=quote) if query else "")
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
            data = response.read(MAX_ANSWER + 1)
            response.release_conn()
        except urllib3.exceptions.HTTPError as error:
            raise self._unreachable(error) from error
        if len(data) > MAX_ANSWER:
            raise RegistryError(
                "the registry's answer is too large", hint=f"{settings.address} is no MLflow server?"
            )
        text = data.decode("utf-8", "replace")
        try:
            body = json.loads(text)
        except ValueError:
            body = None
        return Answer(response.status, body, text[:400])

    def _unreachable(self, error: Exception) -> RegistryError:
        """Which of the usual reasons it was, with its cure."""
        chain = str(error) + str(getattr(error, "reason", ""))
        address = self.settings.address
        if "CERTIFICATE_VERIFY_FAILED" in chain or "certificate verify failed" in chain:
            return RegistryError(
                f"the certificate of {address} is not trusted",
                hint="give the authority's certificate in MLFLOW_TRACKING_SERVER_CERT_PATH",
            )
        if "timed out" in chain:
            return RegistryError(
                f"{address} did not answer within {self.settings.timeout:g} seconds",
                hint="raise CMP_MLFLOW_TIMEOUT, or look at the server",
            )
        if "Name or service not known" in chain or "NameResolutionError" in chain or "resolve" in chain:
            return RegistryError(f"the host of {address} is not known here", hint="check MLFLOW_TRACKING_URI")
        return RegistryError(
            f"{address} cannot be reached", hint="check MLFLOW_TRACKING_URI and that the server is running"
        )
