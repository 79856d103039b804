"""Prefixes as paths: what lies below which, and what no prefix covers."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.models.prefix import below, moved, place_of

WEB = "https://models.example.com/prod/"
INSIDE = [
    ("s3://prod/a", "s3://prod/"),
    ("s3://prod/a", "s3://prod"),
    ("s3://prod", "s3://prod/"),
    ("s3://prod/a/", "s3://prod/a"),
    ("s3://prod/a/b", "s3://"),
    ("S3://prod/a", "s3://prod"),
    ("https://Models.Example.com/prod/x?versionId=3", WEB),
    ("pvc://claim/prod/x", "pvc://claim/prod"),
    ("file:///mnt/models/x", "file:///mnt/models"),
    ("wasbs://c@account.blob.core.windows.net/x", "wasbs://c@account.blob.core.windows.net"),
    # These count where the policy names the same form.
    ("minio:prod/a", "minio:prod"),
    ("/mnt/models/a", "/mnt/models"),
]
OUTSIDE = [
    ("s3://prod-evil/a", "s3://prod"),
    ("s3://pro", "s3://prod"),
    ("s3://Prod/a", "s3://prod"),
    ("https://models.example.com/prod/../staging/x", WEB),
    ("https://models.example.com/prod/..", WEB),
    ("https://models.example.com/prod/..?a=b", WEB),
    ("https://models.example.com/prod/..#a", WEB),
    ("https://models.example.com/prod/..;a=b/x", WEB),
    ("https://models.example.com/prod/./x", WEB),
    ("https://models.example.com/prod//x", WEB),
    ("https://models.example.com/prod/%2e%2e/staging", WEB),
    ("https://models.example.com/prod/%2E./staging", WEB),
    ("https://models.example.com/prod/x%2fy", WEB),
    ("https://models.example.com/prod/..\\staging", WEB),
    ("https://models.example.com/prod/.\t./staging", WEB),
    ("https://models.example.com/prod/x ", WEB),
    ("https://models.example.com@evil.example.com/prod/x", WEB),
    ("https://models.example.com:8443/prod/x", WEB),
    ("http://models.example.com/prod/x", WEB),
    ("//models.example.com/prod/x", WEB),
    ("s3:/staging/x", "s3://staging"),
    ("s3:staging/x", "s3://staging"),
    ("s3://staging/x", "s3:staging"),
    (":s3,endpoint=evil:prod/x", "s3:prod"),
    ("gs://prod/x", "s3://prod"),
    ("s3:///prod/x", "s3://prod"),
    ("s3:///prod/x", "s3://"),
    ("/mnt/evil", "pvc://claim"),
    ("/mnt/models/../evil", "/mnt/models"),
    ("mnt/models", "/mnt/models"),
    ("models:/fraud/1", "s3://prod"),
    ("", "s3://prod"),
    ("x", "x"),
]


@pytest.mark.parametrize(("uri", "prefix"), INSIDE)
def test_inside(uri, prefix):
    assert below(uri, prefix)


@pytest.mark.parametrize(("uri", "prefix"), OUTSIDE)
def test_outside(uri, prefix):
    assert not below(uri, prefix)


@pytest.mark.parametrize(
    ("uri", "old", "new", "result"),
    [
        ("s3://a/1/model", "s3://a/", "s3://b", "s3://b/1/model"),
        ("s3://a/1/model", "s3://a", "s3://b/", "s3://b/1/model"),
        ("s3://a/1/model/", "s3://a/1", "s3://b/2/", "s3://b/2/model/"),
        ("s3://a/1", "s3://a/1", "s3://b/2", "s3://b/2"),
        ("s3://a/1", "s3://a/1", "s3://b/2/", "s3://b/2"),
        ("s3://a/1", "s3://", "gs://", "gs://a/1"),
        ("minio:a/1", "minio:", "s3://prod", "s3://prod/a/1"),
        ("S3://a/Model", "s3://a", "s3://b", "s3://b/Model"),
        ("s3://ab/1", "s3://a", "s3://b", None),
        ("s3://a/../c/1", "s3://a", "s3://b", None),
    ],
)
def test_whole_segments_move(uri, old, new, result):
    assert moved(uri, old, new) == result


_SEGMENT = st.text("abAB.%\\?#; -_", min_size=1, max_size=5)


@given(st.lists(_SEGMENT, min_size=1, max_size=5), st.integers(0, 5), st.sampled_from(["s3://", "/", "m:"]))
def test_what_moved_lies_below_its_new_prefix_and_moves_back(segments, cut, form):
    uri = form + "/".join(segments)
    old = form + "/".join(segments[:cut])
    there = moved(uri, old, "gs://new/place")
    if place_of(uri) is None or place_of(old) is None:
        assert there is None
        return
    assert there is not None
    assert below(there, "gs://new/place")
    assert not below(there, "gs://new/plac")
    back = moved(there, "gs://new/place", old)
    assert back is not None
    assert place_of(back) == place_of(uri)


def test_models_of_hubs_and_of_oci_registries():
    digest = "sha256:" + "a" * 64
    assert below("hf://acme/fraud-7b@main", "hf://acme/")
    assert below(f"oci://ghcr.io/acme/fraud@{digest}", "oci://ghcr.io/acme")
    assert not below("hf://acme/fraud-7b@main", "hf://acme/fraud-7b")
    assert not below(f"oci://ghcr.io.evil/acme/fraud@{digest}", "oci://ghcr.io/")
    there = moved(f"oci://s.example:5000/a/m@{digest}", "oci://s.example:5000/", "oci://p.example/")
    assert there == f"oci://p.example/a/m@{digest}"
