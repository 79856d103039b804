"""cmp-server says what cmp-generate under argocd-cmp-server says: of hostile trees, and byte by byte."""

from __future__ import annotations

import json
import os
import re
from contextlib import ExitStack
from pathlib import Path

import argocd_programs
import pytest
from example_overlays import EXAMPLES, KEY, ROOT, overlays
from hostile_data import HERE, load

from fuzzing.kustomize_cases import read_cases

pytest.importorskip("grpc", reason="grpcio is not installed")
import grpc
from cmp_grpc import RealServer, requests
from own_server import OwnServer

from cmp.tree.archive import MOUNT

corpus, sealed, planted = load("corpus"), load("sealed"), load("planted")
for _name, (_files, _says, _env) in sealed.cases(corpus.SECRET).items():
    corpus.add(_name, _files, _says, env=_env)
for _name, (_files, _says) in planted.cases(corpus.SECRET).items():
    corpus.add(_name, _files, _says)
SAID = dict(line.split(": ", 1) for line in (HERE / "errors.txt").read_text().splitlines())
# A file of a terabyte that holds nothing: no archive is ever made of it.
CASES = [case for case in corpus.CASES if not case.args and case.name != "sparse-file-of-a-terabyte"]
MEMORY = str(1 << 31)
FROM_REQUESTS = ("ARGOCD_", "KUBE_")


@pytest.fixture(scope="module")
def servers(tmp_path_factory):
    """One for each environment that a case wants of the operator, made when it is first asked for."""
    made = {}
    with ExitStack() as stack:

        def server(environ):
            known = tuple(sorted(environ.items()))
            if known not in made:
                started = OwnServer(tmp_path_factory.mktemp("cmp"), **environ)
                made[known] = stack.enter_context(started)
            return made[known]

        yield server


def _write(case, root):
    for path, content in case.files.items():
        full = root / path
        full.parent.mkdir(parents=True, exist_ok=True)
        full.write_bytes(content if isinstance(content, bytes) else content.encode())
    if case.build:
        case.build(str(root))


def _first(text):
    """The error line, as tests/hostile/errors.txt has it."""
    line = next(line for line in text.splitlines() if "error: " in line).partition("error: ")[2]
    line = line.replace(MOUNT, "/repo")
    line = re.sub(r"(?<!\S)/\S+(?=/etc\b)", "", line)
    return re.sub(r"age1\w{20,}", "age1...", line)[:160].rstrip()


@pytest.mark.parametrize("case", CASES, ids=lambda case: case.name)
def test_hostile_trees(case, servers, tmp_path):
    """One error, in the command's own words, and no secret."""
    root = tmp_path / "repo"
    (root / ".git").mkdir(parents=True)
    _write(case, root)
    operators = {name: text for name, text in case.env.items() if not name.startswith(FROM_REQUESTS)}
    env = {name: text for name, text in case.env.items() if name.startswith(FROM_REQUESTS)}
    fixed = {"CMP_MAX_MEMORY_BYTES": MEMORY, "PLANTED": corpus.SECRET, "HOME": "/none"}
    server = servers({**fixed, **operators})
    try:
        messages = list(requests(root, case.target, env))
    except OSError as err:
        pytest.skip(f"no archive can be made of it: {type(err).__name__}")
    with server.connect() as client, pytest.raises(grpc.RpcError) as caught:
        client.generate(iter(messages))
    text = caught.value.details()
    assert caught.value.code() is grpc.StatusCode.UNKNOWN
    assert text.count("error: ") == 1, text
    # What is not an ordinary file is refused with the archive, or has never been in it.
    if not case.build:
        assert _first(text) == SAID[case.name]
        assert case.says in text
    for secret in (corpus.SECRET, corpus.SECRET[:-1], sealed.OURS.secret_text()[20:]):
        assert secret not in text
    assert len(text.encode()) <= 4300
    assert "internal error" not in text


ODD = {
    "kustomization.yaml": "resources: [odd.yaml]\n"
    "configMapGenerator: [{name: g, literals: ['a=<&>\u2028']}]\n",
    "odd.yaml": """\
apiVersion: v1
kind: ConfigMap
metadata: {name: odd, annotations: {n: "1e3", t: "2020-01-01", y: "yes", o: "0644", s: "1:30"}}
data: {a: "<b> & 'c' \\" \\\\ \\t \\x01 é \U0001f600", long: "%s", lines: "a\\n b\\n"}
---
apiVersion: example.com/v1
kind: Thing
metadata: {name: numbers}
spec:
  octal: 0644
  hex: 0x1F
  binary: 0b11
  under: 1_000
  big: 12345678901234567890
  huge: 123456789012345678901234567890
  minus: -9223372036854775808
  floats: [1.0, 1.20, 1e3, 1e21, 1e-7, .5, 0.1, 100000000000000000000.5, -0.0]
  words: [true, True, "true", null, ~, yes, "no", on, y]
  dates: [2020-01-01, 2020-01-01T00:00:00Z, "2020-01-01"]
  empty: {list: [], map: {}, text: ""}
  "1": one
  "true": yes
---
apiVersion: v1
kind: List
items:
- {apiVersion: v1, kind: ConfigMap, metadata: {name: z}}
- {apiVersion: v1, kind: ConfigMap, metadata: {name: a}}
""",
}


@pytest.mark.timeout(900)  # every example twice, once with a checkout on a disk
@pytest.mark.parametrize("version", argocd_programs.parameters("argocd-cmp-server"))
def test_every_byte_of_the_response(version, tmp_path):
    """The JSON texts that repo-server gets, in order, for every example and for odd values."""
    program = argocd_programs.program("argocd-cmp-server", version)
    odd = tmp_path / "odd"
    odd.mkdir()
    for name, text in ODD.items():
        (odd / name).write_text(text % ("x" * 3000) if "%s" in text else text)
    wanted = [(odd, ".")]
    for overlay in overlays():
        parts = overlay.relative_to(EXAMPLES).parts
        wanted.append((EXAMPLES / parts[0], "/".join(parts[1:])))
    with (
        RealServer(program, ROOT / "plugin.yaml", tmp_path / "real", SOPS_AGE_KEY_FILE=str(KEY)) as theirs,
        OwnServer(tmp_path / "own", SOPS_AGE_KEY_FILE=str(KEY)) as ours,
    ):
        for repository, path in wanted:
            found = ours.generate(repository, path)
            assert found.code == 0, found.stderr
            assert found.documents == theirs.generate(repository, path).documents, path
            assert all(json.loads(document) for document in found.documents)
        assert ours.parameters(EXAMPLES / "fraud-detection", "k8s/overlays/production") == theirs.parameters(
            EXAMPLES / "fraud-detection", "k8s/overlays/production"
        )


# One in so many, another one for each version of Argo CD.
SLICE = 4


@pytest.mark.shared
@pytest.mark.timeout(900)
@pytest.mark.parametrize("version", argocd_programs.parameters("argocd-cmp-server"))
def test_kustomizes_own_cases(version, tmp_path, record_property):
    """A slice of the conformance cases: the same documents, or the same exit code and error."""
    shared = Path(os.environ.get("CMP_SHARED", ROOT.parent / "shared")).resolve()
    cases = read_cases(str(shared / "conformance" / "kustomize" / "cases.jsonl"))
    if not cases:
        pytest.skip("no conformance cases beside the project; set CMP_SHARED to the folder that holds them")
    first = argocd_programs.VERSIONS.index(version) if version in argocd_programs.VERSIONS else 0
    chosen = cases[first::SLICE]
    program = argocd_programs.program("argocd-cmp-server", version)
    with (
        RealServer(program, ROOT / "plugin.yaml", tmp_path / "real") as theirs,
        OwnServer(tmp_path / "own") as ours,
    ):
        for number, case in enumerate(chosen):
            root = tmp_path / f"case-{number}"
            for name in case.data.get("dirs", []):
                (root / name).mkdir(parents=True)
            for name, content in case.files().items():
                (root / name).parent.mkdir(parents=True, exist_ok=True)
                (root / name).write_bytes(content)
            path = os.path.normpath(case.data["target"])
            found, wanted = ours.generate(root, path), theirs.generate(root, path)
            assert (found.code, found.documents, found.stderr) == (
                wanted.code,
                wanted.documents,
                wanted.stderr,
            ), case.id
    record_property("conformance_cases_through_both_servers", len(chosen))
