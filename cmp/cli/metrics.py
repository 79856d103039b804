"""Prometheus' text format in one file that all renders of a machine add to.

The file is replaced at once, under a lock; a reader never sees half of it. One that is not ours to read
(damaged, too large) starts anew: to Prometheus that is a counter reset, as after a restart.
"""

from __future__ import annotations

import os
import time

from cmp.cli.variables import METRICS
from cmp.errors import reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cmp.cli.telemetry import Facts

# name -> (type, help)
FAMILIES = {
    "cmp_renders_total": ("counter", "Renders by application, project and outcome."),
    "cmp_render_seconds": ("histogram", "Seconds from start to output, the wait for a slot included."),
    "cmp_wait_seconds_total": ("counter", "Seconds that renders waited for a slot (CMP_CONCURRENCY)."),
    "cmp_application_render_seconds_total": ("counter", "Seconds spent on an application."),
    "cmp_application_objects": ("gauge", "Objects of the last successful render."),
    "cmp_application_last_success_timestamp_seconds": ("gauge", "When it last rendered."),
}
BUCKETS = (0.1, 0.25, 0.5, 1.0, 2.5, 5.0, 10.0, 25.0, 50.0)
_LOCK_SECONDS = 0.5
_MAX_BYTES = 4 << 20
_MAX_SERIES = 20_000  # beyond that, new applications count as `other`


def add(facts: Facts, environ: Mapping[str, str]) -> str:
    """Count one render; "" or what went wrong, in a few words."""
    from cmp.cli.request import state_directory

    name = environ.get(METRICS, "")
    if "/" in name or "\0" in name or name.startswith(".") or len(name) > 200:
        return f"{METRICS} is not the name of a file; it goes below CMP_STATE_DIR"
    folder = state_directory(environ)
    try:
        os.makedirs(folder, exist_ok=True)
        lock = _lock(os.path.join(folder, f".{name}.lock"))
        if lock < 0:
            return f"{METRICS}: the file was busy, this render is not counted"
        try:
            path = os.path.join(folder, name)
            series = _read(path)
            count(series, facts)
            _replace(path, os.path.join(folder, f".{name}.new"), text(series).encode())
        finally:
            os.close(lock)
    except OSError as err:
        return f"{METRICS}: the file cannot be written: {reason_of(err)}"
    return ""


def count(series: dict[str, float], facts: Facts) -> None:
    """Add one run to the series, by their `name{labels}`."""
    who = _labels(application=facts.application, project=facts.project)
    if len(series) > _MAX_SERIES and f"cmp_application_render_seconds_total{{{who}}}" not in series:
        who = _labels(application="other", project="")
    seconds = max(facts.end - facts.start, 0.0)

    def increase(name: str, amount: float) -> None:
        series[name] = series.get(name, 0.0) + amount

    increase(f"cmp_renders_total{{{who},{_labels(outcome=facts.outcome)}}}", 1)
    for bucket in BUCKETS:
        increase(f'cmp_render_seconds_bucket{{le="{bucket:g}"}}', 1 if seconds <= bucket else 0)
    increase('cmp_render_seconds_bucket{le="+Inf"}', 1)
    increase("cmp_render_seconds_sum", seconds)
    increase("cmp_render_seconds_count", 1)
    increase("cmp_wait_seconds_total", max(facts.begun - facts.start, 0.0))
    increase(f"cmp_application_render_seconds_total{{{who}}}", seconds)
    if facts.outcome == "done":
        series[f"cmp_application_objects{{{who}}}"] = facts.objects
        series[f"cmp_application_last_success_timestamp_seconds{{{who}}}"] = facts.end


def _labels(**labels: str) -> str:
    """Strings as the format quotes them; bytes that are not UTF-8 become question marks."""
    return ",".join(f'{name}="{_quoted(value)}"' for name, value in labels.items())


def _quoted(value: str) -> str:
    clean = value.encode("utf-8", "replace").decode()
    return clean.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n").replace("\r", "")


def text(series: dict[str, float]) -> str:
    """The file: families in the table's order, each with its help and type."""
    lines: dict[str, list[str]] = {name: [] for name in FAMILIES}
    for name, value in series.items():
        family = _family(name)
        if family:
            lines[family].append(f"{name} {value:.16g}\n")
    out = []
    for family, (kind, meaning) in FAMILIES.items():
        if lines[family]:
            out += [f"# HELP {family} {meaning}\n", f"# TYPE {family} {kind}\n", *lines[family]]
    return "".join(out)


def _family(name: str) -> str:
    """The family that a series belongs to, or "" for a name that is not ours."""
    bare = name.partition("{")[0]
    if bare in FAMILIES:
        return bare
    stem = bare.rpartition("_")[0]
    return stem if FAMILIES.get(stem, ("",))[0] == "histogram" else ""


def _read(path: str) -> dict[str, float]:
    try:
        descriptor = os.open(path, os.O_RDONLY | os.O_NOFOLLOW | os.O_NONBLOCK | os.O_CLOEXEC)
    except OSError:
        return {}
    with open(descriptor, "rb") as file:
        data = file.read(_MAX_BYTES + 1)
    series = {}
    try:
        for line in data.decode().split("\n") if len(data) <= _MAX_BYTES else ():
            if line and not line.startswith("#"):
                name, _, value = line.rpartition(" ")
                series[name] = float(value)
    except ValueError:
        return {}
    return series


def _replace(path: str, beside: str, data: bytes) -> None:
    """`beside` is only ever ours: whatever has its name goes first, and it must be new then."""
    if os.path.lexists(beside):
        os.unlink(beside)
    flags = os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC
    with open(os.open(beside, flags, 0o644), "wb") as file:
        file.write(data)
    os.replace(beside, path)


def _lock(path: str) -> int:
    """The descriptor that holds the lock, or -1 when it isn't free for too long."""
    import fcntl

    descriptor = os.open(path, os.O_RDWR | os.O_CREAT | os.O_NOFOLLOW | os.O_CLOEXEC, 0o600)
    end = time.monotonic() + _LOCK_SECONDS
    while True:
        try:
            fcntl.flock(descriptor, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            if time.monotonic() > end:
                os.close(descriptor)
                return -1
            time.sleep(0.01)
        else:
            return descriptor
