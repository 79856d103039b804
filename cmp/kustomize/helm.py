"""Helm charts: refused unless enabled, else inflated by a `helm` program (HelmChartInflationGenerator.go).

Helm runs only on a person's own machine, as upstream's does: it reads the chart from disk, writes pulled
charts below the kustomization, and gets the caller's environment. Trees that are not on disk are refused.
"""

from __future__ import annotations

import os
import os.path
import re

from cmp.errors import CmpError
from cmp.kustomize.errors import KustomizeError, RefusedError
from cmp.kustomize.factory import from_bytes
from cmp.kustomize.history import HELM_GENERATED
from cmp.kustomize.resmap import ResMap

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.context import Context
    from cmp.kustomize.resource import Resource

DEFAULT_HOME = "charts"
_MERGES = ("merge", "override", "replace")
_VERSION = re.compile(r"v?(\d+)(?:\.\d+)+")
_MAJORS = ("3", "4")
# Arguments of `helm template` that stand for a boolean field, in upstream's order.
_FLAGS = (
    ("includeCRDs", "--include-crds"),
    ("skipTests", "--skip-tests"),
    ("skipHooks", "--no-hooks"),
    ("debug", "--debug"),
    ("devel", "--devel"),
)
_SHOWN = 2000


class HelmError(KustomizeError):
    """A chart that cannot be inflated; holds the end of what helm said."""


def check(chart: dict[str, Any], shared: dict[str, Any], context: Context) -> None:
    """Refuse what can be refused before helm is run: not enabled, no name, a bad merge option."""
    if not context.options.enable_helm:
        raise RefusedError(
            "Helm charts are not inflated unless that is enabled",
            where=context.where("helmCharts"),
            hint="render the chart once and commit its output, or use --enable-helm on your own machine",
        )
    if not context.options.helm_command:
        raise HelmError("no helm command is given")
    if not chart.get("name"):
        raise HelmError("a Helm chart without a name", where=context.where("helmCharts"))
    merge = chart.get("valuesMerge", "")
    if merge and merge not in _MERGES:
        raise HelmError(f"valuesMerge is {merge!r}", hint=f"it can be {', '.join(_MERGES)}")
    for path in chart.get("additionalValuesFiles") or ():
        context.loader.load(path)


def generate(chart: dict[str, Any], shared: dict[str, Any], context: Context) -> ResMap:
    """The resources of a chart; chart: `kinds.HELM_CHART`, shared: `kinds.HELM_GLOBALS`."""
    check(chart, shared, context)
    from tempfile import TemporaryDirectory

    with TemporaryDirectory(prefix="cmp-helm-") as work:
        return _Inflation(chart, shared, context, work).resources()


class _Inflation:
    """One chart on its way through helm; work: a private folder for values and helm's own files."""

    def __init__(self, chart: dict[str, Any], shared: dict[str, Any], context: Context, work: str) -> None:
        self.chart = chart
        self.context = context
        self.work = work
        root = context.loader.root
        if not os.path.isdir(root):
            raise HelmError("Helm charts can be inflated from a directory on disk only")
        home = os.path.join(root, shared.get("chartHome") or DEFAULT_HOME)
        if chart.get("version") and chart.get("repo"):
            home = os.path.join(home, f"{chart['name']}-{chart['version']}")
        self.home = os.path.normpath(home)
        self.config_home = shared.get("configHome") or os.path.join(work, "helm")

    def resources(self) -> ResMap:
        self.check_version()
        chart, name = self.chart, self.chart["name"]
        path = os.path.join(self.home, name)
        if not os.path.exists(path):
            if not chart.get("repo"):
                raise HelmError(
                    f"there is no chart at {path}, and no repo to pull it from",
                    hint="set `repo` or `chartHome`",
                )
            self.run(self.pull_arguments())
        values = self.values_file()
        output = self.run(self.template_arguments(values))
        resmap = ResMap()
        for resource in self.read(output):
            annotations = resource.metadata().get("annotations")
            if not isinstance(annotations, dict):
                annotations = resource.metadata()["annotations"] = {}
            annotations[HELM_GENERATED] = "true"
            resmap.append(resource)
        return resmap

    # -- the program

    def check_version(self) -> None:
        text = self.run(["version", "--short"]).decode("utf-8", "replace")
        found = _VERSION.search(text)
        if found is None:
            raise HelmError("helm does not tell its version")
        if found.group(1) not in _MAJORS:
            raise HelmError(f"helm {found.group(0)} is not supported", hint="versions 3 and 4 are")

    def run(self, arguments: list[str]) -> bytes:
        """The output of helm; `HelmError` with the end of its messages when it fails."""
        import subprocess

        environment = {
            **os.environ,
            "HELM_CONFIG_HOME": self.config_home,
            "HELM_CACHE_HOME": f"{self.config_home}/.cache",
            "HELM_DATA_HOME": f"{self.config_home}/.data",
        }
        command = self.context.options.helm_command
        try:
            done = subprocess.run(  # noqa: S603 - the caller's own program, no shell
                [command, *arguments],
                env=environment,
                capture_output=True,
                check=False,
                stdin=subprocess.DEVNULL,
            )
        except OSError as error:
            raise HelmError(f"cannot run {command}: {error.strerror}", hint="is helm installed?") from error
        if done.returncode:
            said = done.stderr.decode("utf-8", "replace").strip()[-_SHOWN:]
            raise HelmError(f"`{command} {arguments[0]}` failed: {said or f'exit code {done.returncode}'}")
        return done.stdout

    def pull_arguments(self) -> list[str]:
        chart, repo, name = self.chart, self.chart.get("repo", ""), self.chart["name"]
        arguments = ["pull", "--untar", "--untardir", self.home]
        if repo.startswith("oci://"):
            arguments.append(f"{repo.removesuffix('/')}/{name}")
        else:
            arguments += ["--repo", repo, name]
        if chart.get("version"):
            arguments += ["--version", chart["version"]]
        return [*arguments, "--devel"] if chart.get("devel") else arguments

    def template_arguments(self, values: str) -> list[str]:
        chart = self.chart
        arguments = [
            "template",
            chart.get("releaseName") or "--generate-name",
            os.path.join(self.home, chart["name"]),
        ]
        for field, option in (("namespace", "--namespace"), ("nameTemplate", "--name-template")):
            if chart.get(field):
                arguments += [option, chart[field]]
        arguments += ["-f", values]
        root = self.context.loader.root
        for path in chart.get("additionalValuesFiles") or ():
            arguments += ["-f", os.path.normpath(f"{root}/{path}")]
        for version in chart.get("apiVersions") or ():
            arguments += ["--api-versions", version]
        if chart.get("kubeVersion"):
            arguments += ["--kube-version", chart["kubeVersion"]]
        return arguments + [option for field, option in _FLAGS if chart.get(field)]

    # -- values

    def values_file(self) -> str:
        """The path of a copy of the values that helm gets, inline ones merged in."""
        path = self.chart.get("valuesFile") or os.path.join(self.home, self.chart["name"], "values.yaml")
        inline = self.chart.get("valuesInline")
        if not inline:
            data = self.context.loader.load(path)
        elif self.chart.get("valuesMerge") == "replace":
            data = self.printed(inline)
        else:
            data = self.printed(self.merged(inline, self.context.loader.load(path)))
        copy = os.path.join(self.work, f"{self.chart['name']}-kustomize-values.yaml")
        with open(copy, "wb") as file:
            file.write(data)
        return copy

    def merged(self, inline: dict[str, Any], data: bytes) -> Any:
        """The chart's values with the inline ones; those win with `override`, the chart's with `merge`."""
        from cmp.kustomize.jsonpatch import from_json
        from cmp.kustomize.merge import merge
        from cmp.yaml import load_all

        documents = load_all(data)
        values = documents[0] if documents else {}
        given = from_json(inline)
        if not isinstance(values, dict) or not isinstance(given, dict):
            raise HelmError("the values of the chart are no mapping")
        if self.chart.get("valuesMerge") == "merge":
            return merge(given, values, self.context.schema)
        return merge(values, given, self.context.schema)

    @staticmethod
    def printed(values: Any) -> bytes:
        from cmp.yaml import dump

        return dump(values).encode()

    # -- output

    def read(self, output: bytes) -> list[Resource]:
        """The resources in helm's output; messages before the first `---` are skipped if need be."""
        file = f"helm chart {self.chart['name']}"
        limits = self.context.options.limits
        try:
            return from_bytes(output, limits, file=file)
        except CmpError:
            start = output.find(b"---\n")
            if start <= 0:
                raise
            return from_bytes(output[start:], limits, file=file)
