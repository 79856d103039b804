"""Strategic merge patches, as kyaml merges them (kyaml/yaml/merge2, kyaml/yaml/walk)."""

from __future__ import annotations

from cmp.kustomize.merge.strategic import Report as Report
from cmp.kustomize.merge.strategic import merge as merge
