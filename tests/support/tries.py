"""How many examples a property test tries: all in `.ci/run`, a third in `make test`, ten in `make quick`."""

from __future__ import annotations

import os
from typing import Any

from hypothesis import settings

FULL = "CMP_EXAMPLES"


def examples(count: int, **more: Any) -> settings:
    """The settings of a test that tries `count` examples, or fewer. more: of `hypothesis.settings`."""
    default = settings.default
    assert default is not None
    if default.max_examples < 100:  # `make quick`
        count = default.max_examples
    elif os.environ.get(FULL) != "all":
        count = max(count // 3, 1)
    return settings(default, max_examples=count, deadline=None, **more)
