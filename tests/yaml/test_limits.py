"""Hostile documents end within their bounds, with an error that names the bound."""

import pytest

from cmp.errors import CmpError, LimitError
from cmp.limits import Limits
from cmp.yaml import load_all, load_config

SMALL = Limits(yaml_depth=20, yaml_nodes=1000, documents=3, file_bytes=100_000)


def laughs(levels):
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{i}: &a{i} [{', '.join([f'*a{i - 1}'] * 10)}]" for i in range(1, levels)]
    return "\n".join(lines).encode()


def merges(levels):
    lines = ["a0: &a0 {x: 1}"]
    lines += [f"a{i}: &a{i}\n  <<: [{', '.join([f'*a{i - 1}'] * 10)}]\n  k{i}: 1" for i in range(1, levels)]
    return "\n".join(lines).encode()


HOSTILE = {
    "alias expansion": (laughs(9), "CMP_MAX_YAML_NODES"),
    "merge expansion": (merges(9), "CMP_MAX_YAML_NODES"),
    "brackets": (b"a: " + b"[" * 5000, "CMP_MAX_YAML_DEPTH"),
    "closed brackets": (b"[" * 50 + b"]" * 50, "CMP_MAX_YAML_DEPTH"),
    "closed brackets, closer": (b"[" * 200 + b"]" * 200, "CMP_MAX_YAML_DEPTH"),
    "dashes": (b"- " * 5000 + b"a", "CMP_MAX_YAML_DEPTH"),
    "indentation": (b"".join(b" " * i + b"a:\n" for i in range(50)), "CMP_MAX_YAML_DEPTH"),
    "many items": (b"- a\n" * 2000, "CMP_MAX_YAML_NODES"),
    "many items in brackets": (b"[" + b"a," * 2000 + b"]", "CMP_MAX_YAML_NODES"),
    "size": (b"#" * 200_000, "CMP_MAX_FILE_BYTES"),
}


@pytest.mark.parametrize("name", HOSTILE)
@pytest.mark.parametrize("read", [load_all, load_config])
def test_bounds(name, read):
    data, setting = HOSTILE[name]
    with pytest.raises(LimitError) as caught:
        read(data, SMALL)
    assert setting in caught.value.hint


def test_documents():
    with pytest.raises(LimitError):
        load_all(b"a: 1\n---\n" * 5, SMALL)


@pytest.mark.parametrize("read", [load_all, load_config])
@pytest.mark.parametrize(
    "text",
    [b"a: &a [*a]", b"a: &a {b: *a}", b"&a [*a]", b"? &a [*a]\n: b", b"a: &a {x: 1, c: {<<: *a}}"],
)
def test_alias_within_itself(read, text):
    with pytest.raises(CmpError):
        read(text)


def test_a_mapping_merged_into_itself():
    text = b"a: &a\n  x: 1\n  <<: *a\n"
    assert load_all(text) == [{"a": {"x": 1}}]
    with pytest.raises(CmpError):
        load_config(text)


def test_default_depth_does_not_exhaust_the_stack():
    for text in (b"[" * 190 + b"]" * 190, b"- " * 190 + b"a", b'{"a":' * 190 + b"1" + b"}" * 190):
        assert len(load_all(text)) == 1
    for text in (b"[" * 100_000, b'{"a":' * 100_000, b"- " * 100_000):
        with pytest.raises(LimitError):
            load_all(text)
