"""An image that is `latest`, or has no tag, is another image tomorrow."""

from __future__ import annotations

from cmp.findings import Hit, Severity
from cmp.manifest import containers

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator

    from cmp.manifest import Body
    from cmp.validate.context import Context

ID = "latest-tag"
SEVERITY: Severity = "error"
TITLE = "An image without a tag that means one image"
WHY = "The same commit would deploy another image after the next push, and a rollback would not roll back."
CURE = "Name a version tag or a digest, with `images:` in the overlay."


def check(context: Context) -> Iterator[Hit[Body]]:
    """A hit per container."""
    for body in context.objects:
        for path, container in containers(body):
            image = container.get("image")
            if isinstance(image, str) and _floats(image):
                yield Hit(body, f"{path}.image", f"the image {image} has no fixed tag")


def _floats(image: str) -> bool:
    if "@" in image:
        return False
    tag = image.rpartition("/")[2].partition(":")[2]
    return not tag or tag == "latest" or tag.endswith("-latest")
