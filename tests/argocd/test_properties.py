"""Whatever the environment holds, reading parameters ends with a value or with one of our errors."""

from __future__ import annotations

import json

from hypothesis import given
from hypothesis import strategies as st
from tries import examples

from cmp.argocd import reader, values
from cmp.argocd.table import PARAMETERS
from cmp.render.errors import ParameterError

TEXTS = st.text(max_size=12)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | TEXTS,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(TEXTS, inner, max_size=3),
    max_leaves=8,
)
ENTRY = st.fixed_dictionaries(
    {"name": st.sampled_from([row.name for row in PARAMETERS]) | TEXTS},
    optional={"string": JSON, "map": JSON, "array": JSON},
)


def read(environ):
    try:
        found, _ = reader.read(environ)
    except ParameterError as err:
        assert err.message
        return None
    return found


@examples(400)
@given(st.lists(ENTRY, max_size=3) | JSON)
def test_any_json(parameters):
    found = read({"ARGOCD_APP_PARAMETERS": json.dumps(parameters)})
    if found is not None:
        assert all(isinstance(weight, int) and 0 <= weight <= 100 for weight in found.traffic.values())


@examples(200)
@given(
    st.text(max_size=40),
    st.dictionaries(st.text("ABCDEFGIMNOSTRX_", max_size=12).map("ARGOCD_ENV_".__add__), TEXTS),
)
def test_any_text(text, environ):
    read({**environ, "ARGOCD_APP_PARAMETERS": text})


@given(
    name=st.text("abc./-5", min_size=1, max_size=8),
    new=st.text("abc./-5", max_size=8),
    tag=st.text("ab.1-_", max_size=5),
    digest=st.sampled_from(["", "sha256:ab"]),
)
def test_an_image_prints_back_to_what_was_read(name, new, tag, digest):
    text = name + (f"={new}" if new else "") + (f":{tag}" if tag else "") + (f"@{digest}" if digest else "")
    try:
        image = values.image(text)
    except ParameterError:
        assert not (new or tag or digest)
        return
    assert (image.name, image.new_name, image.new_tag, image.digest) == (name, new, tag, digest)
