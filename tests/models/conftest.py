"""Resources from YAML text, for tests that need no build."""

from __future__ import annotations

import pytest
import yaml

from cmp.kustomize.resource import Resource
from cmp.yaml.value import Value

LOCAL = {"config.kubernetes.io/local-config": "true"}


def resources_of(text: str) -> list[Resource]:
    """One resource for each document of `text`."""
    return [
        Resource(body, file="test.yaml", index=i) for i, body in enumerate(yaml.safe_load_all(text)) if body
    ]


def config_of(spec: dict, name: str = "models") -> Resource:
    """A ModelConfig with this spec."""
    return Resource(
        {
            "apiVersion": "cmp.mlops/v1alpha1",
            "kind": "ModelConfig",
            "metadata": {"name": name, "annotations": dict(LOCAL)},
            "spec": spec,
        },
        file="model-config.yaml",
    )


def lock_of(entries: dict, name: str = "models") -> Resource:
    """A ModelLock with these entries, each with its digest."""
    from cmp.models.lock import DIGEST_FIELDS, digest

    done: dict[str, Value] = {}
    for model, entry in entries.items():
        identity = {key: entry[key] for key in DIGEST_FIELDS if entry.get(key)}
        done[model] = {**entry, "digest": entry.get("digest", digest(identity))}
    return Resource(
        {
            "apiVersion": "cmp.mlops/v1alpha1",
            "kind": "ModelLock",
            "metadata": {"name": name, "annotations": dict(LOCAL)},
            "spec": {"entries": done},
        },
        file="model-config.lock.yaml",
    )


@pytest.fixture
def overlays():
    """A function that writes a small repository; see `overlays.py`."""
    import importlib.util
    from pathlib import Path

    spec = importlib.util.spec_from_file_location("overlays", Path(__file__).parent / "overlays.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module.repository


@pytest.fixture
def resources():
    return resources_of


@pytest.fixture
def config():
    return config_of


@pytest.fixture
def lock():
    return lock_of
