"""Strict rule: a patch or a replacement that changes more than it says."""

ID = "lost-values"
TITLE = "A patch that removes an empty value, or leaves an alias behind; documents dropped from a value"
WHY = (
    "Any merge patch removes the object's empty values (`emptyDir:`): the volume or the issuer then "
    "has no type. Aliases are copies: a patch of the anchored value does not reach them. A replacement "
    "into YAML inside of a value keeps only its first document. kustomize reports none of this."
)
CURE = "Write `{}` for an empty value, patch the alias's field as well, and use one key per document."
NOTICES = ("merge-loses-null", "alias-keeps-old-value", "embedded-documents-dropped")
