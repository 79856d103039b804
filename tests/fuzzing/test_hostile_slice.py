"""A bounded slice of `fuzzing.hostile`, and what longer runs found."""

from __future__ import annotations

import json
import os

import pytest

from cmp.errors import CmpError
from fuzzing import hostile

COUNT = int(os.environ.get("CMP_HOSTILE_EXECUTIONS", "150"))
FIRST = int(os.environ.get("CMP_HOSTILE_FIRST", "10000000"))


@pytest.mark.parametrize("target", hostile.TARGETS)
def test_only_our_own_errors_come_out(target: str) -> None:
    done, findings = hostile.campaign(target, COUNT, FIRST, seconds=20)
    assert done > 0
    assert findings == []


def test_the_same_number_gives_the_same_input() -> None:
    import random

    word = hostile.TARGETS["yaml"].words
    first, second = (hostile.mutate(b"a: b\n" * 9, random.Random("yaml 7"), word, b"x") for _ in range(2))
    assert first == second


def test_a_hang_and_a_crash_are_findings(monkeypatch: pytest.MonkeyPatch) -> None:
    def hang(_: bytes) -> None:
        while True:
            pass

    def crash(_: bytes) -> None:
        raise KeyError("x")

    monkeypatch.setattr(hostile, "SECONDS", 0.05)
    for name, run in (("hang", hang), ("crash", crash)):
        monkeypatch.setitem(hostile.TARGETS, name, hostile.Target(run, lambda: [b"a"], (b"b",)))
        _, findings = hostile.campaign(name, 1)
        assert [finding.target for finding in findings] == [name]


_FOO = "apiVersion: example.com/v1\nkind: Foo\nmetadata: {name: %s}\n"
FOUND = {
    "a-transformer-file-with-a-patch-for-nobody": (
        "tree",
        json.dumps(
            {
                "target": ".",
                "files": {
                    "kustomization.yaml": "resources: [r.yaml]\ntransformers: [t.yaml]\n",
                    "r.yaml": _FOO % "a",
                    "p.yaml": _FOO % "a",
                    "q.yaml": _FOO % "b",
                    "t.yaml": "apiVersion: builtin\nkind: PatchStrategicMergeTransformer\n"
                    "metadata: {name: x}\npaths: [p.yaml, q.yaml]\n",
                },
            }
        ).encode(),
    ),
    "a-field-path-of-thousands-of-steps": ("fieldpath", b"spec.*" + b".x.-.0" * 2_000),
    "a-patch-file-with-bytes-that-are-no-utf8": ("patch", b"spec:\n  template:\n    spec:\n(\x8a   x: 1\n"),
    "a-json-patch-with-bytes-that-are-no-utf8": (
        "patch",
        b'[{"op": "add", "path": "/spec/x", "value": "\xff"}]',
    ),
    "a-json-patch-nested-too-deeply": (
        "patch",
        b'[{"op": "add", "path": "/spec/x", "value": ' + b"[" * 5_000,
    ),
}


@pytest.mark.parametrize("name", FOUND)
def test_what_was_found_once(name: str) -> None:
    target, data = FOUND[name]
    try:
        hostile.TARGETS[target].run(data)
    except CmpError as error:
        assert len(str(error)) < 4096


def test_trees_are_well_formed_before_they_are_mutated() -> None:
    for seed in hostile.TARGETS["tree"].seeds()[:50]:
        assert set(json.loads(seed)) == {"files", "target"}
