"""What `cmpctl validate` looks at: targets, their objects, the places of findings, settings, processes."""
