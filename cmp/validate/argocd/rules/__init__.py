"""One file per rule: ID, SEVERITY, WHY, CURE, and `check(fleet)`, which yields hits."""
