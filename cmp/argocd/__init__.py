"""The contract with Argo CD: environment and parameters in, announcements out; nothing about YAML trees."""
