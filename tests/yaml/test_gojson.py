"""JSON bytes as Go writes them."""

from typing import Any

import pytest

from cmp.yaml import BrokenMap, Scalar, YamlError
from cmp.yaml.gofloat import json_float, shortest
from cmp.yaml.gojson import dumps


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ({"b": 1, "a": [True, None, "x"], "B": {}}, '{"B":{},"a":[true,null,"x"],"b":1}'),
        ("<a>&\u2028\u2029\x00\x1f\x7f\"\\\b\f\n\r\té😀",
         '"\\u003ca\\u003e\\u0026\\u2028\\u2029\\u0000\\u001f\x7f\\"\\\\\\b\\f\\n\\r\\té😀"'),
        ({"é": 1, "z": 2, "😀": 3, "\uffff": 4}, '{"z":2,"é":1,"\uffff":4,"😀":3}'),
        ([Scalar("!!float", "1.20"), Scalar("!!int", "0x10"), Scalar("!!null", "~"), Scalar("!!bool", "True")],  # noqa: E501
         "[1.2,16,null,true]"),
        ([Scalar("!!timestamp", "2020-01-02"), Scalar("!x", "y"), 2**64, -(2**63)],
         '["2020-01-02T00:00:00Z","y",18446744073709552000,-9223372036854775808]'),
    ],
)  # fmt: skip
def test_dumps(value, text):
    assert dumps(value).decode() == text


def test_what_json_cannot_hold():
    broken = BrokenMap({"a": 1})
    broken.problem = "twice"
    unfit: list[Any] = [broken, [float("inf")], Scalar("!!float", ".nan")]
    for value in unfit:
        with pytest.raises(YamlError):
            dumps(value)


@pytest.mark.parametrize(
    ("value", "json", "general"),
    [
        (1234567.5, "1234567.5", "1.2345675e+06"),
        (1e5, "100000", "100000"),
        (1e6, "1000000", "1e+06"),
        (1e20, "100000000000000000000", "1e+20"),
        (1e21, "1e+21", "1e+21"),
        (1e-5, "0.00001", "1e-05"),
        (0.00012, "0.00012", "0.00012"),
        (1e-7, "1e-7", "1e-07"),
        (1.5e-10, "1.5e-10", "1.5e-10"),
        (-0.5, "-0.5", "-0.5"),
        (0.0, "0", "0"),
        (-0.0, "-0", "-0"),
        (5e-324, "5e-324", "5e-324"),
    ],
)
def test_floats(value, json, general):
    assert (json_float(value), shortest(value)) == (json, general)
