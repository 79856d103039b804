"""`cmpctl models promote`: copy locked entries from one overlay to another, never resolving them anew."""

from __future__ import annotations

from typing import NamedTuple

import click

from cmp.cli.commands.models.declared import config_of, lock_of
from cmp.cli.commands.models.finish import EditOptions, edit_options_of, finish, with_edit_options
from cmp.cli.commands.models.lock import put_entry, tidy
from cmp.cli.commands.models.overlay import Overlay, config_option, keys_of_environment
from cmp.cli.commands.models.resolving import check_tags
from cmp.errors import UsageError, located
from cmp.models import storage
from cmp.models.errors import ModelError
from cmp.models.prefix import moved
from cmp.models.resolve import check_prefix
from cmp.nearest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from typing import Any

    from cmp.cli.commands.models.declared import Declared
    from cmp.models.config import Model, ModelConfig, Policy
    from cmp.models.edit.files import FileEdit
    from cmp.models.lock import Entry


class Pair(NamedTuple):
    """One promotion: the model there, its lock entry if any, and the model here."""

    source: Model
    entry: Entry | None
    target: Model


@click.command()
@click.option(
    "--from",
    "source",
    required=True,
    metavar="OVERLAY[@REV]",
    help="Where to copy from; a git revision works.",
)
@click.option("--to", "target", required=True, metavar="OVERLAY", help="Where to copy to.")
@click.option(
    "--model",
    "names",
    multiple=True,
    metavar="MODEL[=MODEL]",
    help="Only this model; SOURCE=TARGET if it has another name in the target. Repeatable.",
)
@config_option
@with_edit_options
def command(source: str, target: str, names: tuple[str, ...], config_name: str, **options: Any) -> int:
    """Copy the locked versions of one overlay to another.

    The registry is not asked again, so the target serves the version that was tested. The target's policy
    decides: requireTags and allowedPrefixes are checked, mapPrefixes changes the URI. No artifact is copied.

    \b
    Examples:
      cmpctl models promote --from overlays/staging --to overlays/production --dry-run
      cmpctl models promote --from overlays/staging --to overlays/production --model candidate=baseline
      cmpctl models promote --from overlays/production@v1.4.0 --to overlays/production
    """
    return run(source, target, names, config_name, edit_options_of(options))


def run(source: str, target: str, names: Sequence[str], config_name: str, edit_options: EditOptions) -> int:
    """Promote, as the command does; returns the exit code."""
    keys = keys_of_environment()
    there, here = Overlay.open_revision(source, keys), Overlay.open(target, keys)
    theirs, ours = there.config(config_name), here.config(config_name)
    lock = there.lock(theirs)
    pairs = _pairs(theirs, lock.entries if lock is not None else {}, ours, names)
    notes: list[str] = []
    locked: Declared | None = None
    declared: Declared | None = None
    with here.pointing():
        uris = [_allowed(pair, ours.policy, there, here, notes) for pair in pairs]
    for pair, uri in zip(pairs, uris, strict=True):
        if pair.entry is not None:
            locked = locked or lock_of(here, ours)
            put_entry(locked, pair.target.name, _entry(pair.entry, uri), ours.policy)
            if pair.target.ref_text != pair.entry.ref:
                declared = declared or config_of(here, ours)
                _align(declared, pair.target, pair.entry.ref)
        else:
            declared = declared or config_of(here, ours)
            declared.edit.open_to_secrets()
            declared.set(("spec", "models", pair.target.name, "uri"), uri)
            if pair.target.ref_text:
                declared.drop(("spec", "models", pair.target.name, "ref"))
    if locked is not None:
        tidy(locked)
    edits = [edit for each in (locked, declared) if each is not None for edit in each.edits()]
    return finish(_once(edits), edit_options, here.tree, [target], notes=notes)


def _once(edits: Sequence[FileEdit]) -> list[FileEdit]:
    """Each file once: a new lock and a new patch both list themselves in one edit of the kustomization."""
    return list({id(edit): edit for edit in edits}.values())


def _pairs(
    theirs: ModelConfig, entries: dict[str, Entry], ours: ModelConfig, names: Sequence[str]
) -> list[Pair]:
    wanted: dict[str, str] = {}
    for text in names:
        there, _, here = text.partition("=")
        wanted[there] = here or there
    if not names:  # everything that is locked there and declared here
        wanted = {name: name for name in entries if name in ours.models}
        if not wanted:
            raise ModelError(
                "no model is locked in --from that --to declares too",
                where=theirs.node.where,
                hint="run cmpctl models lock on the overlay of --from, or name models with --model",
            )
    pairs = []
    for there, here in wanted.items():
        for name, config in ((there, theirs), (here, ours)):
            if name not in config.models:
                raise UsageError(
                    f"no model is named {name!r} in {'--from' if config is theirs else '--to'}",
                    hint=did_you_mean(name, config.models, "the models are"),
                )
        source = theirs.models[there]
        if source.ref_text and there not in entries:
            raise ModelError(
                f"the model {there!r} is not locked in --from",
                where=source.node.where,
                hint="run cmpctl models lock on the overlay of --from",
            )
        pairs.append(Pair(source, entries.get(there), ours.models[here]))
    return pairs


def _allowed(pair: Pair, policy: Policy, there: Overlay, here: Overlay, notes: list[str]) -> str:
    """The URI for the target, after every check of its policy."""
    if pair.entry is None:
        if policy.require_lock:
            raise ModelError(
                f"the model {pair.source.name!r} has a literal uri there, and the target requires a lock",
                where=policy.node.where,
                hint="give it a ref there and lock it",
            )
        # Only a lock entry knows tags: a literal URI would get around the policy.
        if policy.require_tags:
            raise ModelError(
                f"the model {pair.source.name!r} has a literal uri there: its tags are unknown",
                where=policy.node.where,
                hint="give it a ref there and lock it",
            )
    else:
        check_tags(policy, pair.target, pair.entry.version, pair.entry.tags)
    uri = pair.entry.uri if pair.entry is not None else pair.source.uri
    if there.is_masked(uri):
        raise ModelError(
            f"the URI of the model {pair.source.name!r} is encrypted",
            where=pair.source.node.where,
            hint="set SOPS_AGE_KEY_FILE to a key that opens both overlays",
        )
    mapped = _mapped(uri, policy, notes, pair.target.name)
    with located(file=policy.node.file, field="spec.policy.mapPrefixes"):
        storage.check(mapped)
    check_prefix(policy, pair.target, mapped, here.is_masked)
    return mapped


def _mapped(uri: str, policy: Policy, notes: list[str], name: str) -> str:
    """The URI below the first prefix of `policy.mapPrefixes` that fits; unchanged when none does."""
    for old, new in policy.map_prefixes:
        mapped = moved(uri, old, new)
        if mapped is not None:
            notes.append(
                f"{name}: the URI is mapped from {old} to {new}; no artifact is copied: make sure it is there"
            )
            return mapped
    return uri


def _entry(entry: Entry, uri: str) -> dict[str, Any]:
    """The entry for the target's lock: another bucket is not another version."""
    values: dict[str, Any] = {key: value for key, value in entry.identity().items() if value}
    values.pop("podDigest", None)
    return {**values, "uri": uri}


def _align(declared: Declared, model: Model, ref: str) -> None:
    """The target's reference becomes the one that was locked: an entry belongs to one reference."""
    declared.set(("spec", "models", model.name, "ref"), ref)
    if model.uri:
        declared.edit.open_to_secrets()
        declared.drop(("spec", "models", model.name, "uri"))
