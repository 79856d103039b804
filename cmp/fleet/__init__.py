"""What can be said offline of Applications, ApplicationSets, AppProjects and plugin configurations."""

from __future__ import annotations

from cmp.fleet.fleet import Surroundings as Surroundings
from cmp.fleet.fleet import concerns as concerns
from cmp.fleet.registry import run as run
