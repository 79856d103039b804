"""CEL rules in the shape of Kubernetes' ValidatingAdmissionPolicy: what a cluster enforces, tried first.

Of a policy: matchConstraints, matchConditions, variables, paramKind, failurePolicy, validations with message
and messageExpression. Of its bindings: validationActions (Deny an error, Warn a warning, Audit an info),
paramRef, matchResources. A policy without a binding is tried as if it denied. What cannot be evaluated is an
error under failurePolicy Fail, as on an API server, and an info under Ignore: never passed in silence.
"""

from __future__ import annotations

import json
from typing import NamedTuple

from cmp.errors import CmpError, Where
from cmp.findings import SEVERITIES, Finding
from cmp.manifest import labels as labels_of
from cmp.manifest import name, namespace, pod_template, selects, title
from cmp.validate import cel
from cmp.validate.policy_matching import matches
from cmp.validate.waivers import FORMER_RULES, reason
from cmp.yaml import gojson, load_all

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from typing import Any

    from cmp.findings import Severity

    Body = dict[str, Any]

_SEVERITY: dict[str, Severity] = {"Deny": "error", "Warn": "warning", "Audit": "info"}
_KINDS = ("ValidatingAdmissionPolicy", "ValidatingAdmissionPolicyBinding")


class NoPolicyError(CmpError):
    """A file or folder without any policy."""


class Validation(NamedTuple):
    """expression: what must hold. message: what is said if not, unless `spoken` says more."""

    expression: cel.Expression
    message: str
    spoken: cel.Expression | None


class Binding(NamedTuple):
    """severity: of findings. resources: narrows the policy. params: one check for each."""

    severity: Severity
    resources: Body
    params: tuple[Body | None, ...]


class Policy:
    """One compiled policy with its bindings."""

    def __init__(self, body: Body, bindings: Iterable[Body], others: list[Body], file: str = "") -> None:
        self.name = name(body)
        spec = body.get("spec") or {}
        self._file = file
        self._constraints = spec.get("matchConstraints") or {"resourceRules": []}
        self._ignores = spec.get("failurePolicy") == "Ignore"
        try:
            self._conditions = [
                cel.Expression(each["expression"]) for each in spec.get("matchConditions") or ()
            ]
            self._variables = [
                (each["name"], cel.Expression(each["expression"])) for each in spec.get("variables") or ()
            ]
            self._validations = [_validation(each) for each in spec.get("validations") or ()]
        except cel.CelError as err:
            raise err.at(file=file, object=title(body)) from None
        except (KeyError, TypeError) as err:
            raise CmpError(
                "a condition, variable or validation needs an expression",
                where=Where(file=file, object=title(body)),
            ) from err
        kind = spec.get("paramKind")
        self._bindings = [_binding(each, kind, others) for each in bindings] or [
            Binding("error", {}, (None,))
        ]

    def check(
        self, objects: list[Body], file_of: Callable[[Body], str] = lambda _: ""
    ) -> Iterator[tuple[Finding, str]]:
        """A finding per validation that does not hold, with the reason that waives it."""
        namespaces = {name(body): body for body in objects if body.get("kind") == "Namespace"}
        for body in objects:
            for binding in self._bindings:
                for tried in self._matched(body, binding, namespaces):
                    for severity, message in self._broken(tried, binding, namespaces):
                        cure = f"The policy is in {self._file}." if self._file else ""
                        finding = Finding(
                            f"policy:{self.name}",
                            severity,
                            title(body),
                            "",
                            message,
                            cure,
                            file_of(body),
                            body,
                        )
                        yield finding, self._reason(body)

    def _reason(self, body: Body) -> str:
        """Waived by the policy's name, or by the id of the rule that was one before it became a policy."""
        former = self.name.partition(".")[0]
        return reason(body, f"policy-{self.name}"[:63]) or (
            reason(body, former) if former in FORMER_RULES else ""
        )

    def _matched(self, body: Body, binding: Binding, namespaces: dict[str, Body]) -> Iterator[Body]:
        for tried in (body, _pod(body)):
            if tried is not None and all(
                matches(each, tried, namespaces) for each in (self._constraints, binding.resources)
            ):
                yield tried

    def _broken(
        self, body: Body, binding: Binding, namespaces: dict[str, Body]
    ) -> Iterator[tuple[Severity, str]]:
        for params in binding.params or (None,):
            if params is None and not binding.params:
                yield (
                    binding.severity,
                    "the object that the binding's paramRef names is not in the policy's file",
                )
                continue
            given = _given(body, params, namespaces)
            try:
                if not all(condition.holds(given) for condition in self._conditions):
                    continue
                self._define(given)
            except cel.CelError as err:
                yield self._unevaluated(binding, "a condition or variable of the policy", err)
                continue
            for validation in self._validations:
                try:
                    if not validation.expression.holds(given):
                        yield binding.severity, _message(validation, given)
                except cel.CelError as err:
                    yield self._unevaluated(binding, validation.message, err)

    def _define(self, given: dict[str, Any]) -> None:
        defined: dict[str, Any] = {}
        given["variables"] = cel.mapping(defined)
        for variable, expression in self._variables:
            defined[variable] = expression.evaluate(given)
            given["variables"] = cel.mapping(defined)

    def _unevaluated(self, binding: Binding, what: str, err: cel.CelError) -> tuple[Severity, str]:
        costly = isinstance(err, cel.CostError)
        why = err.message if costly else "the expression cannot be evaluated on this object"
        return ("info" if self._ignores else binding.severity), f"{what} ({why})"


def _validation(body: Body) -> Validation:
    spoken = body.get("messageExpression")
    message = str(body.get("message") or f"does not hold: {' '.join(str(body['expression']).split())}")
    return Validation(cel.Expression(body["expression"]), message, cel.Expression(spoken) if spoken else None)


def _message(validation: Validation, given: dict[str, Any]) -> str:
    """The messageExpression's text; the message where that fails, as on an API server."""
    if validation.spoken is not None:
        try:
            text = str(validation.spoken.evaluate(given)).strip()
        except cel.CelError:
            text = ""
        if text and "\n" not in text:
            return text
    return validation.message


def _given(body: Body, params: Body | None, namespaces: dict[str, Body]) -> dict[str, Any]:
    space = namespaces.get(namespace(body), {"metadata": {"name": namespace(body)}})
    request = {"operation": "CREATE", "name": name(body), "namespace": namespace(body), "dryRun": True}
    values = {
        "object": body,
        "oldObject": None,
        "request": request,
        "params": params,
        "namespaceObject": space,
    }
    return {key: cel.value(each) for key, each in values.items()}


def _pod(body: Body) -> Body | None:
    """A workload's pods, which a policy about pods would meet."""
    path, template = pod_template(body)
    if not path:
        return None
    metadata = {"namespace": namespace(body), **(template.get("metadata") or {})}
    return {"apiVersion": "v1", "kind": "Pod", **template, "metadata": metadata}


def _binding(body: Body, kind: Body | None, others: list[Body]) -> Binding:
    spec = body.get("spec") or {}
    found = [_SEVERITY.get(action, "error") for action in spec.get("validationActions") or ()] or ["error"]
    severity = min(found, key=SEVERITIES.index)
    reference = spec.get("paramRef")
    if not kind or not reference:
        return Binding(severity, spec.get("matchResources") or {}, (None,))
    params = tuple(each for each in others if _is_param(each, kind, reference))
    absent = reference.get("parameterNotFoundAction") == "Allow" and not params
    return Binding(severity, {"resourceRules": []} if absent else spec.get("matchResources") or {}, params)


def _is_param(body: Body, kind: Body, reference: Body) -> bool:
    if (body.get("apiVersion"), body.get("kind")) != (kind.get("apiVersion"), kind.get("kind")):
        return False
    if reference.get("namespace") and namespace(body) != reference["namespace"]:
        return False
    if reference.get("name"):
        return name(body) == str(reference["name"])
    return selects(reference.get("selector"), labels_of(body))


def read(data: bytes, file: str = "") -> list[Policy]:
    """The policies of a YAML file with the bindings and parameters that stand beside them."""
    try:
        documents = [json.loads(gojson.dumps(document)) for document in load_all(data)]
    except CmpError as err:
        raise err.at(file=file) from None
    bodies = [each for each in documents if isinstance(each, dict)]
    others = [body for body in bodies if body.get("kind") not in _KINDS]
    policies = [
        Policy(body, _of(body, bodies), others, file)
        for body in bodies
        if body.get("kind") == "ValidatingAdmissionPolicy"
    ]
    if not policies:
        raise NoPolicyError("holds no ValidatingAdmissionPolicy", where=Where(file=file))
    return policies


def _of(policy: Body, bodies: list[Body]) -> Iterator[Body]:
    for body in bodies:
        spec = body.get("spec") or {}
        if body.get("kind") == "ValidatingAdmissionPolicyBinding" and spec.get("policyName") == name(policy):
            yield body
