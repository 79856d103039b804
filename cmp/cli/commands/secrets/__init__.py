"""`cmpctl secrets`: SOPS documents for people, without the programs sops and age."""

from __future__ import annotations

import click

from cmp.cli.lazy import LazyGroup, Table

# name -> (module, what the list of commands says), in the order of a secret's life.
COMMANDS: Table = {
    "init": (".init", "Set up a repository: a key, .sops.yaml, a first encrypted file."),
    "keygen": (".keygen", "Make an age identity for a person, a cluster or a project."),
    "encrypt": (".encrypt", "Encrypt a file as .sops.yaml says."),
    "decrypt": (".decrypt", "Print a file's cleartext."),
    "edit": (".edit", "Change a file in your editor; what you leave alone keeps its ciphertext."),
    "set": (".set_value", "Set one value, read from standard input."),
    "unset": (".unset", "Remove one value."),
    "rotate": (".rotate", "Give files a new data key."),
    "updatekeys": (".updatekeys", "Bring files' recipients in line with .sops.yaml."),
    "exec-env": (".execute:exec_env", "Run a program with a file's values as environment variables."),
    "exec-file": (".execute:exec_file", "Run a program on a file's cleartext."),
    "check": (".check", "Refuse files in clear that must be encrypted; needs no key."),
    "filestatus": (".filestatus", "Say as JSON whether a file is encrypted; needs no key."),
    "show-recipients": (".show_recipients", "Print who can decrypt files; needs no key."),
}


@click.command(cls=LazyGroup, table=COMMANDS, package=__name__)
def command() -> None:
    """Encrypt, edit, rotate and check secret files (SOPS with age keys).

    Files are what sops itself reads and writes. Identities come from SOPS_AGE_KEY, SOPS_AGE_KEY_FILE, the
    default key file and SSH keys; recipients from .sops.yaml or --age.

    \b
    Examples:
      cmpctl secrets init k8s/overlays/staging
      cmpctl secrets keygen -o ~/.config/sops/age/keys.txt
      cmpctl secrets encrypt -i overlays/production/secret.yaml
      cmpctl secrets edit overlays/production/secret.yaml
      printf %s "$PASSWORD" | cmpctl secrets set secret.yaml stringData.password
      cmpctl secrets updatekeys -y overlays/*/secret.yaml
    """
