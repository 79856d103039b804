"""The parts of `cmpctl models adopt`: kustomizations and their files, edits that take literals out, proof."""
