"""Strict rule: a patch directive that ends in the output."""

ID = "ignored-directive"
TITLE = "A strategic-merge directive that is printed instead of obeyed"
WHY = (
    "`$patch: delete` and similar directives work only in some places. In other places kustomize keeps "
    "them as ordinary fields."
)
CURE = "Use a JSON patch (op: remove) there."
NOTICES = ("directive-not-obeyed",)
