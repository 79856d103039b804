"""`cmpctl`: one table of commands, each in its own file and imported only when it is run."""

from __future__ import annotations

import os
import sys

import click

import cmp
from cmp.cli.edge import run_click
from cmp.cli.lazy import LazyGroup, Table

COMMANDS: Table = {
    "diff": ("cmp.cli.commands.diff:command", "Compare two renders, object by object and field by field."),
    "validate": (
        "cmp.cli.commands.validate:command",
        "Check manifests against schemas, rules and CEL policies.",
    ),
    "models": ("cmp.cli.commands.models:command", "Resolve, show, promote and roll back models."),
    "secrets": ("cmp.cli.commands.secrets:command", "Encrypt, edit, rotate and check secret files."),
    "paths": ("cmp.cli.commands.paths:command", "Print what a render reads, for manifest-generate-paths."),
    "doctor": ("cmp.cli.commands.doctor:command", "Check keys, configuration, socket and permissions here."),
    "parameters": (
        "cmp.cli.commands.parameters:command",
        "Announce an application's parameters as JSON.",
    ),
    "completion": ("cmp.cli.commands.completion:command", "Print a shell's completion script."),
    "docs": ("cmp.cli.commands.docs:command", "Print reference pages that are made from the code."),
}


@click.command(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(cmp.__version__, prog_name="cmpctl")
def command() -> None:
    """Tools around cmp-generate for people and CI: nothing here touches a cluster.

    Every command takes --help and --quiet; colour is for terminals, --output json for programs.

    \b
    Examples:
      cmpctl validate k8s/overlays/production
      cmpctl diff k8s/overlays/staging k8s/overlays/production
      cmpctl models show k8s/overlays/production
      cmpctl secrets edit k8s/overlays/production/registry.enc.yaml
    """


def main(argv: list[str] | None = None) -> int:
    """Run cmpctl; 0 done, 1 the input is wrong or a check refused, 2 wrong usage."""
    return run_click(command, argv, "cmpctl", os.environ)


if __name__ == "__main__":
    sys.exit(main())
