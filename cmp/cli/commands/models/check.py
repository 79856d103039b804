"""`cmpctl models check`: which references have moved since they were locked."""

from __future__ import annotations

import sys

import click

from cmp.cli.commands.models.overlay import Overlay, keys_of_environment
from cmp.cli.commands.models.resolving import resolve_all
from cmp.cli.output import as_json, report, write
from cmp.cli.quiet import is_quiet
from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.models.config import Model
    from cmp.models.errors import RegistryError
    from cmp.models.lock import Entry
    from cmp.models.registry import Resolution


@click.command()
@click.argument("overlay")
@click.option("--config", "config_name", default="", help="The ModelConfig, where the overlay has several.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="Form of the list.")
def command(overlay: str, config_name: str, output: str) -> int:
    """Compare the locked versions of OVERLAY with what the registry says now.

    Exit code 1 when a reference has moved, is not locked, or cannot be resolved any more. Needs no key.

    \b
    Examples:
      cmpctl models check k8s/overlays/production
    """
    opened = Overlay.open(overlay, keys_of_environment())
    config = opened.config(config_name)
    lock = opened.lock(config)
    entries = lock.entries if lock is not None else {}
    models = [model for model in config.models.values() if model.ref is not None]
    asked = [model for model in models if model.name in entries]
    answers = resolve_all(asked) if asked else {}
    rows = [_compare(model, entries.get(model.name), answers.get(model.name)) for model in models]
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
    return 1 if moved else 0


def _compare(model: Model, entry: Entry | None, answer: Resolution | RegistryError | None) -> dict[str, str]:
    row = {"model": model.name, "ref": model.ref_text, "locked": entry.version if entry is not None else ""}
    if entry is None or answer is None:
        return {**row, "now": "", "state": "unlocked", "text": f"{model.ref_text} is not locked"}
    if entry.ref != model.ref_text:
        return {
            **row,
            "now": "",
            "state": "stale",
            "text": f"locked for {entry.ref}, declared as {model.ref_text}",
        }
    if isinstance(answer, CmpError):
        return {**row, "now": "", "state": "unresolved", "text": f"{model.ref_text}: {answer.message}"}
    what = f"version {entry.version}" if entry.version else "the same model"
    if (answer.model, answer.version, answer.run_id) != (entry.model, entry.version, entry.run_id):
        then, since = entry.version or entry.run_id, answer.version or answer.run_id
        text = f"{model.ref_text} has moved: version {then} when it was locked, version {since} now"
        return {**row, "now": answer.version, "state": "moved", "text": text}
    if answer.tags != entry.tags:
        changed = {key for key, _ in answer.tags.items() ^ entry.tags.items()}
        text = f"{model.ref_text} is still {what}, but tags have changed: {', '.join(sorted(changed))}"
        return {**row, "now": answer.version, "state": "tags", "text": text}
    return {**row, "now": answer.version, "state": "same", "text": f"{model.ref_text} is still {what}"}
