"""ImageTagTransformer: image names, tags and digests (api/filters/imagetag, api/internal/image/image.go).

Upstream makes two passes for each entry: over `containers` and `initContainers` lists at any depth, then over
the field specs; an entry whose new name matches again is applied twice. Here the fields of an object are
found once, and all entries are applied to each field in upstream's order.
"""

from __future__ import annotations

from typing import NamedTuple

from cmp.errors import CmpError, Where
from cmp.kustomize.fieldspec import FieldError, Walker
from cmp.kustomize.references import retext
from cmp.kustomize.resource import text_of
from cmp.kustomize.specs import FieldSpec
from cmp.regex import compile_pattern

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from cmp.kustomize.context import Context
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.specs import Specs
    from cmp.yaml.value import Value

    Slot = tuple[Any, Any]

_LISTS = ("containers", "initContainers")
_TAG_PATTERN = "(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$"
_TAG_CHARS = frozenset("abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_.{}-")
_NAME_CHARS = _TAG_CHARS - frozenset("{}") | frozenset("/:@")


class Image(NamedTuple):
    """One entry; name: a Go regexp without anchors. where: the entry, for messages."""

    name: str
    new_name: str = ""
    new_tag: str = ""
    digest: str = ""
    tag_suffix: str = ""
    where: Where | None = None


class Config(NamedTuple):
    """Entries applied one after the other; weight: for how many of upstream's transformers they stand."""

    images: tuple[Image, ...]
    specs: tuple[FieldSpec, ...]

    @property
    def weight(self) -> int:
        """How many entries there are."""
        return len(self.images)


def configs(context: Context, specs: Specs) -> list[Config]:
    """All entries of `images`, as one."""
    images = tuple(
        image_of(entry, context.where("images", index))
        for index, entry in enumerate(context.kustomization["images"])
    )
    return [Config(images, specs.table("images"))]


def image_of(entry: dict[str, str], where: Where | None = None) -> Image:
    """The `Image` of a decoded `kinds.IMAGE`."""
    return Image(
        entry.get("name", ""),
        entry.get("newName", ""),
        entry.get("newTag", ""),
        entry.get("digest", ""),
        entry.get("tagSuffix", ""),
        where,
    )


def transform(resmap: ResMap, config: Config, context: Context) -> None:
    """Rewrite the image fields of all objects but CustomResourceDefinitions."""
    editors = [_Editor(image) for image in config.images]
    # One image stands in many objects: what becomes of a text depends on the text alone.
    outcomes: dict[tuple[str, bool], str] = {}
    walker = Walker(config.specs)
    for resource in resmap:
        if resource.kind == "CustomResourceDefinition":
            continue
        try:
            in_lists: list[Slot] = []
            _collect(resource.body, in_lists)
            by_spec: list[Slot] = []
            walker.apply(resource, _adder(by_spec))
            _rewrite(editors, in_lists, by_spec, outcomes)
        except CmpError as error:
            raise error.at(file=resource.file, object=str(resource)) from error
    for editor in editors:
        if not editor.used and editor.image.where is not None:
            context.hooks.notice(_unused(editor.image))


def _adder(slots: list[Slot]) -> Callable[[Any, Any], None]:
    return lambda container, key: slots.append((container, key))


def _unused(image: Image) -> Any:
    from cmp.kustomize.options import Notice

    return Notice(
        "unused-image",
        f"no image is named {image.name}",
        image.where,
        hint="the name must be as the resource has it, registry included, without tag",
    )


def _collect(node: Value, slots: list[Slot]) -> None:
    """The `image` fields of the items of container lists, at any depth."""
    if isinstance(node, dict):
        for key, value in node.items():
            if isinstance(value, (dict, list)):
                _collect(value, slots)
                if key in _LISTS and isinstance(value, list):
                    for item in value:
                        if isinstance(item, dict):
                            if "image" in item:
                                slots.append((item, "image"))
                        elif item is not None:
                            raise FieldError(
                                "an item of a list of containers must be a mapping", where=Where(field=key)
                            )
    elif isinstance(node, list):
        for item in node:
            if isinstance(item, (dict, list)):
                _collect(item, slots)


def _rewrite(
    editors: list[_Editor], in_lists: list[Slot], by_spec: list[Slot], outcomes: dict[tuple[str, bool], str]
) -> None:
    """Apply every entry to every field; a field found both ways gets each entry twice, as upstream has it."""
    if not in_lists and not by_spec:
        return
    twice = {(id(container), key) for container, key in by_spec}
    listed = {(id(container), key) for container, key in in_lists}
    for container, key in (*in_lists, *(slot for slot in by_spec if (id(slot[0]), slot[1]) not in listed)):
        value = container[key]
        if isinstance(value, (dict, list)):
            raise FieldError("an image must be a text", where=Where(field="image"))
        place = (id(container), key)
        again = place in twice and place in listed
        text = text_of(value)
        outcome = outcomes.get((text, again))
        if outcome is None:
            outcome = text
            for editor in editors:
                outcome = editor.apply(outcome)
                if again:
                    outcome = editor.apply(outcome)
            outcomes[text, again] = outcome
        if outcome != text:
            container[key] = retext(value, outcome)


class _Editor:
    """One entry, ready to be applied to texts."""

    __slots__ = ("_matches", "image", "used")

    def __init__(self, image: Image) -> None:
        self.image = image
        self.used = False
        self._matches: Callable[[str], bool] | None = None

    def apply(self, text: str) -> str:
        """`text` with this entry applied, or as it is when the name does not match."""
        if self._matches is None:
            self._matches = matcher(self.image.name)
        if not self._matches(text):
            return text
        self.used = True
        image = self.image
        name, tag, digest = split(text)
        name = image.new_name or name
        if image.new_tag:
            tag, digest = image.new_tag, image.digest
        elif image.digest:
            tag, digest = "", image.digest
        elif image.tag_suffix:
            tag, digest = tag + image.tag_suffix, ""
        if tag:
            name += f":{tag}"
        if digest:
            name += f"@{digest}"
        return name


def matcher(name: str) -> Callable[[str], bool]:
    """Whether an image text is `name` with an optional tag and digest; `RegexError` for a bad pattern."""
    if not _NAME_CHARS.issuperset(name):
        compiled = compile_pattern("^" + name + _TAG_PATTERN)
        return lambda text: compiled.search(text) is not None
    # Nothing special but dots, which stand for any character.
    length = len(name)
    dots = [place for place, char in enumerate(name) if char == "."]

    def matches(text: str) -> bool:
        if not text.startswith(name):
            if not dots or len(text) < length:
                return False
            if any(char not in (".", text[place]) for place, char in enumerate(name)):
                return False
            if any(text[place] == "\n" for place in dots):
                return False
        return len(text) == length or _is_tag(text[length:])

    return matches


def _is_tag(rest: str) -> bool:
    """Whether `rest` is `:tag`, `@sha256:digest` or both, each possibly empty."""
    if rest.startswith(":"):
        tag, at, digest = rest[1:].partition("@")
        if not _TAG_CHARS.issuperset(tag):
            return False
        rest = at + digest
    if not rest:
        return True
    return rest.startswith("@sha256:") and _TAG_CHARS.issuperset(rest[8:])


def split(image: str) -> tuple[str, str, str]:
    """Name, tag and digest; a colon before the first slash belongs to the name."""
    slash = image.find("/")
    start = slash if slash > 0 else 0
    at = image.find("@", start)
    colon = image.find(":", start)
    if colon < 0 and at < 0:
        return image, "", ""
    if at >= 0 and (at < colon or colon < 0):
        return image[:at], "", image[at + 1 :]
    if at >= 0:
        return image[:colon], image[colon + 1 : at], image[at + 1 :]
    return image[:colon], image[colon + 1 :], ""
