"""Texts that show that a template was never filled in: in a URI, and anywhere in a manifest.

A module of its own: a render without models reads it, and nothing else of what reads URIs.
"""

from __future__ import annotations

PLACEHOLDERS = (
    "REPLACE_WITH_",
    "your-mlflow-bucket",
    "your-bucket",
    "<bucket>",
    "CHANGEME",
    "example-bucket",
)
