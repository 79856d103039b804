"""docs/reference/environment.md, made from the table of variables."""

from __future__ import annotations

from cmp.cli.variables import VARIABLES

_HEAD = """\
<!-- Made from the code: cmpctl docs reference/environment > docs/reference/environment.md -->
# Environment variables

The operator sets these for the sidecar. For a run on your own machine, you set them yourself. No repository
and no Application can set them: variables of an Application arrive as `ARGOCD_ENV_...`, and of these only the
names of parameters are read.
"""

# What other programs define and these commands read as well: (heading, introduction, rows).
_OTHERS = (
    (
        "Keys, as sops finds them",
        "All sources that are set are tried; `CMP_PROJECT_KEYS` turns them off.",
        {
            "SOPS_AGE_KEY": "Identities as text. A file is better: a changed file is used at once.",
            "SOPS_AGE_KEY_FILE": "A file of identities.",
            "SOPS_AGE_SSH_PRIVATE_KEY_FILE": "An SSH key; under a passphrase it needs the extra `ssh`.",
            "SOPS_AGE_RECIPIENTS": "The recipients of `cmpctl secrets encrypt`, separated by commas.",
            "SOPS_CONFIG": "What `cmpctl secrets` reads in place of the nearest `.sops.yaml`.",
        },
    ),
    (
        "Argo CD's",
        "Set by argocd-cmp-server or repo-server for each render.",
        {
            "ARGOCD_APP_NAME": "Argo CD runs the command: `--plain`, `--masked` and `-o` are refused.",
            "ARGOCD_APP_NAMESPACE": "The destination's namespace.",
            "ARGOCD_APP_PROJECT_NAME": "The AppProject: whose keys (`CMP_PROJECT_KEYS`) and slots are used.",
            "ARGOCD_APP_SOURCE_PATH": "Where the root of the repository is, above the working directory.",
            "ARGOCD_APP_PARAMETERS": "The Application's parameters, as JSON.",
            "ARGOCD_ENV_NAME": "A parameter named NAME, in upper case with underscores.",
        },
    ),
    (
        "Terminals",
        "For people.",
        {
            "NO_COLOR": "No colour, if it is set to anything.",
            "FORCE_COLOR": "Colour also where the output is not a terminal.",
            "SOPS_EDITOR": "The editor of `cmpctl secrets edit`; else VISUAL, else EDITOR.",
        },
    ),
)


def render() -> str:
    """The page's text."""
    text = _HEAD + "\n## Ours\n\n" + _table(VARIABLES)
    for heading, introduction, rows in _OTHERS:
        text += f"\n## {heading}\n\n{introduction}\n\n{_table(rows)}"
    return text


def _table(rows: dict[str, str]) -> str:
    lines = [f"| `{name}` | {what.replace('|', '&#124;')} |" for name, what in rows.items()]
    return "\n".join(["| variable | what it does |", "| --- | --- |", *lines]) + "\n"
