"""The end of every editing command: show the difference, write the files, say which objects change."""

from __future__ import annotations

import datetime
import sys
from typing import NamedTuple

import click

from cmp.cli.commands.models.after import Changes, changes
from cmp.cli.output import as_json, report, write
from cmp.cli.quiet import is_quiet

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from cmp.models.edit.files import FileEdit
    from cmp.tree.protocol import Tree


class EditOptions(NamedTuple):
    """Options shared by the editing commands.

    dry_run: write nothing. check: write nothing, exit 1 if something would change. json: print JSON.
    show_uris: do not mask URIs of encrypted files.
    """

    dry_run: bool = False
    check: bool = False
    json: bool = False
    show_uris: bool = False


def with_edit_options(function: Callable[..., Any]) -> Callable[..., Any]:
    """A decorator that gives a click command the options of `EditOptions`."""
    for option in (
        click.option(
            "--show-uris", is_flag=True, help="Print URIs of encrypted files instead of masking them."
        ),
        click.option(
            "--output",
            "output",
            type=click.Choice(["text", "json"]),
            default="text",
            show_default=True,
            help="How to print the result.",
        ),
        click.option("--check", is_flag=True, help="Change nothing; exit 1 if something would change."),
        click.option("--dry-run", is_flag=True, help="Change nothing; print what would change."),
    ):
        function = option(function)
    return function


def edit_options_of(options: dict[str, Any]) -> EditOptions:
    """`EditOptions` from the options of a click command; removes them from `options`."""
    return EditOptions(
        options.pop("dry_run"),
        options.pop("check"),
        options.pop("output") == "json",
        options.pop("show_uris"),
    )


def now() -> str:
    """The time in UTC as SOPS and locks write it: `2026-11-21T09:30:00Z`."""
    return datetime.datetime.now(datetime.UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


def finish(
    edits: Sequence[FileEdit],
    edit_options: EditOptions,
    tree: Tree,
    overlays: Sequence[str],
    *,
    warnings: Sequence[str] = (),
    notes: Sequence[str] = (),
) -> int:
    """Write the edits unless `edit_options` forbids it, and print what changes; returns the exit code."""
    done = [edit for edit in edits if edit.changed]
    dry = edit_options.dry_run or edit_options.check
    difference = "".join(edit.difference(edit_options.show_uris) for edit in done)
    # Before the files are written: the comparison needs what is there now.
    effects = [changes(overlay, tree, done) for overlay in overlays] if done else []
    if done and not dry:
        moment = now()
        # Everything that can fail comes first.
        ready = [(edit.path, None if edit.gone else edit.after(moment), edit.before) for edit in done]
        from cmp.files import update_all

        update_all(ready)
    said = [*warnings, *(effect.warning for effect in effects if effect.warning)]
    if edit_options.json:
        write(sys.stdout, as_json(_json(done, dry, difference, effects, said, notes)))
    elif not is_quiet():
        _print(done, dry, difference, effects, notes)
        report(None, said)
    return 1 if edit_options.check and done else 0


def _json(
    done: Sequence[FileEdit],
    dry: bool,
    difference: str,
    effects: Sequence[Changes],
    warnings: Sequence[str],
    notes: Sequence[str],
) -> dict[str, object]:
    return {
        "changed": bool(done),
        "written": bool(done) and not dry,
        "files": [edit.name for edit in done],
        "diff": difference,
        "overlays": [
            {"path": each.overlay, "changed": each.changed, "added": each.added, "removed": each.removed}
            for each in effects
        ],
        "notes": list(notes),
        "warnings": list(warnings),
    }


def _print(
    done: Sequence[FileEdit], dry: bool, difference: str, effects: Sequence[Changes], notes: Sequence[str]
) -> None:
    if not done:
        write(sys.stdout, "".join(f"{note}\n" for note in notes) + "no change\n")
        return
    lines = [difference]
    lines += [f"{note}\n" for note in notes]
    lines += [f"{_did(edit, dry)} {edit.name}\n" for edit in done]
    for effect in effects:
        if effect.warning:
            continue
        lines.append(f"{effect.overlay}: {_count(effect)}\n")
        lines += [f"  changed {name}: {_few(fields)}\n" for name, fields in effect.changed.items()]
        lines += [f"  added   {name}\n" for name in effect.added]
        lines += [f"  removed {name}\n" for name in effect.removed]
    write(sys.stdout, "".join(lines))


def _did(edit: FileEdit, dry: bool) -> str:
    if edit.gone:
        return "would remove" if dry else "removed"
    return "would write" if dry else "wrote"


def _count(effect: Changes) -> str:
    total = len(effect.changed) + len(effect.added) + len(effect.removed)
    return (
        f"{total} object{'s' if total != 1 else ''} change{'' if total != 1 else 's'}"
        if total
        else "no object changes"
    )


def _few(fields: list[str]) -> str:
    return ", ".join(fields[:4]) + (f" and {len(fields) - 4} more" if len(fields) > 4 else "")
