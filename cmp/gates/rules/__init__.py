"""One gate per file, named after its id: ID, TITLE, WHY, CURE, WAIVABLE, and `check(context)`."""
