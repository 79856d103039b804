"""`cmpctl`: one table of commands, each in its own file and imported only when it is run."""

from __future__ import annotations

import os
import sys

import click

import cmp
from cmp.cli.edge import run_click
from cmp.cli.lazy import LazyGroup, Table
from cmp.cli.output import choose_colour

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
    "help": ("cmp.cli.commands.help:command", "Show the help of a command."),
    "docs": (
        "cmp.cli.commands.docs:command",
        "List the pages of the documentation, or print one.",
    ),
}


@click.command(cls=LazyGroup, table=COMMANDS, context_settings={"help_option_names": ["-h", "--help"]})
@click.version_option(cmp.__version__, message=cmp.version_line("cmpctl"))
@click.option(
    "--deadline",
    type=click.FloatRange(0.01, 86_400),
    metavar="SECONDS",
    help="Stop with an error after this time; without it there is no limit.",
)
@click.option(
    "--color",
    type=click.Choice(["auto", "always", "never"]),
    default="auto",
    help="Colour on terminals, always or never; NO_COLOR and FORCE_COLOR count for auto.",
)
def command(deadline: float | None, color: str) -> None:
    """Tools around cmp-generate for people and CI: nothing here touches a cluster.

    Every command takes --help and --quiet; colour is for terminals, --output json for programs.

    \b
    Examples:
      cmpctl validate k8s/overlays/production
      cmpctl diff k8s/overlays/staging k8s/overlays/production
      cmpctl models show k8s/overlays/production
      cmpctl secrets edit k8s/overlays/production/registry.enc.yaml
      cmpctl --deadline 300 validate k8s/overlays/production
    """
    choose_colour(color)
    if deadline is not None:
        from cmp.cli.bounds import DeadlineReached, start_timer

        reached = DeadlineReached(deadline)
        reached.option = "--deadline"
        start_timer(deadline, reached)  # until `run_click` has the text of an error


def main(argv: list[str] | None = None) -> int:
    """Run cmpctl; 0 done, 1 the input is wrong or a check refused, 2 wrong usage."""
    return run_click(command, argv, "cmpctl", os.environ)


if __name__ == "__main__":
    sys.exit(main())
