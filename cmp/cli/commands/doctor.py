"""`cmpctl doctor`: is everything here that a render needs? Each finding with its cure; nothing is changed."""

from __future__ import annotations

import os
import platform
import socket
import stat
import sys
from dataclasses import asdict, dataclass
from importlib.metadata import PackageNotFoundError, requires, version

import click

import cmp
from cmp.argocd.plugin_config import PLUGIN_NAME, render
from cmp.cli import source
from cmp.cli.bounds import number_of
from cmp.cli.output import as_json, style, table, use_colour
from cmp.cli.quiet import is_quiet
from cmp.cli.request import flag, limits_from, state_directory, waivers
from cmp.cli.validating import units
from cmp.cli.variables import VARIABLES
from cmp.errors import CmpError, reason_of
from cmp.gates.upgrade import change_of
from cmp.nearest import nearest
from cmp.sops.keys import PROJECT_KEYS, from_environment, read_file
from cmp.validate import Inputs, validate
from cmp.validate.context import Context
from cmp.validate.schemas import Schemas

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping

CONFIG = "/home/argocd/cmp-server/config/plugin.yaml"
SOCKETS = "/home/argocd/cmp-server/plugins"
_COLOURS = {"ok": "green", "warning": "yellow", "error": "red"}


@dataclass(frozen=True)
class Check:
    """level: `ok`, `warning` or `error`. cure: empty when there is nothing to do."""

    level: str
    subject: str
    finding: str
    cure: str


@click.command()
@click.argument("overlays", nargs=-1)
@click.option("--upgrade", is_flag=True, help="Render OVERLAYS and list what only this version refuses.")
@click.option("--output", type=click.Choice(["text", "json"]), default="text", help="Form of the list.")
def command(overlays: tuple[str, ...], upgrade: bool, output: str) -> int:
    """Check keys and their modes, the plugin's configuration, socket, versions and writable paths.

    Run it where renders run: locally, or by kubectl exec in the sidecar. Exits with 1 if something is wrong.

    \b
    Examples:
      cmpctl doctor
      cmpctl doctor --output json
      cmpctl doctor --upgrade k8s/overlays/*
      kubectl exec --namespace argocd deployment/argocd-repo-server --container mlops-cmp -- cmpctl doctor
    """
    if upgrade != bool(overlays):
        raise click.UsageError("--upgrade and overlays belong together: cmpctl doctor --upgrade OVERLAY...")
    found = [each for overlay in overlays for each in upgraded(overlay)] if upgrade else run(os.environ)
    if output == "json":
        click.echo(as_json([asdict(check) for check in found]), nl=False)
    else:
        _print([check for check in found if check.level != "ok" or not is_quiet()])
    return 1 if any(check.level == "error" for check in found) else 0


def run(environ: Mapping[str, str]) -> list[Check]:
    """All checks in order."""
    return [check for each in CHECKS for check in each(environ)]


# Rules of `cmpctl validate` that 0.1.0 did not have, or had for other kinds only.
_NEW_CHECKS = ("schema", "api-server")


def upgraded(overlay: str) -> Iterator[Check]:
    """What refuses the render of an overlay, and what warns, with the version that says so first."""
    try:
        rendered = source.rendered(overlay)
    except CmpError as err:
        errors = (err, *err.others)
        rules = getattr(err, "rules", ()) or ("",) * len(errors)
        for each, rule in zip(errors, rules, strict=True):
            change = change_of(rule, each.message, each.hint)
            since = f"since {change.since}" if change else "every version"
            yield Check("error", overlay, f"{since}: {each.where}: {each.message}", each.hint)
        return
    yield from _validated(overlay)
    news = [(text, change_of("", text, "")) for text in rendered.warnings]
    for text, change in news:
        if change is not None:
            yield Check("warning", overlay, f"since {change.since}: {text}", "")
    if not any(change for _, change in news):
        yield Check(
            "ok", overlay, "renders as before, or differs in bytes only: compare with cmpctl diff", ""
        )


def _validated(overlay: str) -> Iterator[Check]:
    """How many errors `cmpctl validate` has for the overlay by checks that 0.1.0 did not have."""
    loaded = units.overlay(overlay)
    context = Context(loaded.objects, None, loaded.files, loaded.origins)
    report = validate(Inputs(context, Schemas(bodies=loaded.objects)))
    for rule in _NEW_CHECKS:
        found = [each for each in report.findings if each.rule == rule and each.severity == "error"]
        if found:
            text = f"since 0.2.0: cmpctl validate has {len(found)} of {rule}, the first: {found[0]}"
            yield Check(
                "warning", overlay, text, "cmpctl validate OVERLAY lists them; no render refuses them"
            )


def _print(found: list[Check]) -> None:
    colour = use_colour(sys.stdout)
    rows = table([(check.level, check.subject, check.finding) for check in found]).splitlines()
    for check, row in zip(found, rows, strict=True):
        click.echo(style(check.level, _COLOURS[check.level], colour) + row[len(check.level) :])
        if check.cure:
            click.echo(f"  hint: {check.cure}")


def versions(environ: Mapping[str, str]) -> Iterator[Check]:
    """Ours, Python's, and the libraries that a render may load."""
    yield Check("ok", "version", f"mlops-cmp {cmp.__version__}, Python {platform.python_version()}", "")
    for name in ("cryptography", "google-re2"):
        try:
            yield Check("ok", name, version(name), "")
        except PackageNotFoundError:
            yield Check("error", name, "is not installed", "install mlops-cmp again with its dependencies")


def extras(environ: Mapping[str, str]) -> Iterator[Check]:
    """Which extras of the package are complete here, and what the others lack."""
    try:
        lines = requires("mlops-cmp") or []
    except PackageNotFoundError:  # the image has the modules alone
        return
    missing: dict[str, list[str]] = {}
    for line in lines:
        need, _, marker = line.partition(";")
        extra = marker.partition('extra == "')[2].partition('"')[0]
        name = need.strip()[: next((n for n, char in enumerate(need) if char in "<>=!~[ "), None)]
        if not extra or extra == "dev" or name == "mlops-cmp":
            continue
        missing.setdefault(extra, [])
        try:
            version(name)
        except PackageNotFoundError:
            missing[extra].append(name)
    for extra, names in sorted(missing.items()):
        lacks = f"not installed (lacks {', '.join(names)})" if names else "installed"
        yield Check("ok", f"extra {extra}", lacks, "")


def keys(environ: Mapping[str, str]) -> Iterator[Check]:
    """Where identities come from, whether each can be read, and who else can read them."""
    folder = environ.get(PROJECT_KEYS, "")
    if folder:
        yield from _project_keys(folder)
        return
    for name in ("SOPS_AGE_KEY_FILE", "SOPS_AGE_SSH_PRIVATE_KEY_FILE"):
        if environ.get(name):
            yield from _key_file(name, environ[name])
    source = from_environment(environ, read_file)
    try:
        count = len(source.identities())
    except CmpError as err:
        yield Check("error", "identities", err.message, err.hint)
        return
    if count:
        yield Check("ok", "identities", f"{count} found", "")
    else:
        cure = (
            "set SOPS_AGE_KEY_FILE, or CMP_PROJECT_KEYS to a folder of <project>.agekey files;"
            " `cmpctl secrets init` makes a first key for you"
        )
        yield Check("warning", "identities", "none found: encrypted files cannot be opened", cure)


def _project_keys(folder: str) -> Iterator[Check]:
    try:
        names = sorted(name for name in os.listdir(folder) if name.endswith(".agekey"))
    except OSError as err:
        yield Check("error", "CMP_PROJECT_KEYS", reason_of(err), "mount the folder of project keys")
        return
    if not names:
        yield Check(
            "error", "CMP_PROJECT_KEYS", "holds no .agekey file", "add <project>.agekey or default.agekey"
        )
    for name in names:
        yield from _key_file(name, os.path.join(folder, name))


def _key_file(subject: str, path: str) -> Iterator[Check]:
    try:
        status = os.stat(path)
        with open(path, "rb") as file:
            data = file.read(1 << 20)
    except OSError as err:
        yield Check("error", subject, f"cannot be read: {reason_of(err)}", "check path and owner")
        return
    try:
        from cmp.age import parse_identities  # with cryptography, which may not load

        count = len(parse_identities(data))
    except CmpError as err:
        yield Check("error", subject, err.message, "it has to be a file of age-keygen or an SSH private key")
        return
    if status.st_mode & (stat.S_IROTH | stat.S_IWOTH):
        cure = "mount the Secret with defaultMode 0400 (or chmod 600)"
        yield Check("warning", subject, f"{count} identities, readable by everybody", cure)
    else:
        yield Check("ok", subject, f"{count} identities", "")


def settings(environ: Mapping[str, str]) -> Iterator[Check]:
    """The operator's CMP_* variables: known names, possible values."""
    for name in sorted(name for name in environ if name.startswith("CMP_")):
        if name not in VARIABLES:
            near = nearest(name, VARIABLES)
            yield Check(
                "warning", name, "is not a setting of ours", f"did you mean {near}?" if near else "remove it"
            )
    attempts: list[tuple[str, Callable[[], object]]] = [
        ("CMP_MAX_*", lambda: limits_from(environ)),
        ("CMP_STRICT", lambda: flag(environ, "CMP_STRICT")),
        ("CMP_DEADLINE", lambda: number_of(environ, "CMP_DEADLINE")),
        ("CMP_CONCURRENCY", lambda: number_of(environ, "CMP_CONCURRENCY")),
    ]
    for name, attempt in attempts:
        try:
            attempt()
        except CmpError as err:
            yield Check("error", name, err.message, err.hint)
    yield _waivers(environ)


def _waivers(environ: Mapping[str, str]) -> Check:
    try:
        allowed = waivers(environ)
    except CmpError as err:
        return Check("error", "CMP_WAIVERS", err.message, err.hint)
    if allowed is None:
        return Check(
            "ok", "CMP_WAIVERS", "all: the author of an object may waive every gate that has waivers", ""
        )
    return Check("ok", "CMP_WAIVERS", ", ".join(sorted(allowed)) or "none: no object may waive a gate", "")


def state(environ: Mapping[str, str]) -> Iterator[Check]:
    """The one place a render may write to."""
    folder = state_directory(environ)
    place = folder
    while not os.path.lexists(place):  # a render makes it
        place = os.path.dirname(place)
    if not os.path.isdir(place):
        yield Check("error", "CMP_STATE_DIR", f"{place} is not a directory", "mount an emptyDir there")
    elif not os.access(place, os.W_OK | os.X_OK):
        cure = "mount a writable emptyDir, or set CMP_STATE_DIR"
        yield Check(
            "warning", "CMP_STATE_DIR", f"{folder} is not writable: no concurrency limit, no cache", cure
        )
    else:
        yield Check("ok", "CMP_STATE_DIR", folder if place == folder else f"{folder}, made by a render", "")


def plugin(environ: Mapping[str, str]) -> Iterator[Check]:
    """Inside a sidecar: its configuration and its socket."""
    if not os.path.exists(CONFIG):
        yield Check("ok", "plugin.yaml", "not here: this is not a sidecar", "")
        return
    try:
        with open(CONFIG, encoding="utf-8") as file:
            same = file.read() == render()
    except (OSError, ValueError):
        same = False
    if same:
        yield Check("ok", "plugin.yaml", "as this version makes it", "")
    else:
        cure = "compare it with: cmpctl docs plugin"
        yield Check("warning", "plugin.yaml", "differs from the one of this version", cure)
    path = os.path.join(environ.get("ARGOCD_PLUGINSOCKFILEPATH", SOCKETS), f"{PLUGIN_NAME}.sock")
    yield _socket(path)


def _socket(path: str) -> Check:
    try:
        with socket.socket(socket.AF_UNIX) as client:
            client.settimeout(2)
            client.connect(path)
    except OSError as err:
        reason = reason_of(err)
        cure = "is argocd-cmp-server running, as the same user, with the shared plugins volume?"
        return Check("error", "socket", f"{path}: {reason}", cure)
    return Check("ok", "socket", path, "")


CHECKS: tuple[Callable[[Mapping[str, str]], Iterator[Check]], ...] = (
    versions,
    extras,
    keys,
    settings,
    state,
    plugin,
)
