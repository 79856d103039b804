"""Helm charts: refused unless enabled, and what helm is asked for when they are."""

# ruff: noqa: E501 - a case reads best on one line

from __future__ import annotations

import os

import pytest

from cmp.errors import CmpError
from cmp.kustomize.errors import RefusedError
from cmp.kustomize.helm import HelmError

CHART = {"charts/chart/values.yaml": "a: 1\nm: {x: 1, y: 2}\n"}


def kustomization(chart: str, more: str = "") -> dict[str, str]:
    return {"kustomization.yaml": f"helmCharts: [{chart}]\n{more}", **CHART}


def test_refused_without_the_flag(helm) -> None:
    with pytest.raises(RefusedError) as caught:
        helm.render(kustomization("{name: chart}"), enable_helm=False)
    assert caught.value.where.line == 1
    assert not helm.log.exists()


def test_refused_without_the_flag_as_a_plugin(render) -> None:
    config = "apiVersion: builtin\nkind: HelmChartInflationGenerator\nmetadata: {name: x}\nname: chart\n"
    with pytest.raises(RefusedError):
        render({"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": config})


def test_a_local_chart(helm) -> None:
    text = helm.render(kustomization("{name: chart, releaseName: r}"))
    assert text == "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: from-chart\n"
    version, template = helm.calls()
    assert version == ["version", "--short"]
    chart = os.path.realpath(helm.folder / "charts" / "chart")
    assert template[:4] == ["template", "r", chart, "-f"]
    assert template[4].endswith("/chart-kustomize-values.yaml")
    assert helm.values() == CHART["charts/chart/values.yaml"]


def test_all_arguments_in_order(helm) -> None:
    chart = (
        "{name: chart, namespace: ns, nameTemplate: t, additionalValuesFiles: [more.yaml], apiVersions: [a/v1, b], "
        "kubeVersion: '1.30', includeCRDs: true, skipTests: true, skipHooks: true, debug: true, devel: true}"
    )
    helm.render({**kustomization(chart), "more.yaml": "b: 2\n"})
    template = helm.calls()[-1]
    root = os.path.realpath(helm.folder)
    values = template[template.index("-f") + 1]
    assert template == [
        "template", "--generate-name", f"{root}/charts/chart", "--namespace", "ns", "--name-template", "t",
        "-f", values, "-f", f"{root}/more.yaml", "--api-versions", "a/v1", "--api-versions", "b",
        "--kube-version", "1.30", "--include-crds", "--skip-tests", "--no-hooks", "--debug", "--devel",
    ]  # fmt: skip


def test_the_namespace_of_the_kustomization(helm) -> None:
    helm.render(kustomization("{name: chart}", "namespace: mine\n"))
    template = helm.calls()[-1]
    assert template[template.index("--namespace") + 1] == "mine"


def test_a_chart_that_is_pulled(helm) -> None:
    helm.render(
        {"kustomization.yaml": "helmCharts: [{name: chart, repo: 'https://e.com/c', version: 1.2.3}]\n"}
    )
    home = f"{os.path.realpath(helm.folder)}/charts/chart-1.2.3"
    pull = helm.calls()[1]
    assert pull == [
        "pull",
        "--untar",
        "--untardir",
        home,
        "--repo",
        "https://e.com/c",
        "chart",
        "--version",
        "1.2.3",
    ]
    assert "pulled: true" in helm.values()


def test_a_chart_from_a_registry(helm) -> None:
    helm.render({"kustomization.yaml": "helmCharts: [{name: chart, repo: 'oci://e.com/c/', devel: true}]\n"})
    assert helm.calls()[1][4:] == ["oci://e.com/c/chart", "--devel"]


@pytest.mark.parametrize(
    ("merge", "values"),
    [
        ("", "a: 5\nb: 6\nm:\n  x: 1\n  z: 3\n"),
        ("valuesMerge: override, ", "a: 5\nb: 6\nm:\n  x: 1\n  z: 3\n"),
        ("valuesMerge: merge, ", 'a: 1\nb: 6\nm:\n  x: 1\n  "y": 2\n  z: 3\n'),
        ("valuesMerge: replace, ", 'a: 5\nb: 6\nm:\n  "y": null\n  z: 3\n'),
    ],
)
def test_inline_values(helm, merge: str, values: str) -> None:
    helm.render(
        kustomization(f"{{name: chart, {merge}valuesInline: {{a: 5, b: 6, m: {{'y': null, z: 3}}}}}}")
    )
    assert helm.values() == values


def test_a_values_file_and_home(helm) -> None:
    files = {
        "kustomization.yaml": "helmGlobals: {chartHome: c}\nhelmCharts: [{name: chart, valuesFile: v.yaml}]\n",
        "c/chart/values.yaml": "a: 1\n",
        "v.yaml": "mine: true\n",
    }
    helm.render(files)
    assert helm.values() == "mine: true\n"


def test_messages_before_the_manifests_are_skipped(helm, monkeypatch) -> None:
    monkeypatch.setenv("FAKE_HELM_NOISE", "walk.go:74: found symbolic link: a\n")
    assert "from-chart" in helm.render(kustomization("{name: chart}"))


def test_helm_keeps_its_files_in_a_folder_of_its_own(helm) -> None:
    helm.render(kustomization("{name: chart}"))
    with open(f"{helm.log}.env", encoding="utf-8") as file:
        names = dict(line.strip().split("=", 1) for line in file)
    assert names["HELM_CACHE_HOME"] == names["HELM_CONFIG_HOME"] + "/.cache"
    assert names["HELM_DATA_HOME"] == names["HELM_CONFIG_HOME"] + "/.data"
    assert not os.path.exists(names["HELM_CONFIG_HOME"])


@pytest.mark.parametrize(
    "chart",
    ["{version: 1}", "{name: chart, valuesMerge: both}", "{name: missing}", "{name: chart, valuesFile: ../v.yaml}",
     "{name: chart, additionalValuesFiles: [missing.yaml]}"],
)  # fmt: skip
def test_charts_that_are_refused(helm, chart: str) -> None:
    with pytest.raises(CmpError):
        helm.render(kustomization(chart))


@pytest.mark.parametrize("version", ["v2.17.0", "unknown"])
def test_versions_that_are_refused(helm, monkeypatch, version: str) -> None:
    monkeypatch.setenv("FAKE_HELM_VERSION", version)
    with pytest.raises(HelmError):
        helm.render(kustomization("{name: chart}"))


def test_what_helm_says_when_it_fails(helm, monkeypatch) -> None:
    monkeypatch.setenv("FAKE_HELM_FAIL", "1")
    with pytest.raises(HelmError, match="it is broken"):
        helm.render(kustomization("{name: chart}"))


def test_no_helm(helm) -> None:
    with pytest.raises(HelmError) as caught:
        helm.render(kustomization("{name: chart}"), helm_command="/does/not/exist")
    assert "installed" in caught.value.hint
