"""`cmpctl secrets keygen`: a new age identity."""

from __future__ import annotations

import click

from cmp import age
from cmp.cli.commands.secrets import context
from cmp.files import create_private


@click.command("keygen")
@click.option(
    "-o", "--output-file", type=click.Path(), help="Write the identity to this new file, mode 0600."
)
@click.option("--pq", is_flag=True, help="Make a hybrid post-quantum key (age 1.3, SOPS 3.12 and later).")
def command(output_file: str | None, pq: bool) -> None:
    """Make an age identity and print its recipient.

    The identity goes to the file, or to standard output; the recipient, which is public, to standard error.

    \b
    Examples:
      cmpctl secrets keygen -o ~/.config/sops/age/keys.txt
      cmpctl secrets keygen | kubectl create secret generic keys --from-file=default.agekey=/dev/stdin
    """
    identity = age.HybridIdentity.generate() if pq else age.X25519Identity.generate()
    recipient = str(identity.recipient())
    text = context.key_text(identity)
    if output_file and output_file != "-":
        create_private(
            output_file,
            text.encode("ascii"),
            exists="a key is never overwritten: choose another name",
        )
    else:
        click.echo(text, nl=False)
    context.say(f"Public key: {recipient}")
