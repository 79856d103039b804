"""Strict rule: one key twice in a kustomization."""

ID = "duplicate-key"
TITLE = "A duplicate key in a kustomization"
WHY = (
    "The last one wins, and kustomize reports nothing. Of two `patches:` lists, all patches of the "
    "first are lost."
)
CURE = "Join the two."
NOTICES = ("duplicate-key",)
