"""`cmpctl models set`: a model's URI, reference or version, and weights, in the overlay's own file."""

from __future__ import annotations

import shlex
from typing import NamedTuple

import click

from cmp.cli.commands.models.declared import Declared, config_of, lock_of
from cmp.cli.commands.models.finish import edit_options_of, finish, with_edit_options
from cmp.cli.commands.models.overlay import Overlay, config_option, keys_of_environment
from cmp.errors import UsageError, Where
from cmp.models import reference, storage
from cmp.models.errors import ModelError
from cmp.models.registry.table import checked
from cmp.models.resolve import check_prefix, check_sum, weight_of
from cmp.nearest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.models.config import Model, ModelConfig
    from cmp.models.edit.files import FileEdit


class ModelRequest(NamedTuple):
    """What to set on one model: at most one of the fields is not empty."""

    uri: str = ""
    ref: str = ""
    version: str = ""
    alias: str = ""

    def some(self) -> list[str]:
        """The names of what was given."""
        return [name for name in self._fields if getattr(self, name)]


@click.command()
@click.argument("overlay")
@click.argument("model", required=False)
@click.option("--uri", default="", help="A storage URI, such as s3://BUCKET/PATH.")
@click.option(
    "--ref", default="", help="A reference, such as models:/NAME@ALIAS or hf://ORGANISATION/MODEL@REVISION."
)
@click.option("--version", default="", help="A version of the model's present reference.")
@click.option("--alias", default="", help="An alias of the model's present reference.")
@click.option(
    "--weight", "weights", multiple=True, metavar="MODEL=N", help="Percent of the traffic; repeatable."
)
@config_option
@with_edit_options
def command(
    overlay: str, model: str | None, weights: tuple[str, ...], config_name: str, **options: Any
) -> int:
    """Set what MODEL of OVERLAY is, or how traffic is split.

    With two models, the other weight is filled in. Edits go to the overlay's own file. If there is none, a
    patch is made.

    \b
    Examples:
      cmpctl models set k8s/overlays/staging candidate --uri s3://mlflow-artifacts-staging/2/artifacts
      cmpctl models set k8s/overlays/production baseline --version 7
      cmpctl models set k8s/overlays/production --weight candidate=0 --dry-run
    """
    edit_options = edit_options_of(options)
    request = ModelRequest(**options)
    if len(request.some()) > 1:
        raise UsageError(f"--{request.some()[0]} and --{request.some()[1]} exclude each other")
    if not request.some() and not weights:
        raise UsageError("nothing to set", hint="give --uri, --ref, --version, --alias or --weight")
    if bool(request.some()) != bool(model):
        raise UsageError(
            "a model and what to set go together", hint="cmpctl models set OVERLAY MODEL --uri URI"
        )
    opened = Overlay.open(overlay, keys_of_environment())
    config = opened.config(config_name)
    notes: list[str] = []
    warnings: list[str] = []
    with opened.pointing():
        if model and request.uri:
            _check_uri(opened, config, _known(config, model), request.uri)
        declared = config_of(opened, config)
        edits: list[FileEdit] = []
        if model:
            notes += _set_model(declared, _known(config, model), request, warnings)
            if request.uri:
                edits += _unlocked(opened, config, model, notes)
            else:
                arguments = opened.model_arguments(config, model, "--model")
                notes.append(f"run cmpctl models lock {arguments}: the new reference is not locked yet")
        if weights:
            _set_weights(declared, config, weights)
    return finish(
        [*declared.edits(), *edits], edit_options, opened.tree, [overlay], notes=notes, warnings=warnings
    )


def _known(config: ModelConfig, name: str) -> Model:
    if name not in config.models:
        raise ModelError(
            f"no model is named {name!r}",
            where=config.node.where,
            hint=did_you_mean(name, config.models, "the models are"),
        )
    return config.models[name]


def _check_uri(opened: Overlay, config: ModelConfig, model: Model, uri: str) -> None:
    """Raise for a URI that the overlay would not render with."""
    lock = opened.lock(config)
    entry = lock.entries.get(model.name) if lock is not None else None
    if config.policy.require_lock:
        promote = opened.model_arguments(config, model.name, "--model")
        back = (
            f"to go back: cmpctl models promote --from {shlex.quote(opened.argument)}@REV --to {promote}; or "
            f"cmpctl models set {opened.model_arguments(config, model.name)} --version N, then "
            f"cmpctl models lock {promote}"
        )
        raise ModelError(
            "the policy requires a lock: a literal uri is not allowed",
            where=config.policy.node.child("requireLock", None).where,
            hint=back if entry is not None else "set a ref and run cmpctl models lock OVERLAY",
        )
    storage.check(uri)
    check_prefix(config.policy, model, uri, opened.is_masked)
    if storage.is_placeholder(uri):
        raise ModelError("the URI is a placeholder", hint="give the real one")
    if entry is not None and opened.place("ModelLock", config) is None:
        raise ModelError(
            f"the model {model.name!r} is locked in a file that this overlay does not list itself",
            where=entry.node.where,
            hint="set the URI where that lock is listed: a locked model takes no literal uri",
        )


def _unlocked(opened: Overlay, config: ModelConfig, name: str, notes: list[str]) -> list[FileEdit]:
    """The lock without the model's entry, which a literal URI would contradict; nothing without one."""
    lock = opened.lock(config)
    if lock is None or name not in lock.entries:
        return []
    entry = lock.entries[name]
    declared = lock_of(opened, config)
    declared.editor.remove(("spec", "entries", name), declared.document)
    version = f" (version {entry.version} of {entry.model})" if entry.version else ""
    notes.append(
        f"the lock entry of {name}{version} is taken out; to lock again: "
        f"cmpctl models set {opened.model_arguments(config, name)} --ref {shlex.quote(entry.ref)}"
    )
    return declared.edits()


def _set_model(
    declared: Declared,
    model: Model,
    request: ModelRequest,
    warnings: list[str],
) -> list[str]:
    path = ("spec", "models", model.name)
    if request.uri:
        if not declared.edit.encrypted:
            warnings.append(f"{declared.edit.name} is not encrypted: the URI is readable in git")
        declared.edit.open_to_secrets()
        declared.set((*path, "uri"), request.uri)
        if model.ref_text:
            declared.drop((*path, "ref"))
        return _encryption_note(declared)
    ref = _reference(model, request)
    declared.set((*path, "ref"), ref)
    if model.uri:
        declared.edit.open_to_secrets()
        declared.drop((*path, "uri"))
    return []


def _encryption_note(declared: Declared) -> list[str]:
    if declared.edit.before is None and declared.edit.encrypted:
        return [f"{declared.edit.name} is new and encrypted, as the creation rule or its neighbour says"]
    return [f"{declared.edit.name} is encrypted: so is the URI"] if declared.edit.encrypted else []


def _reference(model: Model, request: ModelRequest) -> str:
    if request.ref:
        return checked(request.ref)
    old = reference.parse(model.ref_text) if model.ref_text.startswith("models:") else None
    if old is None or old.form == "logged":
        raise UsageError(
            f"{model.name!r} has no reference to a registered model of MLflow",
            hint="give --ref models:/NAME/VERSION or models:/NAME@ALIAS",
        )
    text = (
        f"models:/{old.name}/{request.version}" if request.version else f"models:/{old.name}@{request.alias}"
    )
    return str(reference.parse(text))


def _set_weights(declared: Declared, config: ModelConfig, given: tuple[str, ...]) -> None:
    if config.traffic is None:
        raise ModelError(
            "the ModelConfig does not split traffic", where=config.node.where, hint="add spec.traffic"
        )
    old = config.traffic.weights
    where = Where(object=f"ModelConfig/{config.name}", field="spec.traffic.weights")
    new: dict[str, int] = {}
    for text in given:
        name, equals, number = text.partition("=")
        if not equals:
            raise UsageError(f"--weight takes MODEL=N, not {text!r}")
        new[_known(config, name).name] = weight_of(name, number, where)
    weights = {**old, **new}
    rest = [name for name in old if name not in new]
    if len(rest) == 1:
        weights[rest[0]] = 100 - sum(new.values())
    check_sum(weights, where, "the weights")
    for name, weight in weights.items():
        if old.get(name) != weight:
            declared.set(("spec", "traffic", "weights", name), weight)
