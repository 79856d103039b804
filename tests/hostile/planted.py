"""Mistakes on, above or below a line that holds a secret in clear: the message may not show it."""

from __future__ import annotations

import os

SECRET_HEAD = "apiVersion: v1\nkind: Secret\nmetadata: {name: a}\n"
CONFIG_HEAD = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n"
CONTAINER = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec:\n  template:\n    spec:\n      containers:\n"
    "      - name: c\n        env:\n        - name: DB_PASSWORD\n          value: %s\n"
)


def cases(secret: str) -> dict[str, tuple[dict[str, str | bytes], str]]:
    """name -> (files, what the error must say)."""
    resources = {
        "secret-unclosed-quote": SECRET_HEAD + f'stringData:\n  k: "{secret}\n',
        "secret-second-colon": SECRET_HEAD + f"stringData:\n  k: {secret}: x\n",
        "secret-at-sign": SECRET_HEAD + f"stringData:\n  k: @{secret}\n",
        "secret-percent-sign": SECRET_HEAD + f"stringData:\n  k: %{secret}\n",
        "secret-tab-before": SECRET_HEAD + f"stringData:\n\tk: {secret}\n",
        "secret-alias": SECRET_HEAD + f"stringData:\n  k: *{secret}\n",
        "secret-anchor-then-garbage": SECRET_HEAD + f"stringData:\n  k: &{secret} {{a\n",
        "secret-tag": SECRET_HEAD + f"stringData:\n  k: !{secret} [\n",
        "secret-bad-escape": SECRET_HEAD + f'stringData:\n  k: "\\q{secret}"\n',
        "secret-key-twice": SECRET_HEAD + f"stringData:\n  k: x\n  k: {secret}\n",
        "secret-value-is-a-list": SECRET_HEAD + f"stringData:\n  k: [{secret}]\n",
        "secret-value-is-a-map": SECRET_HEAD + f"stringData: {{k: {{v: {secret}}}}}\n",
        "secret-data-in-clear": SECRET_HEAD + f"data:\n  k: {secret}!\n",
        "secret-data-is-a-list": SECRET_HEAD + f"data: [{secret}]\n",
        "secret-flow-unclosed": SECRET_HEAD + f"stringData: {{k: {secret}\n",
        "secret-text-block-ends-early": SECRET_HEAD + f"stringData:\n  k: |\n    a\n  {secret}\n",
        "secret-wrong-indentation": SECRET_HEAD + f"stringData:\n  a: b\n   k: {secret}\n",
        "secret-conflict": SECRET_HEAD
        + f"stringData:\n<<<<<<< {secret}\n  k: x\n=======\n  k: y\n>>>>>>> main\n",
        "secret-without-name": f"apiVersion: v1\nkind: Secret\nmetadata: {{}}\nstringData: {{k: {secret}}}\n",
        "secret-of-misspelt-kind": f"apiVersion: v1\nkind: Secrte\nmetadata: {{name: a}}\ndata:\n  k: {secret}: x\n",
        "secret-kind-in-lower-case": f"kind: secret\nmetadata: {{name: a}}\ndata: {{k: {secret}}}\n",
        "secret-without-kind": f"apiVersion: v1\nmetadata: {{name: a}}\ndata: {{k: {secret}}}\n",
        "secret-before-kind": f"apiVersion: v1\ndata:\n  k: {secret}: x\nkind: Sceret\n",
        "secret-folded-kind": f"apiVersion: v1\nkind: >-\n  Secret\nmetadata: {{name: a}}\ndata:\n  k: {secret}: x\n",
        "secret-in-json": f'{{"apiVersion": "v1", "kind": "Secret", "metadata": {{"name": "a"}}, "stringData": {{"k": "{secret}" "x"}}}}\n',
        "secret-in-a-list": "apiVersion: v1\nkind: List\nitems:\n"
        f"- {{apiVersion: v1, kind: Secret, metadata: {{name: a}}, stringData: {{k: {secret}: x}}}}\n",
        "secret-in-the-second-document": CONFIG_HEAD
        + "---\n"
        + SECRET_HEAD
        + f"stringData:\n  k: {secret}: x\n",
        "secret-in-a-last-applied-annotation": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: a\n  annotations:\n"
        f"    kubectl.kubernetes.io/last-applied-configuration: {{kind: Secret, k: {secret}: x}}\n",
        "sealed-secret": f"apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {{name: a}}\nspec:\n  k: {secret}: x\n",
        "values-file": f"password: {secret}\nhost: a: b\n",
        "values-file-nested": f"db:\n  pass: {secret}: x\n",
        "values-file-without-a-word": f"db:\n  k: {secret}: x\n",
        "env-of-a-container": CONTAINER % f'"{secret}',
        "env-of-a-container-second-colon": CONTAINER % f"{secret}: x",
        "token-in-a-config-map": CONFIG_HEAD + f"data:\n  api_token: {secret}: x\n",
        "address-with-a-password": CONFIG_HEAD + f"data:\n  db: postgres://app:{secret}@h/d: x\n",
        "private-key-in-a-config-map": CONFIG_HEAD
        + f"data:\n  key.pem: |\n    -----BEGIN PRIVATE KEY-----\n    {secret}\n   {secret}: x\n",
        "carriage-returns": SECRET_HEAD.replace("\n", "\r") + f"stringData:\r  k: {secret}: x\r",
    }
    found: dict[str, tuple[dict[str, str | bytes], str]] = {
        f"planted-{name}": ({"app/r.yaml": text}, "") for name, text in resources.items()
    }
    target = "target: {kind: Secret, name: a}"
    login = {"app/r.yaml": SECRET_HEAD + f"stringData: {{k: {secret}}}\n"}
    kustomizations = {
        "literal-without-equals": f"secretGenerator:\n- name: g\n  literals:\n  - {secret}\n",
        "literal-twice": f"secretGenerator:\n- name: g\n  literals:\n  - k={secret}\n  - k={secret}\n",
        "literal-unclosed-quote": f'secretGenerator:\n- name: g\n  literals:\n  - "k={secret}\n',
        "literal-on-one-line": f"secretGenerator: [{{name: g, literals: [k={secret}], files: 5}}]\n",
        "literal-after-a-tab": f"secretGenerator:\n- name: g\n  literals:\n\t- k={secret}\n",
        "generator-misspelt": f"secretGenerators:\n- name: g\n  literals:\n  - k={secret}: x\n",
        "generator-misspelt-on-one-line": f"secretsGenerater: [{{name: g, literals: [k={secret}]}}]\n",
        "field-of-a-generator-misspelt": f"secretGenerator:\n- name: g\n  literal: [k={secret}]\n",
        "generator-in-other-case": f"SECRETGENERATOR:\n- name: g\n  literals: [{secret}]\n",
        "generator-in-json": f'{{"secretGenerator": [{{"name": "g", "literals": ["{secret}"]}}]}}\n',
        "generator-in-odd-json": f'{{"resources": "x", "secret\\u0047enerator": [{{"literals": ["{secret}"]}}]}}\n',
        "generator-below-a-question-mark": f"? secretGenerator\n: - literals: [{secret}]\n",
        "unknown-field": f"credentials: {secret}\n",
        "unknown-field-below": f"stuff:\n  k: {secret}: x\n",
        "inline-patch-of-a-secret": f"resources: [r.yaml]\npatches:\n- {target}\n  patch: |\n    stringData: {{k: {secret}: x}}\n",
        "inline-patch-of-a-secret-is-no-patch": f"resources: [r.yaml]\npatches:\n- {target}\n  patch: {secret}\n",
        "inline-json-patch-of-a-secret": f"resources: [r.yaml]\npatches:\n- {target}\n  patch: '- {{op: add, path: /a/b, value: {secret}}}'\n",
        "json-patch-tests-a-value": f"resources: [r.yaml]\npatches:\n- {target}\n  patch: '- {{op: test, path: /stringData/k, value: {secret}x}}'\n",
        "json-patch-leads-through-a-value": f"resources: [r.yaml]\npatches:\n- {target}\n  patch: '- {{op: remove, path: /stringData/k/{secret[:3]}}}'\n",
        "inline-generator": f"generators:\n- |\n  apiVersion: builtin\n  kind: SecretGenerator\n  metadata: {{name: g}}\n  literals: [{secret}]\n",
        "inline-transformer": f"resources: [r.yaml]\ntransformers:\n- |\n  kind: SecretTransformer\n  k: {secret}: x\n",
        "replacement-of-part-of-a-value": "resources: [r.yaml]\nreplacements:\n- source: {kind: Secret, fieldPath: stringData.k, options: "
        "{delimiter: '-', index: 9}}\n  targets: [{select: {kind: Secret}, fieldPaths: [stringData.x]}]\n",
        "replacement-of-a-value-as-a-map": "resources: [r.yaml]\nreplacements:\n- source: {kind: Secret, fieldPath: stringData.k}\n"
        "  targets: [{select: {kind: Secret}, fieldPaths: [stringData.k.x]}]\n",
        "var-of-a-value": "resources: [r.yaml]\nvars: [{name: A, objref: {apiVersion: v1, kind: Secret, name: a}, fieldref: "
        "{fieldpath: stringData.k.x}}]\n",
        "helm-values": f"helmCharts:\n- name: x\n  valuesInline:\n    k: {secret}: x\n",
        "password-in-an-address": f"resources:\n- https://user:{secret}@example.com/r.yaml\n",
        "password-in-a-repository": f"resources:\n- git::https://{secret}@example.com/o/r.git?ref=v1\n",
        "password-in-a-component": f"resources: []\ncomponents:\n- https://u:{secret}@example.com/o/r//x?ref=v1\n",
        "password-in-a-patch": f"resources: [r.yaml]\npatches: [{{path: 'https://u:{secret}@example.com/p.yaml'}}]\n",
        "password-in-a-helm-repository": f"helmCharts: [{{name: x, repo: 'https://u:{secret}@example.com'}}]\n",
        "password-in-a-crd": f"resources: [r.yaml]\ncrds: ['https://u:{secret}@example.com/p.yaml']\n",
        "password-in-a-schema": f"resources: [r.yaml]\nopenapi: {{path: 'https://u:{secret}@example.com/p.yaml'}}\n",
        "password-in-a-configuration": f"resources: [r.yaml]\nconfigurations: ['https://u:{secret}@example.com/p.yaml']\n",
        "password-in-a-replacement": f"resources: [r.yaml]\nreplacements: [{{path: 'https://u:{secret}@example.com/p.yaml'}}]\n",
        "password-in-a-generator": f"generators: ['https://u:{secret}@example.com/p.yaml']\n",
        "password-in-an-env-address": f"configMapGenerator: [{{name: g, envs: ['https://u:{secret}@example.com/p']}}]\n",
        "password-in-a-base": f"bases: ['https://u:{secret}@example.com/o/r//x?ref=v1']\n",
        "password-without-a-scheme": f"resources: ['u:{secret}@example.com:o/r.git']\n",
        "password-in-a-git-address": f"resources: ['git::ssh://u:{secret}@example.com/o/r?ref=v1']\n",
        "password-in-a-file-address": f"resources: ['file://u:{secret}@/etc/x']\n",
        "password-in-an-unknown-scheme": f"resources: ['s3::https://u:{secret}@example.com/x']\n",
        "token-in-an-address": f"resources:\n- https://example.com/r.yaml?token={secret}\n",
    }
    for name, text in kustomizations.items():
        found[f"planted-{name}"] = ({**login, "app/kustomization.yaml": text}, "")
    other = "resources: [r.yaml]\npatches: [{path: p.yaml, target: {kind: Secret}}]\n"
    for name, text in {
        "merge-patch-file": f"stringData:\n  k: {secret}: x\n",
        "merge-patch-file-of-data": f"data:\n  k: {secret}: x\n",
        "merge-patch-file-for-nobody": f"apiVersion: v1\nkind: Secret\nmetadata: {{name: {secret[:4]}}}\nstringData: {{k: {secret}}}\n",
        "json-patch-file": f"- op: add\n  path: /x/y/z\n  value: {secret}\n",
        "json-patch-file-broken": f"- op: add\n  path: /data/k\n  value: {secret}: x\n",
        "json-patch-file-in-json": f'[{{"op": "add", "path": "/x/y", "value": "{secret}"}}, ]\n',
        "patch-that-makes-a-list": f"stringData: [{secret}]\n",
    }.items():
        kustomization = other.replace(", target: {kind: Secret}", "") if "nobody" in name else other
        found[f"planted-{name}"] = (
            {**login, "app/kustomization.yaml": kustomization, "app/p.yaml": text},
            "",
        )
    files: dict[str, tuple[str, bytes]] = {
        "env-file-as-resource": ("resources: [s.env]\n", f"K={secret}\nL: [\n".encode()),
        "env-file-not-utf8": (
            "secretGenerator: [{name: g, envs: [s.env]}]\n",
            f"K={secret}\xff\n".encode("latin-1"),
        ),
        "env-file-key-twice": (
            "secretGenerator: [{name: g, envs: [s.env]}]\n",
            f"K={secret}\nK={secret}2\n".encode(),
        ),
        "env-file-called-yaml": (
            "secretGenerator: [{name: g, envs: [s.yaml]}]\n",
            f"kind: {secret}\xff\n".encode("latin-1"),
        ),
        "key-file-as-resource": (
            "resources: [keys.txt]\n",
            f"# key\nAGE-SECRET-KEY-1{secret.upper()}: x\n".encode(),
        ),
    }
    for name, (text, data) in files.items():
        file = next(word for word in ("s.env", "s.yaml", "keys.txt") if word in text)
        found[f"planted-{name}"] = ({"app/kustomization.yaml": text, f"app/{file}": data}, "")
    return found


def hard_link(root: str, text: str) -> None:
    """`app/r.yaml` as another name of a file beside the repository, which no check of paths can tell."""
    outside = os.path.join(os.path.dirname(root), "outside.txt")
    with open(outside, "w", encoding="utf-8") as file:
        file.write(text)
    os.link(outside, os.path.join(root, "app", "r.yaml"))
