"""`cmpctl secrets init`: the first key, the first rules and the first encrypted file of a repository."""

from __future__ import annotations

import os
import secrets

import click

from cmp import age
from cmp.cli.commands.secrets import context, files
from cmp.cli.output import table
from cmp.errors import CmpError, located
from cmp.files import create_private, update
from cmp.sops.config import CONFIG_NAME
from cmp.sops.formats import format_of_path
from cmp.sops.keys import terminal_asker
from cmp.sops.write.document import encrypt
from cmp.tree.root import find_root

FIRST_FILE = "secret.enc.yaml"
_RULES = """\
# For whom new secret files are encrypted: `cmpctl secrets` and sops read this. Public keys only.
# After a change of recipients: cmpctl secrets updatekeys FILE...
creation_rules:
  - path_regex: \\.enc\\.ya?ml$
    encrypted_regex: ^(data|stringData)$     # names and labels stay readable
    age: {recipient}
  - path_regex: \\.enc\\.(env|json|ini)$
    age: {recipient}
"""
_FIRST = """\
apiVersion: v1
kind: Secret
metadata:
  name: app-secret
type: Opaque
stringData:
  token: {token}
"""


@click.command("init")
@click.argument("overlay", required=False, type=click.Path(exists=True, file_okay=False))
@click.option(
    "--key", "key_file", type=click.Path(dir_okay=False), help="The key file; default: where sops looks."
)
@context.output_option
def command(overlay: str | None, key_file: str | None, output: str) -> None:
    """Set up secrets for a repository: a key, .sops.yaml and, in OVERLAY, a first encrypted file.

    Existing files are kept, so you can run the command again. A key file inside of the repository is added
    to .gitignore. List the encrypted file in the kustomization yourself.

    \b
    Examples:
      cmpctl secrets init
      cmpctl secrets init k8s/overlays/staging
    """
    root = find_root(os.path.realpath(overlay or "."), "", None)
    top = root if root != "/" else os.path.realpath(".")
    path = os.path.abspath(key_file or _default_key())
    rows = []
    if _is_below(path, top):  # before the key is there
        added = _ignore(top, os.path.relpath(path, top))
        rows.append(("ignored", os.path.join(top, ".gitignore"), "names the key" if added else "kept"))
    recipient, made = _key(path)
    rows.append(("key", path, "new, mode 0600" if made else "kept"))
    config = os.path.join(top, CONFIG_NAME)
    rows.append(("rules", config, "new" if _create(config, _RULES.format(recipient=recipient)) else "kept"))
    if overlay is not None:
        rows.append(_first_file(os.path.join(overlay, FIRST_FILE), config, recipient))
    if output == "json":
        from cmp.cli.output import as_json

        keys = ("what", "path", "state")
        click.echo(as_json([dict(zip(keys, row, strict=True)) for row in rows]), nl=False)
        return
    click.echo(table(rows), nl=False)
    context.say(_advice(path, made, overlay))


def _default_key() -> str:
    named = os.environ.get("SOPS_AGE_KEY_FILE", "")
    config = os.environ.get("XDG_CONFIG_HOME", "") or os.path.expanduser("~/.config")
    return named or os.path.join(config, "sops", "age", "keys.txt")


def _key(path: str) -> tuple[str, bool]:
    """The recipient of the key file's first identity, and whether the file was made now."""
    if os.path.exists(path):
        with located(file=path):
            found = age.parse_identities(files.read(path), terminal_asker())
        return str(found[0].recipient()), False
    identity = age.X25519Identity.generate()
    create_private(path, context.key_text(identity).encode("ascii"))
    return str(identity.recipient()), True


def _is_below(path: str, folder: str) -> bool:
    return os.path.commonpath([os.path.realpath(path), folder]) == folder


def _ignore(top: str, name: str) -> bool:
    """Add a file to .gitignore unless a line of it says so already; whether it was added."""
    path = os.path.join(top, ".gitignore")
    before = files.read(path) if os.path.exists(path) else None
    lines = (before or b"").decode("utf-8", "surrogateescape").splitlines()
    if f"/{name}" in lines:
        return False
    text = "".join(f"{line}\n" for line in [*lines, f"/{name}"])
    update(path, text.encode("utf-8", "surrogateescape"), before)
    return True


def _create(path: str, text: str) -> bool:
    """Write a file that is not there yet; whether it was written."""
    if os.path.lexists(path):
        return False
    update(path, text.encode(), None)
    return True


def _first_file(path: str, config: str, recipient: str) -> tuple[str, str, str]:
    """A Secret with a random token, encrypted as the rules say; it never stood on the disk in clear."""
    if os.path.lexists(path):
        return "secret", path, "kept"
    found = config, context.parse_at(config)
    new = context.new_file(path, (), {}, found)
    if recipient not in new.groups[0]:
        raise CmpError(
            f"the rule for {path} in {config} does not name this key, so you could not open the file",
            hint=f"add {recipient} to the rule's age: recipients, or name the key that is there with --key",
        )
    text = _FIRST.format(token=secrets.token_hex(16))
    form = format_of_path(path)
    indent = context.store_indent(form, found)
    written = encrypt(text.encode(), form, new, context.now(), indent=indent, limits=context.limits())
    update(path, context.check_sealed(written, path).data, None)
    return "secret", path, "new, encrypted"


def _advice(path: str, made: bool, overlay: str | None) -> str:
    lines = []
    if made:
        lines.append(f"back up {path} now, in a password store: without it nobody can decrypt these files")
    lines.append("everybody may see the public key in the rules; nobody but you may see the key file")
    if overlay is not None:
        lines.append(
            f"next: list {FIRST_FILE} under resources: in {overlay}'s kustomization, and change it with"
        )
        lines.append(f"  cmpctl secrets edit {os.path.join(overlay, FIRST_FILE)}")
    else:
        lines.append("next: cmpctl secrets init OVERLAY makes a first encrypted file")
    return "\n".join(lines)
