"""One `GradedRule` per file, named after its id without `argocd-`; `check(fleet)` yields a hit per breach."""
