"""`cmpctl models`: which model is served where, from the registry to each overlay."""

from __future__ import annotations

import importlib

import click

# name -> (module, what the list of commands says), in the order of a model's life.
COMMANDS: dict[str, tuple[str, str]] = {
    "show": ("show", "Print each model with its reference, version, weight and targets."),
    "set": ("set_values", "Set a model's URI, reference or version, and weights."),
    "lock": ("lock", "Resolve references through the registry and pin what they mean now."),
    "check": ("check", "Say which references have moved since they were locked; exit 1 if any has."),
    "promote": ("promote", "Copy locked entries from one overlay to another."),
    "history": ("history", "Print which versions an overlay has served, from git."),
}


class ModelsGroup(click.Group):
    """Imports a command when it is needed."""

    def list_commands(self, ctx: click.Context) -> list[str]:
        """The names of the table."""
        return list(COMMANDS)

    def get_command(self, ctx: click.Context, cmd_name: str) -> click.Command | None:
        """The command of a name; None when there is none."""
        if cmd_name not in COMMANDS:
            return None
        module = importlib.import_module(f"{__name__}.{COMMANDS[cmd_name][0]}")
        command: click.Command = module.command
        return command

    def format_commands(self, ctx: click.Context, formatter: click.HelpFormatter) -> None:
        """The list of commands, without importing any."""
        with formatter.section("Commands"):
            formatter.write_dl([(name, text) for name, (_, text) in COMMANDS.items()])


@click.command(cls=ModelsGroup)
def command() -> None:
    """Resolve, show, set, promote and trace models (ModelConfig and ModelLock).

    Rendering reads git only; `lock` and `check` ask the registry that MLFLOW_TRACKING_URI names. Edits keep
    comments, order and quoting, and never touch git or a cluster.

    \b
    Examples:
      cmpctl models show k8s/overlays/production
      cmpctl models set k8s/overlays/staging --weight baseline=90
      cmpctl models lock k8s/overlays/staging
      cmpctl models check k8s/overlays/staging
      cmpctl models promote --from k8s/overlays/staging --to k8s/overlays/production --dry-run
    """
