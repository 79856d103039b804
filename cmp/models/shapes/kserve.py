"""A model's field in KServe's InferenceService and LLMInferenceService."""

from __future__ import annotations

from cmp.models.errors import TargetError
from cmp.models.fields import EXPLAINERS, LEGACY_PREDICTORS
from cmp.models.nearest import did_you_mean
from cmp.models.shapes.finding import Finder, Found, Spot, child, items_at, missing, named, walk
from cmp.models.shapes.workloads import env_of, env_of_pod

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.models.fields import Row
    from cmp.models.shapes.finding import Map, Path


STORAGE_ENV = "STORAGE_URI"


KSERVE_CONTAINER = "kserve-container"


DEFAULT_MOUNT = "/mnt/models"


def find_inference_service(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """A component's model, a canary's model, one of several storage URIs, or a container's variable.

    Provenance goes to the component alone: KServe copies the object's own annotations to the pods of every
    component and canary, so that one model's new version would restart the others.
    """
    component, path = _component(finder, body, row.path, options)
    return Found(_component_spot(finder, component, path, options), (path,))


def _component(finder: Finder, body: Map, path: Path, options: dict[str, str]) -> tuple[Map, Path]:
    spec = walk(body, path)
    name = options.get("component", "predictor")
    if name not in ("predictor", "transformer", "explainer"):
        raise TargetError(
            f"no component is named {name!r}",
            hint=did_you_mean(name, ("predictor", "transformer", "explainer")),
        )
    if "canary" not in options:
        return child(spec, path, name), (*path, name)
    if name != "predictor":
        raise TargetError("a canary has a predictor only", hint="drop component, or drop canary")
    canaries = items_at(spec, path, "canary")
    entry, at = named(finder, canaries, (*path, "canary"), options["canary"], "canary", "predictor.name")
    return child(entry, at, "predictor"), (*at, "predictor")


def _component_spot(finder: Finder, component: Map, path: Path, options: dict[str, str]) -> Spot:
    implementations = [
        key for key in ("model", *LEGACY_PREDICTORS, *EXPLAINERS) if isinstance(component.get(key), dict)
    ]
    if len(implementations) > 1:
        raise missing(path, f"exactly one implementation is allowed, found {' and '.join(implementations)}")
    if "mountPath" in options:
        return _storage_uris(component, path, options["mountPath"])
    custom = "container" in options or (not implementations and isinstance(component.get("containers"), list))
    if custom or "env" in options:
        env = options.get("env", STORAGE_ENV)
        if not custom and implementations:
            inner = child(component, path, implementations[0])
            return env_of(finder, inner, (*path, implementations[0]), env)
        containers = items_at(component, path, "containers")
        default = KSERVE_CONTAINER if finder.index(containers, "name", KSERVE_CONTAINER) is not None else None
        return env_of_pod(finder, component, path, options.get("container", default), env)
    uris = component.get("storageUris")
    if isinstance(uris, list):
        if len(uris) == 1 and isinstance(uris[0], dict):
            return Spot(uris[0], "uri", (*path, "storageUris", 0, "uri"))
        raise missing(
            (*path, "storageUris"), "several storage URIs: say which", "add mountPath: PATH to the target"
        )
    if not implementations:
        raise missing(path, "no model: neither model, nor a framework's field, nor containers")
    inner = child(component, path, implementations[0])
    return Spot(inner, "storageUri", (*path, implementations[0], "storageUri"))


def _storage_uris(component: Map, path: Path, mount: str) -> Spot:
    uris = items_at(component, path, "storageUris")
    for position, item in enumerate(uris):
        if isinstance(item, dict) and item.get("mountPath", DEFAULT_MOUNT) == mount:
            return Spot(item, "uri", (*path, "storageUris", position, "uri"))
    raise missing((*path, "storageUris"), f"no entry has the mountPath {mount!r}")


def find_llm(finder: Finder, row: Row, body: Map, options: dict[str, str]) -> Found:
    """The model, or one LoRA adapter of it."""
    holders: tuple[Path, ...] = (("metadata",), row.pods)
    model = walk(body, row.path)
    if "adapter" not in options:
        return Found(Spot(model, "uri", (*row.path, "uri")), holders)
    lora = child(model, row.path, "lora")
    path: Path = (*row.path, "lora")
    adapters = items_at(lora, path, "adapters")
    adapter, at = named(finder, adapters, (*path, "adapters"), options["adapter"], "adapter")
    return Found(Spot(adapter, "uri", (*at, "uri")), holders)
