"""Strict rule: a model's URI in the place of another value that somebody has chosen."""

ID = "replaced-value"
TITLE = "A model that replaces another URI, path or id in its target"
WHY = (
    "If a ModelConfig is added to a base, an overlay that still patches the field serves the base's "
    "model, and nobody is told. The next version makes this an error."
)
CURE = "Remove one of the two, or write `replaces: any` on the target, which `CMP_WAIVERS` can forbid."
NOTICES = ("replaced-value",)
