"""`cmpctl models check`: which references have moved since they were locked."""

from __future__ import annotations

import sys

import click

from cmp.cli.commands.models.overlay import Overlay, config_option
from cmp.cli.commands.models.resolving import mapped, resolve_all
from cmp.cli.output import as_json, report, write
from cmp.cli.quiet import is_quiet
from cmp.errors import CmpError
from cmp.models.errors import UnreachableError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.models.config import Model, ModelConfig
    from cmp.models.errors import ModelError
    from cmp.models.lock import Entry
    from cmp.models.registry import Resolution

# What a pipeline needs to tell apart; of several, the highest counts.
EXIT_CODES = {
    "same": 0,
    "moved": 1,
    "tags": 1,
    "uri": 1,
    "unresolved": 1,
    "unlocked": 3,
    "stale": 3,
    "registry": 4,
    "unreachable": 4,
}


@click.command()
@click.argument("overlay")
@config_option
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="Form of the list.")
def command(overlay: str, config_name: str, output: str) -> int:
    """Compare the locked versions of OVERLAY with what the registry says now.

    Tags count if the policy asks for them. The URI is compared if it is readable or a key for it is found.
    Exit codes, the highest that applies: 0 nothing has changed, 1 a reference has moved, 3 one is not locked,
    4 the registry cannot be reached or is another one.

    \b
    Examples:
      cmpctl models check k8s/overlays/production
    """
    opened = Overlay.open_as_readable(overlay)
    config = opened.config(config_name)
    lock = opened.lock(config)
    entries = lock.entries if lock is not None else {}
    models = [model for model in config.models.values() if model.ref_text]
    locked = [model for model in models if model.name in entries]
    answers = resolve_all(locked, opened.is_masked) if locked else {}
    rows = [
        _compare(opened, config, model, entries.get(model.name), answers.get(model.name)) for model in models
    ]
    moved = [row for row in rows if row["state"] != "same"]
    if output == "json":
        write(sys.stdout, as_json(rows))
    elif moved or not is_quiet():
        write(
            sys.stdout,
            "".join(f"{row['model']}: {row['text']}\n" for row in rows) or "no model has a reference\n",
        )
        errors = [answer for answer in answers.values() if isinstance(answer, CmpError)]
        report(errors[0] if errors else None)
    return max((EXIT_CODES[row["state"]] for row in rows), default=0)


def _compare(
    opened: Overlay,
    config: ModelConfig,
    model: Model,
    entry: Entry | None,
    answer: Resolution | ModelError | None,
) -> dict[str, str]:
    row = {"model": model.name, "ref": model.ref_text, "locked": entry.version if entry is not None else ""}

    def said(state: str, text: str) -> dict[str, str]:
        now = answer.version if answer is not None and not isinstance(answer, CmpError) else ""
        return {**row, "now": now, "state": state, "text": text}

    ref = model.ref_text
    if entry is None or answer is None:
        return said("unlocked", f"{ref} is not locked")
    if entry.ref != ref:
        return said("stale", f"locked for {entry.ref}, declared as {ref}")
    if isinstance(answer, CmpError):
        state = "unreachable" if isinstance(answer, UnreachableError) else "unresolved"
        return said(state, f"{ref}: {answer.message}")
    if entry.registry and answer.registry != entry.registry:
        return said(
            "registry", f"{ref} was locked from {entry.registry}, but the registry asked is {answer.registry}"
        )
    what = f"version {entry.version}" if entry.version else "the same model"
    if (answer.model, answer.version, answer.run_id) != (entry.model, entry.version, entry.run_id):
        then, since = entry.version or entry.run_id, answer.version or answer.run_id
        return said("moved", f"{ref} has moved: version {then} when it was locked, version {since} now")
    changed = [key for key in config.policy.require_tags if answer.tags.get(key) != entry.tags.get(key)]
    if changed:
        return said("tags", f"{ref} is still {what}, but tags have changed: {', '.join(sorted(changed))}")
    if opened.is_masked(entry.uri):
        return said("same", f"{ref} is still {what}; its URI is encrypted and not compared")
    if entry.uri not in (answer.uri, mapped(answer.uri, config.policy)):
        return said("uri", f"{ref} is still {what}, but it lies in another place now")
    return said("same", f"{ref} is still {what}")
