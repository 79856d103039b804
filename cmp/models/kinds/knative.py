"""Knative Serving: a Service, whose pod template makes revisions and whose `traffic` splits between them."""

from __future__ import annotations

from cmp.models.kinds.kind import Share, number, problem, whole_number
from cmp.models.kinds.places import items_at, mappings, spec_of, walk
from cmp.models.kinds.plan import positions
from cmp.models.kinds.workloads import Pods

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.kustomize.resource import Resource
    from cmp.models.kinds.kind import Problem
    from cmp.models.kinds.places import Map, Path
    from cmp.models.kinds.plan import Plan, Write


class Service(Pods):
    """Entries of `spec.traffic`, by tag or revision."""

    def check(self, body: Map, schemes: tuple[str, ...]) -> Iterator[Problem]:
        """Percentages are whole and sum to 100."""
        entries = mappings(spec_of(body).get("traffic"))
        path: Path = ("spec", "traffic")
        for position, entry in entries:
            yield from whole_number(entry.get("percent"), (*path, position, "percent"), 100)
        total = sum(number(entry.get("percent")) for _, entry in entries)
        if entries and total != 100:
            yield problem(path, f"the percents must sum to 100, found {total}")

    def split(self, plan: Plan, resource: Resource) -> list[Write]:
        """The percent of each entry."""
        path: Path = ("spec", "traffic")
        items = items_at(walk(resource.body, ("spec",)), ("spec",), "traffic")
        names = positions(plan, items, "tag") or positions(plan, items, "revisionName")
        entries = plan.entries(names, "traffic entry", ())
        if len(names) != len(items):
            raise plan.error("each entry of spec.traffic needs a tag, or each a revisionName", path=path)
        plan.all_covered(names, entries, "traffic entry", path)
        return plan.weigh(items, path, names, entries, "percent")

    def shares(self, body: Map) -> Iterator[Share]:
        """The entries by tag, or by revision."""
        items = [item for _, item in mappings(spec_of(body).get("traffic"))]
        for key in ("tag", "revisionName"):
            percents = {str(item[key]): number(item.get("percent")) for item in items if key in item}
            if len(percents) == len(items) > 1:
                yield Share({}, percents)
                return
