"""Strict rule: a generator whose input means something else than it looks."""

ID = "generator-input"
TITLE = "An unknown behavior, or an env file in another format"
WHY = (
    "kustomize takes an unknown `behavior` for `create`. In an env file, quotes become part of the "
    "value and `export` becomes part of the key. A line in YAML form becomes a key without a value. "
    "kustomize reports none of this."
)
CURE = "Write create, replace or merge. In env files, write KEY=value lines without quotes."
NOTICES = ("unknown-behavior", "env-file-yaml", "env-file-quotes", "env-file-export")
