"""JSON6902 patches: decode, and apply to an object as kustomize does (evanphx/json-patch v4).

Upstream turns the object to JSON, patches that, and reads it back, so every number of the object loses its
form: `1.0` becomes `1`, and `1000000` becomes `1e+06` until it is printed.
"""

from __future__ import annotations

from cmp.errors import CmpError
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.scalars import block, is_spoilt, quoted
from cmp.limits import DEFAULT
from cmp.yaml.go.resolve import resolve
from cmp.yaml.jsonstage import scalar_value
from cmp.yaml.taint import Tainted, TaintedStr, carry
from cmp.yaml.value import NULL, BrokenMap, Scalar, is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.kustomize.budget import Budget
    from cmp.limits import Limits
    from cmp.yaml.value import Value


class Patch:
    """A decoded patch: the operations as written, checked only when they are applied, as upstream does."""

    __slots__ = ("_compiled", "operations")

    def __init__(self, operations: list[dict[str, Any] | None]) -> None:
        self.operations = operations
        self._compiled: list[Any] | None = None

    def __len__(self) -> int:
        return len(self.operations)

    def touches_metadata(self) -> bool:
        """Whether an operation may see or change `metadata.annotations`."""
        for operation in self.operations:
            for key in ("path", "from"):
                path = (operation or {}).get(key)
                if isinstance(path, str) and (path.partition("/")[2] or "metadata").startswith("metadata"):
                    return True
        return False

    def apply(self, body: dict[str, Value], budget: Budget | None = None) -> dict[str, Value]:
        """A new object; raises `KustomizeError` with the number of the operation that does not apply.

        budget: what the build may still copy, in place of one for this call alone.
        """
        from cmp.kustomize.budget import Budget
        from cmp.kustomize.jsonpatch_operations import compile_operation, run

        document = to_json(body)
        if self._compiled is None:
            self._compiled = [compile_operation(each, index) for index, each in enumerate(self.operations)]
        budget = budget or Budget()
        for operation in self._compiled:
            document = run(operation, document, budget)
        if not isinstance(document, dict):
            raise KustomizeError("the patch replaces the object by something that is not an object")
        done: dict[str, Value] = from_json(document)  # type: ignore[assignment]  # of a dict, a dict
        return done


def decode(text: str, limits: Limits = DEFAULT) -> Patch:
    """The patch that a string in JSON or YAML stands for; raises `KustomizeError` or `YamlError`."""
    if not text:
        raise KustomizeError("the patch is empty")
    operations = _from_json_text(text) if text[0] == "[" else _from_yaml(text)
    if operations is None:
        operations = []
    if not isinstance(operations, list) or not all(
        each is None or isinstance(each, dict) for each in operations
    ):
        raise KustomizeError("a JSON patch is a list of operations")
    limits.check("patch_ops", len(operations))
    if isinstance(text, TaintedStr):
        # What `test` compares ends nowhere, and its exact text counts.
        text.content_marks().apply([each for each in operations if each and each.get("op") != "test"])
    return Patch(operations)


def _from_yaml(text: str) -> Any:
    from cmp.yaml import load_config

    return load_config(text.encode("utf-8", "surrogateescape")).value


def _from_json_text(text: str) -> Any:
    import json

    if not text.isascii():
        # Bytes that are not UTF-8 become replacement characters, as Go's decoder has it.
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    if '"test"' in text:
        from cmp.kustomize.jsonpatch_operations import raw_decoder

        # Upstream compares the text of a tested value, so `1.0` is not `1`, and "\u0061" is not "a".
        decoder = raw_decoder()
    try:
        return decoder.decode(text)
    except ValueError as error:
        raise KustomizeError(f"the patch is not valid JSON: {error}", hint=_flow_hint(text)) from error
    except RecursionError as error:
        raise KustomizeError("the patch is nested too deeply") from error


def _flow_hint(text: str) -> str:
    """A hint for a patch in YAML's brackets, which upstream reads as JSON."""
    try:
        _from_yaml(text)
    except CmpError:
        return "what starts with [ is read as JSON: check its commas, quotes and brackets"
    return (
        "what starts with [ is read as JSON: put keys and texts in double quotes, no comma at the end, "
        "or write the operations as `- op: ...` lines"
    )


# -- an object to JSON and back


def to_json(value: Value) -> Any:
    """JSON values for an object, in new containers; `KustomizeError` for what cannot be JSON."""
    if isinstance(value, dict):
        if isinstance(value, BrokenMap):
            raise KustomizeError(value.problem)
        return {key: item if type(item) is str else to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [item if type(item) is str else to_json(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if is_null(value):
        if isinstance(value, Scalar):
            scalar_value(value)  # refuses the text that a replacement has put there
        # Upstream prints the object on the way to JSON, which makes a string of an empty value in brackets.
        return "" if isinstance(value, Scalar) and not value.text else None
    if isinstance(value, Scalar):
        from cmp.yaml import gojson

        return carry(_loaded(gojson.dumps(value).decode()), value)
    return value


def _loaded(text: str) -> Any:
    """What a scalar of JSON means; most need no decoder."""
    if text[0] in "-0123456789":
        return int(text) if text.lstrip("-").isdigit() else float(text)
    import json

    return json.loads(text)


def from_json(value: Any) -> Value:
    """The values that YAML made of JSON is read back as: every number was a float64 in between."""
    if isinstance(value, dict):
        made = {str(key): from_json(item) for key, item in value.items()}
        return merged(made) if "<<" in made else made
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, str):
        return _text(str(value))
    if value is None:
        return NULL
    if isinstance(value, bool):
        return value
    done = number(value)
    return carry(done, value) if isinstance(value, Tainted) else done


def merged(mapping: dict[str, Value]) -> dict[str, Value]:
    """The mapping with what its key `<<` holds: go-yaml writes that key plain, and so reads a merge key."""
    sources = mapping["<<"]
    made: dict[str, Value] = {}
    for source in reversed(sources) if isinstance(sources, list) else (sources,):
        if not isinstance(source, dict):
            raise KustomizeError(
                "the value of a merge key `<<` must be a mapping or a list of mappings",
                hint="a patch cannot make a field with the name `<<`, also not in quotes",
            )
        made.update(source)
    made.update((key, value) for key, value in mapping.items() if key != "<<")
    return made


def _text(text: str) -> Value:
    """A string as go-yaml prints it: quoted when its plain form would mean something else."""
    if text[:1] in _MAY_BE_QUOTED or "\n" in text:
        if text[0] == "\t" and is_spoilt(block(text)):
            raise KustomizeError(
                "a JSON patch cannot carry a string of several lines that starts with a tab",
                hint="let its first line begin with something else, or use a strategic merge patch",
            )
        if "\n" in text or text in _OLD_BOOLS or not isinstance(resolve(text), str):
            return quoted(text)
    return text


_OLD_BOOLS = frozenset(
    ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"]
)
_MAY_BE_QUOTED = frozenset("yYnNoOtTfF~0123456789+-.<")


def number(value: float) -> Value:
    """A number after its way through a float64 and go-yaml: large ones are in exponent form."""
    if isinstance(value, int) and -1_000_000 < value < 1_000_000:
        return value
    from cmp.yaml.gofloat import shortest

    try:
        return resolve(shortest(float(value)))
    except OverflowError as error:
        raise KustomizeError("the object holds a number that is too large") from error
