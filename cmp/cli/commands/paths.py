"""`cmpctl paths`: what a render reads, as Argo CD's manifest-generate-paths annotation wants it."""

from __future__ import annotations

import os
import posixpath

import click

from cmp.cli import request
from cmp.cli.arguments import Arguments
from cmp.cli.output import as_json
from cmp.kustomize import build
from cmp.render.announcing import Announcing

ANNOTATION = "argocd.argoproj.io/manifest-generate-paths"


@click.command()
@click.argument("overlay", default=".", type=click.Path(exists=True, file_okay=False))
@click.option("--root", default="", help="The repository; default: the nearest .git above OVERLAY.")
@click.option("--files", is_flag=True, help="List each file instead of directories.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="Form of the list.")
def command(overlay: str, root: str, files: bool, output: str) -> int:
    """Print what rendering OVERLAY reads.

    By default this is the value of the annotation manifest-generate-paths: the overlay itself as `.`, every
    other directory from the repository's root. No key is needed.

    \b
    Examples:
      cmpctl paths k8s/overlays/production
      cmpctl paths k8s/overlays/production --files --output json
    """
    real_root, read = read_by(overlay, root)
    here = os.path.realpath(overlay)
    if files:
        found = [posixpath.relpath(path, real_root) for path in read]
    else:
        found = directories(read, here, real_root)
    if output == "json":
        click.echo(as_json(found), nl=False)
    else:
        click.echo("\n".join(found) if files else ";".join(found))
    return 0


def read_by(overlay: str, root: str) -> tuple[str, list[str]]:
    """The root, and the real paths of all files that a render of `overlay` reads."""
    arguments = Arguments()
    arguments.directory, arguments.root, arguments.masked = overlay, root, True
    environ = {name: value for name, value in os.environ.items() if name.startswith("CMP_MAX_")}
    wanted = request.read(arguments, environ)

    hooks = Announcing(wanted.tree, wanted.settings)
    build(hooks.tree, wanted.directory, wanted.settings.options, hooks)
    return wanted.tree.root, list(wanted.tree.read_paths())


def directories(read: list[str], here: str, root: str) -> list[str]:
    """`.` for the overlay, then the fewest directories from the root that hold every other file."""
    outside = sorted({posixpath.dirname(path) for path in read if not _below(path, here)})
    kept: list[str] = []
    for folder in outside:
        if not kept or not _below(folder, kept[-1]):
            kept.append(folder)
    prefix = root.rstrip("/")
    return [".", *(folder[len(prefix) :] or "/" for folder in kept)]


def _below(path: str, folder: str) -> bool:
    return path == folder or path.startswith(folder.rstrip("/") + "/")
