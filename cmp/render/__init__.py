"""The pipeline, as one function: a tree, a path and settings in, manifests out."""

from cmp.render.parameters import Parameters as Parameters
from cmp.render.pipeline import render as render
from cmp.render.settings import Rendered as Rendered
from cmp.render.settings import Settings as Settings
