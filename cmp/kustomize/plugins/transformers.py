"""The built-in transformers as plugins; they have no default field specs."""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.plugins import arguments
from cmp.kustomize.specs import spec_list
from cmp.kustomize.transformers import annotations as annotation
from cmp.kustomize.transformers import (
    images,
    labels,
    namespace,
    patch_json6902,
    patch_strategic_merge,
    patches,
    prefix,
    replacements,
    replicas,
    suffix,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cmp.kustomize.context import Context
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.resource import Resource
    from cmp.kustomize.specs import FieldSpec

    Transform = Callable[[ResMap], None]
    Maker = Callable[[Resource, Context], Transform]

_PLACE = ("transformers",)


def _bound(module: Any, config: Any, context: Context) -> Transform:
    """The module's `transform` for one config."""

    def run(resmap: ResMap) -> None:
        resmap.touch_labels()
        module.transform(resmap, config, context)

    return run


def _specs(fields: dict[str, Any]) -> tuple[FieldSpec, ...]:
    return tuple(spec_list(fields.get("fieldSpecs") or ()))


def _annotations(config: Resource, context: Context) -> Transform:
    fields = arguments.read(config, arguments.ANNOTATIONS)
    return _bound(annotation, annotation.Config(fields.get("annotations") or {}, _specs(fields)), context)


def _labels(config: Resource, context: Context) -> Transform:
    fields = arguments.read(config, arguments.LABELS)
    return _bound(labels, labels.Config(fields.get("labels") or {}, _specs(fields)), context)


def _namespace(config: Resource, context: Context) -> Transform:
    fields = arguments.read(config, arguments.NAMESPACE)
    mode = fields.get("setRoleBindingSubjects") or namespace.SUBJECT_MODES[0]
    if mode not in namespace.SUBJECT_MODES:
        raise KustomizeError(
            f"setRoleBindingSubjects is {mode!r}", hint=f"it can be {', '.join(namespace.SUBJECT_MODES)}"
        )
    name = (fields.get("metadata") or {}).get("namespace", "")
    chosen = namespace.Config(name, _specs(fields), bool(fields.get("unsetOnly")), mode)
    return _bound(namespace, chosen, context)


def _required_specs(fields: dict[str, Any]) -> tuple[FieldSpec, ...]:
    if fields.get("fieldSpecs") is None:
        raise KustomizeError(
            "has no fieldSpecs", hint="`fieldSpecs: [{path: metadata/name}]` changes all names"
        )
    return _specs(fields)


def _prefix(config: Resource, context: Context) -> Transform:
    fields = arguments.read(config, arguments.PREFIX)
    return _bound(prefix, prefix.Config(fields.get("prefix", ""), _required_specs(fields)), context)


def _suffix(config: Resource, context: Context) -> Transform:
    fields = arguments.read(config, arguments.SUFFIX)
    return _bound(suffix, suffix.Config(fields.get("suffix", ""), _required_specs(fields)), context)


def _prefix_and_suffix(config: Resource, context: Context) -> Transform:
    first, second = _prefix(config, context), _suffix(config, context)

    def run(resmap: ResMap) -> None:
        first(resmap)
        second(resmap)

    return run


def _images(config: Resource, context: Context) -> Transform:
    fields = arguments.read(config, arguments.IMAGE)
    image = images.image_of(fields.get("imageTag") or {})
    return _bound(images, images.Config((image,), _specs(fields)), context)


def _replicas(config: Resource, context: Context) -> Transform:
    fields = arguments.read(config, arguments.REPLICA)
    replica = fields.get("replica") or {}
    chosen = replicas.Config(replica.get("name", ""), replica.get("count", 0), _specs(fields))
    return _bound(replicas, chosen, context)


def _hash(config: Resource, context: Context) -> Transform:
    from cmp.kustomize.hashes import add_hashes

    return lambda resmap: add_hashes(resmap, context)


def _patch(config: Resource, context: Context) -> Transform:
    fields = arguments.read(config, arguments.PATCH)
    return _bound(patches, patches.config_of(fields, context, _PLACE), context)


def _patch_strategic_merge(config: Resource, context: Context) -> Transform:
    fields = arguments.read(config, arguments.PATCH_STRATEGIC_MERGE)
    paths, inline = fields.get("paths") or [], fields.get("patches", "")
    if not paths and not inline:
        raise KustomizeError("has neither paths nor patches")
    return _bound(
        patch_strategic_merge, patch_strategic_merge.config_of(paths, inline, context, _PLACE), context
    )


def _patch_json6902(config: Resource, context: Context) -> Transform:
    fields = arguments.read(config, arguments.PATCH_JSON6902)
    chosen = patch_json6902.config_of(
        fields.get("target"), fields.get("path", ""), fields.get("jsonOp", ""), context, _PLACE
    )
    return _bound(patch_json6902, chosen, context)


def _replacement(config: Resource, context: Context) -> Transform:
    fields = arguments.read(config, arguments.REPLACEMENT)
    return _bound(
        replacements, replacements.config_of(fields.get("replacements") or (), context, _PLACE), context
    )


def _value_add(config: Resource, context: Context) -> Transform:
    from cmp.kustomize.plugins.value_add import config_of, transform

    chosen = config_of(arguments.read(config, arguments.VALUE_ADD), context)
    return lambda resmap: transform(resmap, chosen, context)


TRANSFORMERS: dict[str, Maker] = {
    "AnnotationsTransformer": _annotations,
    "HashTransformer": _hash,
    "ImageTagTransformer": _images,
    "LabelTransformer": _labels,
    "NamespaceTransformer": _namespace,
    "PatchJson6902Transformer": _patch_json6902,
    "PatchStrategicMergeTransformer": _patch_strategic_merge,
    "PatchTransformer": _patch,
    "PrefixSuffixTransformer": _prefix_and_suffix,
    "PrefixTransformer": _prefix,
    "ReplacementTransformer": _replacement,
    "ReplicaCountTransformer": _replicas,
    "SuffixTransformer": _suffix,
    "ValueAddTransformer": _value_add,
}
