"""Writing SOPS documents that sops itself can read."""
