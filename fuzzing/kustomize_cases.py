"""Conformance cases: one JSON object per line with files, target, options and expectation."""

from __future__ import annotations

import base64
import json
import os
import re

from cmp.errors import CmpError
from cmp.kustomize import Options, build, emit
from cmp.tree.memory import MemoryTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

ROOT = "/case"


class Case:
    """One case. `id`; `features`: its tags; `text`: the output it expects, masked, or None for a refusal."""

    def __init__(self, line: str) -> None:
        self.data: dict[str, Any] = json.loads(line)
        self.id: str = self.data["id"]
        self.features: list[str] = self.data["features"]
        expected = self.data["expect"]
        self.text = None if expected.get("error") else self.masked(expected["yaml"])

    @property
    def after_our_version(self) -> bool:
        """Whether it expects what no release up to v5.8.1 does."""
        return bool(self.data.get("first_seen") == "unreleased")

    def files(self) -> dict[str, bytes]:
        """Content by path below the root of the case."""
        files = {}
        for name, text in self.data["files"].items():
            placed = text.replace("@CASE_ROOT@", ROOT) if self.data.get("uses_root") else text
            files[name] = placed.encode("utf-8", "surrogateescape")
        for name, text in self.data.get("files_b64", {}).items():
            files[name] = base64.b64decode(text)
        return files

    def masked(self, text: str) -> str:
        """`text` without what may differ from version to version."""
        for pattern in self.data.get("mask", []):
            text = re.sub(pattern, r"\1MASKED", text)
        return text

    def outcome(self) -> str | None:
        """Our output, masked, or None when we refuse."""
        tree = MemoryTree(
            {f"{ROOT}/{name}": data for name, data in self.files().items()},
            dirs=[f"{ROOT}/{name}" for name in self.data.get("dirs", [])],
        )
        given = self.data["options"]
        options = Options(
            load_restrictions=given.get("load_restrictions") != "LoadRestrictionsNone",
            managed_by_label=given.get("env", {}).get("KUSTOMIZE_ENABLE_MANAGEDBY_LABEL") == "on",
        )
        try:
            return self.masked(emit(build(tree, os.path.normpath(f"{ROOT}/{self.data['target']}"), options)))
        except CmpError:
            return None


def read_cases(path: str) -> list[Case]:
    """All cases of a file; an empty list when there is none."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [Case(line) for line in file if line.strip()]


def read_reasons(path: str) -> dict[str, str]:
    """Case ids with the reason why they are not as recorded: id, a tab, reason; `#` lines are comments."""
    with open(path, encoding="utf-8") as file:
        pairs = [line.rstrip("\n").partition("\t") for line in file if line.strip() and line[0] != "#"]
    return {name: reason for name, _, reason in pairs}
