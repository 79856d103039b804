"""A Go template's text for given parameters (text/template/exec.go), with bounds on work and output."""

from __future__ import annotations

from functools import lru_cache

from cmp.fleet.errors import TemplateError, UnknownFunctionError
from cmp.fleet.gotemplate.functions import FUNCTIONS, display, is_true
from cmp.fleet.gotemplate.parser import (
    Branch,
    Literal,
    Loop,
    Name,
    Output,
    Path,
    Pipe,
    Scope,
    Selected,
    parse,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cmp.fleet.gotemplate.parser import Node, Operand

_STEPS = 100_000
# How many characters of a string a function reads in one step.
_CHARACTERS = 50
_OUTPUT = 1_000_000
# How many lists and mappings may stand inside of each other. Printing them needs Python's stack.
_NESTED = 100


class Missing:
    """A key that is not there, where `missingkey=error` is not set; prints as Go prints it."""

    def __repr__(self) -> str:
        return "<no value>"


_MISSING = Missing()


def render(
    template: str,
    parameters: dict[str, Any],
    *,
    strict: bool = True,
    spend: Callable[[int], None] | None = None,
) -> str:
    """The text; raises `TemplateError`.

    strict: a missing key is an error (`missingkey=error`). spend: is told how many steps were taken.
    """
    if "{{" not in template:
        return template
    state = _State(parameters, strict)
    try:
        state.walk(_parsed(template), parameters)
    except RecursionError as err:
        raise TemplateError("a value is nested too deep") from err
    finally:
        if spend is not None:
            spend(state.steps)
    return "".join(state.out)


@lru_cache(maxsize=512)
def _parsed(template: str) -> tuple[Node, ...]:
    return parse(template)


class _Variables:
    """The variables that are declared at one place of a template; a later one hides an earlier one."""

    def __init__(self) -> None:
        self._names: list[str] = []
        self._values: dict[str, list[Any]] = {}

    def __len__(self) -> int:
        return len(self._names)

    def declare(self, name: str, value: Any) -> None:
        """One more."""
        self._names.append(name)
        self._values.setdefault(name, []).append(value)

    def forget(self, count: int) -> None:
        """Only the first `count` are left."""
        while len(self._names) > count:
            self._values[self._names.pop()].pop()

    def stack(self, name: str) -> list[Any]:
        """Its values, the one that counts is the last."""
        found = self._values.get(name)
        if not found:
            raise TemplateError(f"the variable {name} is not declared")
        return found


class _State:
    def __init__(self, parameters: dict[str, Any], strict: bool) -> None:
        self.out: list[str] = []
        self.steps = 0
        self._variables = _Variables()
        self._variables.declare("$", parameters)
        self._strict = strict
        self._length = 0

    def walk(self, nodes: tuple[Node, ...], dot: Any) -> None:
        """Print nodes; variables that they declare end with them."""
        depth = len(self._variables)
        for node in nodes:
            self._count()
            if isinstance(node, str):
                self._print(node)
            elif isinstance(node, Output):
                value = self._pipe(node.pipe, dot)
                if not node.pipe.variables:
                    self._count(_weight(value))
                    self._print(display(value))
            elif isinstance(node, Loop):
                self._loop(node, dot)
            else:
                self._choose(node, dot)
        self._variables.forget(depth)

    def _choose(self, node: Branch | Scope, dot: Any) -> None:
        depth = len(self._variables)
        value = self._pipe(node.pipe, dot)
        if is_true(value):
            self.walk(node.then, value if isinstance(node, Scope) else dot)
        else:
            self.walk(node.otherwise, dot)
        self._variables.forget(depth)

    def _loop(self, node: Loop, dot: Any) -> None:
        value = self._pipe(Pipe(node.pipe.commands), dot)
        if isinstance(value, dict):
            items = sorted(value.items())
        elif isinstance(value, list):
            items = list(enumerate(value))
        elif value is None or isinstance(value, Missing):
            items = []
        else:
            raise TemplateError("range is over neither a list nor a mapping")
        depth = len(self._variables)
        for key, item in items:
            given = (item,) if len(node.pipe.variables) == 1 else (key, item)
            for name, each in zip(node.pipe.variables, given, strict=False):
                self._variables.declare(name, each)
            self.walk(node.then, item)
            self._variables.forget(depth)
        if not items:
            self.walk(node.otherwise, dot)

    def _pipe(self, pipe: Pipe, dot: Any) -> Any:
        value: Any = None
        for number, command in enumerate(pipe.commands):
            value = self._command(command, dot, [value] if number else [])
        for name in pipe.variables:
            if pipe.declares:
                self._variables.declare(name, value)
            else:
                self._variables.stack(name)[-1] = value
        return value

    def _command(self, command: tuple[Operand, ...], dot: Any, last: list[Any]) -> Any:
        self._count()
        head = command[0]
        if isinstance(head, Name):
            return self._call(head.name, command[1:], dot, last)
        if len(command) > 1 or last:
            raise TemplateError("a value that is not a function is given arguments")
        return self._value(head, dot)

    def _call(self, name: str, operands: tuple[Operand, ...], dot: Any, last: list[Any]) -> Any:
        if name in ("and", "or"):
            return self._lazy(name == "and", operands, dot, last)
        function = FUNCTIONS.get(name)
        if function is None:
            raise UnknownFunctionError(
                f"the function {name} is outside our subset of Go templates",
                hint="cmpctl docs validate lists the functions that we know",
            )
        given = [self._value(each, dot) for each in operands] + last
        for each in given:
            self._count(_weight(each))
        try:
            return function(*given)
        except TemplateError as err:
            raise TemplateError(f"{name}: {err.message}") from err
        except (TypeError, ValueError, LookupError, AttributeError, ArithmeticError) as err:
            raise TemplateError(f"{name} cannot take these arguments") from err

    def _lazy(self, wanted: bool, operands: tuple[Operand, ...], dot: Any, last: list[Any]) -> Any:
        """`and` and `or` stop at the first argument that decides."""
        value: Any = None
        for operand in operands:
            value = self._value(operand, dot)
            if is_true(value) is not wanted:
                return value
        if not operands and not last:
            raise TemplateError("and, or need an argument")
        return last[0] if last else value

    def _value(self, operand: Operand, dot: Any) -> Any:
        self._count()
        if isinstance(operand, Literal):
            return operand.value
        if isinstance(operand, Pipe):
            return self._pipe(operand, dot)
        if isinstance(operand, Selected):
            return self._walk(self._pipe(operand.pipe, dot), operand.steps)
        if isinstance(operand, Path):
            return self._walk(self._variables.stack(operand.root)[-1] if operand.root else dot, operand.steps)
        return self._call(operand.name, (), dot, [])

    def _walk(self, value: Any, steps: tuple[str, ...]) -> Any:
        for step in steps:
            if isinstance(value, Missing) or value is None:
                raise TemplateError(f"{step} is asked of something that has no value")
            if not isinstance(value, dict):
                raise TemplateError(f"{step} is asked of something that is not a mapping")
            if step in value:
                value = value[step]
            elif self._strict:
                raise TemplateError(f"no value named {step}")
            else:
                value = _MISSING
        return value

    def _print(self, text: str) -> None:
        self._length += len(text)
        if self._length > _OUTPUT:
            raise TemplateError(f"the result is longer than {_OUTPUT} characters")
        self.out.append(text)

    def _count(self, steps: int = 1) -> None:
        self.steps += steps
        if self.steps > _STEPS:
            raise TemplateError(f"the template takes more than {_STEPS} steps")


def _weight(value: Any) -> int:
    """How many steps it takes to read a value: one for each item, and for each 50 characters.

    A value that a list holds twice counts twice: it is printed twice. `TemplateError` where it is nested
    deeper than `_NESTED`.
    """
    found, left = 0, [(0, value)]
    while left and found <= _STEPS:
        depth, each = left.pop()
        if isinstance(each, str):
            found += len(each) // _CHARACTERS
        elif isinstance(each, (dict, list)):
            if depth == _NESTED:
                raise TemplateError(f"a value is nested deeper than {_NESTED}")
            found += len(each)
            left += [(depth + 1, item) for item in (each.values() if isinstance(each, dict) else each)]
    return found
