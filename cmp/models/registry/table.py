"""Which class resolves the references of a scheme: the built-in ones as data, then installed plug-ins.

A plug-in is imported when a reference of its scheme is resolved, by `cmpctl models lock` and `check` alone.
"""

from __future__ import annotations

from importlib import import_module

from cmp.errors import UsageError
from cmp.models import reference
from cmp.models.errors import UnreachableError
from cmp.models.registry.protocol import GROUP
from cmp.nearest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

    from cmp.models.registry.protocol import Registry

# scheme -> (module, class)
BUILT_IN = {
    "models": ("cmp.models.registry.mlflow", "MlflowRegistry"),
    "runs": ("cmp.models.registry.mlflow", "MlflowRegistry"),
    "oci": ("cmp.models.registry.oci", "OciRegistry"),
    "hf": ("cmp.models.registry.hub", "HubRegistry"),
}
METHODS = ("checked", "resolve")


def checked(ref: str) -> str:
    """`ref` in its usual form, as far as its scheme is built in; `ReferenceSyntaxError` otherwise.

    No plug-in is loaded: a reference of its scheme is only checked for what holds for every reference.
    """
    scheme = reference.checked_scheme(ref)
    return built_in(scheme).checked(ref) if scheme in BUILT_IN else ref


def class_of(scheme: str) -> type[Registry]:
    """The class for a scheme; loads the plug-in when the scheme is not built in.

    `UnreachableError` when nothing is installed for the scheme; `UsageError` for a plug-in that is unusable.
    """
    # First: a plug-in can never take the place of what is built in.
    return built_in(scheme) if scheme in BUILT_IN else _plugin(scheme)


def built_in(scheme: str) -> type[Registry]:
    """The class of a built-in scheme."""
    module, name = BUILT_IN[scheme]
    found: type[Registry] = getattr(import_module(module), name)
    return found


def _plugin(scheme: str) -> type[Registry]:
    from importlib.metadata import entry_points

    points = entry_points(group=GROUP)
    found = [each for each in points if each.name == scheme]
    if not found:
        known = [*BUILT_IN, *(each.name for each in points)]
        raise UnreachableError(
            f"no registry client is installed for references of the scheme {scheme!r}",
            hint=did_you_mean(scheme, known, "there are") + "; a plug-in of that scheme adds one",
        )
    if len(found) > 1:
        raise UsageError(
            f"several packages have a registry client for the scheme {scheme!r}: "
            + ", ".join(sorted(package_of(each) for each in found)),
            hint="uninstall all but one",
        )
    [point] = found
    try:
        loaded = point.load()
    except Exception as error:  # code of somebody else: anything can happen when it is imported
        raise UsageError(
            f"the registry client of {package_of(point)} cannot be loaded: {type(error).__name__}",
            hint=f"try: python -c 'import {point.module}'",
        ) from error
    missing = [each for each in METHODS if not callable(getattr(loaded, each, None))]
    if not isinstance(loaded, type) or missing:
        raise UsageError(
            f"{point.value} of the package {package_of(point)} is not a registry client",
            hint=f"the method {missing[0]} is missing" if missing else "the entry point must name a class",
        )
    return loaded


def package_of(point: Any) -> str:
    """Name and version of the package that an entry point belongs to."""
    return f"{point.dist.name} {point.dist.version}" if point.dist is not None else "?"
