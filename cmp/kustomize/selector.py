"""Which resources a target selects: anchored regexps and label selectors (api/types/selector.go)."""

from __future__ import annotations

import re
from functools import lru_cache

from cmp.kustomize.errors import KustomizeError
from cmp.lighttyping import NamedTuple

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from cmp.kustomize.resid import ResId
    from cmp.kustomize.resource import Resource

    Matcher = Callable[[str], bool]


class Target(NamedTuple):
    """A selector as written: each of the first five is a Go regexp, an empty text matches all."""

    group: str = ""
    version: str = ""
    kind: str = ""
    name: str = ""
    namespace: str = ""
    label_selector: str = ""
    annotation_selector: str = ""

    def __str__(self) -> str:
        named = zip(self._fields, self, strict=True)
        return (
            ", ".join(f"{field.replace('_s', 'S')}: {text}" for field, text in named if text) or "everything"
        )


def target_of(mapping: Mapping[str, object]) -> Target:
    """The `Target` of a mapping with the field names of a kustomization."""
    fields = {"labelSelector": "label_selector", "annotationSelector": "annotation_selector"}
    known = set(Target._fields) | set(fields)
    return Target(
        **{fields.get(key, key): str(mapping[key]) for key in mapping if key in known and mapping[key]}
    )


class Selector:
    """A `Target`, ready to match: a part that is empty matches everything and costs nothing.

    Raises `RegexError` and, on first use, `KustomizeError` for what cannot be compiled.
    """

    __slots__ = ("_annotations", "_group", "_kind", "_labels", "_name", "_namespace", "_version", "target")

    def __init__(self, target: Target) -> None:
        self.target = target
        self._group = matcher(target.group)
        self._version = matcher(target.version)
        self._kind = matcher(target.kind)
        self._name = matcher(target.name)
        self._namespace = matcher(target.namespace)
        self._labels: LabelSelector | None = None
        self._annotations: LabelSelector | None = None

    def matches_id(self, res_id: ResId) -> bool:
        """Whether one id is selected, namespace as written (targets of replacements)."""
        gvk = res_id.gvk
        return (
            (self._kind is None or self._kind(gvk.kind))
            and (self._name is None or self._name(res_id.name))
            and (self._group is None or self._group(gvk.group))
            and (self._version is None or self._version(gvk.version))
            and (self._namespace is None or self._namespace(res_id.namespace))
        )

    def label(self) -> tuple[str, frozenset[str]] | None:
        """A label and the values of which it has one in all that is selected.

        None where the selector asks for no such thing, or is not valid: `matches` says that where it counts.
        """
        if not self.target.label_selector:
            return None
        if self._labels is None:
            try:
                self._labels = parse_labels(self.target.label_selector)
            except KustomizeError:
                return None
        for each in self._labels.requirements:
            if each.operator == "in":
                return each.key, each.values
        return None

    def matches_any_id(self, resource: Resource) -> bool:
        """Whether the current id is selected, or an earlier one, namespaces as written and as recorded."""
        gvk = resource.gvk
        if (
            (self._kind is None or self._kind(gvk.kind))
            and (self._name is None or self._name(resource.name))
            and (self._group is None or self._group(gvk.group))
            and (self._version is None or self._version(gvk.version))
            and (self._namespace is None or self._namespace(resource.namespace))
        ):
            return True
        return any(map(self.matches_id, resource.prev_ids()))

    def matches_labels(self, resource: Resource) -> bool:
        """Whether the label and annotation selectors select `resource`."""
        target = self.target
        if target.annotation_selector:
            if self._annotations is None:
                self._annotations = parse_labels(target.annotation_selector)
            if not self._annotations.matches(resource.text_map("metadata", "annotations")):
                return False
        if target.label_selector:
            if self._labels is None:
                self._labels = parse_labels(target.label_selector)
            return self._labels.matches(resource.text_map("metadata", "labels"))
        return True

    def matches(self, resource: Resource) -> bool:
        """Whether `resource` is selected, by original or current name and namespace (targets of patches)."""
        gvk = resource.gvk
        if self._kind is not None and not self._kind(gvk.kind):
            return False
        first = resource.org_id if resource.previous else None
        if self._namespace is not None and not (
            self._namespace(resource.effective_namespace)
            or (first is not None and self._namespace(first.effective_namespace))
        ):
            return False
        if self._name is not None and not (
            self._name(resource.name) or (first is not None and self._name(first.name))
        ):
            return False
        if self._group is not None and not self._group(gvk.group):
            return False
        if self._version is not None and not self._version(gvk.version):
            return False
        return self.matches_labels(resource)

    def select(self, resources: Iterable[Resource]) -> list[Resource]:
        """The selected ones, in order."""
        return [resource for resource in resources if self.matches(resource)]


def matcher(pattern: str) -> Matcher | None:
    """A function for `^(?:pattern)$`, or None for the empty pattern, which matches everything."""
    if not pattern:
        return None
    from cmp.regex import full_matcher

    return full_matcher(pattern)


# -- the Kubernetes label selector grammar


class Requirement(NamedTuple):
    """One condition: operator is `in`, `notin`, `exists`, `!`, `>` or `<`."""

    key: str
    operator: str
    values: frozenset[str] = frozenset()

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether `labels` meet the condition."""
        value = labels.get(self.key)
        if self.operator == "in":
            return value is not None and value in self.values
        if self.operator == "notin":
            return value is None or value not in self.values
        if self.operator == "exists":
            return value is not None
        if self.operator == "!":
            return value is None
        number = _int64(value)
        (text,) = self.values
        bound = _int64(text)
        if number is None or bound is None:
            return False
        return number > bound if self.operator == ">" else number < bound


class LabelSelector(NamedTuple):
    """Conditions that must all hold."""

    requirements: tuple[Requirement, ...]

    def matches(self, labels: Mapping[str, str]) -> bool:
        """Whether `labels` meet every condition."""
        return all(requirement.matches(labels) for requirement in self.requirements)


_TOKENS = re.compile(r"[ \t\r\n]*(?:(==|!=|[=!(),<>])|([^ \t\r\n=!(),<>\0]+)|(\0.*)?$)", re.DOTALL)
_NAME = re.compile(r"(?:[A-Za-z0-9][-A-Za-z0-9_.]*)?[A-Za-z0-9]\Z")
_SUBDOMAIN = re.compile(r"[a-z0-9](?:[-a-z0-9]*[a-z0-9])?(?:\.[a-z0-9](?:[-a-z0-9]*[a-z0-9])?)*\Z")
_END = ""


def _int64(text: str | None) -> int | None:
    if text is None or not re.fullmatch(r"[+-]?[0-9]+", text):
        return None
    number = int(text) if len(text) < 24 else 1 << 64
    return number if -(1 << 63) <= number < 1 << 63 else None


def _tokens(text: str) -> list[tuple[str, bool]]:
    """`(text, is a word)` for each token, closed by an empty one."""
    tokens: list[tuple[str, bool]] = []
    position = 0
    while True:
        found = _TOKENS.match(text, position)
        assert found is not None  # noqa: S101 - the pattern matches every text
        symbol, word = found.group(1), found.group(2)
        if symbol:
            tokens.append((symbol, False))
        elif word:
            tokens.append((word, True))
        else:
            tokens.append((_END, False))
            return tokens
        position = found.end()


@lru_cache(maxsize=1024)
def parse_labels(text: str) -> LabelSelector:
    """Parse `a=b, c in (d, e), !f, g > 1`; raises `KustomizeError`."""
    return _Parser(text).parse()


class _Parser:
    def __init__(self, text: str) -> None:
        self.text = text
        self.tokens = _tokens(text)
        self.position = 0

    def fail(self, expected: str) -> KustomizeError:
        found = self.tokens[min(self.position, len(self.tokens) - 1)][0] or "the end"
        return KustomizeError(f"invalid selector {self.text!r}: found {found!r} where {expected} should be")

    def peek(self) -> tuple[str, bool]:
        return self.tokens[min(self.position, len(self.tokens) - 1)]

    def take(self) -> tuple[str, bool]:
        text = self.peek()
        self.position += 1
        return text

    def parse(self) -> LabelSelector:
        requirements: list[Requirement] = []
        while self.peek() != (_END, False):
            requirements.append(self.requirement())
            text, word = self.peek()
            if (text, word) == (_END, False):
                break
            if text != ",":
                raise self.fail("',' or the end")
            self.take()
            text, word = self.peek()
            if not word and text != "!":
                raise self.fail("a label key")
        return LabelSelector(tuple(requirements))

    def requirement(self) -> Requirement:
        negated = self.peek() == ("!", False)
        if negated:
            self.take()
        if not self.peek()[1]:
            raise self.fail("a label key")
        key = self.take()[0]
        check_key(key)
        if self.peek()[0] in (_END, ",") and not self.peek()[1]:
            return Requirement(key, "!" if negated else "exists")
        # Of `!key = value` upstream forgets the negation.
        return self.comparison(key)

    def comparison(self, key: str) -> Requirement:
        operator = self.peek()[0]
        if operator not in ("=", "==", "!=", "in", "notin", "<", ">"):
            raise self.fail("'=', '!=', '==', 'in' or 'notin'")
        self.take()
        values = self.listed() if operator in ("in", "notin") else self.single()
        for value in values:
            check_value(key, value)
        if operator in ("<", ">"):
            if _int64(next(iter(values))) is None:
                raise self.fail("an integer")
            return Requirement(key, operator, values)
        return Requirement(key, "notin" if operator in ("!=", "notin") else "in", values)

    def single(self) -> frozenset[str]:
        text, word = self.peek()
        if not word and text in (_END, ","):
            return frozenset(("",))
        if not word:
            raise self.fail("a value")
        self.take()
        return frozenset((text,))

    def listed(self) -> frozenset[str]:
        if self.peek() != ("(", False):
            raise self.fail("'('")
        self.take()
        if self.peek() == (")", False):
            self.take()
            return frozenset(("",))
        text, word = self.peek()
        if not word and text != ",":
            raise self.fail("',', ')' or a value")
        values: set[str] = set()
        while True:
            text, word = self.take()
            if word:
                values.add(text)
                following, is_word = self.peek()
                if is_word or following not in (",", ")"):
                    raise self.fail("',' or ')'")
                if following == ")":
                    break
            elif text == ",":
                if not values:
                    values.add("")
                following = self.peek()[0]
                if self.peek() == (")", False):
                    values.add("")
                    break
                if self.peek() == (",", False):
                    self.take()
                    values.add("")
            else:
                self.position -= 1
                raise self.fail("',' or a value")
        self.take()
        return frozenset(values)


def check_key(key: str) -> None:
    """Refuse what is not a label key: an optional DNS name and `/`, then a name of at most 63 characters."""
    prefix, slash, name = key.rpartition("/")
    if "/" in prefix or (slash and (len(prefix) > 253 or not _SUBDOMAIN.match(prefix))):
        raise KustomizeError(f"invalid label key {key!r}: the part before '/' must be a DNS name")
    if len(name) > 63 or not _NAME.match(name):
        raise KustomizeError(f"invalid label key {key!r}")


def check_value(key: str, value: str) -> None:
    """Refuse what is not a label value: empty, or a name of at most 63 characters."""
    if value and (len(value) > 63 or not _NAME.match(value)):
        raise KustomizeError(f"invalid value of the label {key!r} in a selector")
