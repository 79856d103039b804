"""One `GradedRule` per file, named after its id; `check(context)` yields a hit per breach."""
