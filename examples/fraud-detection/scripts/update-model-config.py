#!/usr/bin/env python3
"""Set model URIs, weights and resource figures of a fraud-detection configuration: see --help.

A launcher: the command itself is `cmp.cli.update_model_config`, installed with the package.
"""

import os
import sys

try:
    from cmp.cli.update_model_config import main
except ImportError:
    # Run from a checkout without an installation: the package is beside this folder, or above an example's.
    here = os.path.dirname(os.path.realpath(__file__))
    while not os.path.isdir(os.path.join(here, "cmp", "cli")) and os.path.dirname(here) != here:
        here = os.path.dirname(here)
    sys.path.insert(0, here)
    from cmp.cli.update_model_config import main

if __name__ == "__main__":
    sys.exit(main())
