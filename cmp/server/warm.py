"""What the zygote does before its first request, so that no child has to: imports, tables, patterns."""

from __future__ import annotations

import importlib
import json
import os

from cmp.server import journal

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import NoReturn

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
        "cmp.sops.config",
        "cmp.sops.keyservice",
        "cmp.sops.unary",
        "cmp.sops.write",
        "cmp.yaml.edit",
        "cmp.yaml.marks",
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
    """Render a repository of our own, and import what another one may need besides.

    In this order: what each render needs then lies side by side. A child counts references there, and each
    page that it shares with this process is copied when it first does.
    """
    for module in _OTHERS:
        importlib.import_module(module)
    try:
        _render()
    except Exception as err:  # without it each request takes longer, and that is all
        journal.write("warning", message=f"the warm-up failed ({type(err).__name__}): requests take longer")
    for package in _PACKAGES:
        _import_all(package)
    if settings.environ.get("CMP_KEYSERVICE"):
        importlib.import_module("cmp.sops.unary")
        importlib.import_module("cmp.sops.keyservice")
    if settings.environ.get("CMP_METRICS") or settings.environ.get("CMP_OTLP_ENDPOINT"):
        importlib.import_module("cmp.cli.metrics")
        importlib.import_module("cmp.cli.telemetry")
        importlib.import_module("cmp.cli.trace")


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
    from cmp.server import wire
    from cmp.tree.archive import open_archive, open_directory
    from cmp.yaml.gojson import dumps

    packed, overlay, environ = _made()
    environ[IN_PLUGIN] = "warm"
    for _ in range(_TIMES):
        Log(environ, None)
        tree, directory = open_directory(open_archive(memoryview(packed)), overlay, overlay)
        rendered = of_tree(tree, directory, environ).render()
        wire.manifests([dumps(resource.body) for resource in rendered.resmap])


def _made() -> tuple[bytes, str, dict[str, str]]:
    """The repository as an archive, the overlay, and the environment that can read it.

    By a process that ends then: what encrypts and packs is of no use to a render. `OSError` where none can be
    started, `ValueError` if it fails.
    """
    reading, writing = os.pipe()
    with os.fdopen(reading, "rb") as pipe:
        try:
            pid = os.fork()
            if pid == 0:
                _make(writing)
        finally:
            os.close(writing)
        head, _, packed = pipe.read().partition(b"\n")
    os.waitpid(pid, 0)
    overlay, environ = json.loads(head)
    return packed, overlay, environ


def _make(writing: int) -> NoReturn:
    """Write what `_made` returns to a pipe, and end."""
    try:
        from cmp.server import warm_tree

        files, environ = warm_tree.files()
        with os.fdopen(writing, "wb") as pipe:
            pipe.write(json.dumps([warm_tree.OVERLAY, environ]).encode() + b"\n")
            pipe.write(warm_tree.archive(files))
    finally:
        os._exit(0)
