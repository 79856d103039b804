"""CEL expressions: compiled once, evaluated on JSON values, with the quantity functions that Kubernetes has.

Follows k8s.io/apiserver/pkg/cel/library/quantity.go. Other functions of that library (url, authorizer)
are unknown here: an expression that calls one raises `CelError`, which is never the same as holding.
"""

from __future__ import annotations

import importlib

from cmp.errors import CmpError
from cmp.validate.quantity import parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any


class CelError(CmpError):
    """An expression that is not CEL, or cannot be evaluated on these values."""


class Expression:
    """One compiled expression."""

    def __init__(self, text: str) -> None:
        celpy = _celpy()
        environment = celpy.Environment()
        try:
            self._program = environment.program(environment.compile(text), functions=_functions())
        except celpy.CELParseError as err:
            raise CelError("an expression is not CEL") from err

    def evaluate(self, given: dict[str, Any]) -> Any:
        """The value, as CEL has it; `given` holds CEL values by variable."""
        celpy = _celpy()
        try:
            return self._program.evaluate(given)
        except celpy.CELEvalError as err:
            raise CelError("the expression cannot be evaluated here") from err

    def holds(self, given: dict[str, Any]) -> bool:
        """Whether the value is true; a value that is no boolean is an error, as on an API server."""
        value = self.evaluate(given)
        if not isinstance(value, (bool, importlib.import_module("celpy.celtypes").BoolType)):
            raise CelError("the expression does not give true or false")
        return bool(value)


def value(data: Any) -> Any:
    """A JSON value as CEL has it."""
    return _celpy().json_to_cel(data)


def mapping(values: dict[str, Any]) -> Any:
    """CEL values by name as one CEL map."""
    types = importlib.import_module("celpy.celtypes")
    return types.MapType({types.StringType(name): each for name, each in values.items()})


def _functions() -> dict[str, Callable[..., Any]]:
    types = importlib.import_module("celpy.celtypes")

    def quantity(text: Any) -> Any:
        number = parse(str(text))
        if number is None:
            raise ValueError("no quantity")
        return types.DoubleType(number)

    return {
        "quantity": quantity,
        "isQuantity": lambda text: types.BoolType(parse(str(text)) is not None),
        "isGreaterThan": lambda a, b: types.BoolType(a > b),
        "isLessThan": lambda a, b: types.BoolType(a < b),
        "compareTo": lambda a, b: types.IntType((a > b) - (a < b)),
        "asInteger": lambda number: types.IntType(int(number)),
        "asApproximateFloat": lambda number: number,
    }


def _celpy() -> Any:
    try:
        return importlib.import_module("celpy")
    except ModuleNotFoundError as err:
        raise CelError(
            "the package cel-python is not installed", hint="pip install 'mlops-cmp[validate]'"
        ) from err
