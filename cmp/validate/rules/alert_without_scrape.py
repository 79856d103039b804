"""An alert about a job that nothing in the output scrapes, or about a metric that a scrape drops."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import labels, name, namespace, spec
from cmp.regex import RegexError, compile_pattern, full_matcher

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from typing import Any

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "alert-without-scrape"
SEVERITY: Severity = "warning"
TITLE = "An alert that can never fire"
WHY = (
    "The job label is the name of the scraped Service, and a dropped metric is gone: the expression "
    "selects nothing, so the alert stays silent in the worst hour."
)
CURE = (
    "Name the Service of the ServiceMonitor in job=..., keep the metric, or waive it where another "
    "application is scraped."
)

_JOB = r'\bjob\s*=\s*(?:"([^"]*)"|\'([^\']*)\')'
_METRIC = r"\b([a-zA-Z_:][a-zA-Z0-9_:]*)\s*[{\[]"


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per alert; only where the output holds a monitor, as else others do the scraping."""
    monitors = [body for body in context.objects if body.get("kind") in ("ServiceMonitor", "PodMonitor")]
    if not monitors:
        return
    jobs = {job for monitor in monitors for job in _jobs(monitor, context.objects)}
    dropped = [drops for monitor in monitors for drops in _dropped(monitor)]
    for body in context.objects:
        for field, expression in _expressions(body):
            for match in compile_pattern(_JOB).finditer(expression):
                job = match[1] or match[2] or ""
                if job and job not in jobs:
                    known = ", ".join(sorted(jobs)) or "none"
                    yield Hit(body, field, f"no monitor scrapes the job {job}; scraped are: {known}")
            for metric in dict.fromkeys(compile_pattern(_METRIC).findall(expression)):
                if any(drops(metric) for drops in dropped):
                    yield Hit(body, field, f"a metricRelabelings entry of a monitor drops {metric}")


def _expressions(body: dict[str, Any]) -> Iterator[tuple[str, str]]:
    if body.get("kind") != "PrometheusRule":
        return
    for number, group in enumerate(spec(body).get("groups") or ()):
        for index, rule in enumerate(group.get("rules") or ()):
            yield f"spec.groups[{number}].rules[{index}].expr", str(rule.get("expr", ""))


def _jobs(monitor: dict[str, Any], objects: list[dict[str, Any]]) -> Iterator[str]:
    """The values that the label job gets (prometheus-operator pkg/prometheus/promcfg.go)."""
    held = spec(monitor)
    for endpoint in held.get("endpoints") or held.get("podMetricsEndpoints") or ():
        for rule in endpoint.get("relabelings") or ():
            if rule.get("targetLabel") == "job" and rule.get("replacement"):
                yield str(rule["replacement"])
    if monitor.get("kind") == "PodMonitor":
        yield f"{namespace(monitor)}/{name(monitor)}"
        return
    wanted = (held.get("selector") or {}).get("matchLabels") or {}
    for body in objects:
        if body.get("kind") == "Service" and wanted.items() <= labels(body).items():
            yield labels(body).get(str(held.get("jobLabel")), name(body))


def _dropped(monitor: dict[str, Any]) -> Iterator[Callable[[str], bool]]:
    """A test of a metric's name per entry that drops by name; RE2, as Prometheus has it."""
    held = spec(monitor)
    for endpoint in held.get("endpoints") or held.get("podMetricsEndpoints") or ():
        for rule in endpoint.get("metricRelabelings") or ():
            if rule.get("action") == "drop" and rule.get("sourceLabels") == ["__name__"]:
                try:
                    yield full_matcher(str(rule.get("regex", "")))
                except RegexError:
                    continue  # the operator refuses the monitor and says so
