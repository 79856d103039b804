"""Globs, patches, permissions, generators and signs of production, each by a table."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from cmp.fleet import globs
from cmp.fleet.content import others
from cmp.fleet.environment import names_production, production_sign
from cmp.fleet.errors import ExpansionError
from cmp.fleet.expand import expand
from cmp.fleet.fleet import Surroundings
from cmp.fleet.generators import parameters, selected
from cmp.fleet.patching import filled, patched
from cmp.fleet.permission import (
    closed_window,
    destination_permitted,
    kind_permitted,
    role_may,
    source_permitted,
)
from cmp.fleet.registry import run
from cmp.fleet.templating import Budget, Engine

HERE = "https://kubernetes.default.svc"
GO = Engine({"goTemplate": True, "goTemplateOptions": ["missingkey=error"]})


@pytest.mark.parametrize(
    ("pattern", "text", "separator", "answer"),
    [
        ("a", "a", "", True),
        ("a", "ab", "", False),
        ("*", "a/b", "", True),
        ("*", "a/b", "/", False),
        ("a/**", "a/b/c", "/", True),
        ("{a,b}.yaml", "b.yaml", "", True),
        ("{a,b}.yaml", "c.yaml", "", False),
        ("v[0-9]", "v3", "", True),
        ("v[!0-9]", "v3", "", False),
        ("?", "", "", False),
        ("a.b", "axb", "", False),
        ("[", "[", "", False),
        ("{a", "a", "", False),
        ("x" * 3000 + "[", "x", "", None),
    ],
)
def test_globs(pattern: str, text: str, separator: str, answer: bool | None) -> None:
    if answer is None:
        with pytest.raises(ExpansionError):
            globs.matches(pattern, text, separator)
    else:
        assert globs.matches(pattern, text, separator) is answer


@pytest.mark.parametrize(
    ("pattern", "path", "answer"),
    [
        ("k8s/*", "k8s/a", True),
        ("k8s/*", "k8s/a/b", False),
        ("k8s/**", "k8s/a/b", True),
        ("**/prod", "prod", True),
        ("**/prod", "a/b/prod", True),
        ("**/prod", "a/prod/b", False),
        ("a/**/b/**/c", "a/x/b/c", True),
        ("k8s/pre*", "k8s/prefix", True),
    ],
)
def test_paths(pattern: str, path: str, answer: bool) -> None:
    assert globs.path_matches(pattern, path) is answer


@pytest.mark.parametrize(
    ("text", "answer"),
    [
        ("fraud-production", True),
        ("k8s/overlays/prod/mlops", True),
        ("PROD_eu", True),
        ("production", True),
        ("staging", False),
        ("pre-prod", False),
        ("non-production", False),
        ("products", False),
        ("reproduction", False),
    ],
)
def test_names(text: str, answer: bool) -> None:
    assert names_production(text) is answer


@pytest.mark.parametrize(
    "application",
    [
        {"metadata": {"name": "x", "labels": {"environment": "Production"}}},
        {"metadata": {"name": "x-prod"}},
        {"spec": {"destination": {"namespace": "x-production"}}},
        {"spec": {"destination": {"name": "prod-eu"}}},
        {"spec": {"sources": [{"path": "a"}, {"path": "overlays/production"}]}},
        {"spec": {"project": "prod"}},
        {"spec": {"sourceHydrator": {"syncSource": {"path": "env/prod"}}}},
    ],
)
def test_signs(application: dict[str, Any]) -> None:
    assert production_sign(application)


@pytest.mark.parametrize(
    ("patch", "made"),
    [
        ({"a": {"b": 2}}, {"a": {"b": 2, "c": [1]}, "d": 1}),
        ({"a": {"c": [2]}}, {"a": {"b": 1, "c": [2]}, "d": 1}),
        ({"a": None}, {"d": 1}),
        ({"a": {"b": None}}, {"a": {"c": [1]}, "d": 1}),
        ({"a": {"$patch": "replace", "z": 1}}, {"a": {"z": 1}, "d": 1}),
        ({"a": {"$patch": "delete"}}, {"d": 1}),
        ({"e": {"f": {"g": None, "h": 1}}}, {"a": {"b": 1, "c": [1]}, "d": 1, "e": {"f": {"h": 1}}}),
    ],
)
def test_patches(patch: dict[str, Any], made: dict[str, Any]) -> None:
    body = {"a": {"b": 1, "c": [1]}, "d": 1}
    assert patched(body, patch) == made
    assert body == {"a": {"b": 1, "c": [1]}, "d": 1}


def test_unknown_directives_are_refused() -> None:
    for patch in ({"$retainKeys": ["a"]}, {"a": {"$patch": "other"}}):
        with pytest.raises(ExpansionError, match="directive"):
            patched({"a": {}}, patch)


def test_a_generators_template_wins_where_it_says_something() -> None:
    assert filled({"a": "", "b": {"c": 1}}, {"a": "x", "b": {"c": 2, "d": 3}}) == {
        "a": "x",
        "b": {"c": 1, "d": 3},
    }


@pytest.mark.parametrize(
    ("destinations", "destination", "namespace", "answer"),
    [
        ([{"server": HERE, "namespace": "a"}], {"server": HERE}, "a", True),
        ([{"server": HERE, "namespace": "a"}], {"server": HERE}, "b", False),
        ([{"server": "*", "namespace": "*"}], {"server": HERE}, "b", True),
        ([{"name": "in-cluster", "namespace": "a-*"}], {"server": HERE}, "a-b", True),
        ([{"server": HERE, "namespace": "a"}], {"name": "in-cluster"}, "a", True),
        (
            [{"server": "*", "namespace": "*"}, {"server": "*", "namespace": "!kube-system"}],
            {"server": HERE},
            "kube-system",
            False,
        ),
        (
            [{"server": "*", "namespace": "*"}, {"server": "*", "namespace": "!kube-system"}],
            {"server": HERE},
            "b",
            True,
        ),
        ([{"server": "!https://x", "namespace": "*"}], {"server": "https://x"}, "b", False),
        ([], {"server": HERE}, "a", False),
    ],
)
def test_destinations(destinations: Any, destination: Any, namespace: str, answer: bool) -> None:
    assert destination_permitted({"destinations": destinations}, destination, namespace) is answer


@pytest.mark.parametrize(
    ("spec", "kind", "answer"),
    [
        ({}, ("apps", "Deployment"), True),
        ({}, ("", "Namespace"), False),
        ({"clusterResourceWhitelist": [{"group": "*", "kind": "*"}]}, ("", "Namespace"), True),
        (
            {"clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "x*"}]},
            ("", "Namespace"),
            True,
        ),
        (
            {"clusterResourceWhitelist": [{"group": "", "kind": "Namespace", "name": "z"}]},
            ("", "Namespace"),
            False,
        ),
        ({"namespaceResourceWhitelist": [{"group": "", "kind": "Secret"}]}, ("apps", "Deployment"), False),
        (
            {"namespaceResourceBlacklist": [{"group": "*", "kind": "Deployment"}]},
            ("apps", "Deployment"),
            False,
        ),
        ({}, ("cert-manager.io", "ClusterIssuer"), False),
    ],
)
def test_kinds(spec: Any, kind: tuple[str, str], answer: bool) -> None:
    assert kind_permitted(spec, *kind, "xy") is answer


def test_repositories() -> None:
    spec = {"sourceRepos": ["https://github.com/a/*", "!https://github.com/a/secret"]}
    assert source_permitted(spec, "https://github.com/a/b.git")
    assert not source_permitted(spec, "https://github.com/a/secret")
    # Argo CD's own logic: an entry with ! that does not deny permits.
    assert source_permitted(spec, "https://github.com/c/d")
    assert not source_permitted({"sourceRepos": spec["sourceRepos"][:1]}, "https://github.com/c/d")
    assert source_permitted({"sourceRepos": ["*"]}, "https://github.com/c/d")


def test_policies() -> None:
    role = {
        "policies": [
            "p, proj:x:r, applications, *, x/*, allow",
            "p, proj:x:r, applications, sync, x/prod, deny",
        ]
    }
    assert role_may(role, "sync", ("x/staging",))
    assert not role_may(role, "sync", ("x/prod",))
    assert role_may(role, "update", ("x/prod",))
    assert not role_may({"policies": ["p, proj:x:r, applications, sync"]}, "sync", ("x/prod",))


@pytest.mark.parametrize(
    ("window", "answer"),
    [
        ({}, True),
        ({"manualSync": False}, False),
        ({"kind": "allow"}, False),
        ({"schedule": "0 22 * * *"}, False),
        ({"applications": ["other"]}, False),
        ({"applications": ["other"], "namespaces": ["n"]}, True),
        ({"applications": ["other"], "namespaces": ["n"], "andOperator": True}, False),
    ],
)
def test_windows(window: dict[str, Any], answer: bool) -> None:
    full = {
        "kind": "deny",
        "schedule": "* * * * *",
        "duration": "1h",
        "manualSync": True,
        "applications": ["a*"],
    }
    spec = {"syncWindows": [{**full, **window}]}
    assert closed_window(spec, "app", {"server": HERE, "namespace": "n"}) is answer


@pytest.fixture
def repository(tmp_path: Path) -> str:
    for name in ("staging", "production", ".hidden"):
        (tmp_path / "k8s" / name).mkdir(parents=True)
        (tmp_path / "k8s" / name / "config.yaml").write_text(f"env: {name}\nsize: 2\n")
    (tmp_path / "k8s" / "both.json").write_text('[{"env": "one"}, {"env": "two"}]')
    return str(tmp_path)


def test_git_directories(repository: str) -> None:
    generator = {"git": {"directories": [{"path": "k8s/*"}], "values": {"n": "{{ .path.basename }}-x"}}}
    found = parameters(generator, repository, GO)
    assert [each["path"]["basename"] for each in found] == ["production", "staging"]
    assert found[0]["path"]["segments"] == ["k8s", "production"]
    assert found[0]["values"] == {"n": "production-x"}
    (flat,) = parameters({"git": {"directories": [{"path": "k8s/st*"}]}}, repository, Engine({}))
    assert flat["path"] == "k8s/staging"
    assert (flat["path.basename"], flat["path[0]"]) == ("staging", "k8s")


def test_git_files(repository: str) -> None:
    found = parameters({"git": {"files": [{"path": "k8s/**/config.yaml"}]}}, repository, GO)
    assert [(each["env"], each["size"]) for each in found] == [("production", 2), ("staging", 2)]
    assert found[0]["path"]["filename"] == "config.yaml"
    both = parameters({"git": {"files": [{"path": "k8s/both.json"}], "pathParamPrefix": "p"}}, repository, GO)
    assert [(each["env"], each["p"]["path"]["path"]) for each in both] == [("one", "k8s"), ("two", "k8s")]


def test_matrix_and_selector(repository: str) -> None:
    generator = {
        "matrix": {
            "generators": [
                {"list": {"elements": [{"name": "staging"}, {"name": "production"}]}},
                {"git": {"files": [{"path": "k8s/{{ .name }}/config.yaml"}]}},
            ]
        },
        "selector": {"matchLabels": {"env": "staging"}},
    }
    (found,) = parameters(generator, repository, GO)
    assert (found["name"], found["env"]) == ("staging", "staging")


def test_elements_of_a_text() -> None:
    assert parameters({"list": {"elementsYaml": "- {a: 1}\n- {a: 2}"}}, "", GO) == [{"a": 1}, {"a": 2}]


@pytest.mark.parametrize(
    "generator",
    [
        {},
        {"clusters": {}},
        {"list": {}, "git": {}},
        {"git": {"directories": [{"path": "nope/*"}]}},
        {"git": {}},
        {"list": {"elements": ["a"]}},
        {"matrix": {"generators": [{"list": {"elements": []}}]}},
    ],
)
def test_what_is_not_known_is_said(generator: dict[str, Any], repository: str) -> None:
    with pytest.raises(ExpansionError):
        parameters(generator, repository, GO)


def test_selectors() -> None:
    assert selected(
        {"matchExpressions": [{"key": "a.b", "operator": "In", "values": ["x"]}]}, {"a": {"b": "x"}}
    )
    assert not selected({"matchExpressions": [{"key": "a", "operator": "Exists"}]}, {})
    with pytest.raises(ExpansionError):
        selected({"matchExpressions": [{"key": "a", "operator": "Gt"}]}, {})


@pytest.mark.parametrize(
    "spec", [{}, {"generators": None}, {"generators": [1]}, {"generators": [{"list": {}}]}, 7]
)
def test_no_set_makes_it_fail(spec: Any) -> None:
    assert not expand({"kind": "ApplicationSet", "spec": spec}, "").made


def test_an_application_lies_where_its_set_lies() -> None:
    spec = {
        "generators": [{"list": {"elements": [{"a": "x"}]}}],
        "template": {"metadata": {"name": "{{a}}-{{ b }}", "namespace": "else"}, "spec": {"project": "p"}},
    }
    (made,) = expand({"metadata": {"name": "s", "namespace": "argocd"}, "spec": spec}, "").made
    assert made.body["metadata"] == {"name": "x-{{ b }}", "namespace": "argocd"}
    assert not made.has_patch


def _fleet(count: int) -> list[dict[str, Any]]:
    """So many projects, each with a role and an Application of production."""
    head = {"apiVersion": "argoproj.io/v1alpha1"}
    role = {"name": "deployers", "policies": ["p, proj:p:deployers, applications, sync, */*, allow"]}
    found: list[dict[str, Any]] = []
    for number in range(count):
        source = {"repoURL": "https://git.example.com/r.git", "path": "apps/prod", "targetRevision": "v1"}
        spec = {"project": f"p{number}", "source": source, "destination": {"server": HERE}}
        found.append({**head, "kind": "Application", "metadata": {"name": f"a{number}"}, "spec": spec})
        found.append(
            {**head, "kind": "AppProject", "metadata": {"name": f"p{number}"}, "spec": {"roles": [role]}}
        )
    return found


def test_twice_the_applications_are_twice_the_work(monkeypatch: pytest.MonkeyPatch) -> None:
    calls: list[int] = []

    def counted(application: dict[str, Any]) -> str:
        calls[-1] += 1
        return production_sign(application)

    monkeypatch.setattr("cmp.fleet.fleet.production_sign", counted)
    for count in (20, 40):
        calls.append(0)
        found = list(run(_fleet(count), lambda body: "f.yaml", Surroundings(), lambda body: None, "w-"))
        rules = [finding.rule for finding, _ in found]
        assert rules.count("argocd-production-roles") == count
    assert calls[1] == 2 * calls[0]


def _matrix(texts: int, go: bool = True) -> dict[str, Any]:
    """A set of 70 times 70 elements with so many fields in its template."""
    elements = {"list": {"elements": [{"x": 1}] * 70}}
    template = {"metadata": {"name": "a"}, "spec": {f"k{number}": "x" * 100 for number in range(texts)}}
    spec = {"goTemplate": go, "generators": [{"matrix": {"generators": [elements, elements]}}]}
    return {"kind": "ApplicationSet", "metadata": {"name": "s"}, "spec": {**spec, "template": template}}


@pytest.mark.parametrize("go", [True, False])
def test_few_lines_make_no_large_fleet(go: bool) -> None:
    budget = Budget()
    made = [len(expand(_matrix(1, go), "", budget).made) for _ in range(6)]
    assert made == [4900] * 4 + [Budget.MOST_APPLICATIONS - 4 * 4900, 0]
    [unknown] = expand(_matrix(1, go), "", budget).unknown
    assert "more than 20000 Applications" in unknown
    large = expand(_matrix(1000, go), "", Budget())
    assert 0 < len(large.made) < 1_000
    assert "more than 5000000 steps" in large.unknown[0]


@pytest.mark.parametrize(
    ("count", "wanted"), [(0, ""), (1, "a0"), (10, ", ".join(f"a{n}" for n in range(10)))]
)
def test_a_message_names_the_other_applications(count: int, wanted: str) -> None:
    names = dict.fromkeys([*(f"a{number}" for number in range(count)), "own"])
    assert others(names, "own") == wanted


def test_a_message_does_not_name_all_of_many_applications() -> None:
    names = dict.fromkeys([*(f"a{number}" for number in range(1000)), "own"])
    assert others(names, "own").endswith(", a9 and 990 more")
    assert others(names, "another").endswith(", a9 and 991 more")


def test_two_that_share_many_objects_get_few_hits(tmp_path: Path) -> None:
    """A copied Application shares all of its objects: the report is no product of both numbers."""
    folder = tmp_path / "deployed"
    folder.mkdir()
    kind = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c%d}\n"
    (folder / "r.yaml").write_text("".join(kind % number for number in range(100)))
    found = _fleet(5)
    for body in found:
        if body["kind"] == "Application":
            body["spec"]["source"]["path"] = "deployed"
            body["spec"]["destination"]["namespace"] = "n"
    hits = run(found, lambda body: "f.yaml", Surroundings(str(tmp_path)), lambda body: None, "w-")
    messages = [finding.message for finding, _ in hits if finding.rule == "argocd-same-object"]
    assert len(messages) == 4 * 11
    assert messages[0] == "deploys ConfigMap n/c0, which a0 deploys too"
    assert messages[10] == "deploys 90 more objects that a0 deploys too"


@pytest.mark.parametrize(
    ("pattern", "seized"),
    [
        ("**/kustomization.yaml", "kustomization.yaml"),
        ("./overlays/*.yaml", "kustomization.yaml"),
        ("{plugin,Chart}.yaml", "Chart.yaml"),
        ("my-plugin.yaml", ""),
        ("*a" * 2_000, ""),
    ],
)
def test_what_a_discovery_takes_from_others(pattern: str, seized: str) -> None:
    from cmp.fleet.rules.plugin_discovery import _seized

    assert _seized(pattern) == seized
