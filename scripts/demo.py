"""What `make demo` runs: both fraud-detection environments rendered, then a table of how they differ."""

from __future__ import annotations

import os
import shutil
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

from cmp.yaml.plain import plain_values

ROOT = Path(__file__).resolve().parent.parent
EXAMPLE = ROOT / "examples" / "fraud-detection"
KEY = ROOT / "examples" / "keys" / "public-test-key.agekey"
OUT = ROOT / "build" / "demo"
ENVIRONMENTS = ("staging", "production")

Object = dict[str, Any]


def render(environment: str) -> list[Object]:
    """The environment's objects, as the plugin would hand them to Argo CD; ends the demo if it refuses."""
    overlay = EXAMPLE / "k8s" / "overlays" / environment
    command = [str(Path(sys.executable).with_name("cmp-generate")), str(overlay)]
    kept = {
        name: value for name, value in os.environ.items() if not name.startswith(("ARGOCD_", "SOPS_", "CMP_"))
    }
    start = time.perf_counter()
    run = subprocess.run(
        command, env=kept | {"SOPS_AGE_KEY_FILE": str(KEY)}, capture_output=True, check=False
    )
    taken = (time.perf_counter() - start) * 1000
    sys.stderr.write(run.stderr.decode())
    if run.returncode:
        raise SystemExit(run.returncode)
    OUT.mkdir(parents=True, exist_ok=True)
    target = OUT / f"{environment}.yaml"
    target.write_bytes(run.stdout)
    objects = [document for document in plain_values(run.stdout) if document]
    size = len(run.stdout) / 1024
    shown = target.relative_to(ROOT)
    print(f"{environment:<11} {len(objects)} objects, {size:.0f} KiB in {taken:.0f} ms -> {shown}")
    return objects


def find(objects: list[Object], kind: str, name: str) -> Object:
    """The one object of that kind and name."""
    return next(item for item in objects if item["kind"] == kind and item["metadata"]["name"] == name)


def namespace(objects: list[Object]) -> str:
    """Every namespace in the output: one, if all is well."""
    return ", ".join(sorted({item["metadata"].get("namespace", "(none)") for item in objects}))


def weights(objects: list[Object]) -> str:
    """The Experiment's split, baseline first."""
    experiment = find(objects, "Experiment", "fraud-ab-test-experiment")
    return "/".join(str(candidate["weight"]) for candidate in experiment["spec"]["candidates"])


def replicas(objects: list[Object]) -> str:
    """The baseline's replica count, or the range of the autoscaler that owns it."""
    count = find(objects, "Deployment", "fraud-v1-baseline")["spec"].get("replicas")
    if count is not None:
        return str(count)
    scaler = find(objects, "HorizontalPodAutoscaler", "fraud-v1-baseline")["spec"]
    return f"{scaler['minReplicas']} to {scaler['maxReplicas']}, autoscaled"


def masked_uri(model: str) -> Any:
    """A row function: the Model's bucket; the rest of a model URI is nobody's business."""

    def row(objects: list[Object]) -> str:
        scheme, _, rest = find(objects, "Model", model)["spec"]["storageUri"].partition("://")
        return f"{scheme}://{rest.split('/')[0]}/******"

    return row


def limits(objects: list[Object]) -> str:
    """The limits of the baseline's serving container."""
    pod = find(objects, "Deployment", "fraud-v1-baseline")["spec"]["template"]["spec"]
    found = pod["containers"][0]["resources"]["limits"]
    return f"{found['cpu']}, {found['memory']}"


def image(objects: list[Object]) -> str:
    """The tag of the baseline's serving image."""
    pod = find(objects, "Deployment", "fraud-v1-baseline")["spec"]["template"]["spec"]
    return str(pod["containers"][0]["image"].rpartition(":")[2])


def alerts(objects: list[Object]) -> str:
    """How many alerts watch the models."""
    rules = [item for item in objects if item["kind"] == "PrometheusRule"]
    return str(sum(len(group["rules"]) for rule in rules for group in rule["spec"]["groups"]))


def sync(environment: str) -> str:
    """Who syncs, read from the Application."""
    text = (ROOT / "argocd-apps" / f"fraud-detection-{environment}.yaml").read_text()
    return "automatic" if "automated" in plain_values(text)[0]["spec"]["syncPolicy"] else "by a person"


ROWS = (
    ("namespace", namespace),
    ("weights", weights),
    ("replicas", replicas),
    ("baseline URI", masked_uri("fraud-v1-baseline")),
    ("candidate URI", masked_uri("fraud-v2-candidate")),
    ("limits", limits),
    ("image tag", image),
    ("alerts", alerts),
)


def main() -> None:
    """Render, then print the table."""
    rendered = {environment: render(environment) for environment in ENVIRONMENTS}
    table: list[tuple[str, ...]] = [("", *ENVIRONMENTS)]
    table += [(title, *(row(rendered[environment]) for environment in ENVIRONMENTS)) for title, row in ROWS]
    table.append(("sync", *(sync(environment) for environment in ENVIRONMENTS)))
    widths = [max(len(line[column]) for line in table) for column in range(3)]
    rule = "-" * min(sum(widths) + 4, shutil.get_terminal_size().columns)
    print()
    for number, line in enumerate(table):
        print("  ".join(cell.ljust(width) for cell, width in zip(line, widths, strict=True)).rstrip())
        if number == 0:
            print(rule)


if __name__ == "__main__":
    main()
