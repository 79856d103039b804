"""`cmpctl parameters`: what plugin.yaml runs to fill the Parameters tab of Argo CD's UI."""

from __future__ import annotations

import os

import click

from cmp.argocd import announce as announcements
from cmp.cli import announcing, request
from cmp.cli.arguments import Arguments
from cmp.cli.bounds import DeadlineReached, RenderBounds
from cmp.cli.generate import DEFAULT_DEADLINE
from cmp.cli.output import as_json
from cmp.errors import CmpError
from cmp.tree import find_root

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
    click.echo(as_json(bounded_announcement(directory)), nl=False)
    return 0


def bounded_announcement(directory: str) -> list[dict[str, Any]]:
    """The announcement within a render's deadline, memory and slot; the static one where these end it."""
    try:
        with RenderBounds(os.environ, default_deadline=DEFAULT_DEADLINE):
            return announce(directory)
    except (CmpError, DeadlineReached, MemoryError):
        return announcements.static()


def announce(directory: str) -> list[dict[str, Any]]:
    """The announcement of a directory."""
    return announcing.announce(lambda: _read(directory))


def _read(directory: str) -> request.Request:
    environ = {name: value for name, value in os.environ.items() if name != request.IN_PLUGIN}
    root = ""
    if request.IN_PLUGIN in os.environ:
        root = find_root(
            os.path.realpath("."), source_path=os.environ.get("ARGOCD_APP_SOURCE_PATH", "")
        )  # as in `request.read`
    arguments = Arguments()
    arguments.directory, arguments.root, arguments.masked = directory, root, True
    return request.read(arguments, environ)
