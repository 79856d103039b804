"""Every environment variable that the operator can set, with what it does."""

from __future__ import annotations

from cmp.limits import SETTINGS

METRICS = "CMP_METRICS"
OTLP_ENDPOINT = "CMP_OTLP_ENDPOINT"
OTLP_TIMEOUT = "CMP_OTLP_TIMEOUT"
SPOOL_BYTES = "CMP_SPOOL_BYTES"
GRACE = "CMP_GRACE"

VARIABLES: dict[str, str] = {
    "CMP_PROJECT_KEYS": "Folder of <AppProject>.agekey and default.agekey; turns all other keys off.",
    "CMP_KEYSERVICE": "Unix socket of a sops keyservice, for keys other than age; off by default.",
    "CMP_KEYSERVICE_KEYS": "File of keys that it may be asked for; else <AppProject>.masterkeys.",
    "CMP_WAIVERS": "all (default), none, or a comma-separated list of gates that an object may waive.",
    "CMP_STRICT": "true: strict for every render; no Application can turn it off.",
    "CMP_DEADLINE": "Seconds after which a render stops with a message (50); below repo-server's timeout.",
    "CMP_CONCURRENCY": "How many renders may run at the same time on this machine.",
    "CMP_STATE_DIR": "Where lock files, metrics and the remote cache go; default TMPDIR or /tmp.",
    "CMP_LOG": "json: one line of JSON per render and per decrypted file on standard error.",
    METRICS: "Name of a Prometheus text file below CMP_STATE_DIR that every render adds to; off by default.",
    OTLP_ENDPOINT: "http(s)://host:port of an OpenTelemetry collector: a trace of each render (OTLP/HTTP).",
    OTLP_TIMEOUT: "Seconds that a trace may take (1, at most 5); then the render ends without it.",
    SPOOL_BYTES: "cmp-server: bytes of all archives that it holds at once (536870912); further uploads wait.",
    GRACE: "cmp-server: seconds that renders may still take after SIGTERM (25).",
    "CMP_DEBUG": "true: an unexpected exception also prints its call stack, without values.",
    "CMP_ENABLE_HELM": "true: helmCharts are inflated with CMP_HELM_COMMAND.",
    "CMP_HELM_COMMAND": "The helm program; default helm.",
    "CMP_REMOTE_ALLOW": "Comma-separated hosts that remote resources may come from; none by default.",
    "CMP_MLFLOW_ARTIFACT_ROOT": "cmpctl models: where the registry's mlflow-artifacts:/ URIs really are.",
    "CMP_REGISTRY_TIMEOUT": "cmpctl models: seconds for one whole answer of a registry (10).",
    "CMP_REGISTRY_RETRIES": "cmpctl models: how often a failed request to a registry is tried again (2).",
    "CMP_MLFLOW_TIMEOUT": "cmpctl models: the same seconds for MLflow alone.",
    "CMP_MLFLOW_RETRIES": "cmpctl models: the same number for MLflow alone.",
    "CMP_OCI_PLAIN_HTTP": "cmpctl models: hosts of OCI registries without TLS, separated by commas.",
    "CMP_LOCKED_BY": "cmpctl models lock: the name that is written into the lock as `lockedBy`.",
    **{
        f"CMP_MAX_{name.upper()}": f"Bound: {what} (default {default})."
        for name, (default, what) in SETTINGS.items()
    },
}
