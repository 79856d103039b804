"""Go templates as ApplicationSets use them: a stated subset, evaluated without running anything."""

from __future__ import annotations

from cmp.fleet.gotemplate.evaluate import render as render
from cmp.fleet.gotemplate.functions import FUNCTIONS as FUNCTIONS
