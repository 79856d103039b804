"""`cmpctl secrets`: SOPS documents for people, without the programs sops and age."""

from __future__ import annotations

import importlib

import click

# name -> (module, what the list of commands says), in the order of a secret's life.
COMMANDS: dict[str, tuple[str, str]] = {
    "keygen": ("keygen", "Make an age identity for a person, a cluster or a project."),
    "encrypt": ("encrypt", "Encrypt a file as .sops.yaml says."),
    "decrypt": ("decrypt", "Print a file's cleartext."),
    "edit": ("edit", "Change a file in your editor; what you leave alone keeps its ciphertext."),
    "set": ("set_value", "Set one value, read from standard input."),
    "unset": ("unset", "Remove one value."),
    "rotate": ("rotate", "Give files a new data key."),
    "updatekeys": ("updatekeys", "Bring files' recipients in line with .sops.yaml."),
    "show-recipients": ("show_recipients", "Say who can open files; needs no key."),
}


class SecretsGroup(click.Group):
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


@click.command(cls=SecretsGroup)
def command() -> None:
    """Encrypt, edit, rotate and check secret files (SOPS with age keys).

    Files are what sops itself reads and writes. Identities come from SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, the
    default key file and SSH keys; recipients from .sops.yaml or --age.

    \b
    Examples:
      cmpctl secrets keygen -o ~/.config/sops/age/keys.txt
      cmpctl secrets encrypt -i overlays/production/secret.yaml
      cmpctl secrets edit overlays/production/secret.yaml
      printf %s "$PASSWORD" | cmpctl secrets set secret.yaml stringData.password
      cmpctl secrets updatekeys -y overlays/*/secret.yaml
    """
