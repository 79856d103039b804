"""What the options mean: models of a ModelConfig, keys of the ConfigMap, default places."""

from __future__ import annotations

DEFAULT_CONFIG = "k8s/base/model-config.yaml"
OVERLAYS = "k8s/overlays"
# Which model of a ModelConfig, and which key of the ConfigMap, each option means.
MODELS = {"v1": "baseline", "v2": "candidate"}
URI_KEYS = {"v1": "fraud-v1-storage-uri", "v2": "fraud-v2-storage-uri"}
WEIGHT_KEYS = {"baseline": "traffic-split-baseline", "candidate": "traffic-split-candidate"}
RESOURCES = ("cpu-request", "memory-request", "cpu-limit", "memory-limit")
