"""Imports modules of the plugin out of one file: the image has it, `sidecar/bundle.py` writes it.

A render imports a hundred modules. To look each of them up in its folder, and to open and read it, takes a
tenth of the time of a small one. A module that the file does not hold is imported as usual.
"""

from __future__ import annotations

import marshal
import os
import sys

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib.machinery import ModuleSpec
    from types import ModuleType
else:
    ModuleSpec = type(sys.__spec__)  # without importlib, a package that a render does without

NAME = "cmp.bundle"
# Bytes at the start of the file that say how long its table is.
HEAD = 8
# Byte code is of one version of Python.
VERSION = sys.implementation.cache_tag


class Bundle:
    """Finds and loads the modules of a file.

    file: its descriptor. modules: name -> (where its byte code starts, its length, the file of its source,
    the folder of a package or an empty string).
    """

    def __init__(self, file: int, modules: dict[str, tuple[int, int, str, str]]) -> None:
        self._file = file
        self._modules = modules

    def find_spec(self, name: str, path: object = None, target: object = None) -> ModuleSpec | None:
        """As `importlib.abc.MetaPathFinder.find_spec`."""
        if name not in self._modules:
            return None
        _, _, source, folder = self._modules[name]
        spec = ModuleSpec(name, self, origin=source, is_package=bool(folder))
        spec.has_location = True  # `__file__`, beside which data lie
        if folder:
            spec.submodule_search_locations = [folder]
        return spec

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """As `importlib.abc.Loader.create_module`: Python's usual module."""
        return None

    def exec_module(self, module: ModuleType) -> None:
        """As `importlib.abc.Loader.exec_module`."""
        start, length, _, _ = self._modules[module.__name__]
        code = marshal.loads(os.pread(self._file, length, start))  # noqa: S302 - the image's own
        exec(code, module.__dict__)  # noqa: S102


def install(library: str) -> None:
    """Import what the file in the folder `library` holds out of it from now on; nothing without the file."""
    try:
        file = os.open(os.path.join(library, NAME), os.O_RDONLY | os.O_CLOEXEC)
    except OSError:
        return
    if file > 2:  # else a standard stream is closed, and what is opened next takes its place
        length = int.from_bytes(os.pread(file, HEAD, 0), "big")
        version, modules = marshal.loads(os.pread(file, length, HEAD))  # noqa: S302
        if version == VERSION:
            sys.meta_path.insert(0, Bundle(file, modules))
            return
    os.close(file)
