"""Helm charts: refused unless enabled, else inflated by a `helm` program (HelmChartInflationGenerator.go).

Helm is the operator's program, and what it is asked for is the repository's. It sees a copy of the chart,
read through the tree, in a private folder; values files in memory; an environment without keys. No argument
of the repository may be taken for an option. Upstream writes pulled charts below the kustomization; here they
end with the render. Trees that are not on disk are refused.
"""

from __future__ import annotations

import os
import os.path
import re

from cmp.errors import CmpError
from cmp.kustomize.errors import KustomizeError, RefusedError
from cmp.kustomize.factory import from_bytes
from cmp.kustomize.helm_values import Values, taint_what_differs
from cmp.kustomize.history import HELM_GENERATED
from cmp.kustomize.resmap import ResMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.context import Context
    from cmp.kustomize.resource import Resource

DEFAULT_HOME = "charts"
_MERGES = ("merge", "override", "replace")
_VERSION = re.compile(r"v?(\d{1,3})(?:\.\d{1,9}){1,4}")
_MAJORS = ("3", "4")
# Fields whose strings become arguments of their own.
_ARGUMENTS = (
    "name",
    "version",
    "repo",
    "releaseName",
    "namespace",
    "nameTemplate",
    "kubeVersion",
    "apiVersions",
)
# Arguments of `helm template` that stand for a boolean field, in upstream's order.
_FLAGS = (
    ("includeCRDs", "--include-crds"),
    ("skipTests", "--skip-tests"),
    ("skipHooks", "--no-hooks"),
    ("debug", "--debug"),
    ("devel", "--devel"),
)
_SHOWN = 2000


def check(chart: dict[str, Any], shared: dict[str, Any], context: Context) -> None:
    """Refuse what can be refused before helm is run: not enabled, no name, a bad merge option, an option."""
    where = context.where("helmCharts")
    if not context.options.enable_helm:
        raise RefusedError(
            "Helm charts are not inflated unless that is enabled",
            where=where,
            hint="render the chart once and commit its output, or use --enable-helm on your own machine",
        )
    if not context.options.helm_command:
        raise KustomizeError("no helm command is given")
    name = chart.get("name")
    if not name:
        raise KustomizeError("a Helm chart without a name", where=where)
    if "/" in name or name in (".", ".."):
        raise KustomizeError(
            "the name of a Helm chart holds a slash or is `..`", where=where, hint="set `chartHome`"
        )
    for field in _ARGUMENTS:
        given = chart.get(field) or ()
        for text in given if isinstance(given, (list, tuple)) else (given,):
            if str(text).startswith("-"):
                raise KustomizeError(
                    f"{field} starts with a dash, which helm would take for an option", where=where
                )
    if shared.get("configHome"):
        raise KustomizeError(
            "configHome is refused: plugins and settings of helm are not taken from a repository",
            where=context.where("helmGlobals"),
            hint="remove it; helm gets a private folder",
        )
    merge = chart.get("valuesMerge", "")
    if merge and merge not in _MERGES:
        raise KustomizeError(f"valuesMerge is {merge!r}", hint=f"it can be {', '.join(_MERGES)}")


def generate(chart: dict[str, Any], shared: dict[str, Any], context: Context) -> ResMap:
    """The resources of a chart; chart: `kinds.HELM_CHART`, shared: `kinds.HELM_GLOBALS`."""
    check(chart, shared, context)
    from tempfile import TemporaryDirectory

    from cmp.kustomize.helm_process import ended_by_signals

    with ended_by_signals(), TemporaryDirectory(prefix="cmp-helm-") as work:
        return _Inflation(chart, shared, context, work).resources()


class _Inflation:
    """One chart on its way through helm; work: a private folder for the chart and helm's own files."""

    def __init__(self, chart: dict[str, Any], shared: dict[str, Any], context: Context, work: str) -> None:
        self.chart = chart
        self.context = context
        self.work = work
        self.name: str = chart["name"]
        root = context.loader.root
        if not os.path.isdir(root):
            raise KustomizeError("Helm charts can be inflated from a directory on disk only")
        home = os.path.join(root, shared.get("chartHome") or DEFAULT_HOME)
        if chart.get("version") and chart.get("repo"):
            home = os.path.join(home, f"{self.name}-{chart['version']}")
        self.source = os.path.normpath(os.path.join(home, self.name))
        # What helm reads: a copy, or what it pulled.
        self.home = os.path.join(work, "charts")
        self.pulled = False

    def resources(self) -> ResMap:
        self.check_version()
        self.fetch()
        values = self.values()
        made = self.template(values)
        if values.tainted:
            taint_what_differs(made, self.template(values.changed()), values.origins)
        resmap = ResMap()
        for resource in made:
            annotations = resource.metadata().get("annotations")
            if not isinstance(annotations, dict):
                annotations = resource.metadata()["annotations"] = {}
            annotations[HELM_GENERATED] = "true"
            resmap.append(resource)
        return resmap

    # -- the chart

    def fetch(self) -> None:
        """The chart in the private folder, from the tree or from its repository."""
        os.makedirs(self.home, mode=0o700)
        tree = self.context.loader.tree
        if tree.kind(self.source) == "missing":
            if not self.chart.get("repo"):
                raise KustomizeError(
                    f"there is no chart at {tree.display(self.source)}, and no repo to pull it from",
                    hint="set `repo` or `chartHome`",
                )
            self.pulled = True
            self.run(self.pull_arguments())
            return
        self.copy(tree.resolve(self.source), os.path.join(self.home, self.name), 0)

    def copy(self, source: str, target: str, depth: int) -> None:
        """A directory or file of the tree as it is stored: links that leave the tree are refused there."""
        tree = self.context.loader.tree
        self.context.options.limits.check("yaml_depth", depth)
        if tree.kind(source) != "dir":
            with open(target, "xb") as file:
                file.write(tree.read_raw(source))
            return
        os.mkdir(target, 0o700)
        for name in tree.list(source):
            self.copy(tree.resolve(os.path.join(source, name)), os.path.join(target, name), depth + 1)

    # -- the program

    def check_version(self) -> None:
        text = self.run(["version", "--short"]).decode("utf-8", "replace")
        found = _VERSION.search(text)
        if found is None:
            raise KustomizeError("helm does not tell its version")
        if found.group(1) not in _MAJORS:
            raise KustomizeError(f"helm {found.group(0)} is not supported", hint="versions 3 and 4 are")

    def run(self, arguments: list[str], descriptors: tuple[int, ...] = ()) -> bytes:
        """The output of helm; `KustomizeError` with the end of its messages when it fails."""
        from cmp.kustomize.helm_process import run

        command = self.context.options.helm_command
        try:
            code, output, errors = run([command, *arguments], self.work, descriptors)
        except OSError as error:
            raise KustomizeError(
                f"cannot run {command}: {error.strerror}", hint="is helm installed?"
            ) from error
        if code:
            said = errors.decode("utf-8", "replace").strip()[-_SHOWN:]
            raise KustomizeError(f"`{command} {arguments[0]}` failed: {said or f'exit code {code}'}")
        return output

    def pull_arguments(self) -> list[str]:
        chart, repo, name = self.chart, self.chart.get("repo", ""), self.name
        arguments = ["pull", "--untar", "--untardir", self.home]
        if repo.startswith("oci://"):
            arguments.append(f"{repo.removesuffix('/')}/{name}")
        else:
            arguments += ["--repo", repo, name]
        if chart.get("version"):
            arguments += ["--version", chart["version"]]
        return [*arguments, "--devel"] if chart.get("devel") else arguments

    def template(self, values: Values) -> list[Resource]:
        """What helm makes of the chart with these values."""
        with values.files(self.work) as files:
            output = self.run(
                self.template_arguments([path for path, _ in files]), tuple(fd for _, fd in files)
            )
        return self.read(output)

    def template_arguments(self, values: list[str]) -> list[str]:
        chart = self.chart
        arguments = [
            "template",
            chart.get("releaseName") or "--generate-name",
            os.path.join(self.home, self.name),
        ]
        for field, option in (("namespace", "--namespace"), ("nameTemplate", "--name-template")):
            if chart.get(field):
                arguments += [option, chart[field]]
        for path in values:
            arguments += ["-f", path]
        for version in chart.get("apiVersions") or ():
            arguments += ["--api-versions", version]
        if chart.get("kubeVersion"):
            arguments += ["--kube-version", chart["kubeVersion"]]
        return arguments + [option for field, option in _FLAGS if chart.get(field)]

    # -- values

    def values(self) -> Values:
        """The values that helm gets: the chart's with inline ones merged in, then the additional files."""
        inline = self.chart.get("valuesInline")
        if not inline:
            first = self.own_values()
        elif self.chart.get("valuesMerge") == "replace":
            first = self.printed(inline)
        else:
            first = self.merged(inline, self.own_values())
        values = Values([first])
        for path in self.chart.get("additionalValuesFiles") or ():
            values.contents.append(self.context.loader.load(path))
        return values

    def own_values(self) -> bytes:
        """Decrypted where they are encrypted."""
        path = self.chart.get("valuesFile")
        if not path and self.pulled:
            with open(os.path.join(self.home, self.name, "values.yaml"), "rb") as file:
                return file.read(self.context.options.limits.file_bytes)
        if path:
            return self.context.loader.load(path)
        return self.context.loader.tree.read(os.path.join(self.source, "values.yaml"))

    def merged(self, inline: dict[str, Any], data: bytes) -> bytes:
        """The chart's values with the inline ones; those win with `override`, the chart's with `merge`."""
        from cmp.kustomize.jsonpatch import from_json
        from cmp.kustomize.merge import merge
        from cmp.yaml import load_all

        documents = load_all(data)
        values = documents[0] if documents else {}
        given = from_json(inline)
        if not isinstance(values, dict) or not isinstance(given, dict):
            raise KustomizeError("the values of the chart are not a mapping")
        if self.chart.get("valuesMerge") == "merge":
            return self.printed(merge(given, values, self.context.schema))
        return self.printed(merge(values, given, self.context.schema))

    @staticmethod
    def printed(values: Any) -> bytes:
        """The text of values that still knows which of its leaves were encrypted."""
        from cmp.kustomize.helm_values import printed

        return printed(values)

    # -- output

    def read(self, output: bytes) -> list[Resource]:
        """The resources in helm's output; messages before the first `---` are skipped if need be."""
        file = f"helm chart {self.name}"
        limits = self.context.options.limits
        try:
            return from_bytes(output, limits, file=file)
        except CmpError:
            start = output.find(b"---\n")
            if start <= 0:
                raise
            return from_bytes(output[start:], limits, file=file)
