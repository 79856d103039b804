"""`cmpctl secrets updatekeys`: recipients as `.sops.yaml` wants them."""

from __future__ import annotations

import click

from cmp.cli.commands.secrets import context, files
from cmp.cli.output import as_json
from cmp.errors import CmpError, UsageError
from cmp.files import update
from cmp.sops.metadata import KEY_TYPE_NAMES
from cmp.sops.stores import load_encrypted
from cmp.sops.write.document import update_keys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.sops.config import CreationRule
    from cmp.sops.metadata import Metadata


@click.command("updatekeys")
@context.files_argument
@click.option("-y", "--yes", is_flag=True, help="Do not ask.")
@click.option("--dry-run", is_flag=True, help="Only say what would change; exit 1 if anything would.")
@context.config_option
@context.input_type
@context.output_option
def command(
    paths: tuple[str, ...], yes: bool, dry_run: bool, config: str | None, input_type: str | None, output: str
) -> int:
    """Bring the recipients of files in line with the creation rules of .sops.yaml.

    Values keep their ciphertext. A recipient who is removed still knows the data key: rotate afterwards.

    \b
    Examples:
      cmpctl secrets updatekeys --dry-run overlays/*/secret.yaml
      cmpctl secrets updatekeys -y overlays/*/secret.yaml
    """
    found = context.find_config(config)
    if found is None or found[1].rules is None:
        raise UsageError(
            "there are no creation rules", hint="updatekeys follows .sops.yaml; --config names another"
        )
    done = []
    for path in paths:
        rule = context.creation_rule(path, found)
        if rule is None:
            continue
        try:
            done.append(_update(path, rule, yes, dry_run, input_type, quiet=output == "json"))
        except CmpError as error:
            raise error.at(file=path) from None
    if output == "json":
        click.echo(as_json(done), nl=False)
    return 1 if dry_run and any(entry["changed"] for entry in done) else 0


def _update(
    path: str, rule: CreationRule, yes: bool, dry_run: bool, wanted: str | None, quiet: bool
) -> dict[str, object]:
    data = files.read(path)
    fmt = context.encrypted_format(data, path, wanted)
    metadata = load_encrypted(data, fmt).metadata
    groups = context.rule_groups(rule)
    threshold = _threshold(metadata, rule)
    added, removed = _changes(metadata, groups)
    regrouped = [[key.recipient for key in group if key.type == "age"] for group in metadata.key_groups] != [
        list(group) for group in groups
    ]
    changed = bool(added or removed or regrouped or threshold != metadata.shamir_threshold)
    report: dict[str, object] = {"file": path, "changed": changed, "added": added, "removed": removed}
    if not quiet:
        _tell(path, changed, added, removed)
    if not changed or dry_run:
        return report
    if not yes and not quiet:
        if not context.on_terminal():
            raise UsageError("there is nobody to ask", hint="use -y")
        if not click.confirm(f"Change {path}?", err=True):
            return {**report, "changed": False}
    update(path, update_keys(data, fmt, groups, threshold, context.keys(), path, context.limits()), data)
    if removed and not quiet:
        context.say(f"{path}: whoever was removed still knows the data key; run cmpctl secrets rotate {path}")
    return report


def _threshold(metadata: Metadata, rule: CreationRule) -> int:
    """The rule's threshold, else the file's, within the number of groups; 0 for a single group."""
    if len(rule.groups) < 2:
        return 0
    wanted = rule.shamir_threshold or metadata.shamir_threshold or len(rule.groups)
    return min(wanted, len(rule.groups))


def _changes(metadata: Metadata, groups: tuple[tuple[str, ...], ...]) -> tuple[list[str], list[str]]:
    before = [
        key.recipient if key.type == "age" else f"a {KEY_TYPE_NAMES[key.type]} key"
        for group in metadata.key_groups
        for key in group
    ]
    after = [name for group in groups for name in group]
    return [name for name in after if name not in before], [name for name in before if name not in after]


def _tell(path: str, changed: bool, added: list[str], removed: list[str]) -> None:
    context.say(f"{path}: {'recipients change' if changed else 'up to date'}")
    for sign, names in (("+", added), ("-", removed)):
        for name in names:
            context.say(f"  {sign} {name}")
