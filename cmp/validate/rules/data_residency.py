"""An object that says where its data must stay, and a location that is elsewhere."""

from __future__ import annotations

from cmp.validate.context import annotations_of, labels
from cmp.validate.walk import texts

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.validate.context import Context
    from cmp.validate.registry import Hit

ID = "data-residency"
SEVERITY = "error"
TITLE = "Data outside of its region"
WHY = "A bucket or endpoint in another region moves personal data there, whatever the label promises."
CURE = "Use a location in the region, or correct the data-residency label."

_KEY = "data-residency"
# region word -> what locations inside it hold in their names
REGIONS = {"eu": ("eu-", "europe-", "-eu"), "us": ("us-", "-us"), "ap": ("ap-", "asia-", "-ap")}


def check(context: Context) -> Iterator[Hit]:
    """A hit per location that names another region than the object's own `data-residency`."""
    for body in context.objects:
        region = next(
            (
                str(value)
                for key, value in {**annotations_of(body), **labels(body)}.items()
                if key.rpartition("/")[2] == _KEY
            ),
            "",
        )
        others = [marks for name, marks in REGIONS.items() if name != region.lower()]
        if region.lower() not in REGIONS:
            continue
        for field, text in texts(body):
            location = text.partition("://")[2].partition("/")[0] if "://" in text else ""
            if any(mark in location for marks in others for mark in marks):
                yield body, field, f"the location is in another region than {region}"
