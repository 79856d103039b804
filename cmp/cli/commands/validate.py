"""`cmpctl validate`: schemas, rules and policies over overlays, folders, files, or standard input."""

from __future__ import annotations

import os
import sys
from dataclasses import replace

import click

import cmp
from cmp import files
from cmp.cli import revision, source
from cmp.cli.output import as_json, style, table, use_colour
from cmp.cli.output import report as tell
from cmp.cli.quiet import is_quiet
from cmp.cli.validating import config, units, work
from cmp.cli.validating.units import MANIFESTS, read_bytes
from cmp.cli.validating.units import plain as plain
from cmp.errors import CmpError, Where, located
from cmp.findings import Finding
from cmp.tree.root import find_root
from cmp.validate import Inputs, Report, validate
from cmp.validate import baseline as baselines
from cmp.validate import report as forms
from cmp.validate.context import Context
from cmp.validate.registry import RULES
from cmp.validate.result import merged
from cmp.validate.schemas import Schemas, kubernetes_versions, sources
from cmp.validate.selection import Selection
from cmp.validate.waivers import WAIVER

# Imported below where they are needed: the rules over Argo CD's objects (28 ms) with plugin.yaml, and CEL
# policies (5 ms) take longer than checking a ConfigMap.

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Collection, Iterable, Mapping
    from typing import Any

    from cmp.cli.validating.config import Config
    from cmp.cli.validating.units import Loaded
    from cmp.cli.validating.work import Outcome
    from cmp.findings import Described
    from cmp.fleet import Surroundings
    from cmp.validate.policies import Policy

    Body = dict[str, Any]

# Findings that are of no rule module.
_OTHER_RULES = {
    "schema": "A field that the schema of the kind, or a CEL rule in it, does not allow",
    "unknown-group": "An API group without a schema, where another group of its domain has the kind",
    "policy": "A ValidatingAdmissionPolicy (--policy) that does not hold; policy:NAME is one of them",
    "render": "An overlay that does not render",
    "unreadable": "A file that cannot be read",
}
# Kinds that the rules over Argo CD's manifests may be about.
_ARGO_KINDS = frozenset(("Application", "ApplicationSet", "AppProject", "ConfigManagementPlugin"))


@click.command()
@click.argument("targets", nargs=-1, metavar="[TARGET]...")
@click.option(
    "--kubernetes-version",
    default="",
    metavar="1.NN",
    help="Schemas of this Kubernetes version: one of the newest three (--list-rules names them), or, with "
    "--schemas, the one of your files. Default: the newest.",
)
@click.option(
    "--schemas",
    multiple=True,
    metavar="PATH",
    help="CustomResourceDefinitions, JSON schemas, or a Kubernetes release's swagger.json; a file or folder; "
    "repeatable.",
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
    help="An earlier render: finds shrinking volumes and changed selectors. With one TARGET.",
)
@click.option("--skip", multiple=True, metavar="RULE", help="Leave a rule out; repeatable.")
@click.option("--only", multiple=True, metavar="RULE", help="Count this rule alone; repeatable.")
@click.option("--list-rules", is_flag=True, help="List the rules, and the schemas that ship with cmpctl.")
@click.option(
    "--baseline", default="", metavar="FILE", help="Findings that are known already and do not count."
)
@click.option("--write-baseline", default="", metavar="FILE", help="Write all findings to a baseline.")
@click.option(
    "--fail-on",
    type=click.Choice(["error", "warning", "info", "unchecked", "never"]),
    multiple=True,
    help="Exit with 1 from this severity on (default: error); unchecked: also when something was not "
    "checked; repeatable.",
)
@click.option("--allow-unchecked", is_flag=True, help="Not a failure if no object at all was checked.")
@click.option(
    "--output",
    type=click.Choice(["text", "json", "junit", "sarif"]),
    default="text",
    help="Form of the report.",
)
@click.option("--masked", is_flag=True, help="Render without keys.")
def command(
    targets: tuple[str, ...],
    kubernetes_version: str,
    schemas: tuple[str, ...],
    policies: tuple[str, ...],
    against: str,
    skip: tuple[str, ...],
    only: tuple[str, ...],
    list_rules: bool,
    baseline: str,
    write_baseline: str,
    fail_on: tuple[str, ...],
    allow_unchecked: bool,
    output: str,
    masked: bool,
) -> int:
    """Check manifests offline.

    TARGET is an overlay, OVERLAY@REF, a file, a folder, or - for standard input. Of a folder without a
    kustomization, each overlay below it is rendered, and the manifests beside them are checked as they stand.

    A kind without a schema is reported as unchecked, never as passed. A rule is waived on one object by the
    annotation cmp.mlops/waive-<rule id> with a reason. .cmp.yaml in the repository's root holds settings.

    \b
    Examples:
      cmpctl validate argocd-apps/
      cmpctl validate k8s/overlays/production --schemas crds/
      cmpctl validate k8s/ --fail-on warning --fail-on unchecked
      cmp-generate k8s/overlays/staging | cmpctl validate - --output sarif > findings.sarif
      cmpctl validate k8s/overlays/production --against k8s/overlays/production@v2.3.1
    """
    if list_rules:
        click.echo(_listed(output), nl=False)
        return 0
    targets = targets or (".",)
    if against and len(targets) > 1:
        raise click.UsageError("--against needs one TARGET")
    settings = config.read(_root_of(targets[0]), _ids)
    for option, given in (("--skip", skip), ("--only", only)):
        for each in given:
            config.check_rule(each, _ids(), option)
    settings = settings._replace(
        skip=(*settings.skip, *skip),
        only=(*settings.only, *only),
        fail_on=fail_on or settings.fail_on or ("error",),
        schemas=(*settings.schemas, *schemas),
        policies=(*settings.policies, *policies),
        kubernetes_version=kubernetes_version or settings.kubernetes_version,
        baseline=baseline or settings.baseline,
    )
    there = files.content(write_baseline) if write_baseline else None
    report = _run(targets, settings, against, masked, allow_unchecked)
    if write_baseline:
        files.update(write_baseline, baselines.dump(report).encode(), there)
    failed = report.fails(settings.fail_on)
    if failed or not is_quiet():
        click.echo(_form(report, output, settings.fail_on), nl=False)
    return int(failed)


def _run(
    targets: tuple[str, ...], settings: Config, against: str, masked: bool, allow_unchecked: bool
) -> Report:
    """Everything that was found, less what does not count."""
    checks = _Checks(settings, against, masked)
    outcomes = checks.of(targets)
    report = merged(report for report, _, _ in outcomes)
    tell(None, [warning for _, warnings, _ in outcomes for warning in warnings])
    if not report.checked and not allow_unchecked:
        raise _nothing(targets, report)
    report = Selection(frozenset(settings.skip), frozenset(settings.only), dict(settings.severity)).apply(
        report
    )
    if settings.baseline:
        with located(file=settings.baseline):
            known = baselines.read(read_bytes(settings.baseline))
        report, stale = baselines.apply(report, known)
        if stale:
            what = "1 entry" if stale == 1 else f"{stale} entries"
            tell(None, [f"{settings.baseline}: {what} of the baseline found nothing; write it again"])
    return report


def _nothing(targets: tuple[str, ...], report: Report) -> CmpError:
    failed = next((each for each in report.findings if each.rule in ("render", "unreadable")), None)
    if failed is not None:
        return CmpError(failed.message, where=failed.where, hint=failed.cure)
    where = Where(file=", ".join(targets))
    if report.unchecked:
        kinds = ", ".join(sorted(report.unchecked))
        return CmpError(
            f"no object was checked: there is no schema for {kinds}",
            where=where,
            hint="name the CustomResourceDefinitions with --schemas, or say --allow-unchecked",
        )
    if report.aside:
        why = "; ".join(dict.fromkeys(f"{each.file}: {each.why}" for each in report.aside[:3]))
        return CmpError(f"nothing was given to check ({why})", where=where)
    return CmpError(
        "nothing was given to check",
        where=where,
        hint="name an overlay, a file or a folder with manifests;"
        " in a pipe, check that the render before it succeeded",
    )


class _Checks:
    """One run over all targets."""

    def __init__(self, settings: Config, against: str, masked: bool) -> None:
        self._settings = settings
        self._masked = masked
        self._before = plain(source.load(against, masked=masked)) if against else None
        self._policies = tuple(policy for path in settings.policies for policy in _policies(path))

    def of(self, targets: tuple[str, ...]) -> list[Outcome]:
        """The outcome of each unit."""
        overlays: list[str] = []
        loose: list[str] = []
        found: list[Outcome] = []
        for target in targets:
            if target != "-" and os.path.isdir(target) and not source.is_overlay(target):
                searched = units.search(target)
                overlays += searched.overlays
                loose += searched.loose
            elif target == "-" or os.path.isfile(target):
                loaded = units.standard_input() if target == "-" else units.file(target)
                found.append(self._outcome(target, loaded))
            elif len(targets) == 1:
                found.append(self._outcome(target, units.overlay(target, masked=self._masked)))
            else:
                overlays.append(target)
        if overlays:
            # What every worker needs is imported before they are forked.
            import cmp.render.pipeline
            import cmp.validate  # noqa: F401

            found += work.run(overlays, self._overlay, quiet=is_quiet())
        read = {path for _, _, paths in found for path in paths}
        rest = [path for path in loose if os.path.realpath(path) not in read]
        if rest:
            held = units.loose(rest)
            folder = os.path.commonpath([os.path.dirname(os.path.realpath(path)) for path in rest])
            found.append(self._outcome(folder, held))
        return found

    def _overlay(self, target: str) -> Outcome:
        """One of several: an overlay that does not render is a finding, and the others are checked."""
        try:
            return self._outcome(target, units.overlay(target, masked=self._masked))
        except CmpError as err:
            place = err.where
            finding = Finding(
                "render",
                "error",
                place.object,
                place.field,
                f"{err.message} (in {target})",
                err.hint,
                place.file or target,
                None,
                place.line,
                place.column,
            )
            return Report((finding,), (), 0, {}), (), ()

    def _outcome(self, target: str, loaded: Loaded) -> Outcome:
        context = Context(loaded.objects, self._before, loaded.files, loaded.origins)
        known = Schemas(self._settings.kubernetes_version, self._settings.schemas, loaded.objects)
        more: Iterable[tuple[Finding, str]] = ()
        if not _ARGO_KINDS.isdisjoint(str(body.get("kind")) for body in loaded.objects):
            from cmp import fleet

            around = _surroundings(target, loaded.objects)
            more = fleet.run(loaded.objects, context.file_of, around, known.problems, WAIVER)
        report = validate(Inputs(context, known, self._policies, more))
        unreadable = [
            Finding("unreadable", "error", "", "", err.message, err.hint, err.where.file or target, None,
                    err.where.line, err.where.column)
            for err in loaded.unreadable
        ]  # fmt: skip
        places = loaded.places
        waived = places.located(finding for finding, _ in report.waived)
        report = replace(
            report,
            findings=(*places.located(report.findings), *unreadable),
            waived=tuple(zip(waived, (why for _, why in report.waived), strict=True)),
            aside=loaded.aside,
        )
        return report, (*loaded.warnings, *known.remarks), loaded.read


def _root_of(target: str) -> str:
    """The repository's root, the current directory where there is none."""
    path = "." if target == "-" else revision.split(target)[0]
    here = os.path.realpath(path if os.path.isdir(path) else os.path.dirname(path) or ".")
    root = find_root(here) if os.path.isdir(here) else "/"
    return os.getcwd() if root == "/" else root


def _surroundings(target: str, objects: list[Body]) -> Surroundings:
    """The repository around Argo CD's manifests: overlays to render without keys, and plugin.yaml."""
    from cmp.fleet import Surroundings, concerns

    if target == "-" or not any(map(concerns, objects)):
        return Surroundings()
    here = os.path.realpath(target if os.path.isdir(target) else os.path.dirname(target) or ".")
    root = find_root(here)
    # Without a repository the folder's parent is the nearest thing that may hold overlays.
    root = os.path.dirname(here) if root == "/" else root
    return Surroundings(
        root, _plugins(here, root), lambda folder: plain(source.load(folder, masked=True, root=root))
    )


def _plugins(folder: str, root: str) -> tuple[tuple[Body, str], ...]:
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


def _policies(path: str) -> list[Policy]:
    """The policies of a file, or of every file below a folder that holds some."""
    from cmp.validate.policies import NoPolicyError, read

    if not os.path.isdir(path):
        return read(read_bytes(path), path)
    found: list[Policy] = []
    inside = [os.path.join(where, name) for where, _, names in os.walk(path) for name in names]
    for each in sorted(name for name in inside if name.endswith(MANIFESTS)):
        try:
            found += read(read_bytes(each), each)
        except NoPolicyError:
            continue
    if not found:
        raise NoPolicyError("holds no ValidatingAdmissionPolicy", where=Where(file=path))
    return found


# -- reports


def _described() -> Mapping[str, Described]:
    """Every rule by its id."""
    from cmp.fleet.registry import RULES as FLEET

    rules: tuple[Described, ...] = (*RULES, *FLEET)
    return {rule.ID: rule for rule in rules}


def _ids() -> set[str]:
    return {*_described(), *_OTHER_RULES}


def _listed(output: str) -> str:
    """The rules with their severities, and the schemas with their sources."""
    rows = [(each.ID, str(getattr(each, "SEVERITY", "")), each.TITLE) for each in _described().values()]
    rows += [
        (name, "error" if name != "unknown-group" else "warning", title)
        for name, title in _OTHER_RULES.items()
    ]
    if output == "json":
        names = ("id", "severity", "title")
        rules = [dict(zip(names, row, strict=True)) for row in rows]
        return as_json(
            {"rules": rules, "kubernetes": list(kubernetes_versions()), "schemas": dict(sources())}
        )
    texts = [*table(rows).splitlines(), "", f"Kubernetes: {', '.join(kubernetes_versions())}"]
    return "\n".join([*texts, *(f"{name}: {origin}" for name, origin in sources())]) + "\n"


def _form(report: Report, output: str, fail_on: Collection[str]) -> str:
    if output == "json":
        return forms.as_json(report)
    if output == "junit":
        return forms.junit(report, fail_on)
    if output == "sarif":
        return forms.sarif(_from_root(report), cmp.__version__, _described())
    colour = use_colour(sys.stdout)
    return forms.text(report, lambda part, name: style(part, name, colour))


def _from_root(report: Report) -> Report:
    """With the files as code scanning wants them, relative to the root of the repository."""
    here = os.path.realpath(".")
    root = find_root(here)
    if root in ("/", here):
        return report

    def moved(finding: Finding) -> Finding:
        is_here = finding.file and os.path.exists(finding.file)
        if not is_here or os.path.exists(os.path.join(root, finding.file)):
            return finding
        return finding._replace(file=os.path.relpath(os.path.realpath(finding.file), root))

    return replace(
        report,
        findings=tuple(map(moved, report.findings)),
        waived=tuple((moved(finding), why) for finding, why in report.waived),
        known=tuple(map(moved, report.known)),
    )
