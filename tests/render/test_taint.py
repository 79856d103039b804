"""A decrypted value is followed by every step of the engine; each case is one way out of the Secret."""

from __future__ import annotations

import json

import pytest

from cmp.render.errors import GateError
from cmp.yaml.taint import Origin, origins_of, taint, untaint
from cmp.yaml.value import Folded

ON_DATA = "^(data|stringData|spec)$"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: 'pa\"ss', n: 'ab', url: 'db:pw9:host'}\n"
CONFIG = (
    'apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, labels: {a: b}}\ndata: {k: v, j: \'{"a": "x"}\'}\n'
)
POD = "apiVersion: v1\nkind: Pod\nmetadata: {name: p}\nspec: {containers: [{name: a, image: nginx}]}\n"
# Patches run before replacements, transformers after them: the items come first, the kind of the list last.
TO_LIST = "patches: [{target: {kind: Secret}, path: items.yaml}]\ntransformers: [t.yaml]\n"
BUILTIN = "apiVersion: builtin\nkind: {}\nmetadata: {{name: t}}\n"


def replaced(source, target, options="", kind="ConfigMap"):
    return (
        "resources: [s.yaml, c.yaml]\nreplacements:\n"
        f"- source: {{kind: Secret, name: s, fieldPath: {source}}}\n"
        f"  targets: [{{select: {{kind: {kind}}}, fieldPaths: ['{target}']{options}}}]\n"
    )


def to_list(kind, item, section):
    """Files that give the Secret an item, and then the kind of a list."""
    body = {"apiVersion": "v1", "kind": item, "metadata": {"name": "i"}, section: {"k": "x"}}
    items = json.dumps([{"op": "add", "path": "/items", "value": [body]}])
    operation = json.dumps([{"op": "replace", "path": "/kind", "value": kind}])
    target = "target: {kind: Secret, name: s}\noptions: {allowKindChange: true}\n"
    return {
        "items.yaml": items,
        "t.yaml": f"{BUILTIN.format('PatchTransformer')}{target}patch: '{operation}'\n",
    }


# (name, kustomization, files that are encrypted, files in clear, the field that is refused)
CASES = [
    ("short value", replaced("stringData.n", "data.k"), {}, {}, "data.k"),
    ("escaped in JSON", replaced("stringData.p", "data.j.a"), {}, {}, "data.j"),
    ("a document that was written into, and then copied", "resources: [s.yaml, c.yaml]\nreplacements:\n- source: {kind: ConfigMap, fieldPath: data.k}\n  targets: [{select: {kind: Secret}, fieldPaths: [stringData.doc.a]}]\n- source: {kind: Secret, fieldPath: stringData.doc}\n  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.k]}]\n", {"s.yaml": SECRET.replace("'ab'", "'ab', doc: '{\"a\": \"x\", \"b\": \"cd\"}'")}, {}, "data.k"),
    ("part of the source", replaced("stringData.url", "data.k").replace("fieldPath: stringData.url", "fieldPath: stringData.url, options: {delimiter: ':', index: 1}"), {}, {}, "data.k"),
    ("part of the target", replaced("stringData.n", "data.k", ", options: {delimiter: '-', index: 1}"), {}, {}, "data.k"),
    ("a label", replaced("stringData.n", "metadata.labels.a"), {}, {}, "metadata.labels.a"),
    ("an annotation that is new in the Secret itself", replaced("stringData.p", "metadata.annotations.note", ", options: {create: true}", kind="Secret").replace(", c.yaml", ""), {}, {}, "metadata.annotations.note"),
    ("the type of the Secret itself", replaced("stringData.n", "type", ", options: {create: true}", kind="Secret").replace(", c.yaml", ""), {}, {}, "type"),
    ("an item of an encrypted list", replaced("stringData.list.1", "data.k"), {"s.yaml": SECRET.replace("n: 'ab'", "list: [ab, cd]")}, {}, "data.k"),
    ("the last part", replaced("stringData.url", "data.k").replace("fieldPath: stringData.url", "fieldPath: stringData.url, options: {delimiter: ':', index: 2}"), {}, {}, "data.k"),
    ("before the first part of the target", replaced("stringData.n", "data.k", ", options: {delimiter: '-', index: -1}"), {}, {}, "data.k"),
    ("items of a Secret that becomes a list", replaced("stringData.n", "items.[kind=ConfigMap].data.k", kind="Secret").replace(", c.yaml", "") + TO_LIST, {}, to_list("SecretList", "ConfigMap", "data"), "data.k"),
    ("items of a Secret that becomes a List", replaced("stringData.n", "items.[kind=Secret].more.k", kind="Secret").replace(", c.yaml", "") + TO_LIST, {}, to_list("List", "Secret", "more"), "more.k"),
    ("a label of a Secret", replaced("stringData.n", "metadata.labels.a", kind="Secret, name: t").replace("c.yaml", "t.yaml"), {}, {"t.yaml": "apiVersion: v1\nkind: Secret\nmetadata: {name: t, labels: {a: b}}\n"}, "metadata.labels.a"),
    ("a name", replaced("stringData.n", "metadata.name"), {}, {}, "metadata.name"),
    ("a name with a hash", replaced("stringData.n", "metadata.name").replace(", c.yaml", "") + "configMapGenerator: [{name: g, literals: [a=b]}]\n", {}, {}, "metadata.name"),
    ("a name with prefix and suffix", replaced("stringData.n", "metadata.name") + "transformers: [t.yaml]\n", {}, {"t.yaml": BUILTIN.format("PrefixTransformer") + "prefix: x-\nfieldSpecs: [{path: metadata/name}]\n"}, "metadata.name"),
    ("an image", replaced("stringData.n", "spec.containers.0.image", kind="Pod").replace("c.yaml", "p.yaml") + "transformers: [t.yaml]\n", {}, {"p.yaml": POD, "t.yaml": BUILTIN.format("ImageTagTransformer") + "imageTag: {name: ab, newTag: v2}\n"}, "spec.containers[0].image"),
    ("a var", "resources: [s.yaml, c.yaml]\nvars: [{name: V, objref: {kind: Secret, name: s, apiVersion: v1}, fieldref: {fieldPath: stringData.n}}]\nconfigurations: [f.yaml]\n", {}, {"c.yaml": CONFIG.replace("k: v", "k: 'a $(V)'"), "f.yaml": "varReference: [{path: data/k, kind: ConfigMap}]\n"}, "data.k"),
    ("an integer", "resources: [e.yaml]\n", {"e.yaml": "apiVersion: a/v1\nkind: Thing\nmetadata: {name: t}\nspec: {port: 7}\n"}, {}, "spec.port"),
    ("a float", "resources: [e.yaml]\n", {"e.yaml": "apiVersion: a/v1\nkind: Thing\nmetadata: {name: t}\nspec: {ratio: 0.5}\n"}, {}, "spec.ratio"),
    ("an item of a list", "resources: [e.yaml]\n", {"e.yaml": "apiVersion: a/v1\nkind: Thing\nmetadata: {name: t}\nspec: {list: [{deep: ab}]}\n"}, {}, "spec.list[0].deep"),
    ("an item of a List", "resources: [e.yaml]\n", {"e.yaml": "apiVersion: v1\nkind: List\nitems:\n- apiVersion: a/v1\n  kind: Thing\n  metadata: {name: t}\n  spec: {deep: ab}\n"}, {}, "spec.deep"),
    ("a merge patch", "resources: [c.yaml]\npatches: [{path: e.yaml}]\n", {"e.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {q: '12'}\n"}, {}, "data.q"),
    ("patchesStrategicMerge", "resources: [c.yaml]\npatchesStrategicMerge: [e.yaml]\n", {"e.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {q: '12'}\n"}, {}, "data.q"),
    ("a JSON patch after the value came", replaced("stringData.n", "data.k") + "transformers: [t.yaml]\n", {}, {"t.yaml": BUILTIN.format("PatchJson6902Transformer") + "target: {kind: ConfigMap, name: c}\njsonOp: '[{\"op\": \"move\", \"from\": \"/data/k\", \"path\": \"/data/m\"}]'\n"}, "data.m"),
    ("annotations by a transformer", "resources: [c.yaml]\ntransformers: [e.yaml]\n", {"e.yaml": BUILTIN.format("AnnotationsTransformer") + "annotations: {a: ab}\nfieldSpecs: [{path: metadata/annotations, create: true}]\n"}, {}, "metadata.annotations.a"),
    ("a prefix by a transformer", "resources: [c.yaml]\ntransformers: [e.yaml]\n", {"e.yaml": BUILTIN.format("PrefixTransformer") + "prefix: ab-\nfieldSpecs: [{path: metadata/name}]\n"}, {}, "metadata.name"),
    ("replicas by a transformer", "resources: [c.yaml]\ntransformers: [e.yaml]\n", {"e.yaml": BUILTIN.format("ReplicaCountTransformer") + "replica: {name: c, count: 7}\nfieldSpecs: [{path: data/k, kind: ConfigMap}]\n"}, {}, "data.k"),
    ("a value by a transformer", "resources: [c.yaml]\ntransformers: [e.yaml]\n", {"e.yaml": BUILTIN.format("ValueAddTransformer") + "value: ab\ntargets: [{fieldPath: data/k}]\n"}, {}, "data.k"),
    ("a replacement file", "resources: [c.yaml]\nreplacements: [{path: e.yaml}]\n", {"e.yaml": "sourceValue: ab\ntargets: [{select: {kind: ConfigMap}, fieldPaths: [data.k]}]\n"}, {}, "data.k"),
    ("a generator by a generator file", "generators: [e.yaml]\n", {"e.yaml": BUILTIN.format("ConfigMapGenerator") + "files: [k=other.txt]\n"}, {"other.txt": "x"}, "data.(a key)"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kustomization", "encrypted", "clear", "field"),
    [case[1:] for case in CASES],
    ids=[case[0] for case in CASES],
)
def test_a_value_is_followed_to_its_field(run, seal, monkeypatch, kustomization, encrypted, clear, field):
    from cmp.render.cleartext import Cleartext

    monkeypatch.setattr(Cleartext, "leaks", lambda self, objects: iter(()))  # without the second net
    files = {
        "s.yaml": seal(SECRET, regex=ON_DATA),
        "c.yaml": CONFIG,
        **clear,
        "kustomization.yaml": kustomization,
    }
    for name, text in encrypted.items():
        files[name] = seal(
            text,
            regex="^(a|count|prefix|value|sourceValue|files)$"
            if "builtin" in text or "sourceValue" in text
            else ON_DATA,
        )
    with pytest.raises(GateError) as info:
        run(files)
    refused = [info.value, *info.value.others]
    assert field in [each.where.field for each in refused if "would be shown in clear" in each.message]


WORD = "correct horse"
# (what a ConfigMap generator reads, its SOPS format, how the entry reads it, the field that is refused)
GENERATED = [
    (f"A={WORD}\nB=x\n", "binary", "envs: [f]", "data.A"),
    (f"B\nA={WORD}\n", "binary", "env: f", "data.A"),
    (f"# a comment\nA={WORD}\n", "dotenv", "envs: [f]", "data.A"),
    (f"A=it's \"{WORD}\"\n", "dotenv", "envs: [f]", "data.A"),
    (f"A={WORD}\n", "dotenv", "files: [f]", "data.f"),
    (f"short\n{WORD}\n", "binary", "files: [f]", "data.f"),
    (b"\x80" + WORD.encode(), "binary", "files: [f]", "binaryData.f"),
    (f"[section]\nA = {WORD}\n", "ini", "files: [f]", "data.f"),
    (json.dumps({"a": f'"{WORD}"'}), "json", "files: [f]", "data.f"),
    (json.dumps({"a": f"\\{WORD}\t"}), "json", "files: [f]", "data.f"),
    (json.dumps({"a": [7, {"b": f"\u20ac{WORD}"}]}), "json", "files: [f]", "data.f"),
    (f"a: it''s {WORD}\n", "yaml", "files: [f]", "data.f"),
    (f"a: \"'{WORD}': # x\"\n", "yaml", "files: [f]", "data.f"),
    (f"a: |\n  one\n\n  {WORD}\n", "yaml", "files: [f]", "data.f"),
    ("a: 0.25\n", "yaml", "files: [f]", "data.f"),
]  # fmt: skip


@pytest.mark.parametrize(("text", "fmt", "entry", "field"), GENERATED)
def test_a_generator_carries_on_however_the_value_is_spelled(run, seal, monkeypatch, text, fmt, entry, field):
    from cmp.render.cleartext import Cleartext

    monkeypatch.setattr(Cleartext, "leaks", lambda self, objects: iter(()))
    files = {"kustomization.yaml": f"configMapGenerator: [{{name: g, {entry}}}]\n", "f": seal(text, fmt)}
    with pytest.raises(GateError) as info:
        run(files)
    assert info.value.where.field == field
    assert WORD not in str([info.value, *info.value.others])
    files["kustomization.yaml"] = files["kustomization.yaml"].replace("configMap", "secret")
    assert run(files).text


OPERATION = {"op": "add", "path": "/data/m", "value": WORD}
PATCHES = {
    "JSON": json.dumps([OPERATION]),
    "indented JSON": json.dumps([OPERATION], indent=2),
    "YAML": f"- op: add\n  path: /data/m\n  value: {WORD}\n",
    "flow YAML": f"- {{op: add, path: /data/m, value: '{WORD}'}}\n",
    "a merge patch": CONFIG.replace("k: v", f"m: {WORD}"),
    "a merge patch as JSON": json.dumps(
        {"apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": "c"}, "data": {"m": WORD}}
    ),
}


@pytest.mark.parametrize("text", PATCHES.values(), ids=PATCHES)
@pytest.mark.parametrize("field", ["patches", "patchesJson6902", "transformers"])
def test_a_patch_that_is_encrypted_whole_carries_on(run, seal, monkeypatch, text, field):
    from cmp.render.cleartext import Cleartext

    monkeypatch.setattr(Cleartext, "leaks", lambda self, objects: iter(()))
    target = "target: {version: v1, kind: ConfigMap, name: c}"
    files = {"p": seal(text, "binary"), "c.yaml": CONFIG}
    if field == "transformers":
        kind = "PatchTransformer" if "kind" in text else "PatchJson6902Transformer"
        files["t.yaml"] = f"{BUILTIN.format(kind)}{target}\npath: p\n"
        files["kustomization.yaml"] = "resources: [c.yaml]\ntransformers: [t.yaml]\n"
    else:
        field = "patches" if "kind" in text else field
        files["kustomization.yaml"] = f"resources: [c.yaml]\n{field}: [{{path: p, {target}}}]\n"
    with pytest.raises(GateError) as info:
        run(files)
    assert "data.m" in [each.where.field for each in (info.value, *info.value.others)]


@pytest.mark.parametrize("kind", ["ModelConfig", "ModelLock", "Other"])
@pytest.mark.parametrize("declared", ["ConfigMap", "Secret"])
def test_a_kind_that_anyone_could_write_into_the_file_exempts_nothing(run, identity, kind, declared):
    from cmp.sops.write.document import NewFile, encrypt

    new = NewFile(
        groups=((str(identity.recipient()),),), rule=("encrypted_regex", ON_DATA), mac_only_encrypted=True
    )
    sealed = encrypt(SECRET.encode(), "yaml", new, "2026-01-02T03:04:05Z").data
    relabelled = sealed.replace(
        b"apiVersion: v1\nkind: Secret", f"apiVersion: cmp.mlops/v1alpha1\nkind: {kind}".encode()
    )
    assert relabelled != sealed
    back = json.dumps(
        [
            {"op": "replace", "path": "/apiVersion", "value": "v1"},
            {"op": "replace", "path": "/kind", "value": declared},
        ]
    )
    kustomization = f"resources: [s.yaml]\npatches: [{{target: {{kind: {kind}}}, patch: '{back}'}}]\n"
    files = {"kustomization.yaml": kustomization, "s.yaml": relabelled}
    if declared == "Secret":
        assert "kind: Secret" in run(files).text  # its values are where Argo CD hides them
        return
    with pytest.raises(GateError) as info:
        run(files)
    assert {each.where.field for each in (info.value, *info.value.others)} == {
        "stringData.n",
        "stringData.p",
        "stringData.url",
    }


# (kind of a transformer or generator, its fields, which of them are encrypted, the field that is refused)
CONFIGURED = [
    ("LabelTransformer", "labels: {l: ab}\nfieldSpecs: [{path: metadata/labels, create: true}]\n", "l", "metadata.labels.l"),
    ("NamespaceTransformer", "metadata: {name: t, namespace: ab}\nfieldSpecs: [{path: metadata/namespace, create: true}]\n", "namespace", None),  # which object it is: not followed
    ("SuffixTransformer", "suffix: -ab\nfieldSpecs: [{path: metadata/name}]\n", "suffix", "metadata.name"),
    ("ImageTagTransformer", "imageTag: {name: nginx, newTag: ab}\n", "newTag", "spec.containers[0].image"),
    ("ImageTagTransformer", "imageTag: {name: nginx, newName: ab}\n", "newName", "spec.containers[0].image"),
    ("ImageTagTransformer", "imageTag: {name: nginx, digest: sha256:ab}\n", "digest", "spec.containers[0].image"),
    ("ReplacementTransformer", "replacements: [{sourceValue: ab, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.k]}]}]\n", "sourceValue", "data.k"),
    ("ReplicaCountTransformer", "replica: {name: c, count: 7}\nfieldSpecs: [{path: data/k, kind: ConfigMap}]\n", "count", "data.k"),
    ("PatchTransformer", "patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {m: ab}}'\n", "patch", "data.m"),
    ("PatchTransformer", "patch: '[{\"op\": \"add\", \"path\": \"/data/m\", \"value\": \"ab\"}]'\ntarget: {name: c}\n", "patch", "data.m"),
    ("PatchStrategicMergeTransformer", "patches: '{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {m: ab}}'\n", "patches", "data.m"),
    ("PatchJson6902Transformer", "jsonOp: '[{\"op\": \"add\", \"path\": \"/data/m\", \"value\": \"ab\"}]'\ntarget: {version: v1, kind: ConfigMap, name: c}\n", "jsonOp", "data.m"),
    ("ConfigMapGenerator", "literals: [m=ab]\n", "literals", "data.m"),
    ("ConfigMapGenerator", "metadata: {name: t, annotations: {n: ab}}\nliterals: [m=x]\n", "n", None),
    ("ConfigMapGenerator", "literals: [m=x]\noptions: {labels: {l: ab}}\n", "l", "metadata.labels.l"),
]  # fmt: skip


@pytest.mark.parametrize(("kind", "fields", "encrypted", "field"), CONFIGURED)
def test_a_configuration_that_is_encrypted_carries_on(run, seal, monkeypatch, kind, fields, encrypted, field):
    from cmp.render.cleartext import Cleartext

    monkeypatch.setattr(Cleartext, "leaks", lambda self, objects: iter(()))
    head = f"apiVersion: builtin\nkind: {kind}\n" + (
        "" if fields.startswith("metadata:") else "metadata: {name: t}\n"
    )
    where = "generators" if kind.endswith("Generator") else "transformers"
    files = {
        "kustomization.yaml": f"resources: [c.yaml, p.yaml]\n{where}: [t.yaml]\n",
        "c.yaml": CONFIG,
        "p.yaml": POD,
        "t.yaml": seal(head + fields, regex=f"^{encrypted}$"),
    }
    if field is None:
        assert run(files).text
        return
    with pytest.raises(GateError) as info:
        run(files)
    assert field in [each.where.field for each in (info.value, *info.value.others)]


# Trees without the trick, which must render.
ALLOWED = [
    ("a wholly encrypted Secret", "resources: [w.yaml]\nnamePrefix: x-\nnamespace: here\nlabels: [{pairs: {t: u}}]\n", "apiVersion: v1\nkind: Secret\nmetadata: {name: s, labels: {team: fraud-detection}}\ntype: Opaque\nimmutable: true\nstringData: {p: secret-value}\n"),
    ("two in one file", "resources: [w.yaml]\n", "".join(f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {n}, labels: {{l: {n}label}}}}\ndata: {{p: YQ==}}\n" for n in ("one", "two"))),
    ("a List", "resources: [w.yaml]\n", "apiVersion: v1\nkind: List\nitems: [{apiVersion: v1, kind: Secret, metadata: {name: a, labels: {l: label}}, data: {p: YQ==}}]\n"),
    ("one that a Pod refers to", "resources: [w.yaml, p.yaml]\nnamePrefix: x-\n", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {p: secret-value}\n"),
    ("a patch of its values", "resources: [s.yaml]\npatches: [{path: w.yaml}]\n", "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {q: secret-value}\n"),
    ("values that say too little", "resources: [w.yaml]\n", "apiVersion: a/v1\nkind: Thing\nmetadata: {name: t}\nspec: {on: true, off: false, none: null, empty: ''}\n"),
]  # fmt: skip


@pytest.mark.parametrize(
    ("kustomization", "text"), [case[1:] for case in ALLOWED], ids=[case[0] for case in ALLOWED]
)
def test_what_stays_in_its_place_renders(run, seal, kustomization, text):
    pod = POD.replace("image: nginx", "image: nginx, envFrom: [{secretRef: {name: s}}]")
    files = {
        "s.yaml": seal(SECRET, regex=ON_DATA),
        "p.yaml": pod,
        "w.yaml": seal(text),
        "kustomization.yaml": kustomization,
    }
    assert run(files).text


@pytest.mark.parametrize(("text", "fmt", "entry"), [case[:3] for case in GENERATED])
def test_a_generator_entry_may_waive_for_its_own_object(run, seal, text, fmt, entry):
    waiver = "options: {annotations: {cmp.mlops/allow-cleartext: the client reads no Secret}}"
    files = {
        "kustomization.yaml": f"configMapGenerator: [{{name: g, {entry}, {waiver}}}]\n",
        "f": seal(text, fmt),
    }
    assert "kind: ConfigMap" in run(files).text
    other = files["kustomization.yaml"].replace("]\n", f", {{name: h, {entry}}}]\n")
    with pytest.raises(GateError):  # the other entry reads the same file and has no waiver
        run({**files, "kustomization.yaml": other})


def test_a_sealed_secret_renders_without_a_word(run):
    sealed = "apiVersion: bitnami.com/v1alpha1\nkind: SealedSecret\nmetadata: {name: s}\nspec: {encryptedData: {k: AgBy3i4OJSWKPiTySYZZA9rO43cGDEq}}\n"
    done = run({"kustomization.yaml": "resources: [s.yaml]\nnamespace: team\n", "s.yaml": sealed})
    assert "encryptedData" in done.text
    assert done.warnings == []


def test_a_wholly_encrypted_secret_through_ksops(run, seal):
    ksops = "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: g}\nfiles: [w.yaml]\n"
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: s, labels: {l: label-value}}\nstringData: {p: v}\n"
    )
    files = {"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": ksops, "w.yaml": seal(secret)}
    assert "label-value" in run(files).text


def test_a_value_that_moved_inside_of_its_own_secret(run, seal):
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s, labels: {l: label}}\nstringData: {p: vv}\n"
    kustomization = (
        "resources: [s.yaml]\nreplacements: [{source: {kind: Secret, fieldPath: stringData.p},"
        " targets: [{select: {kind: Secret}, fieldPaths: [metadata.labels.l]}]}]\n"
    )
    with pytest.raises(GateError) as info:
        run({"kustomization.yaml": kustomization, "s.yaml": seal(secret)})
    assert info.value.where.field == "metadata.labels.l"
    assert "s.yaml, stringData.p" in info.value.message


@pytest.mark.parametrize("documents", ["two files", "one file"])
def test_a_value_from_the_same_place_of_another_secret(run, seal, documents):
    """Only what the Secret's own document says there is its own."""
    secret = (
        "apiVersion: v1\nkind: Secret\nmetadata: {name: %s, labels: {l: label-of-%s}}\nstringData: {p: x}\n"
    )
    one, two = secret % ("one", "one"), secret % ("two", "two")
    replacement = (
        "replacements: [{source: {kind: Secret, name: one, fieldPath: metadata.labels.l},"
        " targets: [{select: {kind: Secret, name: two}, fieldPaths: [metadata.labels.l]}]}]\n"
    )
    if documents == "two files":
        files = {"one.yaml": seal(one), "two.yaml": seal(two)}
    else:
        files = {"both.yaml": seal(f"{one}---\n{two}")}
    kustomization = f"resources: [{', '.join(files)}]\n"
    assert run({**files, "kustomization.yaml": kustomization}).text
    with pytest.raises(GateError) as info:
        run({**files, "kustomization.yaml": kustomization + replacement})
    assert (info.value.where.object, info.value.where.field) == ("Secret/two", "metadata.labels.l")


def test_all_sources_of_a_value_are_named(run, seal):
    kustomization = (
        "resources: [s.yaml, c.yaml]\nreplacements:\n"
        "- {source: {kind: Secret, fieldPath: stringData.p}, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.k], options: {delimiter: '/', index: 0}}]}\n"
        "- {source: {kind: Secret, fieldPath: stringData.n}, targets: [{select: {kind: ConfigMap}, fieldPaths: [data.k], options: {delimiter: '/', index: 1}}]}\n"
    )
    files = {
        "kustomization.yaml": kustomization,
        "s.yaml": seal(SECRET, regex=ON_DATA),
        "c.yaml": CONFIG.replace("k: v", "k: a/b"),
    }
    with pytest.raises(GateError, match=r"stringData\.p; s\.yaml, stringData\.n"):
        run(files)


def test_the_written_text_of_a_folded_block_is_tainted_too():
    origins = (Origin("s.yaml", 0, ("a",)),)
    twin = taint(Folded("one\n\n two", "one\n two"), origins)
    assert isinstance(twin, Folded)
    assert origins_of(twin) == origins_of(twin.written) == origins
    plain = untaint(twin)
    assert type(plain) is Folded
    assert (plain, plain.written, origins_of(plain.written)) == ("one\n\n two", "one\n two", ())


# A chart that prints its values, as a program instead of helm.
HELM = """\
#!/bin/sh
[ "$1" = version ] && { echo v3.15.2; exit; }
printf 'apiVersion: v1\\nkind: ConfigMap\\nmetadata: {name: c}\\ndata:\\n'
for argument; do
    [ "$last" = -f ] && sed -n 's/"//g; s/^\\(k.*\\): \\(.*\\)/  \\1: "<\\2>"/p' "$argument"
    last="$argument"
done
"""
# (what is encrypted: a file of values, or the generator that has them inline)
CHARTS = {
    "a file of values": ("helmCharts: [{name: chart, valuesFile: v.yaml}]\n", "v.yaml", "k: %s\nkept: x\n"),
    "more values": (
        "helmCharts: [{name: chart, additionalValuesFiles: [v.yaml]}]\n", "v.yaml", "k: %s\nkept: x\n"
    ),
    "values of a generator": (
        "generators: [g.yaml]\n",
        "g.yaml",
        BUILTIN.format("HelmChartInflationGenerator") + "name: chart\nvaluesInline: {k: %s, kept: x}\n",
    ),
}  # fmt: skip


@pytest.mark.parametrize("value", ["ab", "7", "-7", "0.5", "'0.5'", "1e3", "0x1F", "2024-01-31"])
@pytest.mark.parametrize("way", CHARTS)
def test_a_value_is_followed_through_a_chart(tmp_path, seal, keys, monkeypatch, way, value):
    kustomization, name, text = CHARTS[way]
    refused_in_a_chart(tmp_path, keys, monkeypatch, kustomization, name, seal(text % value, regex="^k$"))


@pytest.mark.parametrize(
    "value", ["0x1F", "0o17", "+7", "9", "1.50", "!!binary YQ==", "!!str 7", "2001-02-03"]
)
def test_a_file_of_values_that_is_encrypted_whole(tmp_path, seal, keys, monkeypatch, value):
    kustomization = CHARTS["a file of values"][0].replace("v.yaml", "v")
    refused_in_a_chart(tmp_path, keys, monkeypatch, kustomization, "v", seal(f"k: {value}\n", "binary"))


def refused_in_a_chart(tmp_path, keys, monkeypatch, kustomization, name, data):
    from cmp.kustomize import Options
    from cmp.render import Settings, render
    from cmp.render.cleartext import Cleartext
    from cmp.tree import DiskTree

    monkeypatch.setattr(Cleartext, "leaks", lambda self, objects: iter(()))
    program = tmp_path / "helm"
    program.write_text(HELM)
    program.chmod(0o755)
    (tmp_path / "r/charts/chart").mkdir(parents=True)
    (tmp_path / "r/charts/chart/values.yaml").write_text("a: 1\n")
    (tmp_path / "r/kustomization.yaml").write_text(kustomization)
    (tmp_path / "r" / name).write_bytes(data)
    options = Options(enable_helm=True, helm_command=str(program))
    with DiskTree(str(tmp_path)) as tree, pytest.raises(GateError) as info:
        render(tree, f"{tmp_path}/r", Settings(keys=keys, options=options))
    refused = [info.value, *info.value.others]
    assert [each.where.field for each in refused] == ["data.k"]
