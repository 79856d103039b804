"""The outer bound of a render's tree, by the rule of the architecture page."""

from __future__ import annotations

import os


def find_root(directory: str, explicit: str = "", source_path: str | None = None) -> str:
    """The root for rendering `directory` (absolute, resolved); `/` stands for no outer bound.

    explicit: what the command line says. source_path: ARGOCD_APP_SOURCE_PATH when run as a plugin; the
    tree it names may have been sent from a deeper root, so only its longest trailing match counts.
    Otherwise the nearest directory that holds `.git`.
    """
    if explicit:
        return explicit
    if source_path is not None:
        return _less_trailing(directory, source_path)
    here = directory
    while True:
        if os.path.lexists(os.path.join(here, ".git")):
            return here
        parent = os.path.dirname(here)
        if parent == here:
            return "/"
        here = parent


def _less_trailing(directory: str, source_path: str) -> str:
    have = directory.split("/")
    for name in reversed([part for part in source_path.split("/") if part not in ("", ".")]):
        if have[-1] != name:
            break
        have.pop()
    return "/".join(have) or "/"
