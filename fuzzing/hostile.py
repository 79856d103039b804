"""Random hostile bytes for everything that reads a repository: `python -m fuzzing.hostile --target all --count N`.

One function for each target: bytes in; only a `CmpError` may come out. Inputs are mutated seeds; those that
reach a line no input reached before join the seeds (`--coverage`, slower). Each execution has a deadline,
and the process a bound on its memory. A failure prints the target, the seed number and the bytes in base64;
`--reproduce TARGET BASE64` runs one input again.
"""

from __future__ import annotations

import argparse
import base64
import contextlib
import json
import os
import random
import resource
import signal
import sys
import time
from collections.abc import Callable, Iterable
from typing import Any, NamedTuple

from cmp.errors import CmpError
from cmp.limits import Limits

SECONDS = 5.0  # for one execution: a hang, not a speed
MEMORY = 3 << 30
# The preface of HTTP/2 and an empty SETTINGS frame.
_HELLO = b"PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n" + bytes(3) + b"\x04" + bytes(5)
# Small bounds, so that what is only slow because it is large does not count as a hang.
LIMITS = Limits(
    yaml_nodes=20_000, objects=500, documents=500, visits=100, scrypt_factor=4, output_bytes=1 << 22
)
ROOT = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))


class Hang(BaseException):
    """An execution took longer than `SECONDS`; no `Exception`, so that nothing swallows it."""


class Target(NamedTuple):
    """run: one execution. seeds: inputs to start from. words: pieces to insert."""

    run: Callable[[bytes], object]
    seeds: Callable[[], list[bytes]]
    words: tuple[bytes, ...]


def _yaml(data: bytes) -> None:
    from cmp.yaml import dump, load_all

    for value in load_all(data, LIMITS):
        dump(value)


def _message(data: bytes) -> None:
    """A whole render of one resource file; its error is put into lines as `cmp-generate` prints them."""
    from cmp.cli.output import error_lines
    from cmp.render import Settings, render
    from cmp.tree.memory import MemoryTree

    files = {"/r/kustomization.yaml": b"resources: [r.yaml]\n", "/r/r.yaml": data}
    try:
        render(MemoryTree(files, root="/r", limits=LIMITS), "/r", Settings(limits=LIMITS))
    except CmpError as error:
        lines = error_lines(error)
        assert len(lines) <= 5, "too many lines"
        assert all(line.isprintable() for line in lines), "a line with control characters"


def _config(data: bytes) -> None:
    from cmp.yaml import load_config

    len(load_config(data, LIMITS).positions)


def _store(data: bytes, fmt: str) -> None:
    from cmp.sops.stores import emit_plain, load_encrypted, load_plain

    with contextlib.suppress(CmpError):
        emit_plain(load_plain(data, fmt, LIMITS), fmt)
    load_encrypted(data, fmt, LIMITS)


def _sops(data: bytes) -> None:
    from cmp.sops import decrypt, detect

    fmt = detect(data, "x.yaml", LIMITS)
    if fmt is not None:
        decrypt(data, fmt, _keys(), limits=LIMITS)


_KEYS: list[Any] = []


def _keys() -> Any:
    if not _KEYS:
        from cmp.sops.keys import KeySource

        _KEYS.append(KeySource(lambda: [_identity()], "the fuzzer's key", limits=LIMITS))
    return _KEYS[0]


def _identity() -> Any:
    from cmp.age import X25519Identity

    return X25519Identity(bytes([21] * 32))


def _sops_config(data: bytes) -> None:
    from cmp.sops.config import parse

    parse(data).rule_for("a/b.yaml")


def _age_header(data: bytes) -> None:
    from cmp.age.header import read_header
    from cmp.age.source import Source

    read_header(Source([data]), LIMITS).encode()


def _age_file(data: bytes) -> None:
    from cmp.age import decrypt

    decrypt(data, [_identity()], LIMITS)


def _armor(data: bytes) -> None:
    from cmp.age.armor import decode

    b"".join(decode([data]))


def _identities(data: bytes) -> None:
    from cmp.age import parse_identities

    parse_identities(data, lambda: b"x", LIMITS)


def _recipient(data: bytes) -> None:
    from cmp.age import parse_recipients

    parse_recipients(data.decode("utf-8", "replace"))


def _kustomization(data: bytes) -> None:
    _build(
        {
            "/r/kustomization.yaml": data,
            "/r/r.yaml": _OBJECTS,
            "/r/p.yaml": _OBJECTS,
            "/r/f.env": b"a=b\n",
        },
        "/r",
    )


_OBJECTS = b"""apiVersion: v1
kind: ConfigMap
metadata: {name: a, labels: {x: y}}
data: {k: v}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d}
spec: {replicas: 1, template: {spec: {containers: [{name: c, image: 'nginx:1', env: [{name: A, value: b}]}]}}}
"""


def _fieldpath(data: bytes) -> None:
    from cmp.kustomize.fieldmatch import find
    from cmp.yaml import dump, load_all

    text = data.decode("utf-8", "replace")
    shapes: tuple[Any, ...] = (None, "scalar", "map", "list")
    for shape in shapes:
        body = load_all(_OBJECTS)[1]
        assert isinstance(body, dict)
        for slot in find(body, text, shape, LIMITS):
            slot.get()
        dump(body)


def _reference(data: bytes) -> None:
    from cmp.models.reference import is_reference, parse

    text = data.decode("utf-8", "replace")
    is_reference(text)
    str(parse(text))


def _labels(data: bytes) -> None:
    from cmp.kustomize.selector import parse_labels

    parse_labels(data.decode("utf-8", "replace")).matches({"a": "b"})


def _remote(data: bytes) -> None:
    from cmp.kustomize.remote.repospec import parse

    parse(data.decode("utf-8", "replace"))


def _treepath(data: bytes) -> None:
    from cmp.sops.write.treepath import parse, show

    show(parse(data.decode("utf-8", "replace")))


def _parameters(data: bytes) -> None:
    from cmp.argocd.reader import read

    read({"ARGOCD_APP_PARAMETERS": data.decode("utf-8", "replace")})


def _json_patch(data: bytes) -> None:
    files = {
        "/r/kustomization.yaml": b"resources: [r.yaml]\npatches: [{path: p, target: {kind: Deployment}}]\n",
        "/r/r.yaml": _OBJECTS,
        "/r/p": data,
    }
    _build(files, "/r")


def _tree(data: bytes) -> None:
    """A whole tree: JSON of files and the directory to build, as `_trees` makes them."""
    try:
        case = json.loads(data)
        files = {f"/r/{name}": text.encode("utf-8", "replace") for name, text in case["files"].items()}
    except (ValueError, KeyError, AttributeError, TypeError, RecursionError):
        return
    _build(files, "/r/" + str(case.get("target", "")))


def _env_file(data: bytes) -> None:
    from cmp.kustomize.kv import env_pairs, file_source, literal_pair

    for key, _ in env_pairs(data, "f.env"):
        file_source(f"{key}=x", 0)
    literal_pair(data.decode("utf-8", "replace"), 0)


def _image(data: bytes) -> None:
    """The first line is an entry's name, the second an image."""
    from cmp.kustomize.transformers.images import matcher, split

    name, _, image = data.decode("utf-8", "replace").partition("\n")
    matcher(name)(image)
    split(image)


def _ksops(data: bytes) -> None:
    from cmp.sops import ksops
    from cmp.yaml import load_all

    opened = {"a": _OBJECTS, "b": b"A=1\nB='x y'\n", "c": b"\xff\x00"}
    for body in load_all(data, LIMITS):
        if isinstance(body, dict):
            ksops.generate(body, lambda path: opened[path[-1:] if path[-1:] in opened else "a"], LIMITS)


def _model_config(data: bytes) -> None:
    """A ModelConfig or a ModelLock beside the objects that it is about."""
    from cmp.render import Settings, render
    from cmp.tree.memory import MemoryTree

    kustomization = b"resources: [r.yaml, m.yaml]\n"
    files = {"/r/kustomization.yaml": kustomization, "/r/r.yaml": _OBJECTS, "/r/m.yaml": data}
    render(MemoryTree(files, root="/r", limits=LIMITS), "/r", Settings(limits=LIMITS))


def _http2(data: bytes) -> None:
    """A peer that has said hello, to the messages inside; every request is answered."""
    from cmp.errors import CmpError
    from cmp.server.calls import CallError, percent_encoded, timeout
    from cmp.server.http2.connection import Connection
    from cmp.server.transfer import Chunks

    class Body:
        held = 0

        def __init__(self, stream: Any, fields: dict[bytes, bytes]) -> None:
            self.stream, self.chunks = stream, Chunks()
            timeout(fields.get(b"grpc-timeout", b""))

        def data(self, piece: memoryview) -> None:
            with contextlib.suppress(CmpError, CallError):
                self.chunks.feed(piece)

        def settle(self) -> None:
            self.chunks.parts.clear()

        def end(self) -> None:
            self.stream.headers([(b"content-type", b"application/grpc")])
            self.stream.send(b"\0" * 70_000)
            self.stream.finish([(b"grpc-message", percent_encoded("\u00e9%"))])

        gone = settle

    connection = Connection(Body, time.monotonic)
    buffer = memoryview(_HELLO + data)
    rest = buffer[connection.feed(buffer) :]
    while connection.take():
        pass
    connection.feed(rest)
    connection.lost()


def _archive(data: bytes) -> None:
    """A tar, and the same bytes as a gzip file."""
    import gzip

    from cmp.tree.archive import MOUNT, ArchiveTree, index, open_archive

    with contextlib.suppress(CmpError):
        open_archive(data, LIMITS)
    tree = ArchiveTree(index(data, LIMITS))
    for name in tree.names(MOUNT):
        with contextlib.suppress(CmpError):
            tree.read(f"{MOUNT}/{name}")
    open_archive(gzip.compress(data, 1), LIMITS)


def _archive_seeds() -> list[bytes]:
    import io
    import tarfile

    seeds = []
    for form in (tarfile.PAX_FORMAT, tarfile.GNU_FORMAT, tarfile.USTAR_FORMAT):
        buffer = io.BytesIO()
        with tarfile.open(fileobj=buffer, mode="w", format=form) as tar:
            for name, kind in ((".", b"5"), ("a", b"5"), ("a/b", b"0"), ("l", b"2"), ("\u00e9" * 45, b"0")):
                info = tarfile.TarInfo(name)
                info.type, info.linkname = kind, "a/b" if kind == b"2" else ""
                info.size = 5 * (kind == b"0")
                tar.addfile(info, io.BytesIO(b"x: 1\n"))
        seeds.append(buffer.getvalue())
    return seeds


def _http2_seeds() -> list[bytes]:
    from cmp.server.http2 import frames
    from cmp.server.http2.headers import encode

    fields = [(b":method", b"POST"), (b":scheme", b"http"), (b":path", b"/a/b"), (b"grpc-timeout", b"9S")]
    opened = frames.frame(frames.HEADERS, frames.END_HEADERS, 1, encode(fields))
    message = b"\0\0\0\0\x07\x12\x05\x0a\x03abc"
    body = frames.frame(frames.DATA, 0, 1, message) * 2 + frames.frame(frames.DATA, 1, 1, message)
    pieces = frames.frame(frames.HEADERS, 1, 3, encode(fields)[:9]) + frames.frame(
        frames.CONTINUATION, frames.END_HEADERS, 3, encode(fields)[9:]
    )
    control = frames.frame(frames.PING, 0, 0, bytes(8)) + frames.window_update(0, 1 << 20)
    control += frames.settings({frames.INITIAL_WINDOW_SIZE: 1 << 20}) + frames.goaway(0, 0)
    return [opened + body, opened + body + pieces + control, control + opened + frames.rst_stream(1, 8)]


def _build(files: dict[str, bytes], directory: str) -> None:
    """With the search for positions and lines to show that follows a failure."""
    from cmp.render import Settings, render
    from cmp.tree.memory import MemoryTree

    tree = MemoryTree(files, root="/r", limits=LIMITS)
    render(tree, os.path.normpath(directory), Settings(plain=True, limits=LIMITS))


# --- seeds ------------------------------------------------------------------------------------------------------------


def _yaml_seeds() -> list[bytes]:
    from fuzzing.trees import make_tree

    texts = [data for number in range(12) for data in make_tree(number).files.values() if len(data) < 3000]
    return [
        *texts,
        _OBJECTS,
        b"a: &x {b: [1, 2.5, ~, 'q', \"d\\n\"]}\nc: *x\nd: {<<: *x, e: !!str 5}\n? [k]\n: |-\n  text\n  more\n--- >+\n folded\n",
    ]


def _kustomization_seeds() -> list[bytes]:
    from fuzzing.trees import make_tree

    return [
        data
        for number in range(40)
        for path, data in make_tree(number).files.items()
        if path.endswith("kustomization.yaml")
    ]


def _cases() -> Iterable[dict[str, Any]]:
    """The conformance vectors, when they are there; else trees of our own."""
    shared = os.environ.get("CMP_SHARED", os.path.join(os.path.dirname(ROOT), "shared"))
    path = os.path.join(shared, "conformance", "kustomize", "cases.jsonl")
    if os.path.isfile(path):
        with open(path, encoding="utf-8") as lines:
            for line in lines:
                case = json.loads(line)
                if len(line) < 20_000 and all(isinstance(text, str) for text in case["files"].values()):
                    yield {"files": case["files"], "target": case["target"]}
        return
    from fuzzing.trees import make_tree

    for number in range(100):
        tree = make_tree(number)
        yield {
            "files": {name: data.decode(errors="replace") for name, data in tree.files.items()},
            "target": tree.target,
        }


def _tree_seeds() -> list[bytes]:
    return [json.dumps(case).encode() for case in _cases()]


def _sealed(fmt: str, text: bytes) -> bytes:
    from cmp.sops.write.document import NewFile, encrypt

    return encrypt(text, fmt, NewFile(((str(_identity().recipient()),),)), "2026-01-01T00:00:00Z").data


def _store_seeds(fmt: str) -> list[bytes]:
    text = {
        "yaml": b"# c\na: 1\nb: [x, {c: d}] # e\nf: 2.5\n---\ng: true\nh: ~\n",
        "json": b'{"a": 1, "b": ["x", {"c": null}], "d": 1.5e3, "e": "\\u00e9"}',
        "dotenv": b"# c\nA=1\nB=x y\\nz\n",
        "ini": b'; c\n[s]\na = 1\nb = `x`\n[t]\nc="d"\n',
        "binary": b"\x00\x01text",
    }[fmt]
    return [text, _sealed(fmt, text)]


def _age_seeds() -> list[bytes]:
    from cmp.age import ScryptRecipient, encrypt

    recipient = _identity().recipient()
    made = [encrypt(b"secret" * 5, [recipient]), encrypt(b"", [recipient, recipient])]
    with contextlib.suppress(TypeError, CmpError):
        made.append(encrypt(b"x", [ScryptRecipient(b"x", 2)]))
    return made


def _armor_seeds() -> list[bytes]:
    from cmp.age import encrypt

    return [encrypt(b"secret" * 50, [_identity().recipient()], armor=True)]


_CONFIG = """apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata: {name: m, annotations: {config.kubernetes.io/local-config: "true"}}
spec:
  models:
    a: {ref: "models:/x@y", targets: {t: {kind: ConfigMap, name: a, key: k}}}
    b: {uri: "s3://q/r", targets: {t: {kind: Deployment, name: d, container: c, env: A}}}
  traffic: {weights: {a: 80, b: 20}, targets: {t: {kind: ConfigMap, name: a, keys: {a: k, b: k2}}}}
  policy: {allowedPrefixes: ["s3://"], mapPrefixes: [{from: "s3://q", to: "s3://r"}], requireLock: false, requireTags: {a: "b"}}
"""


def _model_config_seeds() -> list[bytes]:
    from cmp.models.lock import digest

    entry: dict[str, str | dict[str, str]] = {
        "ref": "models:/x@y",
        "registry": "mlflow",
        "model": "x",
        "version": "3",
        "runId": "ab",
        "tags": {"a": "b"},
    }
    sealed = {**entry, "uri": "s3://a/b", "digest": digest(entry), "lockedAt": "2026-01-01T00:00:00Z"}
    lock = _CONFIG.partition("spec:")[0].replace("ModelConfig", "ModelLock").replace("name: m,", "name: l,")
    both = _CONFIG + "---\n" + lock + "spec:\n  entries:\n    a: " + json.dumps(sealed) + "\n"
    uris = _CONFIG.replace('ref: "models:/x@y"', 'uri: "gs://a/b"')
    return [_CONFIG.encode(), both.encode(), uris.encode()]


_MODEL_WORDS = (
    b"ref: ", b"uri: ", b"models:/x/1", b"s3://", b"gs://b/", b"kind: Experiment", b"fieldPath: a.b", b"weights", b"entries", b"keys",
    b"targets", b"container: c", b"env: A", b"100", b"-1", b"null", b"policy", b"allowedPrefixes", b"requireLock: true", b"digest",
)  # fmt: skip
_YAML_WORDS = (
    b": ", b"- ", b"? ", b"&a ", b"*a", b"<<: *a", b"!!str ", b"!!binary ", b"!x!y ", b"%YAML 1.1\n", b"|2-\n", b">+\n",
    b"'", b'"', b"{", b"}", b"[", b"]", b",", b"#", b"\n", b"\r\n", b"\t", b"  ", b"---\n", b"...\n", b"\xef\xbb\xbf", b"\x00",
    b"\xff\xfe", b"\xc2\x85", b"\xe2\x80\xa8", b"\\u00e9", b"\\ud800", b"~", b".nan", b"0x1F", b"1e400", b"0o7", b"1_000", b"12:30:45",
    b"2026-01-01", b"null", b"\xed\xa0\x80", b"=", b"- - - ",
)  # fmt: skip
_KUSTOMIZE_WORDS = (
    *_YAML_WORDS, b"resources", b"patches", b"target", b"path", b"$patch: delete", b"$patch: replace", b"$setElementOrder/x",
    b"replacements", b"fieldPaths", b"[name=c]", b"spec.template", b"-1", b"99999999999", b"/spec/-", b"configMapGenerator",
    b"literals", b"behavior: merge", b"vars", b"$(A)", b"../", b"/", b"components", b"metadata", b"name", b"apiVersion", b"kind",
    b"List", b"items", b"annotations", b"internal.config.kubernetes.io/previousNames", b"config.kubernetes.io/local-config",
)  # fmt: skip
_SOPS_WORDS = (
    *_YAML_WORDS, b"sops", b"mac", b"lastmodified", b"encrypted_regex", b"unencrypted_suffix", b"shamir_threshold", b"key_groups",
    b"ENC[AES256_GCM,data:,iv:,tag:,type:str]", b"type:int", b"type:bytes", b"type:time", b"age", b"pgp", b"sops_mac=", b"version",
    b"[sops]", b"__list_0__map_enc", b"sops_age__list_0__map_enc=",
)  # fmt: skip
_AGE_WORDS = (
    b"age-encryption.org/v1\n", b"-> ", b"-> X25519 ", b"-> scrypt ", b"---", b"--- ", b"\n", b" ", b"\r", b"=", b"A" * 64, b"\x00",
    b"-----BEGIN AGE ENCRYPTED FILE-----\n", b"-----END AGE ENCRYPTED FILE-----\n", b"mlkem768x25519", b"grease",
)  # fmt: skip
_KEY_WORDS = (
    b"AGE-SECRET-KEY-1", b"age1", b"AGE-SECRET-KEY-PQ-1", b"ssh-ed25519 ", b"ssh-rsa ", b"AAAA", b"-----BEGIN OPENSSH PRIVATE KEY-----\n",
    b"-----END OPENSSH PRIVATE KEY-----\n", b"#", b"\n", b" ", b"AGE-PLUGIN-X-1", b"b3BlbnNzaC1rZXktdjEA",
)  # fmt: skip
_PATH_WORDS = (
    b".", b"[", b"]", b"=", b"*", b"-", b"\\.", b"[name=c]", b"spec", b"template", b"containers", b"0", b"-1", b"99999999999",
    b"metadata", b"name", b"data.k", b"'", b'"', b"\x00", b"/",
)  # fmt: skip
_TEXT_WORDS = (
    b"models:/", b"runs:/", b"@", b"/", b":", b"m-", b"latest", b"%2F", b"..", b" ", b"in (", b")", b"notin", b",", b"!", b"==", b"!=",
    b"git::", b"https://", b"ssh://", b"git@", b"?ref=", b"&", b"//", b"_git", b"\x00", b"\xc3\xa9", b'["a"]', b"[0]",
    b'{"name": "images", "array": [', b'"map": {', b'"string": "', b"}", b"]", b"1e9", b"null",
)  # fmt: skip


def _texts(*texts: bytes) -> Callable[[], list[bytes]]:
    return lambda: list(texts)


def _of_store(fmt: str) -> Target:
    return Target(lambda data: _store(data, fmt), lambda: _store_seeds(fmt), _SOPS_WORDS)


TARGETS: dict[str, Target] = {
    "yaml": Target(_yaml, _yaml_seeds, _YAML_WORDS),
    "message": Target(
        _message, _yaml_seeds, (*_YAML_WORDS, b"kind: ConfigMap", b"metadata:", b"data:", b"apiVersion: v1")
    ),
    "config": Target(_config, _yaml_seeds, _YAML_WORDS),
    "sops-yaml": _of_store("yaml"),
    "sops-json": _of_store("json"),
    "sops-dotenv": _of_store("dotenv"),
    "sops-ini": _of_store("ini"),
    "sops-binary": _of_store("binary"),
    "sops-document": Target(_sops, lambda: _store_seeds("yaml")[1:], _SOPS_WORDS),
    "sops-config": Target(
        _sops_config,
        _texts(
            b"creation_rules:\n- path_regex: \\.yaml$\n  encrypted_regex: ^(data)$\n  age: a,b\n  shamir_threshold: 2\n"
            b"  key_groups:\n  - age: [x]\n    merge: [{age: [y]}]\nstores: {yaml: {indent: 2}}\n"
        ),
        (*_SOPS_WORDS, b"path_regex", b"(a+)+", b"(?=x)", b"creation_rules"),
    ),
    "age-header": Target(_age_header, _age_seeds, _AGE_WORDS),
    "age-file": Target(_age_file, lambda: _age_seeds() + _armor_seeds(), _AGE_WORDS),
    "age-armor": Target(_armor, _armor_seeds, _AGE_WORDS),
    "age-identities": Target(
        _identities, lambda: [_identity().secret_text().encode() + b"\n# c\n"], _KEY_WORDS
    ),
    "age-recipients": Target(_recipient, lambda: [str(_identity().recipient()).encode() + b"\n"], _KEY_WORDS),
    "kustomization": Target(_kustomization, _kustomization_seeds, _KUSTOMIZE_WORDS),
    "patch": Target(
        _json_patch,
        _texts(
            b"- {op: replace, path: /spec/replicas, value: 3}\n- {op: move, from: /spec/a, path: /spec/b}\n",
            b'[{"op": "add", "path": "/spec/template/spec/containers/-", "value": {"name": "x"}}]',
            b"spec:\n  template:\n    spec:\n      containers:\n      - name: c\n        $patch: delete\n",
        ),
        (*_KUSTOMIZE_WORDS, b"op", b"test", b"copy", b"~1", b"~0", b"~2"),
    ),
    "fieldpath": Target(
        _fieldpath,
        _texts(
            b"spec.template.spec.containers.[name=c].image",
            b"metadata.labels.a\\.b/c",
            b"spec.*.x.-",
            b"data.k.0",
        ),
        _PATH_WORDS,
    ),
    "reference": Target(
        _reference,
        _texts(b"models:/fraud@champion", b"models:/x/3", b"runs:/ab12/model", b"models:/m-12"),
        _TEXT_WORDS,
    ),
    "labels": Target(_labels, _texts(b"a=b,c!=d,e in (f, g),!h,i>5", b"x notin (y)"), _TEXT_WORDS),
    "remote": Target(
        _remote,
        _texts(
            b"https://github.com/o/r//p?ref=v1&timeout=5s", b"git@h.example:o/r.git//p", b"ssh://u@h:22/o/r"
        ),
        _TEXT_WORDS,
    ),
    "treepath": Target(_treepath, _texts(b'["a"]["b"][0]', b"a.b[3].c"), (*_PATH_WORDS, *_TEXT_WORDS)),
    "parameters": Target(
        _parameters,
        _texts(
            b'[{"name": "namespace", "string": "n"}, {"name": "images", "array": ["a=b:1"]}, '
            b'{"name": "replicas", "map": {"d": "3"}}]'
        ),
        _TEXT_WORDS,
    ),
    "env-file": Target(
        _env_file, _texts(b"# c\nA=1\nB\n  C = x\r\n", b"a='x'"), (b"=", b"\n", b"#", b"\r", b"\xef\xbb\xbf")
    ),
    "image": Target(
        _image,
        _texts(
            b"nginx\nnginx:1.27@sha256:ab", b"h.example:5000/a.b/c\nh.example:5000/a.b/c", b"a(b|c)*\nab:1"
        ),
        (*_PATH_WORDS, *_TEXT_WORDS, b"@sha256:", b"(a+)+", b"(?=x)"),
    ),
    "ksops": Target(
        _ksops,
        _texts(
            b"apiVersion: x/v1\nkind: ksops\nmetadata: {name: k}\nfiles: [a, ./b]\nsecretFrom:\n- metadata: {name: s, annotations: "
            b"{kustomize.config.k8s.io/needs-hash: 'true'}}\n  type: Opaque\n  files: [x=b]\n  binaryFiles: [c]\n  envs: [b]\n"
        ),
        (*_YAML_WORDS, b"files", b"secretFrom", b"binaryFiles", b"envs", b"metadata", b"type"),
    ),
    "model-config": Target(_model_config, _model_config_seeds, (*_YAML_WORDS, *_MODEL_WORDS)),
    "tree": Target(_tree, _tree_seeds, _KUSTOMIZE_WORDS),
    "archive": Target(
        _archive, _archive_seeds, (b"\0", b"\0" * 512, b"..", b"/", b"5", b"2", b"x", b"L", b"ustar\0")
    ),
    "http2": Target(
        _http2,
        _http2_seeds,
        (
            b"\0",
            b"\x01",
            b"\x82\x86",
            b"\0\0\x04\x08\0\0\0\0\x01",
            b"\xff" * 4,
            b"\0\0\0\0\0\0\0\0\x01",
            b"\x12",
            b"\x0a",
        ),
    ),
}


# --- mutation ---------------------------------------------------------------------------------------------------------


def mutate(data: bytes, rng: random.Random, words: tuple[bytes, ...], other: bytes = b"") -> bytes:
    """One to six random changes: bytes, pieces, lines and words replaced, doubled, moved or cut."""
    text = bytearray(data)
    for _ in range(rng.choice((1, 1, 1, 2, 3, 6))):
        at = rng.randrange(len(text) + 1)
        end = min(len(text), at + rng.choice((1, 1, 2, 4, 8, 32)))
        match rng.randrange(8):
            case 0:
                text[at:end] = bytes([rng.randrange(256)])
            case 1:
                text[at:at] = rng.choice(words)
            case 2:
                text[at:end] = rng.choice(words)
            case 3:
                del text[at:end]
            case 4:
                text[at:at] = text[at:end] * rng.choice((1, 2, 3, 30))
            case 5 if other:
                start = rng.randrange(len(other) + 1)
                text[at:end] = other[start : start + rng.choice((1, 8, 40))]
            case 6:
                lines = bytes(text).split(b"\n")
                first, second = rng.randrange(len(lines)), rng.randrange(len(lines))
                lines[first], lines[second] = lines[second], lines[first]
                text = bytearray(b"\n".join(lines))
            case _:
                if at < len(text):
                    text[at] ^= 1 << rng.randrange(8)
    return bytes(text[:20_000])


def mutate_tree(data: bytes, rng: random.Random, words: tuple[bytes, ...], other: bytes) -> bytes:
    """The same inside one file of a tree, sometimes with a file of another tree."""
    case, foreign = json.loads(data), json.loads(other)
    names = list(case["files"])
    if not names:
        return data
    name = rng.choice(names)
    donor = rng.choice(list(foreign["files"].values()) or [""])
    if rng.random() < 0.05:
        case["files"][name] = donor
    elif rng.random() < 0.03:
        del case["files"][name]
    else:
        mutated = mutate(
            case["files"][name].encode("utf-8", "replace"), rng, words, donor.encode("utf-8", "replace")
        )
        case["files"][name] = mutated.decode("utf-8", "replace")
    return json.dumps(case).encode()


# --- running ----------------------------------------------------------------------------------------------------------


class Finding(NamedTuple):
    """What was not a `CmpError`: the exception's class and place, and the input."""

    target: str
    reason: str
    data: bytes


def execute(name: str, data: bytes) -> Finding | None:
    """One execution; None when it ended as it must."""
    try:
        signal.setitimer(signal.ITIMER_REAL, SECONDS)
        try:
            TARGETS[name].run(data)
        finally:
            signal.setitimer(signal.ITIMER_REAL, 0)
    except CmpError as error:
        if len(str(error)) > 100_000:
            return Finding(name, "a message without bound", data)
        return None
    except Hang:
        return Finding(name, f"longer than {SECONDS} s", data)
    except Exception as error:
        return Finding(name, f"{type(error).__name__} in {_place(error)}", data)
    return None


def _place(error: Exception) -> str:
    traceback, place = error.__traceback__, "?"
    while traceback is not None:
        module = str(traceback.tb_frame.f_globals.get("__name__", "?"))
        if module.startswith("cmp."):
            place = f"{module}:{traceback.tb_lineno}"
        traceback = traceback.tb_next
    return place


def campaign(
    name: str, count: int, first: int = 0, seconds: float = 1e9, coverage: bool = False
) -> tuple[int, list[Finding]]:
    """(executions, one finding for each reason) of up to `count` inputs of one target."""
    target = TARGETS[name]
    corpus = target.seeds()
    found: dict[str, Finding] = {}
    change = mutate_tree if name == "tree" else mutate
    seen = _Coverage() if coverage else None
    end = time.monotonic() + seconds
    previous = signal.signal(signal.SIGALRM, _too_long)
    done = 0
    try:
        for number in range(first, first + count):
            if time.monotonic() > end:
                break
            rng = random.Random(f"{name} {number}")
            data = change(rng.choice(corpus), rng, target.words, rng.choice(corpus))
            if seen:
                with seen:
                    finding = execute(name, data)
                if seen.grew and len(corpus) < 5_000:
                    corpus.append(data)
            else:
                finding = execute(name, data)
            done += 1
            if finding:
                found.setdefault(finding.reason, finding)
    finally:
        signal.signal(signal.SIGALRM, previous)
    return done, list(found.values())


class _Coverage:
    """Which lines of `cmp` were ever run; `grew` says whether the last block ran a new one."""

    def __init__(self) -> None:
        self.lines: set[tuple[object, int]] = set()
        self.grew = False

    def __enter__(self) -> None:
        self.before = len(self.lines)
        sys.settrace(self._call)

    def __exit__(self, *_: object) -> None:
        sys.settrace(None)
        self.grew = len(self.lines) > self.before

    def _call(self, frame: Any, event: str, argument: Any) -> Any:
        return self._line if str(frame.f_globals.get("__name__", "")).startswith("cmp.") else None

    def _line(self, frame: Any, event: str, argument: Any) -> Any:
        self.lines.add((frame.f_code, frame.f_lineno))
        return self._line


def _too_long(*_: object) -> None:
    raise Hang


def main() -> int:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--target", default="all", choices=["all", *TARGETS])
    parser.add_argument("--count", type=int, default=1_000, help="executions of each target")
    parser.add_argument("--first", type=int, default=0, help="number of the first input")
    parser.add_argument("--seconds", type=float, default=1e9, help="at most, for each target")
    parser.add_argument("--coverage", action="store_true", help="keep inputs that reach new lines (slower)")
    parser.add_argument("--reproduce", nargs=2, metavar=("TARGET", "BASE64"))
    options = parser.parse_args()
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY, MEMORY))
    if options.reproduce:
        TARGETS[options.reproduce[0]].run(base64.b64decode(options.reproduce[1]))
        return 0
    total, failed = 0, False
    for name in TARGETS if options.target == "all" else [options.target]:
        start = time.monotonic()
        done, findings = campaign(name, options.count, options.first, options.seconds, options.coverage)
        total += done
        failed = failed or bool(findings)
        print(
            f"{name}: {done} executions in {time.monotonic() - start:.0f} s, {len(findings)} findings",
            flush=True,
        )
        for finding in findings:
            print(f"  {finding.reason}\n    {base64.b64encode(finding.data).decode()}", flush=True)
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss // 1024
    print(f"total: {total} executions, peak memory {peak} MiB")
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
