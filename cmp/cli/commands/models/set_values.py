"""`cmpctl models set`: a model's URI, reference or version, and weights, in the overlay's own file."""

from __future__ import annotations

from typing import NamedTuple

import click

from cmp.cli.commands.models.declared import Declared, config_of
from cmp.cli.commands.models.finish import finish, wish_of, wish_options
from cmp.cli.commands.models.overlay import Overlay, keys_of_environment
from cmp.errors import UsageError, Where
from cmp.models import reference, storage
from cmp.models.errors import ModelError
from cmp.models.nearest import did_you_mean
from cmp.models.resolve import check_prefix, check_sum, weight_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.models.config import Model, ModelConfig


class Asked(NamedTuple):
    """What to set on one model; at most one of them."""

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
@click.option("--ref", default="", help="A reference, such as models:/NAME@ALIAS.")
@click.option("--version", default="", help="A version of the model's present reference.")
@click.option("--alias", default="", help="An alias of the model's present reference.")
@click.option(
    "--weight", "weights", multiple=True, metavar="MODEL=N", help="Percent of the traffic; repeatable."
)
@click.option("--config", "config_name", default="", help="The ModelConfig, where the overlay has several.")
@wish_options
def command(
    overlay: str, model: str | None, weights: tuple[str, ...], config_name: str, **options: Any
) -> int:
    """Set what MODEL of OVERLAY is, or how traffic is split.

    Of two models, the other one's weight is filled in. Edits go to the overlay's own file; a patch is made
    where there is none.

    \b
    Examples:
      cmpctl models set k8s/overlays/staging candidate --uri s3://mlflow-artifacts-staging/2/artifacts
      cmpctl models set k8s/overlays/production baseline --version 7
      cmpctl models set k8s/overlays/production --weight candidate=0 --dry-run
    """
    wish = wish_of(options)
    asked = Asked(**options)
    if len(asked.some()) > 1:
        raise UsageError(f"--{asked.some()[0]} and --{asked.some()[1]} exclude each other")
    if not asked.some() and not weights:
        raise UsageError("nothing to set", hint="give --uri, --ref, --version, --alias or --weight")
    if bool(asked.some()) != bool(model):
        raise UsageError(
            "a model and what to set go together", hint="cmpctl models set OVERLAY MODEL --uri URI"
        )
    opened = Overlay.open(overlay, keys_of_environment())
    config = opened.config(config_name)
    declared = config_of(opened, config)
    notes: list[str] = []
    warnings: list[str] = []
    if model:
        notes += _set_model(declared, config, _known(config, model), asked, opened, warnings)
    if weights:
        _set_weights(declared, config, weights)
    return finish(declared.edits(), wish, opened.tree, [overlay], notes=notes, warnings=warnings)


def _known(config: ModelConfig, name: str) -> Model:
    if name not in config.models:
        raise ModelError(
            f"no model is named {name!r}",
            where=config.node.where,
            hint=did_you_mean(name, config.models, "the models are"),
        )
    return config.models[name]


def _set_model(
    declared: Declared, config: ModelConfig, model: Model, asked: Asked, opened: Overlay, warnings: list[str]
) -> list[str]:
    path = ("spec", "models", model.name)
    if asked.uri:
        if config.policy.require_lock:
            raise ModelError(
                "the policy requires a lock: a literal uri is not allowed",
                where=model.node.where,
                hint="set a ref and run cmpctl models lock",
            )
        storage.check(asked.uri)
        check_prefix(config.policy, model, asked.uri, opened.is_masked)
        if storage.is_placeholder(asked.uri):
            raise ModelError("the URI is a placeholder", hint="give the real one")
        if not declared.edit.encrypted:
            warnings.append(f"{declared.edit.name} is not encrypted: the URI is readable in git")
        declared.edit.open_to_secrets()
        declared.set((*path, "uri"), asked.uri)
        if model.ref_text:
            declared.drop((*path, "ref"))
        return []
    ref = _reference(model, asked)
    declared.set((*path, "ref"), ref)
    if model.uri:
        declared.edit.open_to_secrets()
        declared.drop((*path, "uri"))
    return [
        f"run cmpctl models lock {opened.argument} --model {model.name}: the lock is for another reference"
    ]


def _reference(model: Model, asked: Asked) -> str:
    if asked.ref:
        return str(reference.parse(asked.ref))
    old = model.ref
    if old is None or old.form in ("logged", "run"):
        raise UsageError(
            f"{model.name!r} has no reference to a registered model",
            hint="give --ref models:/NAME/VERSION or models:/NAME@ALIAS",
        )
    text = f"models:/{old.name}/{asked.version}" if asked.version else f"models:/{old.name}@{asked.alias}"
    return str(reference.parse(text))


def _set_weights(declared: Declared, config: ModelConfig, given: tuple[str, ...]) -> None:
    if config.traffic is None:
        raise ModelError(
            "the ModelConfig splits no traffic", where=config.node.where, hint="add spec.traffic"
        )
    old = config.traffic.weights
    where = Where(object=f"ModelConfig/{config.name}", field="spec.traffic.weights")
    asked: dict[str, int] = {}
    for text in given:
        name, equals, number = text.partition("=")
        if not equals:
            raise UsageError(f"--weight takes MODEL=N, not {text!r}")
        asked[_known(config, name).name] = weight_of(name, number, where)
    weights = {**old, **asked}
    rest = [name for name in old if name not in asked]
    if len(rest) == 1:
        weights[rest[0]] = 100 - sum(asked.values())
    check_sum(weights, where, "the weights")
    for name, weight in weights.items():
        if old.get(name) != weight:
            declared.set(("spec", "traffic", "weights", name), weight)
