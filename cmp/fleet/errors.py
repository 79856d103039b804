"""What makes an ApplicationSet impossible to expand."""

from __future__ import annotations

from cmp.errors import CmpError


class TemplateError(CmpError):
    """A Go template that does not parse or does not evaluate; Argo CD would stop at it too."""


class UnknownFunctionError(TemplateError):
    """A function outside our subset: Argo CD may know it."""


class ExpansionError(CmpError):
    """A generator that gives nothing offline, or a template that makes no Application."""
