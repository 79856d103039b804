"""Pairing, grouping and hiding: small renders and what a reviewer must see of them."""

from __future__ import annotations

import pytest

from cmp.diff import compare
from cmp.diff.html import page
from cmp.diff.text import as_data, markdown, plain_text

KEY = b"k" * 32


def obj(kind: str, name: str, namespace: str = "", api: str = "v1", **body: object) -> dict[str, object]:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **body}


def found(before: list, after: list, **options: bool) -> list[tuple[str, str, str, str | None, str | None]]:
    difference = compare(before, after, KEY, **options)
    return [
        (change.object, field.group, field.path, field.before, field.after)
        for change in difference.changes
        for field in change.fields
    ]


DEPLOYMENT = {
    "spec": {
        "replicas": 1,
        "template": {"spec": {"containers": [{"name": "a", "image": "x:1"}, {"name": "b", "image": "y:1"}]}},
    }
}


@pytest.mark.parametrize(
    ("before", "after", "expected"),
    [
        ([], [], []),
        ([obj("Service", "s")], [obj("Service", "s")], []),
        (
            [obj("Model", "m", api="mlops.seldon.io/v1alpha1", spec={"storageUri": "s3://a/one"})],
            [obj("Model", "m", api="mlops.seldon.io/v1alpha1", spec={"storageUri": "s3://a/two"})],
            [("Model m", "model", "spec.storageUri")],
        ),
        (
            [obj("Deployment", "d", api="apps/v1", **DEPLOYMENT)],
            [
                obj(
                    "Deployment",
                    "d",
                    api="apps/v1",
                    spec={
                        "replicas": 2,
                        "template": {
                            "spec": {
                                "containers": [{"name": "b", "image": "y:2"}, {"name": "a", "image": "x:1"}]
                            }
                        },
                    },
                )
            ],
            [
                ("Deployment d", "replicas and resources", "spec.replicas"),
                ("Deployment d", "images", "spec.template.spec.containers[b].image"),
            ],
        ),
        (
            [obj("ConfigMap", "c", data={"traffic-split-baseline": "80"})],
            [obj("ConfigMap", "c", data={"traffic-split-baseline": "50"})],
            [("ConfigMap c", "traffic", "data.traffic-split-baseline")],
        ),
        (
            [obj("ConfigMap", "c-2456789bcd", data={"k": "1"})],
            [obj("ConfigMap", "c-bcdfghkmt2", data={"k": "1"})],
            [("ConfigMap c-bcdfghkmt2", "other", "metadata.name")],
        ),
        (
            [obj("Service", "s", "staging", spec={"port": 1})],
            [obj("Service", "s", "production", spec={"port": 1})],
            [("Service production/s", "other", "metadata.namespace")],
        ),
        (
            [obj("Service", "a")],
            [obj("Service", "b")],
            [("Service b", "other", "metadata.name"), ("Service a", "other", "metadata.name")],
        ),
        (
            [obj("Model", "m", spec={"a.b/c": 1})],
            [obj("Model", "m", spec={"a.b/c": True})],
            [("Model m", "other", "spec[a.b/c]")],
        ),
    ],
)
def test_fields_are_found_in_their_groups(before: list, after: list, expected: list) -> None:
    assert [row[:3] for row in found(before, after)] == expected


def test_secret_values_never_appear_and_a_change_still_shows() -> None:
    before = [obj("Secret", "s", data={"a": "aHVudGVyMg==", "b": "c2FtZQ=="}, stringData={"c": "hunter2"})]
    after = [obj("Secret", "s", data={"a": "aHVudGVyMw==", "b": "c2Ft\nZQ=="}, stringData={"c": "hunter2"})]
    difference = compare(before, after, KEY)
    assert [(field.group, field.path) for field in difference.changes[0].fields] == [("secrets", "data.a")]
    everything = (
        plain_text(difference) + markdown(difference, "t") + page(difference, "t") + str(as_data(difference))
    )
    for text in ("hunter", "aHVudGVy", "c2Ft"):
        assert text not in everything


def test_model_uris_are_masked_unless_asked() -> None:
    sides = [[obj("Model", "m", spec={"storageUri": f"s3://bucket/private/{n}"})] for n in (1, 2)]
    masked = found(*sides)[0]
    assert "private" not in str(masked)
    assert masked[3] != masked[4]
    assert found(*sides, show_uris=True)[0][3] == "s3://bucket/private/1"


def test_the_traffic_split_is_drawn_for_both_sides() -> None:
    sides = [
        [
            obj(
                "Experiment",
                "e",
                api="mlops.seldon.io/v1alpha1",
                spec={"candidates": [{"name": "base", "weight": a}, {"name": "new<b>", "weight": 100 - a}]},
            )
        ]
        for a in (50, 80)
    ]
    difference = compare(*sides, KEY)
    assert difference.splits[0].after == (("base", 80), ("new<b>", 20))
    html = page(difference, "staging → production")
    assert html.count("<svg") == 2
    assert "new<b>" not in html
    assert "new&lt;b&gt;" in html
    assert "://" not in html.replace("w3.org", "")


def test_markdown_cells_cannot_break_the_table() -> None:
    text = markdown(compare([], [obj("ConfigMap", "c", data={"k": "a|b`c\nd"})], KEY), "x")
    assert "a\\|b'c⏎d" in text


class Text(str):
    """A text with its style, as a YAML reader gives it."""


@pytest.mark.parametrize(
    ("before", "after", "differs"),
    [
        (0.90, 0.9, False),
        (Text("a"), "a", False),
        (1, True, True),
        (0, False, True),
        ("1", 1, True),
        (None, "", True),
        ({}, [], True),
    ],
)
def test_what_an_api_server_takes_for_the_same_is_no_difference(
    before: object, after: object, differs: bool
) -> None:
    sides = [[obj("Canary", "c", spec={"k": value})] for value in (before, after)]
    assert bool(found(*sides)) is differs


def test_what_an_api_server_added_is_no_difference_and_no_leak() -> None:
    live = obj("Secret", "s", data={"a": "aHVudGVyMg=="}, status={"phase": "x"})
    live["metadata"] |= {
        "uid": "1",
        "resourceVersion": "5",
        "creationTimestamp": "2026-01-01T00:00:00Z",
        "managedFields": [{"manager": "kubectl"}],
        "annotations": {"kubectl.kubernetes.io/last-applied-configuration": '{"data":{"a":"aHVudGVyMg=="}}'},
    }
    rendered = obj("Secret", "s", data={"a": "aHVudGVyMg=="})
    assert not compare([live], [rendered], KEY).changes
    del live["metadata"]["uid"], live["metadata"]["resourceVersion"]
    everything = str(as_data(compare([live], [rendered], KEY)))
    assert "aHVudGVy" not in everything


def test_a_change_of_many_objects_is_said_once() -> None:
    names = ("a", "b", "c")
    sides = [
        [obj("Service", name, space, spec={"port": port}) for name in names]
        for space, port in (("staging", 1), ("production", 1))
    ]
    sides[1][0]["spec"]["port"] = 2
    difference = compare(*sides, KEY)
    assert [(field.path, count) for field, count in difference.repeated()] == [("metadata.namespace", 3)]
    assert "in 3 objects: metadata.namespace: staging -> production" in plain_text(difference)
    assert plain_text(difference).count("metadata.namespace") == 1
    assert "| in 3 | `metadata.namespace` | `staging` | `production` |" in markdown(difference, "t")
    assert "<h3>in 3 objects</h3>" in page(difference, "t")
    data = as_data(difference)["changes"]
    assert str(data).count("metadata.namespace") == 3, "a program reads all of them"


def test_of_a_long_text_the_changed_lines_are_shown() -> None:
    def dashboard(*lines: str) -> list:
        return [obj("ConfigMap", "c", data={"d": "".join(f"{line}\n" for line in lines)})]

    difference = compare(dashboard("a", "b", "<c>"), dashboard("a", "B", "<c>"), KEY)
    assert "data.d:\n        -b\n        +B\n" in plain_text(difference)
    assert "<del>b</del><ins>B</ins>" in page(difference, "t")
    many = compare(dashboard(*map(str, range(20))), dashboard("x"), KEY)
    assert "and 9 more lines" in plain_text(many)


def test_an_object_of_many_fields_is_folded() -> None:
    assert "<details><summary>21 fields" in page(
        compare([], [obj("ConfigMap", "c", data={f"k{n}": "v" for n in range(20)})], KEY), "t"
    )
