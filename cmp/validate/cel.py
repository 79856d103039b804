"""CEL expressions: compiled once, evaluated on JSON values, within a bound.

A call of a function that `cel_library` does not have raises `CelError`, which is never the same as holding.
"""

from __future__ import annotations

import importlib
from functools import lru_cache

from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

# Macros that evaluate their argument once for each item.
_LOOPS = frozenset(("all", "exists", "exists_one", "filter", "map"))
# Steps of one evaluation, about 50 microseconds each: the parts of the expression that are looked at, each as
# often as it is. Before, they are estimated: the parts, times the items of the largest list or map of the
# values for each loop within a loop.
MOST_STEPS = 50_000


class CelError(CmpError):
    """An expression that is not CEL, or cannot be evaluated on these values."""


class FailedError(CelError):
    """An expression that ends in an error of its values, such as an absent key or a bad duration."""


class CostError(CelError):
    """An expression that takes too many steps on these values."""


class Expression:
    """One compiled expression."""

    def __init__(self, text: str) -> None:
        celpy = _celpy()
        environment = celpy.Environment(runner_class=_runner())
        try:
            tree = environment.compile(text)
            self._program = environment.program(tree, functions=_functions())
        except celpy.CELParseError as err:
            raise CelError("an expression is not CEL") from err
        self._parts, self._loops = _measured(tree)

    def evaluate(self, given: dict[str, Any]) -> Any:
        """The value, as CEL has it; `given` holds CEL values by variable."""
        celpy = _celpy()
        if self._loops:
            self._bound(given)
        try:
            return self._program.evaluate(given)
        except CostError:
            raise
        except celpy.CELEvalError as err:
            if _is_of_values(err):
                raise FailedError("the expression ends in an error on these values") from err
            raise CelError("the expression cannot be evaluated here") from err
        except (
            ValueError,
            TypeError,
            KeyError,
            IndexError,
            AttributeError,
            ArithmeticError,
            CmpError,
        ) as err:
            # cel-python lets errors of functions and operators through.
            raise CelError("the expression cannot be evaluated here") from err

    def holds(self, given: dict[str, Any]) -> bool:
        """Whether the value is true; a value that is not a boolean is an error, as on an API server."""
        value = self.evaluate(given)
        if not isinstance(value, (bool, importlib.import_module("celpy.celtypes").BoolType)):
            raise CelError("the expression does not give true or false")
        return bool(value)

    def _bound(self, given: dict[str, Any]) -> None:
        steps = self._parts * max(1, *map(_largest, given.values())) ** self._loops
        if steps > MOST_STEPS:
            raise _too_many(f"up to {steps} steps on this object, more than {MOST_STEPS}")


def _too_many(steps: str) -> CostError:
    return CostError(f"the expression takes {steps}", hint="shorten the lists, or nest fewer loops")


def _is_of_values(err: Exception) -> bool:
    """Whether the values are to blame, not a function or operator that cel-python lacks."""
    told = str(err.args)
    if "undeclared reference" in told:
        return False
    kinds = [each for each in err.args if isinstance(each, type)]
    return "no such member in mapping" in told or any(kind in (ValueError, IndexError) for kind in kinds)


@lru_cache(maxsize=1024)
def compiled(text: str) -> Expression:
    """The expression of a text; one compilation for a process."""
    return Expression(text)


def value(data: Any) -> Any:
    """A JSON value as CEL has it."""
    return _celpy().json_to_cel(data)


def mapping(values: dict[str, Any]) -> Any:
    """CEL values by name as one CEL map."""
    types = importlib.import_module("celpy.celtypes")
    return types.MapType({types.StringType(name): each for name, each in values.items()})


def _measured(tree: Any) -> tuple[int, int]:
    """(how many parts a syntax tree has, how deep loops stand in loops)."""
    children = getattr(tree, "children", None)
    if children is None:
        return 1, 0
    found = [_measured(child) for child in children]
    loops = max((depth for _, depth in found), default=0)
    is_loop = getattr(tree, "data", "") == "member_dot_arg" and str(children[1]) in _LOOPS
    return 1 + sum(parts for parts, _ in found), loops + is_loop


def _largest(data: Any) -> int:
    """The number of items of the largest list or map in a value."""
    if isinstance(data, dict):
        return max(len(data), max(map(_largest, data.values()), default=0))
    if isinstance(data, list):
        return max(len(data), max(map(_largest, data), default=0))
    return 0


@lru_cache(maxsize=1)
def _functions() -> dict[str, Callable[..., Any]]:
    from cmp.validate import cel_library

    return cel_library.functions()


@lru_cache(maxsize=1)
def _runner() -> Any:
    """A runner of cel-python that counts: lists may also stand in the expression, or be made by it."""
    celpy, evaluation = _celpy(), importlib.import_module("celpy.evaluation")

    class Counting(evaluation.Evaluator):  # type: ignore[misc, name-defined]
        """counts: the steps so far, of all evaluators of one evaluation."""

        counts: list[int]

        def visit_children(self, tree: Any) -> Any:
            self.counts[0] += 1
            if self.counts[0] > MOST_STEPS:
                raise _too_many(f"more than {MOST_STEPS} steps on this object")
            return super().visit_children(tree)

        def sub_evaluator(self, ast: Any) -> Any:
            made = Counting(ast, activation=self.activation)
            made.counts = self.counts
            return made

    class Runner(celpy.InterpretedRunner):  # type: ignore[misc, name-defined]
        def evaluate(self, context: Any) -> Any:
            evaluator = Counting(self.ast, activation=self.new_activation())
            evaluator.counts = [0]
            return evaluator.evaluate(context)

    return Runner


def _celpy() -> Any:
    try:
        return importlib.import_module("celpy")
    except ModuleNotFoundError as err:
        raise CelError(
            "the package cel-python is not installed", hint="pip install 'mlops-cmp[validate]'"
        ) from err
