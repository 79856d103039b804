"""docs/terminal.svg, the picture of README: a refused render and the right one, as a terminal shows them.

`python scripts/picture.py` runs both and draws what was printed; `--check` says whether it is current.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from html import escape
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PICTURE = ROOT / "docs/terminal.svg"
COMMAND = "cmp-generate k8s/overlays/production"
TREE = {
    "k8s/overlays/production/kustomization.yaml": """\
namespace: churn
resources: [serving.yaml, model-config.yaml]
""",
    "k8s/overlays/production/serving.yaml": """\
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: baseline}
spec: {storageUri: REPLACE}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Model
metadata: {name: candidate}
spec: {storageUri: REPLACE}
---
apiVersion: mlops.seldon.io/v1alpha1
kind: Experiment
metadata: {name: churn}
spec:
  default: baseline
  candidates:
    - {name: baseline, weight: 0}
    - {name: candidate, weight: 0}
""",
    "k8s/overlays/production/model-config.yaml": """\
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata:
  name: churn
  annotations: {config.kubernetes.io/local-config: "true"}
spec:
  models:
    baseline: {uri: "s3://models-prod/churn/2", targets: {model: {kind: Model, name: baseline}}}
    candidate: {uri: "s3://models-prod/churn/3", targets: {model: {kind: Model, name: candidate}}}
  traffic:
    weights: {baseline: 80, candidate: 10}
    targets:
      experiment: {kind: Experiment, name: churn, entries: {baseline: baseline, candidate: candidate}}
""",
}
FIX = ("candidate: 10}", "candidate: 20}")
KEPT = ("kind:", "storageUri:", "name:", "weight:")
FILTER = " | grep -E '^kind|storageUri|name:|weight'"
EDIT = "sed -i 's/candidate: 10/candidate: 20/' k8s/overlays/production/model-config.yaml"

_WIDTH, _COLUMNS, _LINE = 860, 96, 20
_COLOURS = {"$": "#e4e7ea", "error:": "#ff8a80", "hint:": "#7cc7e8"}


def lines() -> list[str]:
    """What a person would see, prompts included."""
    with tempfile.TemporaryDirectory() as folder:
        for name, text in TREE.items():
            path = Path(folder, name)
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text)
        refused = _run(folder)
        config = Path(folder, "k8s/overlays/production/model-config.yaml")
        config.write_text(config.read_text().replace(*FIX))
        right = [line for line in _run(folder) if line.strip(" -").startswith(KEPT)]
    return [f"$ {COMMAND}", *refused, "", f"$ {EDIT}", f"$ {COMMAND}{FILTER}", *right]


def _run(folder: str) -> list[str]:
    command = [sys.executable, "-m", "cmp.cli.generate", "k8s/overlays/production"]
    environment = {"PYTHONPATH": str(ROOT), "PATH": "/usr/bin:/bin"}
    done = subprocess.run(command, cwd=folder, env=environment, capture_output=True, text=True, check=False)
    return (done.stdout + done.stderr).splitlines()


def draw(text: list[str]) -> str:
    """The picture; long lines are broken as a terminal breaks them."""
    broken = [
        (line.split(" ", 1)[0], line[at : at + _COLUMNS])
        for line in text
        for at in range(0, max(len(line), 1), _COLUMNS)
    ]
    height = 52 + _LINE * len(broken)
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 {_WIDTH} {height}" width="{_WIDTH}"',
        '  role="img" aria-label="A render with weights of 80 and 10 is refused; 80 and 20 print manifests">',
        f'<rect width="{_WIDTH}" height="{height}" rx="8" fill="#15181b"/>',
        *(f'<circle cx="{20 + 18 * n}" cy="18" r="5" fill="#3a4148"/>' for n in range(3)),
        '<g font-family="ui-monospace, Menlo, Consolas, monospace" font-size="14">',
    ]
    for number, (first, line) in enumerate(broken):
        colour = _COLOURS.get(first, "#c8ced4")
        weight = ' font-weight="600"' if first in _COLOURS else ""
        y = 52 + _LINE * number
        parts.append(f'<text x="18" y="{y}" fill="{colour}"{weight}>{_solid(line)}</text>')
    return "\n".join([*parts, "</g>", "</svg>"]) + "\n"


def _solid(line: str) -> str:
    """A line of SVG that keeps all of its blanks, also where styles are taken away."""
    return escape(line).replace(" ", "&#160;")


def main() -> int:
    """Write the picture, or with --check compare it."""
    made = draw(lines())
    if "--check" in sys.argv[1:]:
        return 0 if PICTURE.read_text(encoding="utf-8") == made else 1
    PICTURE.write_text(made, encoding="utf-8")
    return 0


if __name__ == "__main__":
    sys.exit(main())
