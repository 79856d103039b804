"""What can be said of manifests offline: schemas, rules, and the CEL policies that a cluster enforces."""

from __future__ import annotations

from cmp.validate.finding import SEVERITIES as SEVERITIES
from cmp.validate.finding import Finding as Finding
from cmp.validate.finding import Report as Report
from cmp.validate.run import Inputs as Inputs
from cmp.validate.run import validate as validate
