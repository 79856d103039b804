"""One thing that a rule found in one object: what, where, and what to do."""

from __future__ import annotations

from cmp.errors import Where

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.resource import Resource


class Finding:
    """rule: the id. message: never a value. resource: None when it is about the output as a whole.

    warning: it does not keep the output from being printed.
    """

    __slots__ = ("field", "hint", "message", "resource", "rule", "warning")

    def __init__(
        self,
        rule: str,
        message: str,
        resource: Resource | None = None,
        field: str = "",
        hint: str = "",
        warning: bool = False,
    ) -> None:
        self.rule = rule
        self.message = message
        self.resource = resource
        self.field = field
        self.hint = hint
        self.warning = warning

    @property
    def where(self) -> Where:
        """File, object and field."""
        resource = self.resource
        if resource is None:
            return Where(field=self.field)
        kind = resource.body.get("kind")
        name = f"{kind if isinstance(kind, str) else '(no kind)'}/{resource.name or '(no name)'}"
        return Where(file=resource.file, object=name, field=self.field)

    def __str__(self) -> str:
        place = str(self.where)
        return f"{place}: {self.message}" if place else self.message

    def __repr__(self) -> str:
        return f"<Finding {self.rule}: {self}>"
