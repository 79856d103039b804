"""Strict rule: an entry of a kustomization that changes nothing."""

ID = "selected-nothing"
TITLE = "A patch, image, replica, replacement or var that selected nothing; a component that misses objects"
WHY = (
    "kustomize builds without a message. After a rename, the overlay's limits, tag or replica count "
    "are no longer applied, and the environment gets the base's values. A component renames the "
    "objects that are listed above it, not those of the components below it."
)
CURE = "Correct the name, kind or selector of the entry, or remove it."
NOTICES = (
    "patch-selected-nothing",
    "unused-image",
    "replacement-selected-nothing",
    "unused-var",
    "component-misses-later",
)
