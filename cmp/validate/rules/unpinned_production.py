"""A production image under a tag that can be moved."""

from __future__ import annotations

import re

from cmp.findings import Hit, Severity
from cmp.manifest import containers
from cmp.validate.context import is_production

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "unpinned-production"
SEVERITY: Severity = "error"
TITLE = "Production is not pinned to a version"
WHY = "A tag such as `stable` or `prod` moves: what was approved is not what a restart pulls."
CURE = "A version tag (v1.2.3) or a digest."

_VERSION = re.compile(r"v?[0-9]++(\.[0-9]++)++([-.+_A-Za-z0-9]*)|[0-9a-f]{7,40}|RELEASE\..+")


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per container of an object that says it is production's."""
    for body in filter(is_production, context.objects):
        for path, container in containers(body):
            image = str(container.get("image", ""))
            tag = image.rpartition("/")[2].partition(":")[2]
            if "@sha256:" not in image and tag and tag != "latest" and not _VERSION.fullmatch(tag):
                yield Hit(body, f"{path}.image", f"the tag {tag} is not a version")
