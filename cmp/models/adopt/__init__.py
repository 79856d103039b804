"""What `cmpctl models adopt` knows of objects: places of models, which belong together, and weights."""
