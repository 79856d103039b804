"""Each setting of `cmp.limits`: a tree that is refused below a bound, with the setting's name, and builds above it."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import pytest
from hostile_data import load

from cmp.cli import limits_page
from cmp.errors import LimitError
from cmp.limits import SETTINGS, Limits

HERE = Path(__file__).parent
OBJECT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a%s}\ndata: {k: v}\n"
PATCH = "resources: [r.yaml]\npatches:\n- target: {kind: ConfigMap}\n  patch: |\n"
REPLACE = (
    "resources: [r.yaml]\nreplacements:\n- source: {kind: ConfigMap, fieldPath: data.k}\n"
    "  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.list.7], options: {create: true}}]\n"
)


def _sealed(identity: object, recipients: int = 1) -> str:
    from cmp.age import X25519Identity
    from cmp.sops.write.document import NewFile, encrypt

    ours = [str(identity.recipient())]  # type: ignore[attr-defined]
    more = [str(X25519Identity(bytes([number] * 32)).recipient()) for number in range(1, recipients)]
    text = "apiVersion: v1\nkind: Secret\nmetadata:\n    name: a\nstringData:\n    k: value\n"
    new = NewFile((tuple(ours + more),), ("encrypted_regex", "^stringData$"))
    return encrypt(text.encode(), "yaml", new, "2026-01-01T00:00:00Z").data.decode()


# What no tree on a disk can exceed: archives are tested in tests/tree/test_archive.py.
ELSEWHERE = {"scrypt_factor", "archive_bytes", "archive_entries", "unpacked_bytes"}


class Bound(NamedTuple):
    """refused: a value of the setting that the tree exceeds; allowed: one that it fits in, 0 for the default.

    more: other settings, so that this bound is the first one met.
    """

    files: dict[str, str]
    refused: int
    allowed: int = 0
    more: tuple[tuple[str, str], ...] = ()


def bounds() -> dict[str, Bound]:
    sealed = load("sealed")
    ours = sealed.OURS
    nested = OBJECT % "" + "x: " + "{a: " * 20 + "1" + "}" * 20 + "\n"
    layers = {f"l{n}/kustomization.yaml": f"resources: [../l{n + 1}]\n" for n in range(5)}
    layers |= {"l5/kustomization.yaml": "resources: [r.yaml]\n", "l5/r.yaml": OBJECT % ""}
    return {
        "file_bytes": Bound({"r.yaml": OBJECT % "" + "#" * 3000}, 2000),
        "total_bytes": Bound({"r.yaml": OBJECT % "" + "#" * 3000}, 2000),
        "files": Bound({"r.yaml": OBJECT % ""}, 1, 2),
        "yaml_depth": Bound({"r.yaml": nested}, 10, 25),
        "yaml_nodes": Bound({"r.yaml": OBJECT % "" + "x: [" + "1, " * 3000 + "]\n"}, 1000),
        "documents": Bound({"r.yaml": "---\n".join(OBJECT % n for n in range(5))}, 4, 5),
        "objects": Bound({"r.yaml": "---\n".join(OBJECT % n for n in range(5))}, 4, 5),
        "layers": Bound({"kustomization.yaml": "resources: [../l0]\n", **layers}, 3, 10),
        "visits": Bound({"kustomization.yaml": "resources: [../l0]\n", **layers}, 3, 10),
        "patch_ops": Bound(
            {"kustomization.yaml": PATCH + "    - {op: add, path: /data/x, value: y}\n" * 5, "r.yaml": OBJECT % ""}, 4, 5
        ),
        "patch_index": Bound(
            {"kustomization.yaml": REPLACE, "r.yaml": OBJECT.replace("v}", "v, list: [a, b, c, d, e, f, g, h, i]}") % ""}, 3, 9
        ),
        "copied_bytes": Bound(
            {"kustomization.yaml": PATCH + "    - {op: add, path: /data/x, value: " + "y" * 500 + "}\n", "r.yaml": OBJECT % ""}, 400, 700
        ),
        "recipients": Bound({"r.yaml": _sealed(ours, 5)}, 4, 5),
        "age_header_bytes": Bound({"r.yaml": _sealed(ours)}, 100, 1000),
        "output_bytes": Bound({"r.yaml": OBJECT % "" + "x: " + "y" * 500 + "\n"}, 300, 3000),
        "memory_bytes": Bound(
            {
                "kustomization.yaml": "resources: [r.yaml]\nnamePrefix: " + "x" * 1_000_000 + "\n",
                "r.yaml": "---\n".join(OBJECT % n for n in range(1_000)),
            },
            300_000_000,
            more=(("CMP_MAX_COPIED_BYTES", str(1 << 40)),),
        ),
    }  # fmt: skip


def _run(files: dict[str, str], folder: Path, **env: str) -> subprocess.CompletedProcess[str]:
    app = folder / "repo" / "app"
    for name, text in {"kustomization.yaml": "resources: [r.yaml]\n", **files}.items():
        path = (folder / "repo" / name) if name.startswith("l") else app / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
    (folder / "repo" / ".git").mkdir(exist_ok=True)
    environ = {"PATH": os.defpath, "CMP_STATE_DIR": str(folder), "PYTHONPATH": str(HERE.parents[1]), **env}
    command = [sys.executable, "-m", "cmp.cli.generate", str(app)]
    return subprocess.run(command, env=environ, capture_output=True, text=True, check=False)


def test_the_table_is_whole() -> None:
    assert set(bounds()) | ELSEWHERE == set(SETTINGS)


def test_the_factor_of_a_passphrase() -> None:
    """No tree can reach it, since only the operator's own key file is opened with a passphrase."""
    from cmp import age

    sealed = age.encrypt(b"x", [age.ScryptRecipient(b"phrase", 4)])
    identity = age.ScryptIdentity(b"phrase")
    assert age.decrypt(sealed, [identity], Limits(scrypt_factor=4)) == b"x"
    with pytest.raises(LimitError) as caught:
        age.decrypt(sealed, [identity], Limits(scrypt_factor=3))
    assert "CMP_MAX_SCRYPT_FACTOR" in caught.value.hint


@pytest.mark.parametrize("name", sorted(set(SETTINGS) - ELSEWHERE))
def test_an_exceeded_bound_is_an_error_that_names_its_setting(name: str, tmp_path: Path) -> None:
    bound = bounds()[name]
    setting = f"CMP_MAX_{name.upper()}"
    key = load("sealed").KEY
    refused = _run(bound.files, tmp_path, **key, **dict(bound.more), **{setting: str(bound.refused)})
    assert (refused.returncode, refused.stdout) == (1, ""), refused.stderr
    assert setting in refused.stderr, refused.stderr
    assert refused.stderr.count("error:") == 1
    if name == "memory_bytes":  # building it takes a gigabyte
        return
    allowed = _run(bound.files, tmp_path, **key, **({setting: str(bound.allowed)} if bound.allowed else {}))
    assert setting not in allowed.stderr
    assert allowed.returncode == 0, allowed.stderr


def test_the_deadline_is_an_error_that_names_its_setting(tmp_path: Path) -> None:
    files = {"r.yaml": "---\n".join(OBJECT % n for n in range(20_000))}
    done = _run(files, tmp_path, CMP_DEADLINE="0.05")
    assert (done.returncode, done.stdout) == (1, "")
    assert "CMP_DEADLINE" in done.stderr


@pytest.mark.parametrize("text", ["-1", "1.5", "x", "9" * 16, " 1"])
def test_a_setting_that_is_no_number_is_refused(text: str, tmp_path: Path) -> None:
    done = _run({"r.yaml": OBJECT % ""}, tmp_path, CMP_MAX_FILES=text)
    assert (done.returncode, done.stdout) == (2, "")
    assert "CMP_MAX_FILES" in done.stderr


def test_the_page_is_current() -> None:
    page = (HERE.parents[1] / "docs" / "limits.md").read_text()
    assert page == limits_page.render(), "run: cmpctl docs limits > docs/limits.md"


# Objects that multiply without any file being large: each is refused before it is made.
GROWTH = {
    "a-base-used-many-times": (
        {
            **{
                f"lay{n}/kustomization.yaml": f"namePrefix: p{n}-\nresources: [../lbase]\n" for n in range(20)
            },
            "lbase/kustomization.yaml": "resources: [r.yaml]\n",
            "lbase/r.yaml": "---\n".join(OBJECT % n for n in range(50)),
            "kustomization.yaml": "resources:\n" + "".join(f"- ../lay{n}\n" for n in range(20)),
        },
        "CMP_MAX_OBJECTS",
        "500",
    ),
    "generators": (
        {
            "kustomization.yaml": "configMapGenerator:\n"
            + "".join(f"- {{name: g{n}, literals: [a=b]}}\n" for n in range(600))
        },
        "CMP_MAX_OBJECTS",
        "500",
    ),
    "a-large-value-in-many-objects": (
        {
            "kustomization.yaml": "resources: [r.yaml]\ncommonAnnotations: {a: " + "x" * 1_000_000 + "}\n",
            "r.yaml": "---\n".join(OBJECT % n for n in range(5_000)),
        },
        "CMP_MAX_COPIED_BYTES",
        "20000000",
    ),
    "a-long-prefix-in-every-layer": (
        {
            **{
                f"l{n}/kustomization.yaml": f"namePrefix: {'x' * 1_000_000}\nresources: [../l{n + 1}]\n"
                for n in range(20)
            },
            "l20/kustomization.yaml": "resources: [r.yaml]\n",
            "l20/r.yaml": "---\n".join(OBJECT % n for n in range(5_000)),
            "kustomization.yaml": "resources: [../l0]\n",
        },
        "CMP_MAX_COPIED_BYTES",
        "200000000",
    ),
}


@pytest.mark.parametrize("name", GROWTH)
def test_growth_that_no_file_shows(name: str, tmp_path: Path) -> None:
    files, setting, value = GROWTH[name]
    done = _run(files, tmp_path, **{setting: value})
    assert (done.returncode, done.stdout) == (1, ""), done.stderr[-500:]
    assert setting in done.stderr, done.stderr[-500:]
