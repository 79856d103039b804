"""`cmpctl validate`: schemas, rules and policies over an overlay, files, or standard input."""

from __future__ import annotations

import json
import os
import sys

import click

import cmp
from cmp.cli import source
from cmp.cli.output import style, use_colour
from cmp.cli.quiet import is_quiet
from cmp.errors import CmpError, Where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.validate import Report
    from cmp.validate.argocd import Surroundings
    from cmp.validate.policies import Policy

    Body = dict[str, Any]


@click.command()
@click.argument("target", default=".")
@click.option(
    "--kubernetes-version",
    default="",
    metavar="1.NN",
    help="Schemas of this Kubernetes version (default: the newest known).",
)
@click.option(
    "--schemas",
    multiple=True,
    metavar="PATH",
    help="CustomResourceDefinitions or JSON schemas, a file or folder; repeatable.",
)
@click.option(
    "--policy",
    "policies",
    multiple=True,
    metavar="PATH",
    help="ValidatingAdmissionPolicies (CEL), a file or folder; repeatable.",
)
@click.option(
    "--against",
    default="",
    metavar="OVERLAY[@REF]",
    help="An earlier render: finds shrinking volumes and changed selectors.",
)
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "never"]),
    default="error",
    help="Exit with 1 from this severity on.",
)
@click.option(
    "--output",
    type=click.Choice(["text", "json", "junit", "sarif"]),
    default="text",
    help="Form of the report.",
)
@click.option("--masked", is_flag=True, help="Render without keys.")
def command(
    target: str,
    kubernetes_version: str,
    schemas: tuple[str, ...],
    policies: tuple[str, ...],
    against: str,
    fail_on: str,
    output: str,
    masked: bool,
) -> int:
    """Check manifests offline.

    TARGET is an overlay, OVERLAY@REF, a file, a folder of files, or - for standard input.

    A kind without a schema is reported as unchecked, never as passed. A rule is waived on one object by the
    annotation cmp.mlops/waive-<rule id> with a reason.

    \b
    Examples:
      cmpctl validate argocd-apps/
      cmpctl validate k8s/overlays/production --schemas crds/
      cmp-generate k8s/overlays/staging | cmpctl validate - --output sarif > findings.sarif
      cmpctl validate k8s/overlays/production --against k8s/overlays/production@v2.3.1
    """
    from cmp.validate import Inputs, validate
    from cmp.validate.context import Context
    from cmp.validate.schemas import Schemas

    objects, origins, files = _load(target, masked)
    before = plain(source.load(against, masked=masked)) if against else None
    if not objects:
        raise source.SourceError(
            "there are no objects to check",
            where=Where(file=target),
            hint="a render that failed prints nothing",
        )
    compiled = [policy for path in policies for policy in _policies(path)]
    context = Context(objects, before, files, origins)
    around = _surroundings(target, objects)
    report = validate(Inputs(context, Schemas(kubernetes_version, schemas), tuple(compiled), around))
    failed = report.fails(fail_on)
    if failed or not is_quiet():
        click.echo(_form(report, output), nl=False)
    return int(failed)


def _load(target: str, masked: bool) -> tuple[list[Body], list[str], dict[str, list[Body]]]:
    """The objects, the file of each, and the files that git holds behind them as they are stored there."""
    if os.path.isdir(target) and not source.is_overlay(target):
        files = {path: plain(source.load(path), path) for path in _manifests(target)}
        return [body for bodies in files.values() for body in bodies], [], files
    if target == "-" or os.path.isfile(target):
        objects = plain(source.load(target, masked=masked), target)
        return objects, [], {} if target == "-" else {target: objects}
    resources = list(source.rendered(target, masked=masked).resmap)
    objects = plain([resource.body for resource in resources])
    origins = [resource.file for resource in resources]
    return objects, origins, _behind(target) if os.path.isdir(target) else {}


def _surroundings(target: str, objects: list[dict[str, Any]]) -> Surroundings:
    """The repository around Argo CD's manifests: overlays to render without keys, and plugin.yaml."""
    from cmp.tree.root import find_root
    from cmp.validate.argocd import Surroundings, concerns

    if target == "-" or not any(map(concerns, objects)):
        return Surroundings()
    here = os.path.realpath(target if os.path.isdir(target) else os.path.dirname(target) or ".")
    root = find_root(here)
    # Without a repository the folder's parent is the nearest thing that may hold overlays.
    root = os.path.dirname(here) if root == "/" else root
    return Surroundings(
        root, _plugins(here, root), lambda folder: plain(source.load(folder, masked=True, root=root))
    )


def _plugins(folder: str, root: str) -> tuple[tuple[dict[str, Any], str], ...]:
    """The nearest plugin.yaml up to the root, else the one that this package stands for."""
    while True:
        path = os.path.join(folder, "plugin.yaml")
        if os.path.isfile(path):
            return tuple((body, os.path.relpath(path)) for body in plain(source.load(path)))
        if folder in (root, os.path.dirname(folder)):
            break
        folder = os.path.dirname(folder)
    from cmp.argocd import plugin_config

    return tuple((body, "") for body in plain(source.parse(plugin_config.render().encode(), "plugin.yaml")))


def _manifests(folder: str) -> list[str]:
    found = [os.path.join(where, name) for where, _, names in os.walk(folder) for name in names]
    return sorted(path for path in found if path.endswith((".yaml", ".yml", ".json")))


def _behind(overlay: str) -> dict[str, list[dict[str, Any]]]:
    """Every YAML file that the overlay's render reads; one that is no YAML is none of ours."""
    from cmp.cli.commands.paths import read_by

    root, paths = read_by(overlay, "")
    files = {}
    for path in paths:
        if path.endswith((".yaml", ".yml")) or os.path.basename(path) == "Kustomization":
            try:
                files[os.path.relpath(path, root)] = plain(source.parse(_bytes(path), path))
            except CmpError:
                continue
    return files


def plain(objects: list[dict[str, Any]], file: str = "") -> list[dict[str, Any]]:
    """The objects as JSON has them, which is what schemas and rules speak of; `file` is for errors."""
    from cmp.yaml import gojson

    try:
        return [json.loads(gojson.dumps(body)) for body in objects]
    except CmpError as err:
        raise err.at(file=file) from None


def _policies(path: str) -> list[Policy]:
    """The policies of a file, or of every file below a folder that holds some."""
    from cmp.validate.policies import NoPolicyError, read

    if not os.path.isdir(path):
        return read(_bytes(path), path)
    found: list[Policy] = []
    for each in _manifests(path):
        try:
            found += read(_bytes(each), each)
        except NoPolicyError:
            continue
    if not found:
        raise NoPolicyError("holds no ValidatingAdmissionPolicy", where=Where(file=path))
    return found


def _bytes(path: str) -> bytes:
    try:
        with open(path, "rb") as file:
            return file.read()
    except OSError as err:
        raise source.SourceError("cannot be read", where=Where(file=path)) from err


def _form(report: Report, output: str) -> str:
    from cmp.validate import report as forms

    if output == "json":
        return forms.as_json(report)
    if output == "junit":
        return forms.junit(report)
    if output == "sarif":
        return forms.sarif(report, cmp.__version__)
    colour = use_colour(sys.stdout)
    return forms.text(report, lambda part, name: style(part, name, colour))
