"""What can be said offline of Applications, ApplicationSets, AppProjects and plugin configurations."""

from __future__ import annotations

from cmp.validate.argocd.fleet import Surroundings as Surroundings
from cmp.validate.argocd.fleet import concerns as concerns
from cmp.validate.argocd.registry import run as run
