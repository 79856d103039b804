"""Strict rule: a merge patch that empties lists of a custom resource."""

ID = "dropped-list-items"
TITLE = "A merge patch that drops list items of a custom resource"
WHY = (
    "If kustomize has no schema of a kind, a patch replaces whole lists. A patch that names one "
    "candidate of an Experiment, or one container of a Rollout, removes all the others."
)
CURE = "Repeat all items in the patch, or use a JSON patch (op, path, value)."
NOTICES = ("merge-drops-list-items",)
