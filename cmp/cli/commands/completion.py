"""`cmpctl completion`: what a shell needs to complete commands, options and paths."""

from __future__ import annotations

import click
from click.shell_completion import get_completion_class


@click.command()
@click.argument("shell", type=click.Choice(["bash", "zsh", "fish"]))
@click.argument("program", type=click.Choice(["cmpctl", "cmp-generate"]), default="cmpctl")
def command(shell: str, program: str) -> int:
    """Print the completion script of a shell for a PROGRAM: `cmpctl` (the default) or `cmp-generate`.

    \b
    Examples:
      cmpctl completion bash > ~/.local/share/bash-completion/completions/cmpctl
      cmpctl completion bash cmp-generate > ~/.local/share/bash-completion/completions/cmp-generate
      cmpctl completion zsh > "${fpath[1]}/_cmpctl"
      cmpctl completion fish > ~/.config/fish/completions/cmpctl.fish
    """
    if program == "cmp-generate":
        from cmp.cli.generate_completion import script

        click.echo(script(shell), nl=False)
        return 0
    from cmp.cli import ctl

    maker = get_completion_class(shell)
    if maker is None:
        raise click.UsageError(f"click has no completion for {shell}")
    click.echo(maker(ctl.command, {}, "cmpctl", "_CMPCTL_COMPLETE").source(), nl=False)
    return 0
