"""Target selectors and the Kubernetes label selector grammar."""

# ruff: noqa: E501 - a case reads best on one line

from __future__ import annotations

import pytest

from cmp.errors import CmpError
from cmp.kustomize.resource import Resource
from cmp.kustomize.selector import Selector, Target, parse_labels

LABELS = {"app": "web", "tier": "front", "n": "5", "e": ""}

MATCHES = {
    "": True,
    "app": True,
    "!app": False,
    "other": False,
    "!other": True,
    "app=web": True,
    "app==web": True,
    " app = web ": True,
    "app!=web": False,
    "other!=web": True,
    "app=web,tier=front": True,
    "app=web,tier=back": False,
    "app in (web, x)": True,
    "app in (x)": False,
    "app notin (x)": True,
    "other notin (x)": True,
    "other in (x)": False,
    "e=": True,
    "e in ()": True,
    "e in (,x)": True,
    "app in (,)": False,
    "n > 4": True,
    "n < 5": False,
    "app > 4": False,
    "other > 4": False,
    "in in (x)": False,
    "notin": False,
    "!app=web": True,
    "example.com/app": False,
}


@pytest.mark.parametrize("text", MATCHES)
def test_label_selectors(text: str) -> None:
    assert parse_labels(text).matches(LABELS) is MATCHES[text]


@pytest.mark.parametrize(
    "text",
    ["=", ",", ",a", "a,", "a=b c", "a b", "a in b", "a in (b", "a in (b c)", "a in (=)", "a > x", "a=!b", "a===b",
     "-a", "a/b/c", "A.com/x", "/x", "a" * 64, "a=" + "b" * 64, "a=-b", "a=b/c", "!", "a in", "(a)", "a in (b),"],
)  # fmt: skip
def test_invalid_label_selectors(text: str) -> None:
    with pytest.raises(CmpError):
        parse_labels(text)


def resource() -> Resource:
    made = Resource(
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "web", "labels": {"app": "web"}, "annotations": {"a": "b"}},
        }
    )
    made.store_previous_id()
    made.set_name("p-web")
    made.store_previous_id()
    made.set_name("p-web-s")
    made.set_namespace("prod")
    return made


@pytest.mark.parametrize(
    ("target", "selected"),
    [
        (Target(), True),
        (Target(kind="Deployment"), True),
        (Target(kind="Deploy"), False),
        (Target(kind="Dep.*|Service"), True),
        (Target(name="web"), True),
        (Target(name="p-web-s"), True),
        # A name in between is not looked at.
        (Target(name="p-web"), False),
        (Target(name="w.b"), True),
        (Target(name="we"), False),
        (Target(group="apps", version="v1"), True),
        (Target(group="app"), False),
        (Target(namespace="prod"), True),
        (Target(namespace="default"), True),
        (Target(namespace="other"), False),
        (Target(label_selector="app=web"), True),
        (Target(label_selector="app!=web"), False),
        (Target(annotation_selector="a in (b)"), True),
        (Target(annotation_selector="!a"), False),
        (Target(kind="Service", label_selector="="), False),
    ],
)
def test_targets(target: Target, selected: bool) -> None:
    assert Selector(target).matches(resource()) is selected


@pytest.mark.parametrize("pattern", ["(", "a{2,1}", "(?=x)", "*"])
def test_patterns_that_are_none(pattern: str) -> None:
    with pytest.raises(CmpError):
        Selector(Target(name=pattern))


def test_an_invalid_label_selector_is_an_error_when_it_is_asked() -> None:
    with pytest.raises(CmpError):
        Selector(Target(label_selector="=")).matches(resource())
