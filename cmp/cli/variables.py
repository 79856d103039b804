"""Every environment variable that the operator can set, with what it does."""

from __future__ import annotations

from cmp.limits import SETTINGS

VARIABLES: dict[str, str] = {
    "CMP_PROJECT_KEYS": "Folder of <AppProject>.agekey and default.agekey; turns all other keys off.",
    "CMP_STRICT": "true: strict for every render; no Application can lower it.",
    "CMP_DEADLINE": "Seconds after which a render stops with a message (50); below repo-server's timeout.",
    "CMP_CONCURRENCY": "How many renders may run at the same time on this machine.",
    "CMP_STATE_DIR": "Where lock files and the remote cache go; default TMPDIR or /tmp.",
    "CMP_LOG": "json: one line of JSON per render and per decrypted file on standard error.",
    "CMP_DEBUG": "true: an unexpected exception also prints its call stack, without values.",
    "CMP_ENABLE_HELM": "true: helmCharts are inflated with CMP_HELM_COMMAND.",
    "CMP_HELM_COMMAND": "The helm program; default helm.",
    "CMP_REMOTE_ALLOW": "Comma-separated hosts that remote resources may come from; none by default.",
    "CMP_MLFLOW_ARTIFACT_ROOT": "cmpctl models: where the registry's mlflow-artifacts:/ URIs really are.",
    "CMP_MLFLOW_TIMEOUT": "cmpctl models: seconds for one request to the registry.",
    "CMP_MLFLOW_RETRIES": "cmpctl models: how often a failed request is tried again.",
    "CMP_LOCKED_BY": "cmpctl models lock: who is written into the lock.",
    **{
        f"CMP_MAX_{name.upper()}": f"Bound: {what} (default {default})."
        for name, (default, what) in SETTINGS.items()
    },
}
