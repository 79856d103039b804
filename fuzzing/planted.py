"""Bugs planted in our engine one at a time; the random comparison must find each: `python -m fuzzing.planted`."""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any, NamedTuple

from fuzzing.run import check


class Bug(NamedTuple):
    """Where to plant it, and what to make of the function that stands there."""

    module: str
    name: str
    change: Callable[[Any], Any]


BUGS: dict[str, Bug] = {
    "hash-of-another-alphabet": Bug(
        "cmp.kustomize.hashes", "hash_of", lambda real: lambda resource: real(resource)[::-1]
    ),
    "prefix-without-history": Bug(
        "cmp.kustomize.transformers._affix", "_remember", lambda _: lambda *_args: None
    ),
    "keys-in-plain-order": Bug("cmp.yaml.printer", "ordered", lambda _: sorted),
    "last-image-only": Bug(
        "cmp.kustomize.transformers.images",
        "image_of",
        lambda real: lambda entry, where=None: real({**entry, "newTag": ""}, where),
    ),
    "replacement-index-off-by-one": Bug(
        "cmp.kustomize.transformers.replacements",
        "_options",
        lambda real: (
            lambda options: real({**options, "index": options.get("index", 0) + 1} if options else options)
        ),
    ),
}


@contextmanager
def planted(bug: Bug) -> Iterator[None]:
    """The bug in place for the length of a block."""
    import importlib

    module = importlib.import_module(bug.module)
    real = getattr(module, bug.name)
    setattr(module, bug.name, bug.change(real))
    try:
        yield
    finally:
        setattr(module, bug.name, real)


def trees_until_found(bug: Bug, tool: list[str], first: int = 0, most: int = 500) -> int:
    """How many trees it took to see the bug; 0 when it was not seen."""
    with planted(bug):
        for number in range(most):
            if check(first + number, tool).verdict == "differs":
                return number + 1
    return 0


def main() -> int:
    """Print how many trees each bug survived."""
    missed = 0
    for name, bug in BUGS.items():
        found = trees_until_found(bug, ["kustomize", "build"])
        print(f"{name}: {f'found by tree {found}' if found else 'NOT FOUND'}", flush=True)
        missed += not found
    return int(missed > 0)


if __name__ == "__main__":
    sys.exit(main())
