"""Pairing, grouping and hiding: small renders and what a reviewer must see of them."""

from __future__ import annotations

import re
from typing import Any

import pytest

from cmp.diff import compare
from cmp.diff.html import Head, Side, page
from cmp.diff.text import as_data, markdown, plain_text
from cmp.diff.words import marked
from cmp.yaml.taint import Origin, taint

Body = dict[str, Any]

KEY = b"k" * 32


def obj(kind: str, name: str, namespace: str = "", api: str = "v1", **body: Any) -> Body:
    metadata = {"name": name, **({"namespace": namespace} if namespace else {})}
    return {"apiVersion": api, "kind": kind, "metadata": metadata, **body}


def found(
    before: list[Body], after: list[Body], **options: bool
) -> list[tuple[str, str, str, str | None, str | None]]:
    difference = compare(before, after, KEY, **options)
    return [
        (change.object, field.group, field.path, field.before, field.after)
        for change in difference.changes
        for field in change.fields
    ]


DEPLOYMENT: dict[str, Any] = {
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
        plain_text(difference)
        + markdown(difference, "t")
        + page(difference, Head("t"))
        + str(as_data(difference))
    )
    for text in ("hunter", "aHVudGVy", "c2Ft"):
        assert text not in everything


def test_model_uris_are_masked_unless_asked() -> None:
    sides = [[obj("Model", "m", spec={"storageUri": f"s3://bucket/private/{n}"})] for n in (1, 2)]
    masked = found(*sides)[0]
    assert "private" not in str(masked)
    assert masked[3] != masked[4]
    assert found(*sides, show_uris=True)[0][3] == "s3://bucket/private/1"


@pytest.mark.parametrize(
    "text",
    [
        "--model=s3://bucket/private/{}",
        '{{"uri": "s3://bucket/private/{}", "port": 1}}',
        "# \u00fcber\nuri: 's3://bucket/private/{}'\nother: [gs://b/private/x]\n",
        "s3://bucket/private/{0},s3://bucket/private/{0}",
    ],
)
def test_model_uris_inside_of_longer_texts_are_masked(text: str) -> None:
    sides = [
        [obj("Deployment", "d", api="apps/v1", spec={"args": [text.format(n), "http://web/page"]})]
        for n in (1, 2)
    ]
    [masked] = found(*sides)
    assert "private" not in str(masked)
    assert masked[3] != masked[4]
    assert "private/1" in str(found(*sides, show_uris=True))


def test_an_argument_with_a_uri_is_of_the_models() -> None:
    sides = [[obj("Deployment", "d", api="apps/v1", spec={"args": [f"--model=hf://a/{n}"]})] for n in (1, 2)]
    assert found(*sides)[0][1] == "model"


def test_addresses_in_longer_texts_are_shown() -> None:
    sides = [[obj("ConfigMap", "c", data={"a": f"see https://web/page/{n}"})] for n in (1, 2)]
    assert found(*sides)[0][3] == "see https://web/page/1"


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
    difference = compare(sides[0], sides[1], KEY)
    assert difference.splits[0].after == (("base", 80), ("new<b>", 20))
    html = page(difference, Head("staging → production"))
    assert html.count("<svg") == 2
    assert "new<b>" not in html
    assert "new&lt;b&gt;" in html
    assert "://" not in html.replace("w3.org", "")
    assert html.index("Traffic split") < html.index('<h2 id="group_traffic">')


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
    difference = compare(sides[0], sides[1], KEY)
    assert [(field.path, count) for field, count in difference.repeated()] == [("metadata.namespace", 3)]
    assert "in 3 objects: metadata.namespace: staging -> production" in plain_text(difference)
    assert plain_text(difference).count("metadata.namespace") == 1
    assert "| in 3 | `metadata.namespace` | `staging` | `production` |" in markdown(difference, "t")
    html = page(difference, Head("t"))
    assert "<h3>in 3 objects</h3>" in html
    assert html.index("Everywhere</h2>") < html.index("Other</h2>"), "what all share comes first"
    data = as_data(difference)["changes"]
    assert str(data).count("metadata.namespace") == 3, "a program reads all of them"


def test_of_a_long_text_the_changed_lines_are_shown() -> None:
    def dashboard(*lines: str) -> list:
        return [obj("ConfigMap", "c", data={"d": "".join(f"{line}\n" for line in lines)})]

    difference = compare(dashboard("a", "b", "<c>"), dashboard("a", "B", "<c>"), KEY)
    assert "data.d:\n        -b\n        +B\n" in plain_text(difference)
    assert "<del>b</del><ins>B</ins>" in page(difference, Head("t"))
    many = compare(dashboard(*map(str, range(20))), dashboard("x"), KEY)
    assert "and 9 more lines" in plain_text(many)


def test_a_whole_object_is_yaml_and_concealed_like_its_fields() -> None:
    body = obj(
        "Model", "m", spec={"storageUri": "s3://bucket/private/1", "count": 1.50, "t": tainted("hunter2")}
    )
    body["spec"][tainted("hiddenKey")] = True
    secret = {"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "s"}, "data": {"k": "aHVudGVyMg=="}}
    for sides, state in ((([], [body, secret]), "added"), (([body, secret], []), "removed")):
        difference = compare(sides[0], sides[1], KEY, manifests=True)
        assert [change.state for change in difference.changes] == [state, state]
        model, other = (change.manifest for change in difference.changes)
        assert model.startswith("apiVersion: v1\nkind: Model\nmetadata:\n  name: m\n")
        assert "  count: 1.5\n" in model
        assert "  (a key): true\n" in model
        assert "  k: (secret " in other
        html = page(difference, Head("t"))
        assert f'<pre class="{state}">apiVersion: v1\ndata:\n  k: (secret ' in html
        for text in ("private", "hunter2", "aHVudGVy", "hiddenKey"):
            assert text not in html


@pytest.mark.parametrize(
    ("before", "after", "left", "right"),
    [
        ("v1.2.3", "v1.2.4", "v1.2.<3>", "v1.2.<4>"),
        ("v1.4.2", "v1.5.0", "v1.<4.2>", "v1.<5.0>"),
        ("a-b-long-c", "a-d-long-e", "a-<b>-long-<c>", "a-<d>-long-<e>"),
        ("-1-", "-2-", "-<1>-", "-<2>-"),
        ("a b c", "a c", "a <b >c", "a c"),
        ("staging", "production", "staging", "production"),
        ("x " * 150, "x " * 149 + "y", "x " * 150, "x " * 149 + "y"),
        ("", "a", "", "a"),
    ],
)
def test_the_words_that_changed_are_marked(before: str, after: str, left: str, right: str) -> None:
    def text(pieces: list[tuple[str, bool]]) -> str:
        return "".join(f"<{piece}>" if changed else piece for piece, changed in pieces)

    assert tuple(map(text, marked(before, after))) == (left, right)


def test_headings_are_in_the_contents() -> None:
    sides = [[obj("X", "x", spec={"replicas": n, "y": n})] for n in (1, 2)]
    html = page(compare(sides[0], sides[1], KEY), Head("t"))
    found = re.findall(r'href="#(group_[\w-]+)"', html)
    assert (
        found
        == re.findall(r'<h2 id="(group_[\w-]+)"', html)
        == ["group_replicas-and-resources", "group_other"]
    )


def test_two_thousand_objects_fit_into_a_megabyte() -> None:
    """Three fields each, in two groups: what an image and its sizes change in a large system."""

    def deployment(number: int, side: int) -> dict[str, object]:
        image = f"registry.example.com/team/fraud-detector-{number}:{('1.4.2', '1.5.0')[side]}"
        limits = {"memory": f"{256 + 256 * side + number % 5}Mi"}
        containers = [{"name": "main", "image": image, "resources": {"limits": limits}}]
        spec = {"replicas": 2 + side + number % 3, "template": {"spec": {"containers": containers}}}
        name = f"fraud-detector-{number}"
        return obj("Deployment", name, "fraud-detection-production", api="apps/v1", spec=spec)

    def made(count: int) -> str:
        sides = [[deployment(number, side) for number in range(1000, 1000 + count)] for side in (0, 1)]
        return page(compare(sides[0], sides[1], KEY), Head("t"))

    few, more = made(50), made(100)
    assert more.count("<li><h3>") == 200
    assert more.count("<dd>") == 300
    assert len(few) + (len(more) - len(few)) * (2000 - 50) // 50 < 1_000_000


def test_the_head_names_both_sides() -> None:
    sides = [[obj("X", "a", spec={"y": n})] for n in (1, 2)]
    head = Head("t", Side("a<b>", "commit 1 of 2026-01-01"), Side("b"), "now")
    html = page(compare(sides[0], sides[1], KEY), head)
    assert (
        "<dt>before</dt><dd>a&lt;b&gt;, commit 1 of 2026-01-01</dd><dt>after</dt><dd>b</dd><dt>made</dt>"
        in html
    )


def test_an_object_of_many_fields_is_folded() -> None:
    sides = [[obj("ConfigMap", "c", data={f"k{n}": value for n in range(20)})] for value in "ab"]
    assert "<details><summary>20 fields" in page(compare(sides[0], sides[1], KEY), Head("t"))
    assert "<details><summary>25 lines" in page(compare([], sides[0], KEY, manifests=True), Head("t"))


SPOOF = "a\u202e\u2066\u2060\x1b[31m\nb\u2028c\u0085\u00ad\U000e0041\u061c"


def raw(text: str) -> list[str]:
    """What a terminal or browser would obey."""
    return [
        char
        for char in text
        if char not in "\n\t"
        and (ord(char) < 0x20 or char in "\u202e\u2066\u2060\u2028\x85\u00ad\U000e0041\u061c")
    ]


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ([], [obj("ConfigMap", SPOOF, SPOOF)]),
        ([obj(SPOOF, "a", data={"k": "v"})], [obj(SPOOF, "a", data={"k": "w"})]),
        ([obj("ConfigMap", "a", data={"k": "v"})], [obj("ConfigMap", "a", data={SPOOF: "x"})]),
        ([obj("ConfigMap", "a", data={"k": "v"})], [obj("ConfigMap", "a", data={"k": SPOOF})]),
        ([obj("ConfigMap", "a", data={"k": "v\nw"})], [obj("ConfigMap", "a", data={"k": SPOOF})]),
        ([obj("P", "a", l=[{"name": SPOOF, "x": 1}])], [obj("P", "a", l=[{"name": SPOOF, "x": 2}])]),
        ([obj("Secret", "a", data={SPOOF: "dg=="})], [obj("Secret", "a", data={SPOOF: "dw=="})]),
        (
            [obj("E", "a", spec={"candidates": [{"name": SPOOF, "weight": 1}, {"name": "b", "weight": 2}]})],
            [obj("E", "a", spec={"candidates": [{"name": SPOOF, "weight": 3}, {"name": "b", "weight": 2}]})],
        ),
    ],
)  # fmt: skip
def test_no_name_key_or_value_can_steer_the_reader(before: list, after: list) -> None:
    difference = compare(before, after, KEY, manifests=True)
    assert difference.changes
    for report in (plain_text(difference), markdown(difference, SPOOF), page(difference, Head(SPOOF))):
        assert raw(report) == []
    # A line break inside of a name would start a line of its own.
    assert not any(line.startswith("b") for line in plain_text(difference).splitlines())


def tainted(text: object) -> object:
    return taint(text, (Origin("s.yaml", 0, ("a",)),))


def test_a_decrypted_value_is_concealed_wherever_it_stands() -> None:
    secret = "correct horse"
    noted = {"metadata": {"name": "a", "annotations": {"note": tainted(secret)}}}
    before: list[Body] = [
        {"apiVersion": "v1", "kind": "Secret", **noted},
        obj("ConfigMap", "c", data={"k": tainted(secret), "n": tainted(7)}),
    ]
    after = [obj("Secret", "a"), obj("ConfigMap", "c", data={"k": "other words", "n": 8})]
    # A side that was not rendered does not know; what the other side knows counts for both.
    after.append(obj("ConfigMap", "d", data={"k": secret}))
    for sides in ((before, after), (after, before)):
        difference = compare(sides[0], sides[1], KEY, manifests=True)
        for report in (
            plain_text(difference),
            markdown(difference, "t"),
            page(difference, Head("t")),
            str(as_data(difference)),
        ):
            assert secret not in report
            assert "other words" not in report
    places = {
        (change.object, field.path)
        for change in compare(before, after, KEY).changes
        for field in change.fields
    }
    assert ("ConfigMap c", "data.k") in places
    assert ("ConfigMap c", "data.n") in places
    sides_of_n = next(
        sides
        for *place, before_, after_ in found(before, after)
        if place[2] == "data.n"
        for sides in [(before_, after_)]
    )
    assert all(text and text.startswith("(secret ") for text in sides_of_n)


def test_a_decrypted_key_or_list_name_is_no_part_of_a_path() -> None:
    name = tainted("correct horse")
    before = [
        obj(
            "P",
            "a",
            spec={
                "l": [{"name": name, "x": 1}],
                "m": {name: 1},
                "candidates": [{"name": name, "weight": 1}, {"name": "b", "weight": 2}],
            },
        )
    ]
    after = [
        obj(
            "P",
            "a",
            spec={
                "l": [{"name": name, "x": 2}],
                "m": {name: 2},
                "candidates": [{"name": name, "weight": 3}, {"name": "b", "weight": 2}],
            },
        )
    ]
    report = str(as_data(compare(before, after, KEY)))
    assert "spec.l[0].x" in report
    assert "horse" not in report


def test_what_argo_cd_writes_into_every_object_is_no_difference() -> None:
    tracking = {"argocd.argoproj.io/tracking-id": "app:apps/Deployment:ns/a"}
    old = {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "a", "annotations": dict(tracking)}}
    kept = {
        "apiVersion": "v1",
        "kind": "ConfigMap",
        "metadata": {"name": "b", "annotations": {**tracking, "x": "y"}},
    }
    new = [
        obj("ConfigMap", "a"),
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "b", "annotations": {"x": "z"}}},
    ]
    assert [(place, field) for place, _, field, *_ in found([old, kept], new)] == [
        ("ConfigMap b", "metadata.annotations.x")
    ]


@pytest.mark.parametrize("mask", ["++++++++", "+++++++++++"])
@pytest.mark.parametrize("section", ["data", "stringData"])
def test_a_secret_that_argo_cd_hid_counts_as_equal_as_far_as_it_shows(mask: str, section: str) -> None:
    hidden = [obj("Secret", "s", data={"a": mask, "b": mask})]
    both: dict[str, Any] = {section: {"a": "dg==", "b": "dw=="}}
    one: dict[str, Any] = {section: {"a": "dg=="}}
    assert found(hidden, [obj("Secret", "s", **both)]) == []
    assert [field for _, _, field, *_ in found(hidden, [obj("Secret", "s", **one)])] == ["data.b"]
    assert found([obj("ConfigMap", "s", data={"a": mask})], [obj("ConfigMap", "s", data={"a": "v"})])
    assert found([obj("Secret", "s", data={"a": "++++"})], [obj("Secret", "s", data={"a": "dg=="})])


def test_an_annotation_that_argo_cd_hid_counts_as_equal() -> None:
    def secret(value: str, kind: str = "Secret") -> list[dict[str, object]]:
        return [
            {"apiVersion": "v1", "kind": kind, "metadata": {"name": "s", "annotations": {"token": value}}}
        ]

    assert found(secret("++++++++"), secret("hunter2")) == []
    assert found(secret("++++++++", "ConfigMap"), secret("hunter2", "ConfigMap"))
    assert found(secret("++++"), secret("hunter2"))


@pytest.mark.parametrize(
    ("api", "kind", "differs"),
    [
        ("rbac.authorization.k8s.io/v1", "ClusterRole", False),
        ("serving.kserve.io/v1alpha1", "ClusterServingRuntime", False),
        ("example.com/v1", "Wide", False),
        ("example.com/v1", "Narrow", True),
        ("rbac.authorization.k8s.io/v1", "Role", True),
        ("v1", "ConfigMap", True),
    ],
)
def test_the_namespace_of_a_cluster_scoped_object_is_no_difference(
    api: str, kind: str, differs: bool
) -> None:
    """Argo CD takes it out of what it prints."""
    definition = obj(
        "CustomResourceDefinition",
        "wides.example.com",
        api="apiextensions.k8s.io/v1",
        spec={"group": "example.com", "scope": "Cluster", "names": {"kind": "Wide"}},
    )
    before = [obj(kind, "a", "here", api=api), definition]
    assert bool(found(before, [obj(kind, "a", api=api), definition])) is differs
