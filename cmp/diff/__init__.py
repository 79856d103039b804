"""Two lists of manifests, compared object by object and field by field, for people who review a change."""

from __future__ import annotations

from cmp.diff.compare import compare as compare
from cmp.diff.model import Difference as Difference
from cmp.diff.model import FieldChange as FieldChange
from cmp.diff.model import ObjectChange as ObjectChange
