"""The CEL rules of a CRD (`x-kubernetes-validations`) on an object that its schema allows.

Follows k8s.io/apiextensions-apiserver/pkg/apiserver/schema/cel. A rule over `oldSelf` is about updates and
does not count when an object is created. A rule that cannot be evaluated here is unchecked, never a refusal.
"""

from __future__ import annotations

from typing import NamedTuple

from cmp.paths import dotted
from cmp.validate import cel

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator
    from typing import Any

    from cmp.validate.structural import Rule

# k8s.io/apiserver/pkg/cel: how a field's name is written behind `self.`
_ESCAPES = (("__", "__underscores__"), (".", "__dot__"), ("-", "__dash__"), ("/", "__slash__"))
_RESERVED = frozenset(
    ("true", "false", "null", "in", "as", "break", "const", "continue", "else", "for", "function", "if")
) | {"import", "let", "loop", "package", "namespace", "return", "var", "void", "while"}


class Verdict(NamedTuple):
    """message: what the rule says. unchecked: why it was not evaluated, "" if it does not hold."""

    field: str
    message: str
    unchecked: str = ""


def verdicts(rules: Iterable[Rule]) -> Iterator[Verdict]:
    """One for each rule that does not hold or was not evaluated."""
    for steps, data, rule in rules:
        text = str(rule.get("rule", ""))
        if "oldSelf" in text and not rule.get("optionalOldSelf"):
            continue
        field = dotted(steps)
        try:
            given = {"self": cel.value(_escaped(data) if "__" in text else data)}
            if not cel.compiled(text).holds(given):
                yield Verdict(field, _message(rule, given))
        except cel.FailedError:
            # An API server refuses it too.
            yield Verdict(field, _message(rule, {}))
        except cel.CelError as err:
            yield Verdict(field, " ".join(text.split()), err.message)


def _message(rule: dict[str, Any], given: dict[str, Any]) -> str:
    spoken = rule.get("messageExpression")
    if spoken:
        try:
            text = str(cel.compiled(str(spoken)).evaluate(given)).strip()
        except cel.CelError:
            text = ""
        if text and "\n" not in text:
            return text
    return " ".join(str(rule.get("message") or f"does not hold: {rule['rule']}").split())


def _escaped(data: Any) -> Any:
    if isinstance(data, dict):
        return {_name(key): _escaped(item) for key, item in data.items()}
    return [_escaped(item) for item in data] if isinstance(data, list) else data


def _name(key: str) -> str:
    if key in _RESERVED:
        return f"__{key}__"
    for plain, written in _ESCAPES:
        key = key.replace(plain, written)
    return key
