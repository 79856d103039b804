"""JSON6902 patches: decode, and apply to an object as kustomize does (evanphx/json-patch v4).

Upstream turns the object to JSON, patches that, and reads it back, so every number of the object loses its
form: `1.0` becomes `1`, and `1000000` becomes `1e+06` until it is printed.
"""

from __future__ import annotations

from cmp.kustomize.errors import KustomizeError
from cmp.limits import DEFAULT
from cmp.yaml.value import NULL, BrokenMap, Quoted, Scalar, is_null

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.limits import Limits
    from cmp.yaml.value import Value


class JsonPatchError(KustomizeError):
    """A text that is no JSON patch, or an operation that cannot be applied."""


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

    def apply(self, body: dict[str, Value], limits: Limits = DEFAULT) -> dict[str, Value]:
        """A new object; raises `JsonPatchError` with the number of the operation that does not apply."""
        from cmp.kustomize.jsonpatch_operations import Budget, compile_operation, run

        document = to_json(body)
        if self._compiled is None:
            self._compiled = [compile_operation(each, index) for index, each in enumerate(self.operations)]
        budget = Budget(limits)
        for operation in self._compiled:
            document = run(operation, document, budget)
        if not isinstance(document, dict):
            raise JsonPatchError("the patch replaces the object by something that is no object")
        return {key: from_json(value) for key, value in document.items()}


def decode(text: str, limits: Limits = DEFAULT) -> Patch:
    """The patch that a text in JSON or YAML stands for; raises `JsonPatchError` or `YamlError`."""
    if not text:
        raise JsonPatchError("the patch is empty")
    operations = _from_json_text(text) if text[0] == "[" else _from_yaml(text)
    if operations is None:
        operations = []
    if not isinstance(operations, list) or not all(
        each is None or isinstance(each, dict) for each in operations
    ):
        raise JsonPatchError("a JSON patch is a list of operations")
    limits.check("patch_ops", len(operations))
    return Patch(operations)


def _from_yaml(text: str) -> Any:
    from cmp.yaml import load_config

    return load_config(text.encode("utf-8", "surrogateescape")).value


def _from_json_text(text: str) -> Any:
    import json

    if not text.isascii():
        # Bytes that are no UTF-8 become replacement characters, as Go's decoder has it.
        text = text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")
    decoder = json.JSONDecoder()
    if '"test"' in text:
        from cmp.kustomize.jsonpatch_operations import raw_decoder

        # Upstream compares the text of a tested value, so `1.0` is not `1`, and "\u0061" is not "a".
        decoder = raw_decoder()
    try:
        return decoder.decode(text)
    except ValueError as error:
        raise JsonPatchError(f"the patch is not valid JSON: {error}") from error
    except RecursionError as error:
        raise JsonPatchError("the patch is nested too deeply") from error


# -- an object to JSON and back


def to_json(value: Value) -> Any:
    """JSON values for an object, in new containers; `KustomizeError` for what cannot be JSON."""
    if isinstance(value, dict):
        if isinstance(value, BrokenMap):
            raise JsonPatchError(value.problem)
        return {key: item if type(item) is str else to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [item if type(item) is str else to_json(item) for item in value]
    if isinstance(value, str):
        return str(value)
    if is_null(value):
        return None
    if isinstance(value, Scalar):
        import json

        from cmp.yaml import gojson

        return json.loads(gojson.dumps(value))
    return value


def from_json(value: Any) -> Value:
    """The values that YAML made of JSON is read back as: every number was a float64 in between."""
    if isinstance(value, dict):
        return {str(key): from_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [from_json(item) for item in value]
    if isinstance(value, str):
        return _text(str(value))
    if value is None:
        return NULL
    if isinstance(value, bool):
        return value
    return number(value)


def _text(text: str) -> Value:
    """A string as go-yaml prints it: quoted when its plain form would mean something else."""
    if text[:1] in _MAY_BE_QUOTED or "\n" in text:
        from cmp.yaml import resolve

        if "\n" in text or text in _OLD_BOOLS or not isinstance(resolve(text), str):
            return Quoted(text)
    return text


_OLD_BOOLS = frozenset(
    ["y", "Y", "yes", "Yes", "YES", "on", "On", "ON", "n", "N", "no", "No", "NO", "off", "Off", "OFF"]
)
_MAY_BE_QUOTED = frozenset("yYnNoOtTfF~0123456789+-.<")


def number(value: float) -> Value:
    """A number after its way through a float64 and go-yaml: large ones are in exponent form."""
    if isinstance(value, int) and -1_000_000 < value < 1_000_000:
        return value
    from cmp.yaml import resolve
    from cmp.yaml.gofloat import shortest

    try:
        return resolve(shortest(float(value)))
    except OverflowError as error:
        raise JsonPatchError("the object holds a number that is too large") from error
