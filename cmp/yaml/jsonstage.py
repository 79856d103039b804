"""The trip through JSON that kustomize's output takes: what a scalar becomes there, and what cannot pass."""

from __future__ import annotations

from cmp.yaml.errors import YamlError
from cmp.yaml.go.resolve import config_scalar, number_of, tag_of
from cmp.yaml.go.timestamp import rfc3339
from cmp.yaml.taint import Tainted, carry
from cmp.yaml.value import NULL, BrokenMap, FlowList, FlowMap, Folded, Quoted, Scalar, Value

_RESOLVABLE = frozenset(("!!str", "!!bool", "!!int", "!!float", "!!null", "!!timestamp"))


def _float(text: str) -> float:
    word = config_scalar(text)
    return float(word) if isinstance(word, (int, float)) else float(text)


def binary_text(text: str) -> str:
    """The characters of a `!!binary` value, as Go's JSON encoder writes them."""
    import base64
    import binascii

    compact = text.replace("\r", "").replace("\n", "")
    if len(compact) % 4:
        raise YamlError("a !!binary value is not valid base64")
    try:
        raw = base64.b64decode(compact, validate=True)
    except (binascii.Error, ValueError) as exc:
        raise YamlError("a !!binary value is not valid base64") from exc
    text = raw.decode("utf-8", "surrogateescape")
    return "".join("\ufffd" if "\udc80" <= char <= "\udcff" else char for char in text)


def plain_float(value: float) -> int | float:
    """The number that the JSON text of a float64 is read back as: whole ones become integers."""
    if value != value or value in (float("inf"), float("-inf")):
        raise YamlError(
            "the number .inf or .nan cannot be printed",
            hint="JSON has no such number; quote it if a string is meant",
        )
    from cmp.yaml.gofloat import json_float

    text = json_float(value)
    number = number_of(text, octal_words=False)
    return value if number is None else number


def scalar_value(scalar: Scalar) -> str | int | float | bool | None:
    """What a `Scalar` is in the output: raises `YamlError` where kustomize cannot marshal it."""
    tag, text = scalar.tag or tag_of(scalar.text), scalar.text
    if tag == "!!binary":
        return binary_text(text)
    if tag == "!!str" and text[:1] == "\t":
        # The reader's mark: a block that go-yaml prints without the indentation indicator it would need.
        raise YamlError(
            "a string of several lines starts with a tab, which kustomize cannot print",
            hint="write it in double quotes, or let its first line begin with something else",
        )
    if not scalar.tag and not text:
        return None  # an empty text without a type
    if tag and (tag not in _RESOLVABLE or tag == "!!str"):
        return text
    actual = tag_of(text)
    tag = tag or actual
    if tag == "!!str":
        return text
    if actual == "!!timestamp" and tag != "!!timestamp":
        number = number_of(text, octal_words=True)  # only an untagged scalar is tried as a date
        actual = "!!str" if number is None else "!!int" if type(number) is int else "!!float"
    if actual != tag and not (tag == "!!float" and actual == "!!int"):
        raise YamlError(
            f"a value tagged {tag} does not read as one", hint="correct the value, or drop the tag"
        )
    if tag == "!!null":
        return None if text else ""
    if tag == "!!bool":
        return text in ("true", "True", "TRUE")
    if tag == "!!timestamp":
        stamp = rfc3339(text)
        if not stamp:
            raise YamlError("a timestamp's offset is out of range", hint="quote it if a string is meant")
        return stamp
    number = number_of(text, octal_words=True)
    if tag == "!!int" and type(number) is int:
        return number
    if type(number) is int and not -(2**63) <= number < 2**63:
        raise YamlError("a value tagged !!float is an integer of more than 63 bits")
    return plain_float(_float(text) if number is None else float(number))


def through_json(value: Value) -> Value:
    """The value after node -> JSON -> node, as kustomize does to items of lists.

    Floats that stay fractional come back as `Scalar("!!float", <JSON text>)`, strings as quoted ones,
    mappings and lists as ones in brackets.
    """
    if isinstance(value, BrokenMap):
        raise broken(value)
    if isinstance(value, dict):
        return FlowMap((key, through_json(item)) for key, item in value.items())
    if isinstance(value, list):
        return FlowList(map(through_json, value))
    done = _scalar_through_json(value)
    return carry(done, value) if isinstance(value, Tainted) else done


def _scalar_through_json(value: Value) -> Value:
    if isinstance(value, Scalar):
        done = scalar_value(value)
        if not isinstance(done, float):
            return _scalar_through_json(done)
        from cmp.yaml.gofloat import json_float

        return Scalar("!!float", json_float(done))
    if value is None:
        return NULL
    if isinstance(value, Folded):
        return Quoted(value.written)  # read, not printed, on this way
    return Quoted(value) if isinstance(value, str) else value


def broken(value: BrokenMap) -> YamlError:
    """The error for printing a mapping that JSON cannot hold."""
    hint = "mapping keys must be strings; templates `{{ }}` are not rendered here, quote them"
    if "twice" in value.problem:
        hint = "remove one of the two: which one wins differs between tools"
    return YamlError(value.problem, value.line, hint=hint)
