"""One trace per render, sent to an OpenTelemetry collector as OTLP/HTTP in JSON.

Specification: OpenTelemetry Protocol, "OTLP/HTTP", "JSON Protobuf Encoding". Standard library only. A thread
sends, and is left behind when the time is over: not even a name server that never answers delays the end.
"""

from __future__ import annotations

import os

from cmp.cli.variables import OTLP_ENDPOINT, OTLP_TIMEOUT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from cmp.cli.telemetry import Facts

_DEFAULT_SECONDS = 1.0
_MAX_SECONDS = 5.0
_INTERNAL, _OK, _ERROR = 1, 1, 2


def export(facts: Facts, environ: Mapping[str, str]) -> str:
    """Send the trace; "" or what went wrong, in a few words."""
    import json
    import threading
    from urllib.parse import urlsplit

    seconds = _seconds(environ.get(OTLP_TIMEOUT, ""))
    try:
        address = urlsplit(environ[OTLP_ENDPOINT])
        host, port = address.hostname, address.port
    except ValueError:
        host, port = None, None
    if not seconds:
        return f"{OTLP_TIMEOUT} is not a number of seconds up to {_MAX_SECONDS:g}"
    if host is None or address.scheme not in ("http", "https") or address.username is not None:
        return f"{OTLP_ENDPOINT} is not http://host:port or https://host:port"
    path = address.path if address.path.strip("/") else "/v1/traces"
    body = json.dumps(trace(facts, os.urandom(32).hex())).encode()
    answer = [f"{OTLP_ENDPOINT}: no answer within {seconds:g} seconds"]

    def send() -> None:
        answer[0] = _post(address.scheme == "https", host, port, path, body, seconds)

    sender = threading.Thread(target=send, daemon=True)
    sender.start()
    sender.join(seconds)
    return answer[0]


def _seconds(text: str) -> float:
    """The timeout, 0 when the string is not one."""
    try:
        value = float(text or _DEFAULT_SECONDS)
    except ValueError:
        return 0.0
    return value if 0 < value <= _MAX_SECONDS else 0.0


def _post(secure: bool, host: str, port: int | None, path: str, body: bytes, seconds: float) -> str:
    from http.client import HTTPConnection, HTTPException, HTTPSConnection

    kind = HTTPSConnection if secure else HTTPConnection
    connection = kind(host, port or 4318, timeout=seconds)
    try:
        connection.request("POST", path, body, {"Content-Type": "application/json"})
        status = connection.getresponse().status
    except (OSError, ValueError, HTTPException) as err:
        return f"{OTLP_ENDPOINT}: the trace was not sent ({type(err).__name__})"
    finally:
        connection.close()
    return "" if 200 <= status < 300 else f"{OTLP_ENDPOINT}: the collector answered {status}"


def trace(facts: Facts, random: str) -> dict[str, Any]:
    """The export request; random: 64 hexadecimal digits, for the ids."""
    from cmp import __version__

    about: dict[str, str | int] = {
        "argocd.application": facts.application,
        "argocd.project": facts.project,
        "argocd.revision": facts.revision,
        "cmp.outcome": facts.outcome,
        "cmp.objects": facts.objects,
        "cmp.files": facts.files,
    }
    failed = facts.outcome != "done"
    root = _span(random, 0, "cmp-generate", facts.start, facts.end)
    root["attributes"] = _attributes(about)
    root["status"] = {"code": _ERROR, "message": facts.outcome} if failed else {"code": _OK}
    spans = [root]
    if facts.begun > facts.start:
        spans.append(_span(random, 1, "wait for a slot", facts.start, facts.begun))
        spans.append(_span(random, 2, "render", facts.begun, facts.end))
    resource = {"service.name": "mlops-cmp", "service.version": __version__}
    return {
        "resourceSpans": [
            {
                "resource": {"attributes": _attributes(resource)},
                "scopeSpans": [{"scope": {"name": "cmp", "version": __version__}, "spans": spans}],
            }
        ]
    }


def _span(random: str, number: int, name: str, start: float, end: float) -> dict[str, Any]:
    """64-bit numbers are strings in this encoding; ids are hexadecimal, not base64."""
    found = {
        "traceId": random[:32],
        "spanId": f"{int(random[32:48], 16) ^ (number + 1):016x}",
        "name": name,
        "kind": _INTERNAL,
        "startTimeUnixNano": str(int(start * 1e9)),
        "endTimeUnixNano": str(int(max(end, start) * 1e9)),
    }
    if number:
        found["parentSpanId"] = f"{int(random[32:48], 16) ^ 1:016x}"
    return found


def _attributes(values: Mapping[str, str | int]) -> list[dict[str, Any]]:
    return [
        {"key": key, "value": {"intValue": str(value)} if isinstance(value, int) else {"stringValue": value}}
        for key, value in values.items()
        if value != ""
    ]
