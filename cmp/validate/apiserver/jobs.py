"""Jobs: what their completion mode, their policies and their pods ask of each other."""

from __future__ import annotations

import itertools
import re

from cmp.manifest import mapping
from cmp.validate.apiserver import formats
from cmp.validate.apiserver.shape import Problem

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.apiserver.shape import Node

# Of a Job with indexes; above so many completions, one with backoffLimitPerIndex has lower bounds.
_MOST_INDEXES, _MANY, _MOST_OF_MANY = 100_000, 100_000, 10_000
# Labels that the server writes itself: validateGeneratedSelector
_GENERATED = (
    "job-name",
    "batch.kubernetes.io/job-name",
    "controller-uid",
    "batch.kubernetes.io/controller-uid",
)
_CONTROLLER = "controller-uid"


def check(node: Node) -> Iterator[Problem]:
    """A problem per field."""
    if node.type == "JobSpec":
        if node.text("completionMode") == "Indexed":
            yield from _indexed(node)
        else:
            yield from _not_indexed(node)
        yield from _failures(node)
        yield from _selector(node)
    elif node.type == "ExitCodes":
        yield from _exit_codes(node)
    elif node.type == "SuccessRule":
        yield from _success_rule(node)


def _indexed(node: Node) -> Iterator[Problem]:
    """validateJobSpec, validateNameAllowsCompletions."""
    count, failed = node.number("completions"), node.number("maxFailedIndexes")
    if count is None:
        yield Problem(
            node.field("completions"), "is required for completionMode Indexed", "Say how many there are."
        )
        return
    name = str(node.top.map("metadata").get("name"))
    wrong = formats.dns_label(f"{name}-{count - 1}") if node.top.type == "Job" and count > 0 else ""
    if wrong:
        yield Problem("metadata.name", f"{wrong}: pods are named after it and their index", "Correct it.")
    many = count > _MANY and node.body.get("backoffLimitPerIndex") is not None
    for field in ("parallelism", "maxFailedIndexes"):
        most = _MOST_OF_MANY if many else _MOST_INDEXES
        if (node.number(field) or 0) > most:
            yield Problem(node.field(field), f"must be {most} at most", "Lower it.")
    if many and failed is None:
        message = f"is required for more than {_MANY} completions"
        yield Problem(node.field("maxFailedIndexes"), message, "Say how many may fail.")


def _not_indexed(node: Node) -> Iterator[Problem]:
    for field in ("backoffLimitPerIndex", "maxFailedIndexes", "successPolicy"):
        if node.body.get(field) is not None:
            yield Problem(node.field(field), "needs completionMode Indexed", "Set it, or remove this.")


def _failures(node: Node) -> Iterator[Problem]:
    """validatePodFailurePolicy, and what it asks of the pods."""
    rules = node._replace(body=node.map("podFailurePolicy")).items("rules")
    per_index = node.number("maxFailedIndexes") is not None or any(
        each.get("action") == "FailIndex" for each in rules
    )
    if per_index and node.body.get("backoffLimitPerIndex") is None:
        message = "is required for maxFailedIndexes and for the action FailIndex"
        yield Problem(node.field("backoffLimitPerIndex"), message, "Say how often an index may fail.")
    restart = mapping(node.map("template").get("spec")).get("restartPolicy")
    if node.body.get("podFailurePolicy") is not None and restart == "OnFailure":
        place = node.field("template", "spec", "restartPolicy")
        yield Problem(place, "must be Never for a podFailurePolicy", "Use Never.")


def _selector(node: Node) -> Iterator[Problem]:
    """ValidateJobSpec; `selectors` holds one that is written by hand against the template's labels."""
    manual = node.body.get("manualSelector") is True
    if node.body.get("selector") is not None and not manual:
        yield Problem(node.field("selector"), "must not be there without manualSelector", "Remove it.")
    elif manual and node.body.get("selector") is None:
        yield Problem(node.field("selector"), "is required for manualSelector", "Add it.")
    if manual or node.above is None or node.above.type != "Job":
        return
    name = node.top.map("metadata").get("name")
    labels = mapping(mapping(node.map("template").get("metadata")).get("labels"))
    for label in _GENERATED:
        if label in labels and (label.endswith(_CONTROLLER) or labels[label] != name):
            place = node.field("template", "metadata", "labels", label)
            yield Problem(place, "is a label that the server writes", "Remove it.")


def _exit_codes(node: Node) -> Iterator[Problem]:
    """validatePodFailurePolicyRuleOnExitCodes."""
    if node.text("operator") == "In" and 0 in node.list("values"):
        field = node.field("values", node.list("values").index(0))
        yield Problem(field, "must not be 0 for the operator In", "0 means success.")
    numbers = [each for each in node.list("values") if isinstance(each, int)]
    if any(first >= second for first, second in itertools.pairwise(numbers)):
        yield Problem(node.field("values"), "must be in order, each number once", "Sort the numbers.")
    template = job.map("template") if (job := node.up("JobSpec")) is not None else {}
    pod = node._replace(body=mapping(template.get("spec")))
    names, name = pod.names("containers") | pod.names("initContainers"), node.body.get("containerName")
    if isinstance(name, str) and name not in names:
        message = "is not a container of the template"
        yield Problem(node.field("containerName"), message, "Correct the name, or remove it.")


def _success_rule(node: Node) -> Iterator[Problem]:
    """validateSuccessPolicyRule."""
    indexes, count = node.body.get("succeededIndexes"), node.number("succeededCount")
    if node.body.get("succeededCount") is None and indexes is None:
        yield Problem(node.path, "needs succeededCount or succeededIndexes", "Add one of them.")
    job = node.up("JobSpec")
    most = job.number("completions") if job is not None else None
    if most is None:
        return
    if count is not None and count > most:
        yield Problem(node.field("succeededCount"), f"must not be above completions, {most}", "Lower it.")
    if not isinstance(indexes, str):
        return
    total = _indexes(indexes, most)
    if total is None:
        message = f"must be numbers and ranges below {most} in order, such as 0,2-4"
        yield Problem(node.field("succeededIndexes"), message, "Correct the indexes.")
    elif count is not None and total < count <= most:
        message = f"must not be above the number of succeededIndexes, {total}"
        yield Problem(node.field("succeededCount"), message, "Lower it.")


_INTERVAL = re.compile(r"\+?([0-9]{1,18})(?:-\+?([0-9]{1,18}))?")


def _indexes(text: str, completions: int) -> int | None:
    """validateIndexesFormat: how many there are, None for what is not in its form."""
    total, last = 0, -1
    for part in text.split(",") if text else ():
        match = _INTERVAL.fullmatch(part)
        if match is None:
            return None
        low = int(match[1])
        high = low if match[2] is None else int(match[2])
        if not last < low <= high < completions or (match[2] is not None and low == high):
            return None
        total, last = total + high - low + 1, high
    return total
