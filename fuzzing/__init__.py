"""Random Kustomize trees, and the runs that compare our build of them with the real tool's."""
