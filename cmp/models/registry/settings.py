"""How to reach an MLflow server: MLflow's own variables, and our own timeouts and artifact root."""

from __future__ import annotations

from typing import NamedTuple

from cmp.errors import UsageError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

# variables that change how a request is signed, in ways this client does not know
UNSUPPORTED = ("MLFLOW_TRACKING_AUTH", "MLFLOW_TRACKING_AWS_SIGV4")
_TRUE = frozenset(("1", "true", "yes"))


class Settings(NamedTuple):
    """address: scheme, host, port and path, without credentials. authorization: a header's value or empty.

    ca, client_certificate: files or empty. artifact_root: what `mlflow-artifacts:/` stands for, or empty.
    timeout: seconds for one answer. retries: how often a request is repeated.
    """

    address: str
    authorization: str = ""
    insecure: bool = False
    ca: str = ""
    client_certificate: str = ""
    workspace: str = ""
    artifact_root: str = ""
    timeout: float = 10.0
    retries: int = 2

    def __repr__(self) -> str:
        return f"Settings({self.address!r})"


def settings_of(address: str, environ: Mapping[str, str]) -> Settings:
    """The settings that an environment gives for `address`; `UsageError` for what cannot be used."""
    for name in UNSUPPORTED:
        if environ.get(name, "").lower() not in ("", "0", "false", "no"):
            raise UsageError(
                f"{name} is not supported", hint="use MLFLOW_TRACKING_TOKEN, or _USERNAME and _PASSWORD"
            )
    plain, user, password = split_credentials(address)
    return Settings(
        address=plain.rstrip("/"),
        authorization=_authorization(environ, user, password),
        insecure=environ.get("MLFLOW_TRACKING_INSECURE_TLS", "").lower() in _TRUE,
        ca=environ.get("MLFLOW_TRACKING_SERVER_CERT_PATH", ""),
        client_certificate=environ.get("MLFLOW_TRACKING_CLIENT_CERT_PATH", ""),
        workspace=_header("MLFLOW_WORKSPACE", environ.get("MLFLOW_WORKSPACE", "")),
        artifact_root=environ.get("CMP_MLFLOW_ARTIFACT_ROOT", "").rstrip("/"),
        timeout=_number(environ, "CMP_MLFLOW_TIMEOUT", 10.0, 0.1, 60.0),
        retries=int(_number(environ, "CMP_MLFLOW_RETRIES", 2, 0, 10)),
    )


def split_credentials(address: str) -> tuple[str, str, str]:
    """(address without them, user, password) of an address that may hold `user:password@`."""
    from urllib.parse import unquote, urlsplit, urlunsplit

    parts = urlsplit(address)
    user, password = unquote(parts.username or ""), unquote(parts.password or "")
    host = parts.netloc.rpartition("@")[2]
    return urlunsplit((parts.scheme, host, parts.path, "", "")), user, password


def _authorization(environ: Mapping[str, str], user: str, password: str) -> str:
    """MLflow's order: user name and password, then the token."""
    import base64

    user = environ.get("MLFLOW_TRACKING_USERNAME") or user
    password = environ.get("MLFLOW_TRACKING_PASSWORD") or password
    token = environ.get("MLFLOW_TRACKING_TOKEN", "")
    if user and password:
        return "Basic " + base64.b64encode(f"{user}:{password}".encode()).decode()
    return f"Bearer {_header('MLFLOW_TRACKING_TOKEN', token)}" if token else ""


def _header(name: str, value: str) -> str:
    value = value.strip()
    if any(not " " <= character <= "~" for character in value):
        raise UsageError(f"{name} holds characters that a header cannot carry")
    return value


def _number(environ: Mapping[str, str], name: str, default: float, low: float, high: float) -> float:
    text = environ.get(name, "")
    if not text:
        return default
    try:
        value = float(text)
    except ValueError as error:
        raise UsageError(f"{name} must be a number") from error
    if not low <= value <= high:
        raise UsageError(f"{name} must be from {low:g} to {high:g}")
    return value
