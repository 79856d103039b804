"""Model registries: what a reference means now, asked by scheme.

Used by `cmpctl models lock` and `check` only; a render never asks a registry. `protocol` is what a plug-in
implements, `table` says which class has which scheme, `resolving` asks and checks the answers, and there is
one module for each built-in registry: `mlflow`, `oci`, `hub`.
"""

from __future__ import annotations

from cmp.models.registry.protocol import Registry as Registry
from cmp.models.registry.protocol import Resolution as Resolution
from cmp.models.registry.resolving import Registries as Registries
