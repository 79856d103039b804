"""`cmpctl models lock`: resolve references through the registry and pin what they mean now."""

from __future__ import annotations

import os

import click

from cmp.cli.commands.models.declared import Declared, lock_of
from cmp.cli.commands.models.finish import finish, now, wish_of, wish_options
from cmp.cli.commands.models.overlay import Overlay, keys_of_environment
from cmp.cli.commands.models.resolving import answered, check_tags, resolve_all
from cmp.errors import UsageError
from cmp.models.errors import ModelError
from cmp.models.lock import digest
from cmp.models.nearest import did_you_mean
from cmp.models.resolve import check_prefix

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cmp.models.config import Model, ModelConfig
    from cmp.models.lock import ModelLock
    from cmp.models.registry import Resolution


@click.command()
@click.argument("overlay")
@click.option("--model", "names", multiple=True, help="Only this model; repeatable.")
@click.option("--config", "config_name", default="", help="The ModelConfig, where the overlay has several.")
@wish_options
def command(overlay: str, names: tuple[str, ...], config_name: str, **options: Any) -> int:
    """Resolve the references of OVERLAY and write model-config.lock.yaml.

    An entry whose version did not change is left as it is. The policy's requireTags and allowedPrefixes are
    checked first. The registry is MLFLOW_TRACKING_URI; see docs/models.md for its other variables.

    \b
    Examples:
      cmpctl models lock k8s/overlays/staging
      cmpctl models lock k8s/overlays/staging --model candidate --dry-run
    """
    wish = wish_of(options)
    opened = Overlay.open(overlay, keys_of_environment())
    config = opened.config(config_name)
    models = chosen(config, names)
    resolutions = resolve_all(models)
    declared = lock_of(opened, config)
    old = opened.lock(config)
    for model in models:
        found = answered(model, resolutions[model.name])
        check_tags(config.policy, model, found.version, found.tags)
        check_prefix(config.policy, model, found.uri, opened.is_masked)
        _pin(declared, model, found)
    if not names:
        _drop_stale(declared, config, old)
    warnings = []
    if models and not declared.edit.encrypted:
        warnings.append(f"{declared.edit.name} is not encrypted: its URIs are readable in git")
    return finish(declared.edits(), wish, opened.tree, [overlay], warnings=warnings)


def chosen(config: ModelConfig, names: Sequence[str]) -> list[Model]:
    """The models with a reference, or those named; `UsageError` for one that has none."""
    for name in names:
        if name not in config.models:
            raise UsageError(f"no model is named {name!r}", hint=did_you_mean(name, config.models))
        if config.models[name].ref is None:
            raise UsageError(f"the model {name!r} has a literal uri: there is nothing to resolve")
    models = [
        model
        for model in config.models.values()
        if model.ref is not None and (not names or model.name in names)
    ]
    if not models:
        raise ModelError(
            "no model has a reference",
            where=config.node.where,
            hint="set one: cmpctl models set OVERLAY MODEL --ref REF",
        )
    return models


def entry_of(ref: str, found: Resolution) -> dict[str, Any]:
    """A lock entry, without who and when."""
    identity: dict[str, Any] = {
        "ref": ref,
        "registry": found.registry,
        "model": found.model,
        "version": found.version,
        "runId": found.run_id,
        "tags": dict(sorted(found.tags.items())),
    }
    entry = {key: value for key, value in identity.items() if value}
    return {**entry, "uri": found.uri, "digest": digest(identity)}


def put_entry(declared: Declared, name: str, entry: dict[str, Any]) -> bool:
    """Write an entry with who and when, unless it says the same already; tells whether it wrote."""
    path = ("spec", "entries", name)
    document = declared.editor.documents[declared.document] or {}
    entries = (document.get("spec") or {}).get("entries") or {}
    old = entries.get(name) or {}
    if {key: value for key, value in old.items() if key not in ("lockedAt", "lockedBy")} == entry:
        return False
    declared.edit.open_to_secrets()
    declared.editor.merge(path, {**entry, "lockedAt": now(), "lockedBy": who()}, declared.document)
    return True


def _pin(declared: Declared, model: Model, found: Resolution) -> None:
    put_entry(declared, model.name, entry_of(model.ref_text, found))


def _drop_stale(declared: Declared, config: ModelConfig, lock: ModelLock | None) -> None:
    for name in lock.entries if lock is not None else ():
        model = config.models.get(name)
        if model is None or not model.ref_text:
            declared.editor.remove(("spec", "entries", name), declared.document)


def who() -> str:
    """Who locks: what CI says, else git's author, else the account."""
    import subprocess

    for name in ("CMP_LOCKED_BY", "GIT_AUTHOR_EMAIL"):
        if os.environ.get(name):
            return os.environ[name]
    try:
        done = subprocess.run(["git", "config", "user.email"], capture_output=True, check=False, text=True)  # noqa: S607
    except OSError:
        done = None
    return (done.stdout.strip() if done is not None else "") or os.environ.get("USER", "") or "unknown"
