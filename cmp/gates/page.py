"""docs/gates.md, made from the rules."""

from __future__ import annotations

from cmp.gates.registry import GATES, STRICT_OBJECT_RULES, WAIVER, strict_notice_rules

TYPE_CHECKING = False
if TYPE_CHECKING:
    from types import ModuleType

_HEAD = f"""\
<!-- Made from the code: cmpctl docs gates > docs/gates.md -->
# Gates and strict rules

`cmp-generate` prints nothing when a gate finds something: exit code 1, an empty standard output, and on
standard error one `error:` line per finding with file, object and field, each with a `hint:`. No message
holds a value. Gates look at the final objects, whatever way they came. `--plain` has no gates.

An object can waive a gate by an annotation with a reason, such as

```yaml
metadata:
  annotations:
    {WAIVER}placeholder: "the vendor's chart expects this text"
```

An empty reason does not count. Empty output, undecrypted values and documents that don't say what they are
can't be waived.

## Gates
"""

_STRICT = """
## Strict rules

These are things that kustomize lets pass silently. Without strict each is a `warning:` line; with the
parameter `strict: "true"`, `--strict` or the operator's `CMP_STRICT=true` (which no Application can lower)
each is an error.
"""


def render() -> str:
    """The text of the page."""
    strict = [*strict_notice_rules(), *STRICT_OBJECT_RULES]
    return _HEAD + "".join(map(_section, GATES)) + _STRICT + "".join(map(_section, strict))


def _section(rule: ModuleType) -> str:
    lines = ["", f"### {rule.ID}", "", f"**{rule.TITLE}.** {rule.WHY}", "", f"Cure: {rule.CURE}"]
    waivable = getattr(rule, "WAIVABLE", None)
    if waivable:
        lines += ["", f"Waiver: annotation `{WAIVER}{rule.ID}: <reason>` on the object."]
    elif waivable is False:
        lines += ["", "Waiver: none."]
    return "\n".join(lines) + "\n"
