"""`cmpctl models`: which model is served where, from the registry to each overlay."""

from __future__ import annotations

import click

from cmp.cli.lazy import LazyGroup, Table

# name -> (module, what the list of commands says), in the order of a model's life.
COMMANDS: Table = {
    "init": (".init", "Write a first ModelConfig for an overlay that has none."),
    "adopt": (".adopt", "Write a ModelConfig from what overlays render; manifests stay the same."),
    "show": (".show", "Print each model with its reference, version, weight and targets."),
    "set": (".set_values", "Set a model's URI, reference or version, and weights."),
    "lock": (".lock", "Resolve references through the registry and pin what they mean now."),
    "check": (".check", "Say which references have moved since they were locked."),
    "promote": (".promote", "Copy locked entries from one overlay to another."),
    "history": (".history", "Print which versions an overlay has served, from git."),
}


@click.command(cls=LazyGroup, table=COMMANDS, package=__name__)
def command() -> None:
    """Resolve, show, set, promote and trace models (ModelConfig and ModelLock).

    Rendering reads git only. `lock` and `check` ask the registry of each reference: `cmpctl docs registries`
    lists their settings. Edits keep comments, order and quoting, and never change git or a cluster.

    \b
    Examples:
      cmpctl models show k8s/overlays/production
      cmpctl models set k8s/overlays/staging --weight baseline=90
      cmpctl models lock k8s/overlays/staging
      cmpctl models check k8s/overlays/staging
      cmpctl models promote --from k8s/overlays/staging --to k8s/overlays/production --dry-run
    """
