"""What a check finds, what a rule is, and how an annotation waives a rule: for gates, validate and fleet.

A rule is a module (one file per rule, named after its id) with the names of `Rule`. The registries hold
modules in tuples of `Rule`, so that mypy sees a misspelt or missing name.
"""

from __future__ import annotations

from cmp.errors import Where
from cmp.lighttyping import Generic, NamedTuple, Protocol, TypeVar

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterator
    from typing import Any, Literal, TypeAlias

    Severity: TypeAlias = Literal["error", "warning", "info"]
else:
    Severity = str

# Most serious first.
SEVERITIES: tuple[Severity, ...] = ("error", "warning", "info")

Subject = TypeVar("Subject", covariant=True)
Looked = TypeVar("Looked", contravariant=True)


class Hit(NamedTuple, Generic[Subject]):
    """One breach of a rule, as the rule's `check` yields it.

    subject: the object it is about. field: path inside the object, "" for the whole object. message: never a
    secret value. cure: what to do, where the rule's own CURE does not fit.
    """

    subject: Subject
    field: str
    message: str
    cure: str = ""


class Finding(NamedTuple):
    """A hit with what its rule says of it.

    rule: an id such as `missing-limits`. object: `Kind namespace/name` in reports, `Kind/name` in a gate's
    error, "" when it is about all objects. message: never a secret value. subject: the rule's subject, for
    callers in the same process; no report holds it. line, column: 1-based place in `file`, 0 for unknown.
    """

    rule: str
    severity: Severity
    object: str
    field: str
    message: str
    cure: str = ""
    file: str = ""
    subject: Any = None
    line: int = 0
    column: int = 0

    @property
    def where(self) -> Where:
        """File, line, column, object and field."""
        return Where(self.file, self.line, self.column, self.object, self.field)

    def __str__(self) -> str:
        place = str(self.where)
        return f"{place}: {self.message}" if place else self.message

    def __repr__(self) -> str:
        return f"<Finding {self.rule}: {self}>"


class Described(Protocol):
    """What the reference pages and SARIF say of a rule."""

    @property
    def ID(self) -> str:  # noqa: N802
        """Lower case words with hyphens; waivers, reports and the file's name use it."""

    @property
    def TITLE(self) -> str:  # noqa: N802
        """What is wrong, as a noun phrase."""

    @property
    def WHY(self) -> str:  # noqa: N802
        """What happens if it stays."""

    @property
    def CURE(self) -> str:  # noqa: N802
        """What to do."""


class Rule(Described, Protocol[Looked, Subject]):
    """A rule over objects; `Looked` is what it looks at, `Subject` the subject of its hits."""

    def check(self, context: Looked, /) -> Iterator[Hit[Subject]]:
        """One hit per breach, in the order of the objects."""


class GradedRule(Rule[Looked, Subject], Protocol[Looked, Subject]):
    """A rule with a severity of its own."""

    @property
    def SEVERITY(self) -> Severity:  # noqa: N802
        """Of every finding of the rule."""


def waiver(body: Any, annotation: str) -> str | None:
    """The reason that an object gives in a waiving annotation; None without the annotation.

    An empty text is an annotation without a reason, which waives nothing: a reason has a letter that people
    can see.
    """
    metadata = body.get("metadata") if isinstance(body, dict) else None
    annotations = metadata.get("annotations") if isinstance(metadata, dict) else None
    if not isinstance(annotations, dict) or annotations.get(annotation) is None:
        return None
    reason = annotations[annotation]
    said = isinstance(reason, str) and any(each.isalpha() and each not in _BLANK_LETTERS for each in reason)
    return reason.strip() if said else ""


# Unicode's letters that are drawn as nothing: fillers of Hangul.
_BLANK_LETTERS = "\u115f\u1160\u3164\uffa0"
