"""docs/gates.md, made from the rules."""

from __future__ import annotations

from cmp.gates.registry import GATES, STRICT_NOTICE_RULES, STRICT_OBJECT_RULES
from cmp.kustomize.waivers import ALLOW as WAIVER

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.findings import Described

_HEAD = f"""\
<!-- Made from the code: cmpctl docs gates > docs/gates.md -->
# Gates and strict rules

If a gate finds something, `cmp-generate` ends with exit code 1 and an empty standard output. Standard error
has one `error:` line for each finding, with file, object and field, and a `hint:`. No message contains a
value. Gates check the final objects, wherever they come from. With `--plain` there are no gates.

An object can waive a gate with an annotation that gives a reason:

```yaml
metadata:
  annotations:
    {WAIVER}placeholder: "the vendor's chart expects this string"
```

The reason must contain a letter. A waiver is valid in the object's own file, in `options.annotations` of
the object's own generator entry, and in a patch that targets this one object by name. It is not valid in
`commonAnnotations`, `generatorOptions`, Application parameters, transformers, or a patch whose target is a
pattern. The operator's `CMP_WAIVERS` (`all`, `none`, or ids separated by commas) says which gates may be
waived at all. Empty output, objects with `items` and incomplete documents cannot be waived. Undecrypted
values can be waived only as described below.

## Gates
"""

_STRICT = """
## Strict rules

kustomize builds the following without a message. Here each is a `warning:` line. In strict mode each is an
error. Strict mode is the parameter `strict: "true"`, the option `--strict`, or the operator's
`CMP_STRICT=true`, which no Application can turn off.
"""


def render() -> str:
    """The text of the page."""
    strict = [*STRICT_NOTICE_RULES, *STRICT_OBJECT_RULES]
    return _HEAD + "".join(map(_section, GATES)) + _STRICT + "".join(map(_section, strict))


def _section(rule: Described) -> str:
    lines = ["", f"### {rule.ID}", "", f"**{rule.TITLE}.** {rule.WHY}", "", f"What to do: {rule.CURE}"]
    waivable = getattr(rule, "WAIVABLE", None)
    if waivable:
        lines += ["", f"Waiver: annotation `{WAIVER}{rule.ID}: <reason>` on the object."]
    elif waivable is False:
        lines += ["", f"Waiver: {getattr(rule, 'EXCEPTIONS', 'none.')}"]
    return "\n".join(lines) + "\n"
