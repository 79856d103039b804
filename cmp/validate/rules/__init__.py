"""One rule per file: ID, SEVERITY, TITLE, WHY, CURE, `check(context)` yielding (object, field, message)."""
