"""The CRDs behind cmp/crds as their projects publish them, out of the Go module cache; nothing is fetched."""

from __future__ import annotations

import functools
import importlib.util
import json
import os
import subprocess
from pathlib import Path
from typing import Any

from example_overlays import ROOT

from cmp.yaml import gojson, load_all

FACTS = ROOT.parent / "shared" / "crds"
Body = dict[str, Any]


@functools.cache
def _tables() -> dict[str, Any]:
    spec = importlib.util.spec_from_file_location("schemas", ROOT / "scripts/schemas.py")
    assert spec is not None
    assert spec.loader is not None
    script = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(script)
    return script.tables()


def _cache() -> Path:
    if os.environ.get("GOMODCACHE"):
        return Path(os.environ["GOMODCACHE"])
    try:
        said = subprocess.run(["go", "env", "GOMODCACHE"], stdout=subprocess.PIPE, text=True, check=False)
    except OSError:
        return Path("/nonexistent")
    return Path(said.stdout.strip() or "/nonexistent")


def missing() -> str:
    """The projects whose CRDs are not on this machine, ""."""
    absent = [name for name, table in _tables().items() if name != "kubernetes" and not _files(table)]
    return (
        f"not in the Go module cache: CRDs of {', '.join(absent)} (scripts/oracles.py tools)"
        if absent
        else ""
    )


def _files(table: Body) -> list[Path]:
    folder = _cache() / f"{table['module']}@{table['version']}"
    return [path for pattern in table["files"] for path in sorted(folder.glob(pattern))]


def definitions(kinds: set[tuple[str, str]]) -> list[Body]:
    """The CRDs of these (group, kind), without descriptions and conversion."""
    found: dict[tuple[str, str], Body] = {}
    for name, table in _tables().items():
        for path in _files(table) if name != "kubernetes" else ():
            for document in load_all(path.read_bytes()):
                body = json.loads(gojson.dumps(document))
                spec = body.get("spec", {}) if isinstance(body, dict) else {}
                key = spec.get("group", ""), spec.get("names", {}).get("kind", "")
                if (
                    body
                    and body.get("kind") == "CustomResourceDefinition"
                    and key in kinds
                    and key not in found
                ):
                    found[key] = _plain(body, bool(table.get("facts")))
    return list(found.values())


def _plain(crd: Body, has_facts: bool) -> Body:
    spec = crd["spec"]
    spec.pop("conversion", None)
    for version in spec["versions"]:
        name = f"{spec['group']}_{spec['names']['kind'].lower()}_{version['name']}.json"
        if has_facts and (FACTS / name).is_file():
            version["schema"] = {"openAPIV3Schema": json.loads((FACTS / name).read_bytes())["schema"]}
        _undescribed(version["schema"])
    metadata = {"name": crd["metadata"]["name"]}
    if spec["group"].endswith(".k8s.io"):
        metadata["annotations"] = {"api-approved.kubernetes.io": "unapproved, a test"}
    return {"apiVersion": crd["apiVersion"], "kind": crd["kind"], "metadata": metadata, "spec": spec}


def _undescribed(schema: Any) -> None:
    for each in schema.values() if isinstance(schema, dict) else schema if isinstance(schema, list) else ():
        _undescribed(each)
    if isinstance(schema, dict) and isinstance(schema.get("description"), str):
        del schema["description"]
