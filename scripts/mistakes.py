"""Write docs/mistakes.md: common mistakes, each rendered for real, with the message that cmp-generate prints.

`python scripts/mistakes.py` writes the page; `--check` says whether it is current (exit code 1 if not).
"""

from __future__ import annotations

import contextlib
import io
import os
import sys
import tempfile
from pathlib import Path
from typing import NamedTuple

ROOT = Path(__file__).resolve().parents[1]
PAGE = ROOT / "docs" / "mistakes.md"
sys.path.insert(0, str(ROOT))

KUSTOMIZATION = "resources:\n- r.yaml\n"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: settings\ndata:\n  level: info\n"
DEPLOYMENT = """apiVersion: apps/v1
kind: Deployment
metadata:
  name: server
spec:
  replicas: 1
  template:
    spec:
      containers:
      - name: main
        image: nginx
"""


class Mistake(NamedTuple):
    """title; shown: the file a reader sees; files: all others; strict: the rule is one of strict mode."""

    title: str
    shown: str
    text: str
    files: dict[str, str] = {}  # noqa: RUF012 - never changed
    strict: bool = False
    env: dict[str, str] = {}  # noqa: RUF012 - never changed


def _resource(title: str, text: str, **more: object) -> Mistake:
    return Mistake(title, "r.yaml", text, {"kustomization.yaml": KUSTOMIZATION}, **more)  # type: ignore[arg-type]


def _kustomization(title: str, text: str, files: dict[str, str] | None = None, **more: object) -> Mistake:
    rest = {"r.yaml": CONFIG_MAP, "d.yaml": DEPLOYMENT, **(files or {})}
    return Mistake(title, "kustomization.yaml", text, rest, **more)  # type: ignore[arg-type]


MODEL = """apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata:
  name: models
  annotations: {config.kubernetes.io/local-config: "true"}
spec:
"""
MODELS = {"r.yaml": CONFIG_MAP, "kustomization.yaml": "resources: [r.yaml, models.yaml]\n"}


def _models(title: str, spec: str) -> Mistake:
    return Mistake(title, "models.yaml", MODEL + spec, MODELS)


def _sealed() -> str:
    """An encrypted Secret whose ciphertext is the same each time it is looked at here: it is never shown."""
    from cmp.age import X25519Identity
    from cmp.sops.write.document import NewFile, encrypt

    text = "apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\nstringData:\n  password: example\n"
    recipient = str(X25519Identity(bytes([31] * 32)).recipient())
    new = NewFile(((recipient,),), ("encrypted_regex", "^(data|stringData)$"))
    return encrypt(text.encode(), "yaml", new, "2026-01-01T00:00:00Z").data.decode()


def _with_secret(title: str, change: tuple[str, str] = ("", ""), **env: str) -> Mistake:
    text = _sealed()
    if change[0]:
        assert change[0] in text
        text = text.replace(*change)
    return Mistake(
        title, "", "", {"kustomization.yaml": "resources: [secret.yaml]\n", "secret.yaml": text}, env=env
    )


def _key(number: int) -> str:
    from cmp.age import X25519Identity

    return X25519Identity(bytes([number] * 32)).secret_text()


def mistakes() -> list[Mistake]:
    """The list, in the order of the page."""
    head = "apiVersion: v1\nkind: ConfigMap\n"
    return [
        _resource("Wrong indentation", head + "metadata:\n  name: settings\n   labels:\n    a: b\n"),
        _resource("A tab for indentation", head + "metadata:\n\tname: settings\n"),
        _resource("No space after the colon", head + "metadata:\n  name:settings\n"),
        _resource("A quote that is never closed", head + 'metadata:\n  name: "settings\n'),
        _resource("A bracket that is never closed", head + "metadata: {name: settings\ndata:\n  a: b\n"),
        _resource("A value that starts with @", head + "metadata:\n  name: settings\ndata:\n  at: @home\n"),
        _resource("A template that was not rendered", head + "metadata:\n  name: {{ .Values.name }}\n"),
        _resource("An unresolved merge conflict", "<<<<<<< HEAD\n" + CONFIG_MAP + "=======\n" + CONFIG_MAP + ">>>>>>> main\n"),
        _resource("A byte order mark in the middle", CONFIG_MAP.replace("metadata", "\ufeffmetadata")),
        _resource("The same key twice", CONFIG_MAP + "  level: debug\n"),
        _resource("An alias without an anchor", CONFIG_MAP + "  other: *level\n"),
        _resource("No kind", "apiVersion: v1\nmetadata:\n  name: settings\n"),
        _resource("No apiVersion", "kind: ConfigMap\nmetadata:\n  name: settings\n"),
        _resource("No name", head + "metadata:\n  labels: {a: b}\n"),
        _resource("Annotations as a list", head + "metadata:\n  name: settings\n  annotations:\n  - a=b\n"),
        _resource("The same object twice", CONFIG_MAP + "---\n" + CONFIG_MAP),
        _resource("An empty file", "# nothing yet\n"),
        _resource(
            "A Secret's data that is not base64",
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\ndata:\n  user: not base64!\n",
        ),
        _resource(
            "A placeholder that was not replaced",
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: login\nstringData:\n  user: REPLACE_WITH_USER\n",
        ),
        _kustomization("A misspelt field", "resource:\n- r.yaml\n"),
        _kustomization("A string where a list belongs", "resources: r.yaml\n"),
        _kustomization("An unquoted number as annotation", "resources:\n- r.yaml\ncommonAnnotations:\n  revision: 5\n"),
        _kustomization("A wrong kind", "kind: Kustomisation\nresources:\n- r.yaml\n"),
        _kustomization("A wrong apiVersion", "apiVersion: kustomize/v1\nkind: Kustomization\nresources:\n- r.yaml\n"),
        _kustomization("An empty kustomization", "# resources:\n# - r.yaml\n"),
        _kustomization("Two patches keys", "resources: [r.yaml]\npatches: []\npatches: []\n", strict=True),
        _kustomization("A file that was moved or renamed", "resources:\n- r.yml\n"),
        _kustomization("A file outside of the folder", "resources:\n- r.yaml\nconfigMapGenerator:\n- name: g\n  files: [../notes.txt]\n"),
        _kustomization("A base that lists itself", "resources:\n- .\n"),
        _kustomization(
            "A patch for an object that does not exist",
            "resources:\n- d.yaml\npatches:\n- path: p.yaml\n",
            {"p.yaml": DEPLOYMENT.replace("server", "servr")},
        ),
        _kustomization(
            "A patch whose target matches nothing",
            "resources:\n- d.yaml\npatches:\n- target: {kind: Deployment, name: servr}\n  path: p.yaml\n",
            {"p.yaml": DEPLOYMENT},
            strict=True,
        ),
        _kustomization(
            "A JSON patch of a path that does not exist",
            "resources:\n- d.yaml\npatches:\n- target: {kind: Deployment}\n  patch: |\n    - {op: remove, path: /spec/replica}\n",
        ),
        _kustomization(
            "A replacement from an object that does not exist",
            "resources:\n- r.yaml\nreplacements:\n- source: {kind: ConfigMap, name: setings, fieldPath: data.level}\n"
            "  targets:\n  - select: {kind: ConfigMap}\n    fieldPaths: [data.other]\n",
        ),
        _kustomization(
            "An image that no object uses", "resources:\n- d.yaml\nimages:\n- name: ngnix\n  newTag: '1.27'\n", strict=True
        ),
        _kustomization("A literal without =", "configMapGenerator:\n- name: g\n  literals:\n  - level\n"),
        _kustomization("A remote resource", "resources:\n- https://github.com/org/repo//base?ref=v1\n"),
        _kustomization("A Helm chart", "helmCharts:\n- name: x\n  repo: https://charts.example.com\n"),
        _with_secret("No key"),
        _with_secret("The wrong key", SOPS_AGE_KEY=_key(32)),
        _with_secret("An encrypted file edited by hand", ("name: login", "name: signin"), SOPS_AGE_KEY=_key(31)),
        _models("A model without ref or uri", "  models:\n    fraud:\n      targets: {t: {kind: ConfigMap, name: settings, key: uri}}\n"),
        _models(
            "A model's target that does not exist",
            "  models:\n    fraud:\n      uri: s3://models/fraud/1\n      targets: {t: {kind: ConfigMap, name: setings, key: uri}}\n",
        ),
        _models(
            "Weights that do not sum to 100",
            "  models:\n    fraud:\n      uri: s3://models/fraud/1\n      targets: {t: {kind: ConfigMap, name: settings, key: level}}\n"
            "  traffic: {weights: {fraud: 70}}\n",
        ),
    ]  # fmt: skip


def message(mistake: Mistake) -> tuple[int, str]:
    """(exit code, what cmp-generate prints on standard error) for the mistake's tree."""
    from cmp.cli.generate import main

    with tempfile.TemporaryDirectory() as place:
        folder = Path(place) / "repo" / "app"
        folder.mkdir(parents=True)
        (folder.parent / ".git").mkdir()
        (folder.parent / "notes.txt").write_text("x")
        for name, text in {
            **mistake.files,
            **({mistake.shown: mistake.text} if mistake.shown else {}),
        }.items():
            (folder / name).write_text(text, encoding="utf-8")
        environ = {"CMP_STATE_DIR": place, "HOME": place, **mistake.env}
        arguments = [*(["--strict"] if mistake.strict else []), "."]
        here = Path.cwd()
        os.chdir(folder)
        stderr = io.StringIO()
        try:
            with contextlib.redirect_stderr(stderr):
                code = main(arguments, environ)
        finally:
            os.chdir(here)
    return code, stderr.getvalue().replace("app/", "")


def page() -> str:
    """The page's text."""
    found = mistakes()
    lines = [
        "<!-- Made from the code: python scripts/mistakes.py -->",
        "# Common mistakes and their messages",
        "",
        f"{len(found)} mistakes with the messages of `cmp-generate`. Each one was rendered to write this page. For all of them,",
        "standard output is empty and the exit code is 1. Mistakes marked *strict* are refused only with `--strict` or",
        "`CMP_STRICT=true`; without, `cmp-generate` builds them and prints a warning. `cmpctl validate` finds mistakes",
        "in the rendered objects, such as a port that is a string.",
    ]  # fmt: skip
    for number, mistake in enumerate(found, 1):
        code, text = message(mistake)
        if code != 1 or "internal error" in text:
            raise SystemExit(f"{mistake.title}: exit code {code}\n{text}")
        lines += ["", f"## {number}. {mistake.title}{' (strict)' if mistake.strict else ''}", ""]
        if mistake.shown:
            shown = mistake.text.replace("\t", "→").replace("\ufeff", "<BOM>")
            lines += [f"`{mistake.shown}`:", "", "```text", *shown.rstrip("\n").split("\n"), "```", ""]
        lines += ["```text", *text.rstrip("\n").split("\n"), "```"]
    lines += [
        "",
        "## What a render accepts",
        "",
        "Windows line ends (CRLF) and a byte order mark at the start of a file are not mistakes: they are read as",
        "kustomize reads them. A render does not check types. A port that is a string renders, and `cmpctl validate` reports:",
        "",
        "```text",
        *finding(SERVICE).rstrip("\n").split("\n"),
        "```",
    ]  # fmt: skip
    return "\n".join(lines) + "\n"


SERVICE = """apiVersion: v1
kind: Service
metadata:
  name: server
spec:
  ports:
  - port: "80"
"""


def finding(text: str) -> str:
    """What `cmpctl validate` prints about the text of a file."""
    from cmp.cli.ctl import main

    stdout = io.StringIO()
    with tempfile.TemporaryDirectory() as place, contextlib.redirect_stdout(stdout):
        file = Path(place) / "r.yaml"
        file.write_text(text, encoding="utf-8")
        main(["validate", str(file)])
    return stdout.getvalue().replace(f"{place}/", "")


if __name__ == "__main__":
    made = page()
    if "--check" in sys.argv[1:]:
        sys.exit(0 if PAGE.read_text(encoding="utf-8") == made else "docs/mistakes.md is not current")
    PAGE.write_text(made, encoding="utf-8")
