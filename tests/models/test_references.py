"""References and storage URIs: the grammar as tables, and what must hold for any text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from cmp.models import storage
from cmp.models.errors import ReferenceSyntaxError
from cmp.models.kinds import dialects
from cmp.models.reference import Reference, is_reference, parse

VALID = {
    "models:/fraud/3": ("version", "fraud", "3"),
    "models:/fraud/007": ("version", "fraud", "7"),
    "models:/fraud detector@champion": ("alias", "fraud detector", "champion"),
    "models:/a@b@c": ("alias", "a@b", "c"),
    "models:/fraud/latest": ("latest", "fraud", "latest"),
    "models:/fraud/production": ("stage", "fraud", "Production"),
    "models:/a@b/3": ("version", "a@b", "3"),
    "models:/m-0123456789abcdef0123456789abcdef": ("logged", "m-0123456789abcdef0123456789abcdef", ""),
    "runs:/abc/model/v1/": ("run", "abc", "model/v1"),
}
INVALID = [
    *(
        "",
        "models",
        "models:",
        "models:/",
        "models://fraud/3",
        "models:fraud/3",
        "models:/fraud",
        "models:/fraud/",
    ),
    *(
        "models:/fraud/3/4",
        "models:/fraud/next",
        "models:/@a",
        "models:/a@",
        "models:/a@v3",
        "models:/a@Latest",
    ),
    *(
        "models:/a@b c",
        "models:/a:b/3",
        "models:/a\n/3",
        "runs:/",
        "runs:/a",
        "runs:/a/",
        "runs:/a/../b",
        "runs:/a//b",
    ),
    *("s3://bucket/x", "Models:/a/3", "models:/a/³"),
]


@pytest.mark.parametrize("text", VALID)
def test_valid(text):
    reference = parse(text)
    assert reference == VALID[text]
    assert parse(str(reference)) == reference
    assert is_reference(text)


@pytest.mark.parametrize("text", INVALID)
def test_invalid(text):
    with pytest.raises(ReferenceSyntaxError):
        parse(text)


@given(st.text())
def test_any_text_parses_or_raises_our_error(text):
    try:
        reference = parse(text)
    except ReferenceSyntaxError as error:
        assert len(text) < 8 or text not in str(error)
    else:
        assert parse(str(reference)) == reference


@given(st.sampled_from(["models:/", "runs:/"]), st.text(max_size=30))
def test_any_text_behind_a_scheme(scheme, text):
    try:
        reference = parse(scheme + text)
    except ReferenceSyntaxError:
        return
    assert isinstance(reference, Reference)
    assert parse(str(reference)) == reference


@pytest.mark.parametrize(
    "uri",
    [
        *(
            "s3://bucket/key",
            "s3://bucket",
            "gs://bucket/a/b/",
            "pvc://claim/x",
            "hf://org/model",
            "file:///mnt/x",
        ),
        *("wasbs://c@account.blob.core.windows.net/x", "https://host/x", "oci://registry.example:5000/a:b"),
        *("minio:bucket/path", "hdfs://nn:8020/x", "https://host/x?version=3"),
        *("s3://Legacy_Bucket.2009/x", f"s3://{'a' * 255}/x", "s3a://ML_models/x"),
    ],
)
def test_places(uri):
    storage.check(uri)


@pytest.mark.parametrize(
    "uri",
    [
        *("", "bucket/key", "s3://", "s3:///x", "s3:////", "s3://b/x", "s3://bucket/a//b", "s3://bucket/./a"),
        *("s3://YOUR_BUCKET/a", "s3://BUCKET/a", "gs://Upper/a", f"s3://{'a' * 256}/x", "s3://<bucket>/a"),
        *("s3://bucket/../a", "s3://bucket/%2E%2e/a", "s3://bucket/a b", "s3://bucket/a\n", "s3://-bucket/a"),
        *(
            "s3://u:p@bucket/a",
            "https://host/x?sig=abc",
            "https://host/x?a=1&X-Amz-Signature=b",
            "s3:/bucket/a",
        ),
        *(
            "models:/a/3",
            "runs:/a/b",
            "mlflow-artifacts:/x",
            "s3://bucket/$(NAME)",
            "s3://bucket/${NAME}",
            "dbfs:/x",
        ),
    ],
)
def test_no_places(uri):
    with pytest.raises(ReferenceSyntaxError) as caught:
        storage.check(uri)
    assert len(uri) < 6 or uri not in str(caught.value) + caught.value.hint


def test_azure_in_kserves_form():
    form = dialects.kserve_form
    assert form("wasbs://c@acct.blob.core.windows.net/p/q") == "https://acct.blob.core.windows.net/c/p/q"
    assert form("abfss://c@acct.dfs.core.windows.net/p") == "https://acct.blob.core.windows.net/c/p"
    assert form("abfss://plain/p") == "abfss://plain/p"
    assert form("s3://bucket/p") == "s3://bucket/p"
    assert not dialects.kserve_admits("abfss://plain/p")
    assert dialects.kserve_admits("abfss://plain/p", ("abfss",))
