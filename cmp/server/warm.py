"""What the zygote does before its first request, so that no child has to: imports, tables, patterns."""

from __future__ import annotations

import contextlib
import importlib
import os

from cmp.errors import CmpError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.server.settings import Settings

_PACKAGES = (
    "cmp.age",
    "cmp.argocd",
    "cmp.gates",
    "cmp.kustomize",
    "cmp.models",
    "cmp.render",
    "cmp.sops",
    "cmp.tree",
    "cmp.yaml",
)
# Parts of these packages that no request needs, or that an operator has to ask for. Each page of the zygote's
# memory costs time at every fork and at every end of a child.
_NEVER = frozenset(
    (
        "cmp.kustomize.remote",
        "cmp.models.adopt",
        "cmp.models.edit",
        "cmp.models.registry",
    )
)
# How often our own repository is rendered: the second time the interpreter settles on quicker instructions,
# which it writes into the functions, and these are memory that the children share.
_TIMES = 2
_OTHERS = (
    "binascii",
    "cmp.cli.announcing",
    "cmp.cli.log",
    "cmp.cli.output",
    "cmp.cli.rendering",
    "cmp.server.child",
    "cmp.tree.archive",
    "re2",
    "resource",
)


def warm_up(settings: Settings) -> None:
    """Import what a render may need, and render a repository of our own."""
    for package in _PACKAGES:
        _import_all(package)
    for module in _OTHERS:
        importlib.import_module(module)
    if settings.environ.get("CMP_METRICS") or settings.environ.get("CMP_OTLP_ENDPOINT"):
        importlib.import_module("cmp.cli.metrics")
        importlib.import_module("cmp.cli.telemetry")
        importlib.import_module("cmp.cli.trace")
    # Without it the first request of each child takes longer, and that is all.
    with contextlib.suppress(CmpError):
        _render()


def _import_all(package: str) -> None:
    """A package and all below it. Not by pkgutil, which would leave a megabyte of `inspect` here."""
    if package in _NEVER:
        return
    root = importlib.import_module(package)
    for folder in getattr(root, "__path__", ()):
        for entry in sorted(os.listdir(folder)):
            name = entry.removesuffix(".py")
            if name != "__init__" and (name != entry or os.path.isfile(f"{folder}/{name}/__init__.py")):
                _import_all(f"{package}.{name}")


def _render() -> None:
    """The tables and patterns that are made at first use. What it renders to does not matter."""
    from cmp.cli.log import Log
    from cmp.cli.request import IN_PLUGIN, of_tree
    from cmp.server import warm_tree
    from cmp.tree.memory import MemoryTree
    from cmp.yaml.gojson import dumps

    files, environ = warm_tree.files()
    environ[IN_PLUGIN] = "warm"
    for _ in range(_TIMES):
        Log(environ, None)
        rendered = of_tree(MemoryTree(files), warm_tree.OVERLAY, environ).render()
        for resource in rendered.resmap:
            dumps(resource.body)
