"""Selectors: their requirements, and whether they match the labels of their own template."""

from __future__ import annotations

from cmp.manifest import mapping
from cmp.validate.apiserver import formats
from cmp.validate.apiserver.names import labels
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.apiserver.shape import Node

# Types whose selector must match their template: ValidatePodTemplateSpecForReplicaSet and its like.
_OWNERS = frozenset(("DeploymentSpec", "ReplicaSetSpec", "StatefulSetSpec", "DaemonSetSpec", "JobSpec"))


def check(node: Node) -> Iterator[Problem]:
    """A problem per requirement, and where a template is not selected."""
    if node.type in ("LabelRequirement", "NodeRequirement"):
        yield from _requirement(node)
    elif node.type == "FieldRequirement":
        yield from _field_requirement(node)
    elif node.type in _OWNERS:
        yield from _owner(node)
    elif node.type == "PodTemplate":
        yield from _template(node)


def _requirement(node: Node) -> Iterator[Problem]:
    """ValidateLabelSelectorRequirement, ValidateNodeSelectorRequirement."""
    operator, values = node.text("operator"), node.list("values")
    field = node.field("values")
    if operator in ("In", "NotIn") and not values:
        yield Problem(field, f"is required for the operator {operator}", "List the values.")
    elif operator in ("Exists", "DoesNotExist") and values:
        yield Problem(field, f"must not be there for the operator {operator}", "Remove the values.")
    elif operator in ("Gt", "Lt") and len(values) != 1:
        yield Problem(field, f"must be one value for the operator {operator}", "Give one integer.")
    if node.type == "LabelRequirement" or node.up("NodeSelector") is not None:
        for index, value in enumerate(values):
            wrong = formats.label_value(value) if isinstance(value, str) else ""
            if wrong:
                yield Problem(node.field("values", index), wrong, "Correct the value.")


def _field_requirement(node: Node) -> Iterator[Problem]:
    """ValidateNodeFieldSelectorRequirement: one node, by its name."""
    if node.text("key") not in ("", "metadata.name"):
        yield Problem(node.field("key"), "must be metadata.name", "Use matchExpressions for labels.")
    if node.text("operator") and node.text("operator") not in ("In", "NotIn"):
        yield Problem(node.field("operator"), "must be In or NotIn", "Use In.")
    elif node.text("operator") and len(node.list("values")) != 1:
        yield Problem(node.field("values"), "must be one value", "Name one node.")
    for index, value in enumerate(node.list("values")):
        wrong = formats.dns_subdomain(value) if isinstance(value, str) else ""
        if wrong:
            yield Problem(node.field("values", index), wrong, "Correct the name.")


def _owner(node: Node) -> Iterator[Problem]:
    selector = node.body.get("selector")
    if not isinstance(selector, dict):
        return
    if node.type != "JobSpec" and not selector.get("matchLabels") and not selector.get("matchExpressions"):
        yield Problem(node.field("selector"), "must not be empty", "Select a label of the template.")
        return
    held = mapping(mapping(node.map("template").get("metadata")).get("labels"))
    if not matches(selector, held):
        message = "does not match the labels of the template"
        yield Problem(node.field("selector"), message, "Use labels of the template in matchLabels.")


def _template(node: Node) -> Iterator[Problem]:
    metadata = node.map("metadata")
    yield from labels(node._replace(body=metadata, path=node.field("metadata")), "labels")


def matches(selector: Body, held: Body) -> bool:
    """Whether a selector matches labels; a requirement of a wrong shape counts as matching."""
    if any(held.get(key) != value for key, value in mapping(selector.get("matchLabels")).items()):
        return False
    requirements = selector.get("matchExpressions")
    for each in requirements if isinstance(requirements, list) else ():
        if not isinstance(each, dict) or not isinstance(each.get("key"), str):
            continue
        key, operator, values = each["key"], each.get("operator"), each.get("values")
        values = values if isinstance(values, list) else []
        answers = {
            "In": held.get(key) in values and key in held,
            "NotIn": held.get(key) not in values or key not in held,
            "Exists": key in held,
            "DoesNotExist": key not in held,
        }
        if not answers.get(str(operator), True):
            return False
    return True
