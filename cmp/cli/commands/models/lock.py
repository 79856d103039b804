"""`cmpctl models lock`: resolve references through the registry and pin what they mean now."""

from __future__ import annotations

import os

import click

from cmp.cli.commands.models.declared import Declared, lock_of
from cmp.cli.commands.models.finish import edit_options_of, finish, now, with_edit_options
from cmp.cli.commands.models.overlay import Overlay, config_option, keys_of_environment
from cmp.cli.commands.models.resolving import answered, check_tags, resolve_all
from cmp.errors import UsageError
from cmp.models.edit.locks import drop_uri_digests
from cmp.models.errors import ModelError
from cmp.models.lock import FORMAT, digest, text_digest
from cmp.models.resolve import check_prefix
from cmp.nearest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cmp.models.config import Model, ModelConfig, Policy
    from cmp.models.lock import ModelLock
    from cmp.models.registry import Resolution


WHEN = ("lockedAt", "lockedBy")
# What an entry has besides the version that it pins.
MADE = (*WHEN, "digest", "podDigest", "uriDigest")


@click.command()
@click.argument("overlay")
@click.option("--model", "names", multiple=True, help="Only this model; repeatable.")
@config_option
@with_edit_options
def command(overlay: str, names: tuple[str, ...], config_name: str, **options: Any) -> int:
    """Resolve the references of OVERLAY and write model-config.lock.yaml.

    An entry whose version did not change is left as it is. The policy's requireTags and allowedPrefixes are
    checked first. Which registry is asked, the reference says; cmpctl docs registries lists the variables.

    \b
    Examples:
      cmpctl models lock k8s/overlays/staging
      cmpctl models lock k8s/overlays/staging --model candidate --dry-run
    """
    edit_options = edit_options_of(options)
    opened = Overlay.open(overlay, keys_of_environment())
    config = opened.config(config_name)
    old = opened.lock(config)
    with opened.pointing():
        models = chosen(config, names, old)
        resolutions = resolve_all(models, opened.is_masked) if models else {}
        declared = lock_of(opened, config)
        for model in models:
            found = answered(model, resolutions[model.name])
            check_tags(config.policy, model, found.version, found.tags)
            check_prefix(config.policy, model, found.uri, opened.is_masked)
            put_entry(declared, model.name, entry_of(model.ref_text, found), config.policy)
    tidy(declared)
    if not names:  # with --model the user has spoken of these models only
        _drop_stale(declared, config, old)
    warnings = []
    if models and not declared.edit.encrypted:
        warnings.append(f"{declared.edit.name} is not encrypted: its URIs are readable in git")
    return finish(declared.edits(), edit_options, opened.tree, [overlay], warnings=warnings)


def chosen(config: ModelConfig, names: Sequence[str], lock: ModelLock | None = None) -> list[Model]:
    """The models with a reference, or those named; `UsageError` for one that has none.

    Empty when there is nothing to do but to drop entries of `lock`.
    """
    for name in names:
        if name not in config.models:
            raise UsageError(f"no model is named {name!r}", hint=did_you_mean(name, config.models))
        if not config.models[name].ref_text:
            raise UsageError(
                f"the model {name!r} has a literal uri: there is nothing to resolve",
                hint="without --model, an entry that is left over is dropped",
            )
    models = [
        model for model in config.models.values() if model.ref_text and (not names or model.name in names)
    ]
    if not models and not (lock is not None and lock.entries):
        raise ModelError(
            "no model has a reference",
            where=config.node.where,
            hint="set one: cmpctl models set OVERLAY MODEL --ref REF",
        )
    return models


def entry_of(ref: str, found: Resolution) -> dict[str, Any]:
    """What a lock entry says of a version: everything but digests, and who and when."""
    entry: dict[str, Any] = {
        "ref": ref,
        "registry": found.registry,
        "model": found.model,
        "version": found.version,
        "runId": found.run_id,
        "tags": dict(sorted(found.tags.items())),
        "uri": found.uri,
    }
    return {key: value for key, value in entry.items() if value}


def put_entry(declared: Declared, name: str, entry: dict[str, Any], policy: Policy) -> bool:
    """Write an entry with digests, who and when, unless it says the same already; tells whether it wrote."""
    path = ("spec", "entries", name)
    document = declared.editor.documents[declared.document] or {}
    entries = (document.get("spec") or {}).get("entries") or {}
    old = entries.get(name) or {}
    # A new date alone would make a change, and a pull request, of every run in CI.
    if {key: value for key, value in old.items() if key not in MADE} == entry:
        return False
    declared.edit.open_to_secrets()
    kept = _kept(old, entry, policy)
    identity = {key: value for key, value in entry.items() if key != "uri"}
    if kept:
        identity["podDigest"] = kept
    made = {**identity, "uri": entry["uri"]}
    # Of an encrypted URI, a digest would show whether a guess is right.
    if not declared.edit.encrypted:
        made["uriDigest"] = text_digest(entry["uri"])
    made["digest"] = FORMAT + digest(identity)
    declared.editor.merge(path, {**made, "lockedAt": now(), "lockedBy": who()}, declared.document)
    return True


def tidy(declared: Declared) -> None:
    """Drop what an encrypted lock must not have; one that no key opened stays as it is."""
    if declared.edit.encrypted and not declared.edit.sealed:
        drop_uri_digests(declared.editor)


def _kept(old: dict[str, Any], entry: dict[str, Any], policy: Policy) -> str:
    """The digest that pods carry from a lock of 0.1; empty once the version or an asked-for tag changes."""
    if not old:
        return str(entry.get("podDigest", ""))
    before = str(old.get("podDigest", ""))
    text = str(old.get("digest", ""))
    if not before and text and not text.startswith(FORMAT):
        before = text
    same = all(old.get(key) == entry.get(key) for key in ("model", "version", "runId"))
    tags, new = old.get("tags") or {}, entry.get("tags") or {}
    return before if same and all(tags.get(key) == new.get(key) for key in policy.require_tags) else ""


def _drop_stale(declared: Declared, config: ModelConfig, lock: ModelLock | None) -> None:
    """Remove the entries of models that are gone or have no reference any more: a render refuses them."""
    entries = lock.entries if lock is not None else {}
    models = config.models
    stale = [name for name in entries if name not in models or not models[name].ref_text]
    if stale and len(stale) == len(entries):
        declared.editor.set(("spec", "entries"), {}, declared.document)
        return
    for name in stale:
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
