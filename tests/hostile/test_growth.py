"""Small inputs that once took minutes or gigabytes: time and memory grow with them, and the message comes."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import NamedTuple

import pytest

from fuzzing.forks import Forks, Run

CONFIG = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: %s}\ndata: {k: %s}\n"
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec: {template: {spec: {containers: [{name: c, image: %s}]}}}
"""
PATCH = """resources: [r.yaml]
patches:
- target: {%s: '%s'}
  patch: '[{"op": "add", "path": "/data/x", "value": "y"}]'
"""
SET = """apiVersion: argoproj.io/v1alpha1
kind: ApplicationSet
metadata: {name: a, namespace: argocd}
spec:
  goTemplate: %s
  generators: [{list: {elements: [{x: y}]}}]
  template:
    metadata: {name: '%s'}
    spec:
      project: p
      source: {repoURL: 'https://git.example.com/r', path: app, targetRevision: v1}
      destination: {server: 'https://kubernetes.default.svc', namespace: n}
"""
POLICY = """apiVersion: admissionregistration.k8s.io/v1
kind: ValidatingAdmissionPolicy
metadata: {name: p}
spec:
  matchConstraints:
    resourceRules: [{apiGroups: ['*'], apiVersions: ['*'], operations: [CREATE], resources: ['*']}]
  validations: [{expression: '%s'}]
"""
RESOURCES = "resources: [r.yaml]\n"
# Of a tree with nearly nothing in it; what a larger one takes counts above this.
NOTHING = {"kustomization.yaml": RESOURCES, "r.yaml": CONFIG % ("a", "v")}
Files = dict[str, str]


class Attack(NamedTuple):
    """make: size to files. size: the smaller of two. code, says: how it ends; says may be ""."""

    make: Callable[[int], Files]
    size: int
    code: int = 0
    says: str = ""
    words: tuple[str, ...] = ("generate", ".")


def _value(text: str) -> Files:
    return {"kustomization.yaml": RESOURCES, "r.yaml": CONFIG % ("a", text)}


def _set(go: str, name: str) -> Files:
    return {"set.yaml": SET % (go, name)}


VALIDATE = ("ctl", "validate", "--skip", "schema", "set.yaml")
# Four times the size is four times the time, with a square sixteen times.
TIME = {
    "an error with a long name and an at sign": Attack(
        lambda n: {
            "kustomization.yaml": "resources: [r.yaml, r2.yaml]\n",
            "r.yaml": CONFIG % ("a" * n + "@", "v"),
            "r2.yaml": CONFIG % ("a" * n + "@", "v"),
        },
        100_000,
        1,
        "error: ",
    ),
    "a pattern in an error": Attack(
        lambda n: {**_value("v"), "kustomization.yaml": PATCH % ("kind", "(" + "a" * n + "@")},
        100_000,
        1,
        "the regular expression",
    ),
    "a pattern in a warning": Attack(
        lambda n: {**_value("v"), "kustomization.yaml": PATCH % ("name", "a" * n + "@")},
        100_000,
        0,
        "warning: ",
    ),
    "blanks before a break of Unicode": Attack(lambda n: _value('"a' + " " * n + '\\Nb"'), 500_000),
    "comment signs in a quoted string": Attack(lambda n: _value("'" + "# " * n + "c'"), 500_000),
    "an image of many colons": Attack(
        lambda n: {
            "kustomization.yaml": RESOURCES + "images: [{name: b, newTag: v2}]\n",
            "r.yaml": DEPLOYMENT % ("'" + ":/" * n + "'"),
        },
        50_000,
        0,
        "warning: ",
    ),
    "blanks in braces of a template": Attack(
        lambda n: _set("false", "{{" + " " * n + "x"), 100_000, words=VALIDATE
    ),
    "braces of a template": Attack(lambda n: _set("false", "{{ " * n), 50_000, words=VALIDATE),
    "actions of a Go template": Attack(lambda n: _set("true", "{{ 1 }}" * n), 20_000, words=VALIDATE),
}


@pytest.fixture(scope="module")
def forks() -> Iterator[Forks]:
    with Forks() as processes:
        yield processes


def run(
    forks: Forks, folder: Path, files: Files, words: tuple[str, ...], out: str = os.devnull
) -> tuple[Run, str]:
    """Run it on a new tree; what it took, and its messages."""
    folder.mkdir(exist_ok=True)
    for path in folder.iterdir():
        path.unlink()
    for name, text in files.items():
        (folder / name).write_text(text)
    errors = folder.with_suffix(".errors")
    environ = {"PATH": os.defpath, "CMP_STATE_DIR": str(folder.parent), "CMP_DEADLINE": "3600"}
    done = forks.run(words, str(folder), environ, out=out, err=str(errors))
    return done, errors.read_text()


@pytest.mark.parametrize("name", TIME)
def test_the_time_is_no_square(name: str, tmp_path: Path, forks: Forks) -> None:
    attack = TIME[name]
    empty = attack.make(1) if attack.words == VALIDATE else NOTHING
    start = min(run(forks, tmp_path / "tree", empty, attack.words)[0].cpu for _ in range(2))
    times = []
    for size in (attack.size, 4 * attack.size):
        found = [run(forks, tmp_path / "tree", attack.make(size), attack.words) for _ in range(2)]
        for done, said in found:
            assert attack.words == VALIDATE or done.code == attack.code, said
            assert attack.says in said
            assert len(said.encode()) <= 4096
        times.append(min(done.cpu for done, _ in found) - start)
    assert times[1] < 0.1 or times[1] < 9 * times[0], times


def test_a_pattern_that_is_too_large_for_its_string_is_refused_before_it_runs(
    tmp_path: Path, forks: Forks
) -> None:
    files = {
        "kustomization.yaml": RESOURCES + "images: [{name: '" + "a.*" * 10_000 + "', newTag: x}]\n",
        "r.yaml": DEPLOYMENT % ("a" * 400_000),
    }
    done, said = run(forks, tmp_path / "tree", files, ("generate", "."))
    assert done.code == 1
    assert "is too large for a string of 400000" in said


def test_a_quoted_string_takes_few_bytes_for_each_of_its_own(tmp_path: Path, forks: Forks) -> None:
    """It was 190 bytes; the file, its text, the value and the output stay."""
    size = 2_000_000
    start = run(forks, tmp_path / "tree", NOTHING, ("generate", "."))[0].peak
    for text in ("# ", "it''s ", "word "):
        done, said = run(
            forks, tmp_path / "tree", _value("'" + text * (size // len(text)) + "'"), ("generate", ".")
        )
        assert (done.code, said) == (0, "")
        assert (done.peak - start) / size < 30


def test_the_cost_of_a_policy_is_bounded(tmp_path: Path, forks: Forks) -> None:
    """A million steps: they are counted before one is taken."""
    expression = "x < 1000"
    for _ in range(6):
        expression = f"[1,2,3,4,5,6,7,8,9,0].all(x, {expression})"
    files = {**NOTHING, "policy.yaml": POLICY % expression}
    output = tmp_path / "output"
    words = ("ctl", "validate", ".", "--policy", "policy.yaml")
    done, said = run(forks, tmp_path / "tree", files, words, out=str(output))
    assert (done.code, said) == (1, "")
    assert "steps on this object, more than 50000" in output.read_text()
