"""plugin.yaml, made from the parameter table."""

from __future__ import annotations

from cmp.argocd.announce import static

PLUGIN_NAME = "mlops-cmp"

_HEADER = """\
# The configuration of argocd-cmp-server in the sidecar: /home/argocd/cmp-server/config/plugin.yaml.
# Made from the parameter table: cmpctl docs plugin > plugin.yaml
#
# No version: Applications name the plugin as it stands here. No discover: Applications name it, so one render
# costs one upload of the repository instead of three, and no other application can be taken over by a match.
# It only looks like a Kubernetes object; there is no CRD, don't apply it.
apiVersion: argoproj.io/v1alpha1
kind: ConfigManagementPlugin
metadata:
  name: mlops-cmp
spec:
  generate:
    command: [cmp-generate]
  parameters:
    # What this application's overlay says now; runs without any key.
    dynamic:
      command: [cmpctl, parameters]
    # Argo CD always appends these to the above. Of two entries with one name it shows the first: these tell
    # of what an overlay does not say. They don't stand in for a command that fails: that is an error.
    static:
"""


def render() -> str:
    """The text of plugin.yaml."""
    return _HEADER + "".join(_entry(announced) for announced in static())


def _entry(announced: dict[str, str]) -> str:
    lines = [f"      - name: {announced['name']}"]
    lines += [f"        {key}: {_quoted(announced[key])}" for key in ("title", "tooltip")]
    lines.append(f"        collectionType: {announced['collectionType']}")
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'
