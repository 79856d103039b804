"""Edits of people's files: values change, every other character stays."""
