"""What can be said of manifests offline: schemas, rules, and the CEL policies that a cluster enforces."""

from __future__ import annotations

from cmp.findings import SEVERITIES as SEVERITIES
from cmp.findings import Finding as Finding
from cmp.validate.result import Report as Report
from cmp.validate.run import Inputs as Inputs
from cmp.validate.run import validate as validate
