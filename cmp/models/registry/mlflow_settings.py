"""How to reach an MLflow server: MLflow's own variables, and our own timeouts and artifact root."""

from __future__ import annotations

from cmp.errors import UsageError
from cmp.lighttyping import NamedTuple
from cmp.models.errors import UnreachableError
from cmp.models.registry.environment import TRUE, basic, header, retries_of, split_credentials, timeout_of
from cmp.models.registry.http import Endpoint, Words

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# variables that change how a request is signed, in ways this client does not know
UNSUPPORTED = ("MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4")
WORDS = Words(
    server="an MLflow server",
    address="MLFLOW_TRACKING_URI",
    ca="MLFLOW_TRACKING_SERVER_CERT_PATH",
    timeout="CMP_MLFLOW_TIMEOUT",
)


class Settings(NamedTuple):
    """endpoint: how to reach the server. artifact_root: what `mlflow-artifacts:/` stands for, or empty."""

    endpoint: Endpoint
    artifact_root: str = ""


def address_of(environ: Mapping[str, str]) -> str:
    """The registry that the environment names: MLFLOW_REGISTRY_URI, else MLFLOW_TRACKING_URI."""
    address = environ.get("MLFLOW_REGISTRY_URI") or environ.get("MLFLOW_TRACKING_URI") or ""
    if not address:
        raise UnreachableError(
            "no registry is configured", hint="set MLFLOW_TRACKING_URI, such as https://mlflow.example.com"
        )
    if address.startswith(("http://", "https://")):
        return address
    kind = address.partition(":")[0]
    raise UnreachableError(
        f"registries of the kind {kind!r} are not supported",
        hint="give the http or https address of an MLflow server"
        if not kind.startswith("databricks")
        else "Databricks needs credentials for each artifact: use a literal uri of an external location",
    )


def settings_of(address: str, environ: Mapping[str, str]) -> Settings:
    """The settings that an environment gives for `address`; `UsageError` for what cannot be used."""
    for name in UNSUPPORTED:
        if environ.get(name, "").lower() not in ("", "0", "false", "no"):
            raise UsageError(
                f"{name} is not supported", hint="use MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD"
            )
    plain, user, password = split_credentials(address)
    headers = {"Authorization": _authorization(environ, user, password)}
    headers["X-MLFLOW-WORKSPACE"] = header("MLFLOW_WORKSPACE", environ.get("MLFLOW_WORKSPACE", ""))
    endpoint = Endpoint(
        address=plain.rstrip("/"),
        headers=tuple((name, value) for name, value in headers.items() if value),
        insecure=environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in TRUE,
        # As MLflow's own client, which is one of requests.
        ca=environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH") or environ.get("REQUESTS_CA_BUNDLE", ""),
        client_certificate=environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH", ""),
        timeout=timeout_of(environ, "CMP_MLFLOW_TIMEOUT"),
        retries=retries_of(environ, "CMP_MLFLOW_RETRIES"),
        words=WORDS,
    )
    return Settings(endpoint, environ.get("CMP_MLFLOW_ARTIFACT_ROOT", "").rstrip("/"))


def _authorization(environ: Mapping[str, str], user: str, password: str) -> str:
    """MLflow's order: user name and password, then the token."""
    user = environ.get("MLFLOW_TRACKING_USERNAME") or user
    password = environ.get("MLFLOW_TRACKING_PASSWORD") or password
    token = environ.get("MLFLOW_TRACKING_TOKEN", "")
    if user and password:
        return basic(user, password)
    return f"Bearer {header('MLFLOW_TRACKING_TOKEN', token)}" if token else ""
