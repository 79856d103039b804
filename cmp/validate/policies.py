"""CEL rules in the shape of Kubernetes' ValidatingAdmissionPolicy: what a cluster enforces, tried first.

Of a policy: matchConstraints.resourceRules (groups, versions, and kinds by their plural), matchConditions,
variables, validations with message. A binding's validationActions decide the severity: Deny an error, Warn a
warning, Audit an info. Namespace selectors cannot be known offline and count as matching.
"""

from __future__ import annotations

import json

from cmp.errors import CmpError, Where
from cmp.validate.context import group, title
from cmp.validate.finding import SEVERITIES, Finding

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any

    from cmp.validate.finding import Severity

    Body = dict[str, Any]

_SEVERITY: dict[str, Severity] = {"Deny": "error", "Warn": "warning", "Audit": "info"}
# Kinds whose pods a policy about pods would meet: the template is tried as a Pod.
_POD_PATHS = {
    "Deployment": ("spec", "template"),
    "StatefulSet": ("spec", "template"),
    "DaemonSet": ("spec", "template"),
    "Job": ("spec", "template"),
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}


class PolicyError(CmpError):
    """A policy that cannot be read or compiled."""


class Policy:
    """One compiled policy."""

    def __init__(self, body: Body, actions: list[str], file: str = "") -> None:
        self.name = str((body.get("metadata") or {}).get("name", ""))
        spec = body.get("spec") or {}
        self._file = file
        self._rules = (spec.get("matchConstraints") or {}).get("resourceRules") or []
        found = [_SEVERITY.get(action, "error") for action in actions] or ["error"]
        self._severity = min(found, key=SEVERITIES.index)
        self._conditions = [
            (each.get("name", ""), self._compile(each["expression"]))
            for each in spec.get("matchConditions") or ()
        ]
        self._variables = [
            (each["name"], self._compile(each["expression"])) for each in spec.get("variables") or ()
        ]
        self._validations = [
            (self._compile(each["expression"]), str(each.get("message") or "a validation does not hold"))
            for each in spec.get("validations") or ()
        ]

    def _compile(self, expression: str) -> Any:
        celpy = _celpy()
        environment = celpy.Environment()
        try:
            return environment.program(environment.compile(expression))
        except celpy.CELParseError as err:
            raise PolicyError(
                "an expression is not CEL",
                where=Where(file=self._file, object=f"ValidatingAdmissionPolicy {self.name}"),
            ) from err

    def check(self, objects: list[Body]) -> Iterator[tuple[Finding, str]]:
        """A finding per validation that does not hold, with the reason that waives it."""
        from cmp.validate.registry import waiver

        for body in objects:
            for tried in self._matched(body):
                for message in self._broken(tried):
                    finding = Finding(
                        f"policy:{self.name}", self._severity, title(body), "", message, "", self._file
                    )
                    yield finding, waiver(body, f"policy-{self.name}"[:63])

    def _matched(self, body: Body) -> Iterator[Body]:
        if any(_matches(rule, body) for rule in self._rules):
            yield body
        path = _POD_PATHS.get(str(body.get("kind")))
        pod: Any = body
        for step in path or ():
            pod = pod.get(step) if isinstance(pod, dict) else None
        if path and isinstance(pod, dict):
            made = {"apiVersion": "v1", "kind": "Pod", **pod}
            if any(_matches(rule, made) for rule in self._rules):
                yield made

    def _broken(self, body: Body) -> Iterator[str]:
        celpy = _celpy()
        given: dict[str, Any] = {
            "object": celpy.json_to_cel(body),
            "request": celpy.json_to_cel({"operation": "CREATE"}),
        }
        given["oldObject"] = celpy.json_to_cel(None)
        try:
            if not all(bool(program.evaluate(given)) for _, program in self._conditions):
                return
            variables: dict[str, Any] = {}
            for name, program in self._variables:
                variables[name] = program.evaluate({**given, "variables": _as_map(variables)})
            given["variables"] = _as_map(variables)
        except celpy.CELEvalError:
            yield "the policy's variables or conditions cannot be evaluated on this object"
            return
        for program, message in self._validations:
            try:
                if not program.evaluate(given):
                    yield message
            except celpy.CELEvalError:
                yield f"{message} (the expression cannot be evaluated on this object)"


def _as_map(variables: dict[str, Any]) -> Any:
    from celpy.celtypes import MapType, StringType

    return MapType({StringType(name): value for name, value in variables.items()})


def _matches(rule: Body, body: Body) -> bool:
    version = str(body.get("apiVersion", "")).rpartition("/")[2]
    return (
        _listed(rule.get("apiGroups"), group(body))
        and _listed(rule.get("apiVersions"), version)
        and _listed(rule.get("resources"), plural(str(body.get("kind", ""))))
        and bool({"CREATE", "UPDATE", "*"}.intersection(rule.get("operations") or ()))
    )


def _listed(names: list[str] | None, name: str) -> bool:
    return bool(names) and ("*" in (names or ()) or name in (names or ()))


def plural(kind: str) -> str:
    """The resource name that belongs to a kind, by the rule that API conventions follow."""
    word = kind.lower()
    if word.endswith(("s", "x", "ch", "sh")):
        return word if word == "endpoints" else word + "es"
    return word[:-1] + "ies" if word.endswith("y") and word[-2:-1] not in "aeiou" else word + "s"


def read(data: bytes, file: str = "") -> list[Policy]:
    """The policies of a YAML file with the actions of the bindings that stand beside them."""
    from cmp.yaml import gojson, load_all

    documents = [json.loads(gojson.dumps(document)) for document in load_all(data)]
    bodies = [each for each in documents if isinstance(each, dict)]
    actions: dict[str, list[str]] = {}
    for body in bodies:
        if body.get("kind") == "ValidatingAdmissionPolicyBinding":
            spec = body.get("spec") or {}
            actions.setdefault(spec.get("policyName", ""), []).extend(spec.get("validationActions") or ())
    policies = [
        Policy(body, actions.get(body["metadata"]["name"], []), file)
        for body in bodies
        if body.get("kind") == "ValidatingAdmissionPolicy"
    ]
    if not policies:
        raise PolicyError("holds no ValidatingAdmissionPolicy", where=Where(file=file))
    return policies


def _celpy() -> Any:
    try:
        import celpy
    except ModuleNotFoundError as err:
        raise PolicyError(
            "the package cel-python is not installed", hint="pip install 'mlops-cmp[validate]'"
        ) from err
    return celpy
