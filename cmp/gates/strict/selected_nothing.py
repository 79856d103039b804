"""Strict rule: an entry of a kustomization that changes nothing."""

ID = "selected-nothing"
TITLE = "A patch, image, replica or replacement entry that selected nothing"
WHY = (
    "kustomize builds on in silence. After a rename the limits, the tag or the replica count of the "
    "overlay are no longer applied, and the base's values reach the environment."
)
CURE = "Correct the name, kind or selector of the entry, or remove it."
NOTICES = (
    "patch-selected-nothing",
    "unused-image",
    "replacement-selected-nothing",
)
