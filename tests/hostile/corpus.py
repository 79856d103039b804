"""Trees by people who mean harm or made a bad mistake: one idea each, generated where large.

Every tree must end with exit 1, nothing on stdout, one clear error, nothing written and nothing leaked;
`test_hostile.py` asserts all of that for each. Names are unique and say the idea.
"""

from __future__ import annotations

import os
import socket
from collections.abc import Callable
from typing import NamedTuple

SECRET = "planted-secret-9f27c1"  # must never show up in anything we print

KUSTOMIZATION = "resources: [r.yaml]\n"
CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: v}\n"
DEPLOYMENT = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n"
    "      containers:\n      - {name: c, image: nginx}\n"
)

Files = dict[str, str | bytes]


class Case(NamedTuple):
    """One hostile tree.

    files: path to content below the repository. build: what files cannot express (links, devices), called
    with the repository's folder. env: for the command. says: a text that the error must contain.
    """

    name: str
    files: Files
    says: str = ""
    target: str = "app"
    env: dict[str, str] = {}  # noqa: RUF012 - never changed
    args: tuple[str, ...] = ()
    build: Callable[[str], None] | None = None


CASES: list[Case] = []


def add(name: str, files: Files, says: str = "", **more: object) -> None:
    """Register a case; `files` gets an ordinary kustomization where it has none."""
    named = any(
        os.path.basename(path) in ("kustomization.yaml", "kustomization.yml", "Kustomization")
        for path in files
    )
    if not named:
        files = {"app/kustomization.yaml": KUSTOMIZATION, **files}
    CASES.append(Case(name, files, says, **more))  # type: ignore[arg-type]


def resource(name: str, text: str | bytes, says: str = "", **more: object) -> None:
    """A case whose only peculiarity is its resource file."""
    add(name, {"app/r.yaml": text}, says, **more)


def kustomization(
    name: str, text: str | bytes, says: str = "", files: Files | None = None, **more: object
) -> None:
    """A case whose peculiarity is in the kustomization; `r.yaml` is a ConfigMap, `d.yaml` a Deployment."""
    add(
        name,
        {"app/kustomization.yaml": text, "app/r.yaml": CONFIG_MAP, "app/d.yaml": DEPLOYMENT, **(files or {})},
        says,
        **more,
    )


# --- YAML: size, depth, aliases -------------------------------------------------------------------------------


def _laughs(levels: int, width: int) -> str:
    lines = ["apiVersion: v1", "kind: ConfigMap", "metadata: {name: a}", "x0: &x0 [lol, lol, lol]"]
    for level in range(1, levels):
        lines.append(f"x{level}: &x{level} [{', '.join([f'*x{level - 1}'] * width)}]")
    return "\n".join(lines) + "\n"


resource("yaml-billion-laughs", _laughs(12, 10), "CMP_MAX_YAML_NODES")
resource(
    "yaml-laughs-in-maps",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nm0: &m0 {a: 1, b: 2}\n"
    + "".join(f"m{n}: &m{n} {{a: *m{n - 1}, b: *m{n - 1}, c: *m{n - 1}}}\n" for n in range(1, 30)),
    "CMP_MAX_YAML_NODES",
)
resource(
    "yaml-laughs-by-merge-keys",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nm0: &m0 {k: [1, 2, 3]}\n"
    + "".join(f"m{n}: &m{n}\n  <<: *m{n - 1}\n  k{n}: *m{n - 1}\n  j{n}: *m{n - 1}\n" for n in range(1, 40)),
    "CMP_MAX_YAML_NODES",
)
resource("yaml-alias-to-itself", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: &d\n  k: *d\n")
resource(
    "yaml-deep-flow-lists",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: " + "[" * 50_000 + "]" * 50_000 + "\n",
)
resource(
    "yaml-deep-flow-maps",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: " + "{a: " * 20_000 + "}" * 20_000 + "\n",
)
resource(
    "yaml-unclosed-deep-flow", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: " + "[" * 100_000
)
resource(
    "yaml-deep-block-maps",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
    + "".join(" " * n + "a:\n" for n in range(1_500)),
    "CMP_MAX_YAML_DEPTH",
)
resource(
    "yaml-deep-dashes",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata:\n  k:\n  " + "- " * 3_000 + "x\n",
    "CMP_MAX_YAML_DEPTH",
)
resource("yaml-question-marks", "? " * 5_000 + "a\n")
resource("yaml-many-documents", "---\n".join(["a: 1\n"] * 60_000))
resource(
    "yaml-many-objects",
    "---\n".join(f"{{apiVersion: v1, kind: ConfigMap, metadata: {{name: a{n}}}}}\n" for n in range(300)),
    "CMP_MAX_OBJECTS",
    env={"CMP_MAX_OBJECTS": "200"},
)
resource(
    "yaml-file-too-large",
    CONFIG_MAP + "# " + "x" * 70_000,
    "CMP_MAX_FILE_BYTES",
    env={"CMP_MAX_FILE_BYTES": "65536"},
)
resource("yaml-huge-plain-key", "a" * 200_000 + ": 1\n")
resource("yaml-list-kind-nested", "apiVersion: v1\nkind: List\nitems:\n- 5\n- text\n")
resource("yaml-anchors-only", "".join(f"- &a{n} x\n" for n in range(1_000)))

# --- YAML: broken text ------------------------------------------------------------------------------------------

resource("yaml-tab-indentation", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n\tname: a\n", "tab")
resource(
    "yaml-wrong-indentation", "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n   labels: {x: y}\n"
)
resource(
    "yaml-conflict-markers",
    "apiVersion: v1\nkind: ConfigMap\n<<<<<<< HEAD\nmetadata: {name: a}\n=======\nmetadata: {name: b}\n>>>>>>> main\n",
    "conflict",
)
resource("yaml-unclosed-quote", 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "a}\n')
resource("yaml-unclosed-bracket", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a\n")
resource("yaml-unknown-alias", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: *nobody}\n")
resource(
    "yaml-alias-across-documents", "a: &x 1\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: *x}\n"
)
resource("yaml-at-sign", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: @a}\n")
resource("yaml-backtick", "apiVersion: v1\nkind: `ConfigMap`\nmetadata: {name: a}\n")
resource("yaml-bom-in-the-middle", "apiVersion: v1\nkind: ConfigMap\n\ufeffmetadata: {name: a}\n")
resource(
    "yaml-invalid-utf8", b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: '\xff\xfe'}\n"
)
resource("yaml-nul-byte", b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: '\x00'}\n")
resource(
    "yaml-control-characters",
    b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: '\x01\x02'}\n",
)
resource(
    "yaml-escape-sequence-in-value",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: \x1b[31mred}\n",
)
resource("yaml-utf16-half", b"\xff\xfea\x00p\x00i")
resource("yaml-surrogate-escape", 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "\\ud800"}\n')
resource("yaml-bad-escape", 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: "\\q"}\n')
resource(
    "yaml-delete-character", 'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: "\\x7f"}\n'
)
resource("yaml-infinite-number", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nspec: {n: .inf}\n")
resource("yaml-not-a-number", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nspec: {n: .nan}\n")
resource("yaml-number-key", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {1: x}\n")
resource("yaml-list-as-key", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {? [a, b] : x}\n")
resource("yaml-duplicate-key", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: 1, k: 2}\n")
resource("yaml-bad-directive", "%YAML 9.9\n---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n")
resource(
    "yaml-tag-bomb",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: !!python/object/apply:os.system ['id']}\nx: [\n",
)
resource("yaml-top-level-list", "- a\n- b\n")
resource("yaml-top-level-scalar", "just text\n")
resource("yaml-binary-file", bytes(range(256)) * 16)
resource("yaml-crlf-with-tab", "apiVersion: v1\r\nkind: ConfigMap\r\nmetadata:\r\n\tname: a\r\n")

# --- objects that are none --------------------------------------------------------------------------------------

resource("object-without-kind", "apiVersion: v1\nmetadata: {name: a}\n", "kind")
resource("object-without-name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {}\n", "name")
resource("object-without-api-version", "kind: ConfigMap\nmetadata: {name: a}\n", "apiVersion")
resource("object-generate-name", "apiVersion: v1\nkind: ConfigMap\nmetadata: {generateName: a-}\n")
resource("object-metadata-is-text", "apiVersion: v1\nkind: ConfigMap\nmetadata: text\n")
resource("object-name-is-a-list", "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: [a]}\n")
resource("object-kind-is-a-map", "apiVersion: v1\nkind: {a: b}\nmetadata: {name: a}\n")
resource(
    "object-annotations-are-a-list",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: [x]}\n",
    "metadata.annotations",
)
resource(
    "object-annotations-are-three-items",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, annotations: [x, y, z]}\n",
    "metadata.annotations",
)
kustomization(
    "object-labels-are-a-list",
    "resources: [l.yaml]\ncommonLabels: {a: b}\n",
    files={"app/l.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a, labels: [x]}\n"},
)
kustomization(
    "kustomization-conflict-markers",
    "resources:\n<<<<<<< HEAD\n- r.yaml\n=======\n- d.yaml\n>>>>>>> main\n",
    "conflict",
)
resource("object-twice", CONFIG_MAP + "---\n" + CONFIG_MAP)
resource("object-none-at-all", "# nothing here\n", "no objects")
resource(
    "object-only-local-config",
    "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations: {config.kubernetes.io/local-config: 'true'}\n",
)
resource(
    "secret-data-not-base64",
    "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\ndata: {k: '***'}\n",
    "base64",
)
resource(
    "secret-string-data-number", "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {k: 5}\n"
)
resource(
    "secret-placeholder",
    "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\nstringData: {k: REPLACE_WITH_PASSWORD}\n",
)
resource(
    "ciphertext-without-metadata",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {k: 'ENC[AES256_GCM,data:AA==,iv:AA==,tag:AA==,type:str]'}\n",
)
resource(
    "sops-block-without-mac",
    "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\nsops: {version: 3.9.0, lastmodified: 2026-01-01}\n",
)

# --- the kustomization ------------------------------------------------------------------------------------------

kustomization("kustomization-empty", "")
kustomization("kustomization-only-comment", "# resources: [r.yaml]\n")
kustomization("kustomization-is-a-list", "- r.yaml\n")
kustomization("kustomization-is-text", "hello\n")
kustomization("kustomization-unknown-field", "resource: [r.yaml]\n", "resources")
kustomization("kustomization-text-for-list", "resources: r.yaml\n")
kustomization("kustomization-map-for-list", "resources: {requests: {cpu: 1}}\n")
kustomization("kustomization-number-as-prefix", "resources: [r.yaml]\nnamePrefix: 5\n")
kustomization("kustomization-bool-as-namespace", "resources: [r.yaml]\nnamespace: n\n")
kustomization("kustomization-number-as-annotation", "resources: [r.yaml]\ncommonAnnotations: {a: 5}\n")
kustomization(
    "kustomization-wrong-api-version",
    "apiVersion: kustomize.config.k8s.io/v9\nkind: Kustomization\nresources: [r.yaml]\n",
)
kustomization("kustomization-wrong-kind", "kind: Kustomisation\nresources: [r.yaml]\n")
kustomization("kustomization-tabs", "resources:\n\t- r.yaml\n")
kustomization(
    "kustomization-bomb",
    "a0: &a0 [x, x]\n"
    + "".join(f"a{n}: &a{n} [*a{n - 1}, *a{n - 1}, *a{n - 1}]\n" for n in range(1, 40))
    + "resources: [r.yaml]\n",
    "CMP_MAX_YAML_NODES",
)
kustomization("kustomization-deep", "resources: " + "[" * 10_000 + "]" * 10_000 + "\n")
kustomization("kustomization-invalid-utf8", b"resources: ['\xff.yaml']\n")
kustomization("kustomization-null-resource", "resources: [null]\n")
kustomization(
    "kustomization-two-names",
    "resources: [r.yaml]\n",
    files={"app/kustomization.yml": "resources: [r.yaml]\n"},
)
add("kustomization-missing", {"app/r.yaml": CONFIG_MAP, "other/kustomization.yaml": "resources: []\n"})
add("kustomization-target-is-a-file", {"app": "resources: []\n", "x/kustomization.yaml": ""})
add("kustomization-target-missing", {"x/kustomization.yaml": "resources: []\n"})
add("kustomization-is-a-directory", {"app/kustomization.yaml/x": "", "x/kustomization.yaml": ""})
add("cycle-of-one", {"app/kustomization.yaml": "resources: [.]\n"}, "already being built")
add(
    "cycle-of-two",
    {"app/kustomization.yaml": "resources: [../b]\n", "b/kustomization.yaml": "resources: [../app]\n"},
    "already being built",
)
add(
    "cycle-through-parent",
    {"app/kustomization.yaml": "resources: [..]\n", "kustomization.yaml": "resources: [app]\n"},
    "already being built",
)
add(
    "cycle-of-components",
    {
        "app/kustomization.yaml": "components: [../c]\n",
        "c/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\ncomponents: [../c]\n",
    },
    "already being built",
)
add(
    "layers-too-deep",
    {
        **{f"l{n}/kustomization.yaml": f"resources: [../l{n + 1}]\n" for n in range(100)},
        "l100/kustomization.yaml": "resources: [r.yaml]\n",
        "l100/r.yaml": CONFIG_MAP,
        "app/kustomization.yaml": "resources: [../l0]\n",
    },
    "CMP_MAX_LAYERS",
)
add(
    "layers-fan-out",
    {
        **{
            f"l{n}/kustomization.yaml": f"namePrefix: a\nresources: [../l{n + 1}, ../m{n + 1}]\n"
            for n in range(20)
        },
        **{
            f"m{n}/kustomization.yaml": f"namePrefix: b\nresources: [../l{n + 1}, ../m{n + 1}]\n"
            for n in range(20)
        },
        "l20/kustomization.yaml": "resources: [r.yaml]\n",
        "l20/r.yaml": CONFIG_MAP,
        "m20/kustomization.yaml": "namePrefix: m\nresources: [r.yaml]\n",
        "m20/r.yaml": CONFIG_MAP,
        "app/kustomization.yaml": "resources: [../l0]\n",
    },
    "CMP_MAX_VISITS",
)
add(
    "component-as-resource",
    {
        "app/kustomization.yaml": "resources: [../c]\n",
        "c/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\nnamePrefix: a-\n",
    },
    "components",
)
kustomization(
    "kustomization-as-component",
    "resources: [r.yaml]\ncomponents: [../b]\n",
    files={"b/kustomization.yaml": "namePrefix: a-\n"},
)
kustomization("replicas-for-nobody", "resources: [r.yaml]\nreplicas: [{name: nobody, count: 1}]\n")
kustomization(
    "vars-twice",
    "resources: [r.yaml]\nvars:\n- {name: A, objref: {apiVersion: v1, kind: ConfigMap, name: a}}\n- {name: A, objref: {apiVersion: v1, kind: ConfigMap, name: a}}\n",
)
kustomization(
    "generator-key-twice", "resources: [r.yaml]\nconfigMapGenerator:\n- {name: g, literals: [a=1, a=2]}\n"
)
kustomization("generator-literal-without-equals", "configMapGenerator:\n- {name: g, literals: [a]}\n")
kustomization(
    "generator-merges-nothing", "configMapGenerator:\n- {name: g, behavior: merge, literals: [a=1]}\n"
)
kustomization("generator-file-missing", "configMapGenerator:\n- {name: g, files: [none.txt]}\n", "none.txt")
kustomization(
    "generator-starts-with-tab",
    "configMapGenerator:\n- {name: g, files: [t.txt]}\n",
    files={"app/t.txt": "\tx\ny\n"},
)

# --- patches and replacements -----------------------------------------------------------------------------------

kustomization(
    "patch-without-match",
    "resources: [d.yaml]\npatches:\n- patch: |\n    {apiVersion: apps/v1, kind: Deployment, metadata: {name: e}}\n",
    "Deployment",
)
kustomization("patch-is-nothing", "resources: [d.yaml]\npatches:\n- {}\n")
kustomization("patch-both-path-and-text", "resources: [d.yaml]\npatches:\n- {path: r.yaml, patch: 'a: b'}\n")
kustomization(
    "patch-neither-kind",
    "resources: [d.yaml]\npatches:\n- {patch: 'some text', target: {kind: Deployment}}\n",
)
kustomization(
    "patch-bad-regex",
    "resources: [d.yaml]\npatches:\n- target: {name: '(['}\n  patch: '- {op: remove, path: /spec}'\n",
)
kustomization(
    "patch-evil-regex",
    "resources: [d.yaml]\npatches:\n- target: {name: '(a+)+$'}\n  patch: '- {op: remove, path: /x}'\n- target: {name: d}\n  patch: '- {op: remove, path: /nope}'\n",
    files={
        "app/d.yaml": DEPLOYMENT.replace("name: d", "name: " + "a" * 200 + "b").replace(
            "kind: Deployment", "kind: Deployment"
        )
        + "---\n"
        + DEPLOYMENT
    },
)
kustomization(
    "patch-huge-index",
    "resources: [d.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: '- {op: add, path: /spec/template/spec/containers/999999999999, value: 1}'\n",
)
kustomization(
    "patch-negative-index",
    "resources: [d.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: '- {op: remove, path: /spec/template/spec/containers/-5}'\n",
)
kustomization(
    "patch-unknown-operation",
    "resources: [d.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: '- {op: explode, path: /spec}'\n",
)
kustomization(
    "patch-too-many-operations",
    "resources: [d.yaml]\npatches:\n- target: {kind: Deployment}\n  path: p.json\n",
    "CMP_MAX_PATCH_OPS",
    files={"app/p.json": "[" + ",".join(['{"op":"add","path":"/spec/a","value":1}'] * 300) + "]"},
    env={"CMP_MAX_PATCH_OPS": "200"},
)
kustomization(
    "patch-removes-root",
    "resources: [d.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: '- {op: remove, path: \"\"}'\n",
)
kustomization(
    "patch-replaces-root-by-text",
    "resources: [d.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: '- {op: replace, path: \"\", value: x}'\n",
)
kustomization(
    "patch-removes-kind",
    "resources: [d.yaml]\npatches:\n- target: {kind: Deployment}\n  patch: '- {op: remove, path: /kind}'\n",
)
kustomization(
    "patch-copy-doubles",
    "resources: [d.yaml]\npatches:\n- target: {kind: Deployment}\n  path: p.yaml\n",
    files={"app/p.yaml": "".join(f"- {{op: copy, from: /spec, path: /spec/s{n}}}\n" for n in range(60))},
)
kustomization(
    "patch-node-kinds-clash",
    "resources: [d.yaml]\npatches:\n- patch: |\n    {apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: [1]}\n",
)
kustomization(
    "patch-unknown-directive",
    "resources: [d.yaml]\npatches:\n- patch: |\n    {apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {$patch: explode}}\n",
)
kustomization(
    "replacement-source-missing",
    "resources: [r.yaml]\nreplacements:\n- source: {kind: Nothing}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.k]}]\n",
)
kustomization(
    "replacement-huge-index",
    "resources: [r.yaml, d.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: a}\n  targets:\n  - select: {kind: Deployment}\n"
    "    fieldPaths: [spec.template.spec.containers.99999999999.image]\n    options: {create: true}\n",
)
kustomization(
    "replacement-endless-path",
    "resources: [r.yaml, d.yaml]\nreplacements:\n- source: {kind: ConfigMap, name: a}\n  targets:\n  - select: {kind: Deployment}\n"
    f"    fieldPaths: [spec{'.x' * 5_000}]\n    options: {{create: true}}\n",
    "CMP_MAX_YAML_DEPTH",
)
kustomization(
    "label-selector-bad",
    "resources: [d.yaml]\npatches:\n- target: {labelSelector: 'a in ('}\n  patch: '- {op: remove, path: /spec}'\n",
)

# --- plugins, helm, remote ----------------------------------------------------------------------------------------

EXEC = "apiVersion: x/v1\nkind: Run\nmetadata:\n  name: run\n  annotations:\n    config.kubernetes.io/function: |\n      %s\n"
kustomization(
    "plugin-exec-function",
    "resources: [r.yaml]\ngenerators: [p.yaml]\n",
    files={"app/p.yaml": EXEC % "exec: {path: ./evil.sh}", "app/evil.sh": "#!/bin/sh\ntouch pwned\n"},
)
kustomization(
    "plugin-container-function",
    "resources: [r.yaml]\ntransformers: [p.yaml]\n",
    files={"app/p.yaml": EXEC % "container: {image: evil}"},
)
kustomization(
    "plugin-starlark-function",
    "resources: [r.yaml]\ntransformers: [p.yaml]\n",
    files={"app/p.yaml": EXEC % "starlark: {path: evil.star, name: e}"},
)
kustomization(
    "plugin-unknown-kind",
    "resources: [r.yaml]\ntransformers: [p.yaml]\n",
    files={"app/p.yaml": "apiVersion: someteam.example.com/v1\nkind: ChartInflator\nmetadata: {name: x}\n"},
)
kustomization(
    "plugin-unknown-builtin",
    "resources: [r.yaml]\ntransformers: [p.yaml]\n",
    files={"app/p.yaml": "apiVersion: builtin\nkind: Nothing\nmetadata: {name: x}\n"},
)
kustomization(
    "helm-chart", "helmCharts: [{name: x, repo: 'https://charts.example.com', version: 1.0.0}]\n", "helm"
)
for scheme, url in {
    "https-file": "https://example.com/r.yaml",
    "http-file": "http://example.com/r.yaml",
    "github": "github.com/org/repo//path?ref=main",
    "https-git": "https://example.com/org/repo.git//x?ref=v1",
    "ssh-git": "ssh://git@example.com/org/repo.git",
    "scp-git": "git@example.com:org/repo.git",
    "file-url": "file:///etc/passwd",
    "file-git": "file:///etc/.git",
    "git-ext": "git::ext::sh -c 'touch pwned'",
    "ext": "ext::sh -c touch% pwned",
    "option-like": "--upload-pack=touch pwned",
    "archive": "https://example.com/x.tar.gz",
    "s3": "s3::https://s3.amazonaws.com/bucket/x",
    "metadata-service": "http://169.254.169.254/latest/meta-data",
}.items():
    kustomization(f"remote-{scheme}", f'resources: ["{url}"]\n')
kustomization("remote-crds", "resources: [r.yaml]\ncrds: ['https://example.com/crd.json']\n")
kustomization(
    "remote-component", "resources: [r.yaml]\ncomponents: ['https://example.com/org/repo//c?ref=v1']\n"
)
kustomization("remote-patch", "resources: [r.yaml]\npatches: [{path: 'https://example.com/p.yaml'}]\n")
kustomization(
    "remote-generator-file", "configMapGenerator: [{name: g, files: ['k=https://example.com/x']}]\n"
)
kustomization("remote-openapi", "resources: [r.yaml]\nopenapi: {path: 'https://example.com/schema.json'}\n")

# --- containment ----------------------------------------------------------------------------------------------------

OUTSIDE: Files = {
    "outside.yaml": f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: o}}\ndata: {{k: {SECRET}}}\n"
}
for place, text in {
    "resource": "resources: [../outside.yaml]\n",
    "patch": "resources: [r.yaml]\npatches: [{path: ../outside.yaml, target: {kind: ConfigMap}}]\n",
    "generator": "configMapGenerator: [{name: g, files: [../outside.yaml]}]\n",
    "env": "configMapGenerator: [{name: g, envs: [../outside.yaml]}]\n",
    "secret": "secretGenerator: [{name: g, files: ['k=../outside.yaml']}]\n",
    "configuration": "resources: [r.yaml]\nconfigurations: [../outside.yaml]\n",
    "replacement": "resources: [r.yaml]\nreplacements: [{path: ../outside.yaml}]\n",
    "crds": "resources: [r.yaml]\ncrds: [../outside.yaml]\n",
    "openapi": "resources: [r.yaml]\nopenapi: {path: ../outside.yaml}\n",
    "json-patch": "resources: [r.yaml]\npatchesJson6902: [{target: {version: v1, kind: ConfigMap, name: a}, path: ../outside.yaml}]\n",
}.items():
    kustomization(f"outside-{place}", text, files=OUTSIDE)
kustomization("absolute-resource", "resources: [/etc/passwd]\n")
kustomization("absolute-directory", "resources: [/etc]\n")
kustomization("absolute-generator-file", "secretGenerator: [{name: g, files: [/etc/hostname]}]\n")
kustomization("proc-environment", "secretGenerator: [{name: g, files: [/proc/self/environ]}]\n")
kustomization("dots-in-the-middle", "secretGenerator: [{name: g, files: [x/../../../../../etc/hostname]}]\n")
kustomization("base-above-the-root", "resources: [../../../../../../etc]\n")
kustomization("nul-in-a-path", 'resources: ["a\\0b"]\n')
kustomization("newline-in-a-path", 'resources: ["a\\nb"]\n')
kustomization("escape-in-a-path", 'resources: ["\\e]0;owned\\a.yaml"]\n')
kustomization("very-long-path", f"resources: [{'a/' * 3000}x.yaml]\n")
kustomization("very-long-name", f"resources: [{'a' * 5000}.yaml]\n")


def linked(name: str, source: str, target: str, text: str = KUSTOMIZATION, says: str = "") -> None:
    """A case with a symbolic link `source` -> `target` (relative to the repository)."""
    add(
        name,
        {"app/kustomization.yaml": text, "app/keep": ""},
        says,
        build=lambda root: os.symlink(target, os.path.join(root, source)),
    )


linked("link-file-out", "app/r.yaml", "/etc/passwd")
linked("link-file-out-relative", "app/r.yaml", "../../../../../../../etc/passwd")
linked("link-directory-out", "app/d", "/etc", "resources: [d]\n")
linked("link-to-itself", "app/r.yaml", "r.yaml")
linked("link-to-nothing", "app/r.yaml", "nothing.yaml")
linked("link-to-zero-device", "app/r.yaml", "/dev/zero")
linked("link-to-random-device", "app/r.yaml", "/dev/urandom")
linked("link-to-stdin", "app/r.yaml", "/dev/stdin")
linked("link-to-own-memory", "app/r.yaml", "/proc/self/mem")
linked(
    "link-to-own-environment", "app/env", "/proc/self/environ", "secretGenerator: [{name: g, files: [env]}]\n"
)
add(
    "link-kustomization-out",
    {"app/keep": "", "x/kustomization.yaml": "resources: []\n"},
    build=lambda root: os.symlink("/etc/passwd", f"{root}/app/kustomization.yaml"),
)
add(
    "link-directory-loop",
    {"app/kustomization.yaml": "resources: [d/d/d/d/d]\n"},
    build=lambda root: os.symlink(".", f"{root}/app/d"),
)


def link_chain(root: str) -> None:
    """80 links, each to the next one."""
    for n in range(80):
        os.symlink(f"l{n + 1}", f"{root}/app/{'r.yaml' if n == 0 else f'l{n}'}")


add(
    "link-chain",
    {"app/kustomization.yaml": KUSTOMIZATION},
    build=link_chain,
)
add(
    "fifo-resource",
    {"app/kustomization.yaml": KUSTOMIZATION},
    build=lambda root: os.mkfifo(f"{root}/app/r.yaml"),
)
add(
    "fifo-kustomization",
    {"app/keep": "", "x/kustomization.yaml": ""},
    build=lambda root: os.mkfifo(f"{root}/app/kustomization.yaml"),
)
add(
    "fifo-generator-file",
    {"app/kustomization.yaml": "configMapGenerator: [{name: g, files: [f]}]\n"},
    build=lambda root: os.mkfifo(f"{root}/app/f"),
)


def _socket(root: str) -> None:
    here = os.getcwd()
    os.chdir(f"{root}/app")
    try:
        with socket.socket(socket.AF_UNIX) as server:
            server.bind("r.yaml")
    finally:
        os.chdir(here)


add("socket-resource", {"app/kustomization.yaml": KUSTOMIZATION}, build=_socket)
add(
    "directory-as-patch",
    {
        "app/kustomization.yaml": "resources: [r.yaml]\npatches: [{path: p}]\n",
        "app/r.yaml": CONFIG_MAP,
        "app/p/x": "",
    },
)
add(
    "directory-as-generator-file",
    {"app/kustomization.yaml": "configMapGenerator: [{name: g, files: [p]}]\n", "app/p/x": ""},
)


def _odd_name(root: str) -> None:
    with open(os.fsencode(root) + b"/app/\xff.yaml", "wb") as file:
        file.write(CONFIG_MAP.encode())


kustomization("name-not-utf8", 'resources: ["\\xff.yaml"]\n', build=_odd_name)

FILE_USERS = {
    "patch": "resources: [r.yaml]\npatches: [{path: x}]\n",
    "json-patch": "resources: [r.yaml]\npatchesJson6902: [{target: {version: v1, kind: ConfigMap, name: a}, path: x}]\n",
    "merge-patch": "resources: [r.yaml]\npatchesStrategicMerge: [x]\n",
    "env": "configMapGenerator: [{name: g, envs: [x]}]\n",
    "secret-file": "secretGenerator: [{name: g, files: [x]}]\n",
    "generator": "generators: [x]\n",
    "transformer": "resources: [r.yaml]\ntransformers: [x]\n",
    "validator": "resources: [r.yaml]\nvalidators: [x]\n",
    "component": "resources: [r.yaml]\ncomponents: [x]\n",
    "configuration": "resources: [r.yaml]\nconfigurations: [x]\n",
    "replacement": "resources: [r.yaml]\nreplacements: [{path: x}]\n",
    "crds": "resources: [r.yaml]\ncrds: [x]\n",
    "openapi": "resources: [r.yaml]\nopenapi: {path: x}\n",
}


def _fifo(root: str) -> None:
    os.mkfifo(f"{root}/app/x")


def _out(root: str) -> None:
    os.symlink("/proc/self/environ", f"{root}/app/x")


for place, text in FILE_USERS.items():
    kustomization(f"fifo-as-{place}", text, build=_fifo)
    kustomization(f"environment-as-{place}", text, build=_out)
for name, target in {
    "descriptor": "/dev/fd/0",
    "own-descriptor": "/proc/self/fd/0",
    "own-root": "/proc/self/root/etc/passwd",
    "own-directory": "/proc/self/cwd",
    "own-map": "/proc/self/maps",
    "command-line": "/proc/1/cmdline",
    "terminal": "/dev/tty",
    "shadow-file": "/etc/shadow",
    "service-account": "/var/run/secrets/kubernetes.io/serviceaccount/token",
    "parent-many-times": "../" * 60 + "etc/passwd",
    "name-with-escape": "\x1b[31m.yaml",
    "name-with-new-line": "a\nb.yaml",
    "very-long-name": "x" * 300,
}.items():
    linked(f"link-to-{name}", "app/r.yaml", target)


def _sparse(root: str) -> None:
    """A terabyte that takes no room."""
    with open(f"{root}/app/r.yaml", "wb") as file:
        file.truncate(1 << 40)


add(
    "sparse-file-of-a-terabyte",
    {"app/kustomization.yaml": KUSTOMIZATION},
    "CMP_MAX_FILE_BYTES",
    build=_sparse,
)
add(
    "link-directory-to-own-process",
    {"app/kustomization.yaml": "resources: [d]\n"},
    build=lambda root: os.symlink("/proc/self", f"{root}/app/d"),
)
add(
    "link-directory-then-up",
    {"app/kustomization.yaml": "resources: [d/../../../etc/hostname]\n", "x/y/keep": ""},
    build=lambda root: os.symlink("../x/y", f"{root}/app/d"),
)
add(
    "many-files",
    {
        "app/kustomization.yaml": "resources:\n" + "".join(f"- r{n}.yaml\n" for n in range(60)),
        **{f"app/r{n}.yaml": CONFIG_MAP.replace("name: a", f"name: a{n}") for n in range(60)},
    },
    "CMP_MAX_FILES",
    env={"CMP_MAX_FILES": "50"},
)
kustomization("case-clash-of-a-resource", "resources: [R.yaml]\n", "did you mean r.yaml")
add(
    "case-clash-of-the-kustomization",
    {"app/kustomization.yaml": KUSTOMIZATION, "app/Kustomization": KUSTOMIZATION, "app/r.yaml": CONFIG_MAP},
    "holds kustomization.yaml and Kustomization",
)
add(
    "case-of-the-kustomization",
    {"app/KUSTOMIZATION.YAML": KUSTOMIZATION, "x/kustomization.yaml": "", "app/r.yaml": CONFIG_MAP},
)
add(
    "name-of-mixed-directions",
    {"app/kustomization.yaml": 'resources: ["r\\u202Elmay.yaml"]\n', "app/r.yaml": CONFIG_MAP},
)

# --- parameters and environment ---------------------------------------------------------------------------------------

PLUGIN = {"ARGOCD_APP_NAME": "app", "ARGOCD_APP_SOURCE_PATH": "app"}
for name, value in {
    "not-json": "{",
    "not-a-list": '{"name": "x"}',
    "unknown": '[{"name": "model-urls", "map": {}}]',
    "wrong-type": '[{"name": "namespace", "array": ["a"]}]',
    "twice": '[{"name": "namespace", "string": "a"}, {"name": "namespace", "string": "b"}]',
    "deep": "[" * 100_000,
    "no-name": '[{"string": "x"}]',
    "number": "5",
    "bad-replicas": '[{"name": "replicas", "map": {"d": "many"}}]',
    "bad-image": '[{"name": "images", "array": ["=:="]}]',
    "unknown-model": '[{"name": "model-uris", "map": {"nobody": "s3://b/k"}}]',
}.items():
    kustomization(
        f"parameters-{name}", "resources: [r.yaml, d.yaml]\n", env={**PLUGIN, "ARGOCD_APP_PARAMETERS": value}
    )
kustomization(
    "output-too-large", "resources: [r.yaml]\n", "CMP_MAX_OUTPUT_BYTES", env={"CMP_MAX_OUTPUT_BYTES": "10"}
)
kustomization(
    "total-too-large",
    "resources: [r.yaml, d.yaml]\n",
    "CMP_MAX_TOTAL_BYTES",
    env={"CMP_MAX_TOTAL_BYTES": "100"},
)
kustomization("plain-in-the-plugin", "resources: [r.yaml]\n", env=PLUGIN, args=("--plain",))
kustomization("masked-in-the-plugin", "resources: [r.yaml]\n", env=PLUGIN, args=("--masked",))

# --- models -------------------------------------------------------------------------------------------------------------

MODELS = """apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata:
  name: m
  annotations: {config.kubernetes.io/local-config: "true"}
spec:
"""
TARGET = "targets: {t: {kind: ConfigMap, name: a, key: k}}"
for name, spec in {
    "no-uri": f"  models: {{b: {{{TARGET}}}}}\n",
    "both-ref-and-uri": f"  models: {{b: {{ref: 'models:/x@y', uri: 's3://models/k', {TARGET}}}}}\n",
    "unlocked-ref": f"  models: {{b: {{ref: 'models:/x@y', {TARGET}}}}}\n",
    "target-missing": "  models: {b: {uri: 's3://models/k', targets: {t: {kind: ConfigMap, name: zz, key: k}}}}\n",
    "typo": f"  model: {{b: {{uri: 's3://models/k', {TARGET}}}}}\n",
    "two-writers": f"  models: {{b: {{uri: 's3://models/k', {TARGET}}}, c: {{uri: 's3://models/l', {TARGET}}}}}\n",
    "sum": f"  models: {{b: {{uri: 's3://models/k', {TARGET}}}}}\n  traffic: {{weights: {{b: 70}}}}\n",
    "prefix": f"  models: {{b: {{uri: 's3://models/k', {TARGET}}}}}\n  policy: {{allowedPrefixes: ['s3://other/']}}\n",
    "literal-refused": f"  models: {{b: {{uri: 's3://models/k', {TARGET}}}}}\n  policy: {{requireLock: true}}\n",
    "is-a-list": "  models: [a]\n",
    "uri-is-a-map": f"  models: {{b: {{uri: {{}}, {TARGET}}}}}\n",
    "reserved-scheme": f"  models: {{b: {{uri: 'models:/x/1', {TARGET}}}}}\n",
    "newline-in-uri": f'  models: {{b: {{uri: "s3://models/k\\nx", {TARGET}}}}}\n',
    "credentials-in-uri": f"  models: {{b: {{uri: 'https://u:p@h/x', {TARGET}}}}}\n",
}.items():
    kustomization(f"models-{name}", "resources: [r.yaml, m.yaml]\n", files={"app/m.yaml": MODELS + spec})
