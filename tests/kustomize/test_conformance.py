"""The conformance cases beside the project, if there: each identical, or in a table with the reason."""

from __future__ import annotations

import base64
import json
import os
import re
from functools import cache
from pathlib import Path

import pytest

from cmp.errors import CmpError
from cmp.kustomize import Options, build, emit
from cmp.tree import MemoryTree

pytestmark = pytest.mark.shared

CASES = (
    Path(os.environ.get("CMP_SHARED", Path(__file__).parents[3] / "shared"))
    / "conformance"
    / "kustomize"
    / "cases.jsonl"
)
ROOT = "/case"

# Cases whose recorded text is not what v5.8.1 itself prints; the binary wins.
LATER_VERSION = "v5.8.1 gives another result than the v5.6.0 that the text was recorded from"
COMMENTS = "a schema in a comment beside a list: comments are dropped when a file is read"
BINARY_WINS = {
    f"krusty/replacementtransformer:TestReplacementTransformer{name}UsingRegex~legacy-order": LATER_VERSION
    for name in ("AppendToAnnotation", "ServiceNamespaceUrl", "WithSuffixTransformerAndReject")
} | dict.fromkeys(
    ("synthetic/images/places", "synthetic/patch/invalid-empty-file", "synthetic/patch/unknown-option"),
    LATER_VERSION,
)
# Cases that we cannot satisfy, with the reason. Aim: empty.
KNOWN_DIFFERENCES = {
    "merge2:TestMerge/merge_primitive_items": COMMENTS,
    "merge2:TestMerge/no_infer_merge_keys_merge_using_explicit_schema_as_line_comment'": COMMENTS,
}


@cache
def cases() -> list[dict]:
    if not CASES.exists():
        return []
    with CASES.open(encoding="utf-8") as file:
        return [json.loads(line) for line in file if line.strip()]


def tree_of(case: dict) -> MemoryTree:
    files = {}
    for name, text in case["files"].items():
        placed = text.replace("@CASE_ROOT@", ROOT) if case.get("uses_root") else text
        files[f"{ROOT}/{name}"] = placed.encode("utf-8", "surrogateescape")
    for name, text in case.get("files_b64", {}).items():
        files[f"{ROOT}/{name}"] = base64.b64decode(text)
    return MemoryTree(files, dirs=[f"{ROOT}/{name}" for name in case.get("dirs", [])])


def options_of(case: dict) -> Options:
    given = case["options"]
    return Options(
        load_restrictions=given.get("load_restrictions") != "LoadRestrictionsNone",
        managed_by_label=given.get("env", {}).get("KUSTOMIZE_ENABLE_MANAGEDBY_LABEL") == "on",
    )


def outcome(case: dict) -> str | None:
    """The output, masked as the case asks for, or None for a refusal."""
    try:
        text = emit(build(tree_of(case), os.path.normpath(f"{ROOT}/{case['target']}"), options_of(case)))
    except CmpError:
        return None
    return masked(case, text)


def masked(case: dict, text: str) -> str:
    for pattern in case.get("mask", []):
        text = re.sub(pattern, r"\1MASKED", text)
    return text


def test_all_cases_are_identical(record_property):
    if not cases():
        pytest.skip("no conformance cases beside the project; set CMP_SHARED to the folder that holds them")
    wrong, ran, left_out = [], 0, 0
    for case in cases():
        name = case["id"]
        if case.get("first_seen") == "unreleased":
            left_out += 1
            continue
        if name in BINARY_WINS or name in KNOWN_DIFFERENCES:
            continue
        ran += 1
        expected = case["expect"]
        want = None if expected.get("error") else masked(case, expected["yaml"])
        if outcome(case) != want:
            wrong.append(name)
    record_property("conformance_cases", ran)
    print(
        f"\n{ran} conformance cases ran, {left_out} from after v5.8.1 left out, "
        f"{len(BINARY_WINS)} judged by the binary, {len(KNOWN_DIFFERENCES)} known differences"
    )
    assert wrong == []


@pytest.mark.oracle
def test_the_binary_wins_where_it_disagrees_with_the_text(kustomize, tmp_path: Path):
    by_name = {case["id"]: case for case in cases()}
    if not by_name:
        pytest.skip("no conformance cases beside the project")
    for number, name in enumerate(BINARY_WINS):
        case = by_name[name]
        root = tmp_path / str(number)
        for file, text in case["files"].items():
            (root / file).parent.mkdir(parents=True, exist_ok=True)
            (root / file).write_text(text)
        assert outcome(case) == kustomize(root / case["target"]), name


def test_the_tables_name_cases_that_exist():
    if not cases():
        pytest.skip("no conformance cases beside the project")
    names = {case["id"] for case in cases()}
    assert set(BINARY_WINS) <= names
    assert set(KNOWN_DIFFERENCES) <= names
