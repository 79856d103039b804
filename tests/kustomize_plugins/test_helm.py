"""Helm charts: refused unless enabled, and what helm is asked for when they are."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import pytest

from cmp.errors import CmpError
from cmp.kustomize.errors import KustomizeError, RefusedError
from cmp.kustomize.resource import Resource

ROOT = Path(__file__).parents[2]
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
    assert template[:2] == ["template", "r"]
    assert template[2].endswith("/charts/chart")
    assert not template[2].startswith(os.path.realpath(helm.folder))  # a copy
    assert template[3] == "-f"
    assert template[4].startswith("/proc/self/fd/")
    assert helm.values() == CHART["charts/chart/values.yaml"]


def test_all_arguments_in_order(helm) -> None:
    chart = (
        "{name: chart, namespace: ns, nameTemplate: t, additionalValuesFiles: [more.yaml], apiVersions: [a/v1, b], "
        "kubeVersion: '1.30', includeCRDs: true, skipTests: true, skipHooks: true, debug: true, devel: true}"
    )
    helm.render({**kustomization(chart), "more.yaml": "b: 2\n"})
    template = helm.calls()[-1]
    copy = template[2]
    values, more = template[8], template[10]
    assert template == [
        "template", "--generate-name", copy, "--namespace", "ns", "--name-template", "t",
        "-f", values, "-f", more, "--api-versions", "a/v1", "--api-versions", "b",
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
    pull = helm.calls()[1]
    home = pull[3]
    assert home.endswith("/charts")
    assert not (helm.folder / "charts").exists()
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
    with pytest.raises(KustomizeError):
        helm.render(kustomization("{name: chart}"))


def test_what_helm_says_when_it_fails(helm, monkeypatch) -> None:
    monkeypatch.setenv("FAKE_HELM_FAIL", "1")
    with pytest.raises(KustomizeError, match="it is broken"):
        helm.render(kustomization("{name: chart}"))


def test_no_helm(helm) -> None:
    with pytest.raises(KustomizeError) as caught:
        helm.render(kustomization("{name: chart}"), helm_command="/does/not/exist")
    assert "installed" in caught.value.hint


REFUSED = {
    "releaseName": "--post-renderer=./evil.sh",
    "namespace": "--kube-token=x",
    "nameTemplate": "-x",
    "kubeVersion": "--debug",
    "version": "--plain-http",
    "repo": "--ca-file=/etc/passwd",
    "apiVersions": "['--show-only=x']",
}


@pytest.mark.parametrize("field", REFUSED)
def test_no_argument_can_be_an_option(helm, field: str) -> None:
    value = REFUSED[field] if field == "apiVersions" else f"'{REFUSED[field]}'"
    with pytest.raises(KustomizeError, match="dash"):
        helm.render(kustomization(f"{{name: chart, {field}: {value}}}"))
    assert not helm.log.exists()


@pytest.mark.parametrize("name", ["../etc", "a/b", "..", ".", "/etc", "-x"])
def test_names_that_leave_the_folder(helm, name: str) -> None:
    with pytest.raises(KustomizeError):
        helm.render(kustomization(f"{{name: '{name}', valuesInline: {{a: b}}, valuesMerge: replace}}"))
    assert not helm.log.exists()


def test_settings_and_plugins_of_a_repository_are_refused(helm) -> None:
    with pytest.raises(KustomizeError, match="configHome"):
        helm.render(kustomization("{name: chart}", "helmGlobals: {configHome: ./evil}\n"))
    assert not helm.log.exists()


def test_the_environment_holds_no_keys(helm, monkeypatch) -> None:
    for name in ("SOPS_AGE_KEY", "CMP_PROJECT_KEYS", "AWS_SECRET_ACCESS_KEY", "KUBECONFIG", "HELM_PLUGINS"):
        monkeypatch.setenv(name, "planted")
    helm.render(kustomization("{name: chart}"))
    with open(f"{helm.log}.env", encoding="utf-8") as file:
        assert "planted" not in file.read()


def test_a_link_in_a_chart_cannot_leave_the_tree(helm, tmp_path) -> None:
    from cmp.kustomize import Options, build
    from cmp.tree import DiskTree

    (tmp_path / "key").write_text("planted")
    chart = helm.folder / "charts" / "chart"
    chart.mkdir(parents=True)
    (chart / "values.yaml").write_text("a: 1\n")
    (chart / "stolen").symlink_to(tmp_path / "key")
    (helm.folder / "kustomization.yaml").write_text("helmCharts: [{name: chart}]\n")
    root = os.path.realpath(helm.folder)
    with DiskTree(root) as tree, pytest.raises(CmpError):
        build(tree, root, Options(enable_helm=True, helm_command=str(helm.program)))


HOSTILE = """#!/bin/sh
case "$1" in version) echo v3.14.0; exit;; esac
sleep 600 & sleep 600 & echo started > "$0.started"
wait
"""


@pytest.mark.parametrize("way", ["term", "deadline"])
def test_child_and_folder_go_with_the_render(helm, tmp_path, way: str) -> None:
    helm.program.write_text(HOSTILE)
    chart = helm.folder / "charts" / "chart"
    chart.mkdir(parents=True)
    (chart / "values.yaml").write_text("a: 1\n")
    (helm.folder / "kustomization.yaml").write_text("helmCharts: [{name: chart}]\n")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    environ = {
        "PATH": os.defpath, "PYTHONPATH": str(ROOT), "TMPDIR": str(scratch), "CMP_ENABLE_HELM": "true",
        "CMP_HELM_COMMAND": str(helm.program), "CMP_DEADLINE": "2" if way == "deadline" else "600",
    }  # fmt: skip
    process = subprocess.Popen(
        [sys.executable, "-m", "cmp.cli.generate"], cwd=helm.folder, env=environ, stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )  # fmt: skip
    while way == "term" and not os.path.exists(f"{helm.program}.started"):
        time.sleep(0.02)
    if way == "term":
        process.terminate()
    output, errors = process.communicate(timeout=120)  # ends when no child holds the streams
    assert output == b""
    assert process.returncode == (143 if way == "term" else 1)
    assert way == "term" or b"CMP_DEADLINE" in errors
    assert not [path.name for path in scratch.iterdir() if path.name.startswith("cmp-helm")]


def test_what_depends_on_a_decrypted_value_is_tainted(helm) -> None:
    from cmp.kustomize.helm_values import Values, taint_what_differs
    from cmp.yaml.taint import Marks, Origin, Tainted, TaintedBytes

    values = Values(
        [
            TaintedBytes(
                b"password: abc9\nopen: 1\n", Marks((Origin("v.yaml", 0, ()),), frozenset({("password",)}))
            )
        ]
    )
    assert values.tainted
    changed = values.changed().contents[0]
    assert changed == b"open: 1\npassword: bcd0\n"

    one = [Resource({"data": {"open": "x", "shut": "<abc9>"}})]
    taint_what_differs(one, [Resource({"data": {"open": "x", "shut": "<bcd0>"}})], values.origins)
    data: Any = one[0].body["data"]
    assert [isinstance(each, Tainted) for each in data.values()] == [False, True]


# (what helm made, what it made of other values): nothing of the first can be told from what the values say
DIFFERENT: list[tuple[str, list[dict[str, Any]], list[dict[str, Any]]]] = [
    ("another object", [{"a": "x"}], [{"a": "x"}, {"a": "x"}]),
    ("no object", [{"a": "x"}], []),
    ("another field", [{"a": "x"}], [{"a": "x", "b": "y"}]),
    ("no field", [{"a": "x", "b": "x"}], [{"a": "x"}]),
    ("another field below", [{"a": {"b": "x"}}], [{"a": {"b": "x", "c": "y"}}]),
    ("another item", [{"a": ["x"]}], [{"a": ["x", "y"]}]),
    ("no item", [{"a": ["x", "x"]}], [{"a": ["x"]}]),
    ("another type", [{"a": "7"}], [{"a": 7}]),
    ("a scalar instead of a mapping", [{"a": {"b": "x"}}], [{"a": "x"}]),
    ("a mapping instead of a list", [{"a": ["x"]}], [{"a": {"0": "x"}}]),
]


@pytest.mark.parametrize(("made", "other"), [row[1:] for row in DIFFERENT], ids=[row[0] for row in DIFFERENT])
def test_what_another_structure_has_is_tainted_as_a_whole(
    made: list[dict[str, Any]], other: list[dict[str, Any]]
) -> None:
    from cmp.kustomize.helm_values import taint_what_differs
    from cmp.yaml.taint import Origin, Tainted

    objects = [Resource(body) for body in made]
    taint_what_differs(objects, [Resource(body) for body in other], (Origin("v.yaml", 0, ()),))
    stack: list[Any] = [each.body for each in objects]
    while stack:
        value = stack.pop()
        if isinstance(value, (dict, list)):
            stack += value.values() if isinstance(value, dict) else value
        else:
            assert isinstance(value, Tainted)


LOOKS = """#!/bin/sh
case "$1" in version) echo v3.14.0; exit;; esac
for argument; do
    if [ "$last" = -f ]; then
        stat -Lc '%a %h' "$argument"
        readlink -f "$argument"
        grep -c correct-horse "$argument"
    fi
    last="$argument"
done >> "$0.seen"
printf -- '---\\napiVersion: v1\\nkind: ConfigMap\\nmetadata:\\n  name: from-chart\\n'
"""


@pytest.mark.parametrize("field", ["valuesFile: v.yaml", "additionalValuesFiles: [v.yaml]"])
def test_decrypted_values_are_in_memory_for_the_owner_alone(helm, field: str) -> None:
    from cmp import age
    from cmp.sops.write.document import NewFile, encrypt

    identity = age.X25519Identity(bytes([31] * 32))
    new = NewFile(((str(identity.recipient()),),), None)
    for path, text in CHART.items():
        (helm.folder / path).parent.mkdir(parents=True, exist_ok=True)
        (helm.folder / path).write_text(text)
    (helm.folder / "v.yaml").write_bytes(
        encrypt(b"a: correct-horse\n", "yaml", new, "2026-01-01T00:00:00Z").data
    )
    (helm.folder / "kustomization.yaml").write_text(f"helmCharts: [{{name: chart, {field}}}]\n")
    helm.program.write_text(LOOKS)
    environ = {
        "PATH": os.defpath, "PYTHONPATH": str(ROOT), "TMPDIR": str(helm.folder.parent), "CMP_ENABLE_HELM": "true",
        "CMP_HELM_COMMAND": str(helm.program), "SOPS_AGE_KEY": identity.secret_text(),
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-m", "cmp.cli.generate"], cwd=helm.folder, env=environ, capture_output=True, text=True, check=False
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    lines = Path(f"{helm.program}.seen").read_text().splitlines()
    seen = [*zip(lines[::3], lines[1::3], lines[2::3], strict=True)]  # mode and links, where it is, matches
    decrypted = [(mode, where.split(":")[0]) for mode, where, found in seen if found == "1"]
    assert decrypted == [("600 0", "/memfd")]  # no name in any folder


def test_a_deadline_while_the_child_starts_leaves_none(tmp_path, monkeypatch) -> None:
    """The signal comes when there is a child, and before anybody has its number."""
    from cmp.cli.bounds import DeadlineReached
    from cmp.kustomize.helm_process import run

    started: list[int] = []
    real = subprocess._fork_exec  # type: ignore[attr-defined]

    def fork_exec(*arguments: Any) -> int:
        started.append(real(*arguments))
        signal.raise_signal(signal.SIGALRM)
        return started[-1]

    def reached(*_: object) -> None:
        raise DeadlineReached(1.0)

    monkeypatch.setattr(subprocess, "_fork_exec", fork_exec)
    before = signal.signal(signal.SIGALRM, reached)
    try:
        with pytest.raises(DeadlineReached):
            run(["sleep", "600"], str(tmp_path))
    finally:
        signal.signal(signal.SIGALRM, before)
    with pytest.raises(ChildProcessError):
        os.waitpid(started[0], os.WNOHANG)  # collected: it has ended
