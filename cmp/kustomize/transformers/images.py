"""ImageTagTransformer: image names, tags and digests (api/filters/imagetag, api/internal/image/image.go).

Upstream makes two passes for each entry: over `containers` and `initContainers` lists at any depth, then over
the field specs; an entry whose new name matches again is applied twice. Here the fields of an object are
found once, and all entries are applied to each field in upstream's order.
"""

from __future__ import annotations

from cmp.errors import Where, located
from cmp.kustomize.fieldspec import FieldError, Walker, is_null
from cmp.kustomize.resource import text_of
from cmp.kustomize.scalars import overwrite
from cmp.kustomize.specs import FieldSpec
from cmp.lighttyping import NamedTuple
from cmp.yaml.taint import carry, untaint

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from typing import Any

    from cmp.kustomize.budget import Budget
    from cmp.kustomize.context import Context
    from cmp.kustomize.resmap import ResMap
    from cmp.kustomize.specs import Specs
    from cmp.yaml.value import Value

    Slot = tuple[Any, Any]

_LISTS = ("containers", "initContainers")
# So many of the entries that match nothing get a suggestion: nobody reads more of them.
_MOST_HINTS = 20
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
    """Entries applied one after the other; weight: how many upstream ImageTagTransformers this replaces."""

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
    editors = _Editors(config.images)
    walker = Walker(config.specs)
    for resource in resmap:
        if resource.kind == "CustomResourceDefinition":
            continue
        with located(file=resource.file, object=resource):
            slots: list[Slot] = []
            _collect(resource.body, slots)
            walker.apply(resource, _adder(slots))
            if slots:
                _rewrite(editors, slots, context.budget)
    unused = [
        image for editor in editors.all if not editor.used and (image := editor.image).where is not None
    ]
    names = sorted({split(text)[0] for text in editors.texts()}) if unused else []
    for number, image in enumerate(unused):
        context.hooks.notice(_unused(image, names if number < _MOST_HINTS else []))


def _adder(slots: list[Slot]) -> Callable[[Any, Any], None]:
    return lambda container, key: slots.append((container, key))


def _unused(image: Image, names: list[str]) -> Any:
    from cmp.kustomize.options import Notice
    from cmp.nearest import nearest

    near = nearest(image.name, names)
    hint = "the name must be as the resource has it, registry included, without tag"
    return Notice(
        "unused-image",
        f"no image is named {image.name}",
        image.where,
        hint=f"did you mean {near}?" if near else hint,
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
                        elif not is_null(item):
                            raise FieldError(
                                "an item of a list of containers must be a mapping", where=Where(field=key)
                            )
    elif isinstance(node, list):
        for item in node:
            if isinstance(item, (dict, list)):
                _collect(item, slots)


def _rewrite(editors: _Editors, slots: list[Slot], budget: Budget) -> None:
    """Apply every entry to every field, each as often as the field was found."""
    times: dict[tuple[int, Any], int] = {}
    for container, key in slots:
        place = (id(container), key)
        times[place] = times.get(place, 0) + 1
    for container, key in slots:
        count = times.pop((id(container), key), 0)
        if not count:
            continue
        value = container[key]
        if isinstance(value, (dict, list)):
            raise FieldError("an image must be a string", where=Where(field="image"))
        text = text_of(value)
        outcome = editors.apply(untaint(text), count)
        if outcome != text:
            budget.spend(len(outcome))
            container[key] = carry(overwrite(value, outcome), value)


class _Editors:
    """All entries, in order; only those that can match a string are tried on it.

    A name without regular expression matches strings that end in its last path segment before tag and digest,
    unless a dot, which stands for any character, comes after its last slash.
    """

    def __init__(self, images: Sequence[Image]) -> None:
        self.all = [_Editor(image) for image in images]
        self._by_segment: dict[str, list[int]] = {}
        self._always: list[int] = []
        # One image stands in many objects: what becomes of a string depends on the string alone.
        self._outcomes: dict[tuple[str, int], str] = {}
        for place, image in enumerate(images):
            segment = image.name.rpartition("/")[2]
            if _NAME_CHARS.issuperset(image.name) and "." not in segment:
                self._by_segment.setdefault(segment, []).append(place)
            else:
                self._always.append(place)
        self._lengths = frozenset(map(len, self._by_segment))

    def apply(self, text: str, times: int) -> str:
        """`text` with each entry applied `times` times, the next one on the result of the last."""
        outcome = self._outcomes.get((text, times))
        if outcome is None:
            outcome = self._outcomes[text, times] = self._run(text, times)
        return outcome

    def texts(self) -> list[str]:
        """The image strings that were seen."""
        return [text for text, _ in self._outcomes]

    def _run(self, text: str, times: int) -> str:
        place = -1
        lists = self._candidates(text)
        while (place := _following(lists, place)) >= 0:
            edited = text
            for _ in range(times):
                edited = self.all[place].apply(edited)
            if edited != text:
                text = edited
                lists = self._candidates(text)
        return text

    def _candidates(self, text: str) -> list[list[int]]:
        """The places of entries that could match, as lists in ascending order."""
        found = [self._always]
        for segment in self._segments(text):
            found.append(self._by_segment.get(segment, []))
        return found

    def _segments(self, text: str) -> set[str]:
        """What stands between a slash and an end, a colon or an `@`; only of lengths that entries have."""
        found: set[str] = set()
        start = 0
        for place, char in enumerate(text):
            if char in ":@" and place - start in self._lengths:
                found.add(text[start:place])
            elif char == "/":
                start = place + 1
        found.add(text[start:])
        return found


def _following(lists: list[list[int]], after: int) -> int:
    """The least number above `after` in ascending lists; -1: there is none."""
    from bisect import bisect_right

    places = ((each, bisect_right(each, after)) for each in lists)
    return min((each[place] for each, place in places if place < len(each)), default=-1)


class _Editor:
    """One entry, ready to be applied to strings."""

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
        # Sums, as an f-string would lose taint.
        if tag:
            name = name + ":" + tag
        if digest:
            name = name + "@" + digest
        return name


def matcher(name: str) -> Callable[[str], bool]:
    """Whether an image text is `name` with an optional tag and digest; `RegexError` for a bad pattern."""
    if not _NAME_CHARS.issuperset(name):
        from cmp.regex import compile_pattern

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
