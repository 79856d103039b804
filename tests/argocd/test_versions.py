"""The pages name the Argo CD versions that the contract tier runs with, and no other range."""

from __future__ import annotations

import re

import argocd_programs
import pytest
from example_overlays import ROOT

TESTED = sorted(argocd_programs.VERSIONS, key=lambda version: [int(part) for part in version[1:].split(".")])


@pytest.mark.parametrize("page", ["README.md", "docs/install.md"])
def test_the_supported_range_is_what_is_tested(page):
    text = (ROOT / page).read_text()
    lowest, highest = (version[1:].rpartition(".")[0] for version in (TESTED[0], TESTED[-1]))
    assert re.findall(r"Argo CD (\d+\.\d+) to (\d+\.\d+)", text) == [(lowest, highest)]
    assert re.findall(r"v3\.\d+\.\d+", text) == TESTED
