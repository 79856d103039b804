"""Argo CD Config Management Plugin for MLOps teams."""

__version__ = "0.2.0"
# Whose output a render equals.
KUSTOMIZE = "v5.8.1"


def version_line(program: str) -> str:
    """What `--version` prints."""
    return f"{program} {__version__} (renders as kustomize {KUSTOMIZE})"
