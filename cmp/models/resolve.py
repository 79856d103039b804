"""From what a model is called to where it lies: parameter, then lock, then literal URI; never a guess."""

from __future__ import annotations

from cmp.models import storage
from cmp.models.config import Model, ModelConfig, Policy
from cmp.models.errors import ModelError, ReferenceSyntaxError
from cmp.models.prefix import AMBIGUOUS, below_any, place_of
from cmp.models.record import LITERAL, LOCK, PARAMETER
from cmp.nearest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cmp.errors import Where
    from cmp.models.config import MaskTest
    from cmp.models.lock import Entry, ModelLock
    from cmp.yaml.strict import Node


class Resolved:
    """A model with its URI.

    source: `parameter`, `lock` or `uri`. node: the value that gives the URI; None for a parameter. entry: of
    the lock.
    """

    __slots__ = ("entry", "name", "node", "ref", "source", "uri")

    def __init__(
        self, model: Model, uri: str, source: str, node: Node | None, entry: Entry | None = None
    ) -> None:
        self.name = model.name
        self.ref = model.ref_text
        self.uri = uri
        self.source = source
        self.node = node
        self.entry = entry

    def __repr__(self) -> str:
        return f"<Resolved {self.name} from {self.source}>"


def resolve(
    config: ModelConfig, lock: ModelLock | None, uris: Mapping[str, str], is_masked: MaskTest
) -> dict[str, Resolved]:
    """Every model of `config` with its URI; raises for what is unresolved or not allowed."""
    if lock is not None:
        _check_lock(config, lock)
    result: dict[str, Resolved] = {}
    for model in config.models.values():
        resolved = _one(config.policy, model, lock, uris, is_masked)
        check_prefix(config.policy, model, resolved.uri, is_masked)
        result[model.name] = resolved
    return result


def _one(
    policy: Policy, model: Model, lock: ModelLock | None, uris: Mapping[str, str], is_masked: MaskTest
) -> Resolved:
    # The order is the contract: an operator's parameter, then what was tested and locked, then a literal.
    given = uris.get(model.name)
    if given is not None:
        if policy.require_lock:
            raise ModelError(
                f"the parameter model-uris must not set {model.name!r}: the policy requires a lock",
                where=model.node.where,
                hint="lock the version you want with cmpctl models lock",
            )
        return Resolved(model, _parameter_uri(model, given, is_masked), PARAMETER, None)
    entry = lock.entries.get(model.name) if lock is not None else None
    if entry is not None:
        _check_entry(model, entry)
        return Resolved(model, entry.uri, LOCK, entry.node, entry)
    if model.uri:
        if policy.require_lock:
            raise ModelError(
                "the policy requires a lock: a literal uri is not allowed",
                where=model.node.child("uri", None).where,
                hint="give a ref instead and run cmpctl models lock",
            )
        return Resolved(model, model.uri, LITERAL, model.node.child("uri", None))
    raise ModelError(
        f"the model {model.name!r} is not resolved: its ref has no entry in a ModelLock",
        where=model.node.child("ref", None).where,
        hint="run cmpctl models lock OVERLAY and commit model-config.lock.yaml"
        if lock is None
        else f"run cmpctl models lock OVERLAY --model {model.name}",
    )


def _parameter_uri(model: Model, uri: str, is_masked: MaskTest) -> str:
    if not is_masked(uri):
        try:
            storage.check(uri)
        except ReferenceSyntaxError as error:
            message = f"the parameter model-uris, {model.name!r}: {error.message}"
            raise ModelError(message, where=model.node.where, hint=error.hint) from error
    return uri


def _check_lock(config: ModelConfig, lock: ModelLock) -> None:
    for name, entry in lock.entries.items():
        if name not in config.models:
            raise entry.node.error(
                f"the lock has the model {name!r}, which {config.name} does not have",
                hint=did_you_mean(name, config.models) or "run cmpctl models lock OVERLAY, which drops it",
            )


def _check_entry(model: Model, entry: Entry) -> None:
    # The text, not its meaning: whoever changes a reference must lock again, so that a review sees both.
    if model.ref_text and entry.ref == model.ref_text:
        return
    if not model.ref_text:
        message = f"the model {model.name!r} is locked, but its ModelConfig gives a literal uri and no ref"
        hint = "run cmpctl models lock OVERLAY, which drops the entry"
    else:
        message = f"the model {model.name!r} was locked for another ref than its ModelConfig gives"
        hint = f"run cmpctl models lock OVERLAY --model {model.name}"
    raise ModelError(message, where=entry.node.child("ref", None).where, hint=hint)


def check_prefix(policy: Policy, model: Model, uri: str, is_masked: MaskTest) -> None:
    """Raise `ModelError` when the policy names prefixes and `uri` is below none of them."""
    prefixes = policy.allowed_prefixes
    if (
        not prefixes
        or is_masked(uri)
        or below_any(uri, (prefix for prefix in prefixes if not is_masked(prefix)))
    ):
        return
    # A masked render cannot compare with an encrypted prefix: the real render does.
    if any(is_masked(prefix) for prefix in prefixes):
        return
    raise ModelError(
        f"the URI of the model {model.name!r} is below none of policy.allowedPrefixes",
        where=model.node.where,
        hint="a model of another environment? cmpctl models promote maps prefixes as policy.mapPrefixes says"
        if place_of(uri) is not None
        else AMBIGUOUS,
    )


def weights_of(config: ModelConfig, given: Mapping[str, int | str]) -> dict[str, int]:
    """The weights of `config` with those of the parameter `traffic` in their place; they sum to 100.

    When the parameter leaves out exactly one model of two or more, that one gets the rest.
    """
    if config.traffic is None:
        return {}
    weights = dict(config.traffic.weights)
    where = (config.traffic.weights_node or config.traffic.node).where
    mine = {name: weight_of(name, value, where) for name, value in given.items() if name in config.models}
    if mine:
        rest = [name for name in weights if name not in mine]
        weights.update(mine)
        if len(rest) == 1:  # two models: one number from the Application says everything
            weights[rest[0]] = 100 - sum(mine.values())
    check_sum(weights, where, "the parameter traffic" if mine else "traffic.weights")
    return weights


def weight_of(name: str, value: int | str, where: Where) -> int:
    """A whole number from 0 to 100; `ModelError` otherwise."""
    text = str(value).strip()
    if not text.isascii() or not text.isdecimal() or len(text) > 3 or int(text) > 100:
        raise ModelError(f"the weight of {name!r} must be a whole number from 0 to 100", where=where)
    return int(text)


def check_sum(weights: Mapping[str, int], where: Where, source: str = "traffic.weights") -> None:
    """Raise `ModelError` unless the weights are percentages of one whole."""
    total = sum(weights.values())
    if total != 100 or any(not 0 <= weight <= 100 for weight in weights.values()):
        shown = " + ".join(str(weight) for weight in list(weights.values())[:8]) or "nothing"
        if len(weights) > 8:
            shown += " + ..."
        raise ModelError(
            f"{source} must sum to 100, found {shown} = {total}",
            where=where,
            hint="weights are whole percentages",
        )
