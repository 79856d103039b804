"""The tables of tests/hostile, which are data for several tests and no test modules themselves."""

from __future__ import annotations

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

HERE = Path(__file__).parents[1] / "hostile"


def load(name: str) -> ModuleType:
    """A fresh copy of `tests/hostile/NAME.py`."""
    spec = importlib.util.spec_from_file_location(f"hostile_{name}", HERE / f"{name}.py")
    assert spec
    assert spec.loader
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module
    spec.loader.exec_module(module)
    return module
