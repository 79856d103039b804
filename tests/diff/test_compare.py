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
