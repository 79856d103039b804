"""Hostile and broken SOPS documents, made afresh with our own writer; every cleartext is the planted one."""

from __future__ import annotations

import base64
import re
from typing import Any

from cmp import age
from cmp.sops.cipher import seal_value
from cmp.sops.write.document import NewFile, encrypt

OURS, THEIRS = age.X25519Identity(bytes([11] * 32)), age.X25519Identity(bytes([12] * 32))
KEY = {"SOPS_AGE_KEY": OURS.secret_text()}
NOW = "2026-01-01T00:00:00Z"
RULE = ("encrypted_regex", "^(data|stringData)$")


def _secret(value: str, kind: str = "Secret", field: str = "stringData") -> str:
    return f"apiVersion: v1\nkind: {kind}\nmetadata:\n    name: a\n{field}:\n    k: {value}\n    other: {value}-two\n"


def _one(value: str, kind: str = "Secret", field: str = "stringData") -> str:
    """The same with one value, where each would be an error of its own."""
    return _secret(value, kind, field).rpartition("    other:")[0]


def _sealed(
    text: str, rule: tuple[str, str] | None = RULE, fmt: str = "yaml", identity: Any = OURS, **more: Any
) -> str:
    groups = ((str(identity.recipient()),),)
    return encrypt(text.encode(), fmt, NewFile(groups, rule, **more), NOW).data.decode()


def _scrypt(factor: int) -> str:
    """An age file that asks for 2**factor rounds; its header is otherwise sound."""
    salt = base64.b64encode(bytes(16)).decode().rstrip("=")
    body = base64.b64encode(bytes(32)).decode().rstrip("=")
    text = f"age-encryption.org/v1\n-> scrypt {salt} {factor}\n{body}\n--- {body}\n".encode() + bytes(40)
    return _armor(text)


def _armor(data: bytes) -> str:
    encoded = base64.b64encode(data).decode()
    lines = [encoded[at : at + 64] for at in range(0, len(encoded), 64)]
    return "\n".join(["-----BEGIN AGE ENCRYPTED FILE-----", *lines, "-----END AGE ENCRYPTED FILE-----", ""])


def _with_key(text: str, armored: str) -> str:
    """The document with another wrapped data key."""
    block = "".join(f"{' ' * 12}{line}\n" for line in armored.splitlines())
    return re.sub(r"(enc: \|\n)(?: +\S.*\n)+?( +-----END AGE.*\n)", lambda m: m[1] + block, text)


def _many(count: int) -> str:
    stanza = f"-> X25519 {base64.b64encode(bytes([9] * 32)).decode().rstrip('=')}\n{'A' * 43}\n"
    header = "age-encryption.org/v1\n" + stanza * count + f"--- {'A' * 43}\n"
    return _armor(header.encode() + bytes(40))


def _wide(size: int) -> str:
    header = "age-encryption.org/v1\n-> " + "x" * size + f"\n\n--- {'A' * 43}\n"
    return _armor(header.encode() + bytes(40))


def cases(secret: str) -> dict[str, tuple[dict[str, str], str, dict[str, str]]]:
    """name -> (files, what the error must say, environment)."""
    good = _sealed(_secret(secret))
    found: dict[str, tuple[dict[str, str], str, dict[str, str]]] = {}

    def add(name: str, text: str, says: str = "", env: dict[str, str] | None = None) -> None:
        found[f"sops-{name}"] = ({"app/r.yaml": text}, says, KEY if env is None else env)

    add("no-key", good, "there was no identity to try", {})
    add("wrong-key", good, "no identity opens the file", {"SOPS_AGE_KEY": THEIRS.secret_text()})
    add("key-is-no-key", good, "SOPS_AGE_KEY", {"SOPS_AGE_KEY": "AGE-SECRET-KEY-1" + secret})
    add(
        "key-file-missing",
        good,
        "no identity opens the file",
        {"SOPS_AGE_KEY_FILE": "/nonexistent/keys.txt"},
    )
    add("project-keys-missing", good, "", {**KEY, "CMP_PROJECT_KEYS": "/nonexistent"})
    value = re.search(r"k: (ENC\[.*\])", good)
    assert value is not None
    data = re.search(r"data:([^,]+),", value[1])
    assert data is not None
    flipped = ("A" if data[1][0] != "A" else "B") + data[1][1:]
    add("value-tampered", good.replace(data[1], flipped))
    add("value-cut-short", good.replace(value[1], value[1][:-20] + "]"))
    add("value-of-another-type", good.replace(value[1], value[1].replace("type:str", "type:int")))
    add("value-of-unknown-type", good.replace(value[1], value[1].replace("type:str", "type:exe")))
    other = re.search(r"other: (ENC\[.*\])", good)
    assert other is not None
    swapped = good.replace(value[1], "@@").replace(other[1], value[1]).replace("@@", other[1])
    add("values-swapped", swapped)
    add("value-removed", re.sub(r"    other: .*\n", "", good, count=1), "MAC")
    add("value-doubled", good.replace("kind: Secret\n", "kind: Secret\nextra: plain\n"), "MAC")
    add("name-changed", good.replace("name: a", "name: b"), "MAC")
    mac = re.search(r"mac: (ENC\[.*\])", good)
    assert mac is not None
    add("mac-tampered", good.replace(mac[1], mac[1].replace("data:", "data:AA")))
    add("mac-of-another-file", good.replace(mac[1], _mac_of(_sealed(_secret("x")))))
    add("mac-removed", re.sub(r" +mac: .*\n", "", good))
    add("mac-empty", good.replace(mac[1], '""'))
    add("mac-in-clear", good.replace(mac[1], "A" * 128))
    add("time-changed", good.replace(NOW, "2026-01-02T00:00:00Z"))
    add("time-is-no-time", good.replace(NOW, "yesterday"))
    add("time-removed", re.sub(r" +lastmodified: .*\n", "", good))
    add("half-encrypted", good.replace(value[1], secret[:-1]), "")
    add("value-sealed-by-hand", good.replace(value[1], seal_value("x", bytes(32), b"stringData:k:")))
    add("rule-that-does-not-compile", good.replace("^(data|stringData)$", "^(data"), "encrypted_regex")
    add("rule-with-lookahead", good.replace("^(data|stringData)$", "(?=a)b"), "encrypted_regex")
    add("rule-that-backtracks", good.replace("^(data|stringData)$", "^(d+)+$"))
    add("rule-moved-to-all", re.sub(r" +encrypted_regex: .*\n", "", good))
    add("two-rules", good.replace("    encrypted_regex:", "    encrypted_suffix: _x\n    encrypted_regex:"))
    add("part-of-a-stream", good + "---\n" + _secret(secret).replace("name: a", "name: b"))
    add("stream-of-two-files", good + "---\n" + good.replace("name: a", "name: b"))

    add("metadata-is-a-list", re.sub(r"sops:\n(?:.*\n)*", "sops: [a, b]\n", _sealed(_one(secret))))
    add("no-recipients", re.sub(r"    age:\n(?:.*\n)+?(?=    last)", "    age: []\n", good))
    add(
        "pgp-only",
        re.sub(
            r"    age:\n(?:.*\n)+?(?=    last)",
            "    pgp:\n        - created_at: '2026-01-01T00:00:00Z'\n          enc: x\n          fp: AB\n",
            good,
        ),
        "PGP",
    )
    add("scrypt-factor-30", _with_key(good, _scrypt(30)))
    add("scrypt-factor-huge", _with_key(good, _scrypt(10**40)))
    add("scrypt-factor-negative", _with_key(good, _scrypt(-1)))
    add("too-many-recipients", _with_key(good, _many(1_500)), "")
    add("huge-header", _with_key(good, _wide(1_200_000)))
    add("age-without-end", _with_key(good, "-----BEGIN AGE ENCRYPTED FILE-----\nAAAA\n"))
    add("age-is-text", _with_key(good, "hello"))
    add("age-version-two", _with_key(good, _armor(b"age-encryption.org/v2\n" + bytes(80))))
    add("age-garbage", _with_key(good, _armor(bytes(range(256)))))
    add("in-a-configmap", _sealed(_one(secret, "ConfigMap", "data")), "ConfigMap")

    add("whole-file-but-no-object", _sealed(f"k: {secret}\n", None))
    add("json-in-yaml", _sealed('{"k": "' + secret + '"}', None, "json"))
    add("binary-as-resource", _sealed(secret, None, "binary"))
    add("dotenv-as-resource", _sealed(f"K={secret}\n", None, "dotenv"))
    add("ciphertext-in-a-secret", _one(value[1]), "still encrypted")
    for name, text, says in (
        ("env", "configMapGenerator: [{name: g, envs: [s.env]}]\n", "ConfigMap"),
        ("file", "configMapGenerator: [{name: g, files: [s.env]}]\n", "ConfigMap"),
    ):
        found[f"sops-generated-configmap-from-{name}"] = (
            {"app/kustomization.yaml": text, "app/s.env": _sealed(f"K={secret}\n", None, "dotenv")},
            says,
            KEY,
        )
    found["sops-moved-by-replacement"] = (
        {
            "app/kustomization.yaml": (
                "resources: [r.yaml, c.yaml]\nreplacements:\n- source: {kind: Secret, fieldPath: stringData.k}\n"
                "  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.k]}]\n"
            ),
            "app/r.yaml": good,
            "app/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v}\n",
        },
        "ConfigMap",
        KEY,
    )
    found["sops-patched-into-an-annotation"] = (
        {
            "app/kustomization.yaml": "resources: [d.yaml]\npatches: [{path: p.yaml}]\n",
            "app/p.yaml": _sealed(
                f"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n  annotations:\n    k: {secret}\n",
                ("encrypted_regex", "^annotations$"),
            ),
            "app/d.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
        },
        "ConfigMap",
        KEY,
    )
    found["sops-file-then-a-mistake"] = (
        {"app/kustomization.yaml": "resources: [r.yaml, gone.yaml]\n", "app/r.yaml": good},
        "gone.yaml",
        KEY,
    )
    found["sops-file-then-a-bad-patch"] = (
        {
            "app/kustomization.yaml": (
                "resources: [r.yaml]\npatches:\n- target: {kind: Secret}\n"
                "  patch: '- {op: test, path: /stringData/k, value: x}'\n"
            ),
            "app/r.yaml": good,
        },
        "",
        KEY,
    )
    found["sops-cleartext-that-is-no-base64"] = (
        {"app/r.yaml": _sealed(_one(secret, "Secret", "data"))},
        "base64",
        KEY,
    )
    return found


def _mac_of(text: str) -> str:
    match = re.search(r"mac: (ENC\[.*\])", text)
    assert match is not None
    return match[1]
