"""The built-in generators as plugins."""

from __future__ import annotations

from cmp.kustomize.plugins import arguments
from cmp.kustomize.resmap import ResMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cmp.kustomize.context import Context
    from cmp.kustomize.resource import Resource

    Generate = Callable[[], ResMap]


def _from_sources(kind: str) -> Callable[[Resource, Context], Generate]:
    """ConfigMapGenerator and SecretGenerator; name and namespace default to the configuration's own."""
    shape = arguments.SECRET if kind == "Secret" else arguments.CONFIG_MAP

    def make(config: Resource, context: Context) -> Generate:
        fields = arguments.read(config, shape)
        metadata: dict[str, Any] = fields.pop("metadata", {})
        for key in ("name", "namespace"):
            if not fields.get(key) and metadata.get(key):
                fields[key] = metadata[key]
        # `env` is moved to `envs` in kustomizations only; here upstream never looks at it.
        fields.pop("env", None)

        def generate() -> ResMap:
            from cmp.kustomize.generators import generate as make_resource

            return ResMap((make_resource(kind, fields, context),))

        return generate

    return make


def _helm(config: Resource, context: Context) -> Generate:
    from cmp.kustomize import helm

    fields = arguments.read(config, arguments.HELM)
    shared: dict[str, Any] = {key: fields.pop(key) for key in ("chartHome", "configHome") if key in fields}
    helm.check(fields, shared, context)
    return lambda: helm.generate(fields, shared, context)


def _iam_policy(config: Resource, context: Context) -> Generate:
    from cmp.kustomize.plugins.iam import service_account

    fields = arguments.read(config, arguments.IAM_POLICY)
    return lambda: service_account(fields, config.file)


GENERATORS: dict[str, Callable[[Resource, Context], Generate]] = {
    "ConfigMapGenerator": _from_sources("ConfigMap"),
    "SecretGenerator": _from_sources("Secret"),
    "HelmChartInflationGenerator": _helm,
    "IAMPolicyGenerator": _iam_policy,
}
