"""`cmpctl parameters`: what plugin.yaml runs to fill the Parameters tab of Argo CD's UI."""

from __future__ import annotations

import os

import click

from cmp.cli.output import as_json
from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


@click.command()
@click.argument("directory", default=".")
def command(directory: str) -> int:
    """Announce the parameters of the overlay in DIRECTORY as a JSON array.

    No key is used and no URI is shown. An overlay that cannot be built is announced without values.

    \b
    Examples:
      cmpctl parameters k8s/overlays/staging
    """
    click.echo(as_json(announce(directory)), nl=False)
    return 0


def announce(directory: str) -> list[dict[str, Any]]:
    """The announcement; never fails: the UI must not lose the tab to a broken overlay."""
    from cmp.argocd import announce as announcements

    try:
        return _current(directory)
    except (CmpError, OSError, RecursionError, ValueError):
        return announcements.static()


def _current(directory: str) -> list[dict[str, Any]]:
    from cmp.argocd.announce import current
    from cmp.cli import request
    from cmp.cli.arguments import Arguments
    from cmp.kustomize import build
    from cmp.render.announcing import Announcing

    environ = {name: value for name, value in os.environ.items() if name != request.IN_PLUGIN}
    if request.IN_PLUGIN in os.environ and "ARGOCD_APP_SOURCE_PATH" in os.environ:
        from cmp.tree import find_root

        root = find_root(os.path.realpath("."), source_path=os.environ["ARGOCD_APP_SOURCE_PATH"])
    else:
        root = ""
    arguments = Arguments()
    arguments.directory, arguments.root, arguments.masked = directory, root, True
    wanted = request.read(arguments, environ)
    hooks = Announcing(wanted.tree, wanted.settings)
    build(hooks.tree, wanted.directory, wanted.settings.options, hooks)
    return current(hooks.kustomization, hooks.declarations)
