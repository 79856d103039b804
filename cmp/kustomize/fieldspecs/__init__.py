"""The built-in field spec tables, as text; `cmp.kustomize.specs` reads them."""
