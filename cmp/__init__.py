"""Argo CD Config Management Plugin for MLOps teams."""

__version__ = "0.1.0"
