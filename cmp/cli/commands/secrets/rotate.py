"""`cmpctl secrets rotate`: a new data key, every value sealed anew."""

from __future__ import annotations

import click

from cmp.cli.commands.secrets import context
from cmp.cli.output import as_json
from cmp.errors import CmpError
from cmp.files import update


@click.command("rotate")
@context.files_argument
@click.option("--add-age", multiple=True, help="A recipient to add to the first key group.")
@click.option("--rm-age", multiple=True, help="A recipient to remove.")
@context.input_type
@context.output_option
def command(
    paths: tuple[str, ...],
    add_age: tuple[str, ...],
    rm_age: tuple[str, ...],
    input_type: str | None,
    output: str,
) -> None:
    """Give files a new data key, so that whoever knew the old one cannot read what comes.

    What was readable before stays readable in git's history: change the secrets themselves too.

    \b
    Examples:
      cmpctl secrets rotate overlays/*/secret.yaml
      cmpctl secrets rotate --add-age age1new... --rm-age age1old... secret.yaml
    """
    done = []
    for path in paths:
        document = context.opened(path, input_type)
        try:
            written = document.rotated(context.now(), add_age, rm_age)
        except CmpError as error:
            raise error.at(file=path) from None
        update(path, written.data, document.data)
        done.append({"file": path, "sealed": written.sealed, "recipients": document.metadata.recipients()})
        if output == "text":
            context.say(f"{path}: new data key, {written.sealed} values sealed anew")
    if output == "json":
        click.echo(as_json(done), nl=False)
