"""One small tree for each difference that random trees have shown; the outputs are kustomize v5.8.1's."""

from __future__ import annotations

from pathlib import Path

import pytest
from kustomize_trees import render

from cmp.errors import CmpError

OBJECTS = """\
apiVersion: v1
kind: Service
metadata: {name: s}
spec: {ports: [{port: 8080}]}
---
apiVersion: apps/v1
kind: Deployment
metadata: {name: d, labels: {a: b}}
"""
COPY_PORT = """\
replacements:
- source: {kind: Service, name: s, fieldPath: spec.ports.0.port}
  targets: [{select: {kind: Deployment}, fieldPaths: [%s], options: {create: true}}]
"""
LIST_OF_SECRETS = "".join(f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: {name}}}\n" for name in "ab")

ADD = "- op: add\n  path: /data\n  value: {a: b}\n"
PATCH = "patches: [{path: p.yaml, target: {kind: ConfigMap}}]\n"
ANNOTATED = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, annotations: {count: 010}}\n"
QUOTED_COUNT = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d, labels: {a: b}}\nspec: {replicas: '1'}\n"
)
NUMBERED_BASE = {
    "base/kustomization.yaml": "resources: [d.yaml]\nnamespace: '123'\n",
    "base/d.yaml": QUOTED_COUNT,
}
MERGE_NOTHING = (
    "patches: [{target: {kind: Deployment}, "
    "patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}}'}]\n"
)

TREES = {
    # A name that prefix or suffix wrote has no tag, so the number copied over it stays a number.
    "number-over-prefixed-name": (
        {"top/kustomization.yaml": "resources: [r.yaml]\nnamePrefix: x-\n" + COPY_PORT % "metadata.name"},
        ["  name: 8080"],
    ),
    "number-over-read-name": (
        {"top/kustomization.yaml": "resources: [r.yaml]\n" + COPY_PORT % "metadata.name"},
        ['  name: "8080"'],
    ),
    # A field that a replacement makes has no tag either: a number by itself, a text for vars.
    "created-number": (
        {"top/kustomization.yaml": "resources: [r.yaml]\n" + COPY_PORT % "metadata.labels.copied"},
        ["    copied: 8080"],
    ),
    "created-number-under-vars": (
        {
            "top/kustomization.yaml": "resources: [r.yaml]\n"
            "vars: [{name: H, objref: {apiVersion: v1, kind: Service, name: s}}]\n"
            + COPY_PORT
            % "metadata.labels.copied"
        },
        ['    copied: "8080"'],
    ),
    # That name stays a text for vars.
    "var-of-a-number-over-a-prefixed-name": (
        {
            "top/kustomization.yaml": "resources: [r.yaml, v.yaml]\nnamePrefix: x-\n"
            "vars: [{name: H, objref: {apiVersion: v1, kind: Service, name: s}}]\n"
            "replacements:\n- source: {kind: Service, name: s, fieldPath: spec.ports.0.port}\n"
            "  targets: [{select: {kind: Service}, fieldPaths: [metadata.name]}]\n",
            "top/v.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: v}\n"
            "spec: {template: {spec: {containers: [{name: c, args: [$(H)]}]}}}\n",
        },
        ['        - "8080"', "  name: 8080"],
    ),
    # Transformer annotations make texts of all others before a JSON patch sees them.
    "octal-annotation-after-transformations": (
        {
            "top/kustomization.yaml": "buildMetadata: [transformerAnnotations, originAnnotations]\n"
            "resources: [../base]\n" + PATCH,
            "top/p.yaml": ADD,
            "base/kustomization.yaml": "resources: [c.yaml]\nnamePrefix: x-\n",
            "base/c.yaml": ANNOTATED,
        },
        ['    count: "010"'],
    ),
    "octal-annotation-alone": (
        {
            "top/kustomization.yaml": "resources: [c.yaml]\n" + PATCH,
            "top/p.yaml": ADD,
            "top/c.yaml": ANNOTATED,
        },
        ['    count: "8"'],
    ),
    # A field that a replacement made stays without a tag, so the next number written over it is one.
    "number-over-created-text": (
        {
            "top/kustomization.yaml": "resources: [r.yaml]\n"
            "replacements:\n- source: {kind: Service, name: s}\n"
            "  targets:\n  - select: {kind: Deployment}\n    fieldPaths: [metadata.labels.copied]\n"
            "    options: {create: true}\n"
            + COPY_PORT.removeprefix("replacements:\n")
            % "metadata.labels.copied"
        },
        ["    copied: 8080"],
    ),
    # An empty text in a new field is one.
    "empty-text-into-a-new-field": (
        {
            "top/kustomization.yaml": "resources: [c.yaml]\n"
            "replacements:\n- source: {kind: ConfigMap, name: c, fieldPath: data.k}\n  targets:\n"
            "  - {select: {kind: ConfigMap}, fieldPaths: [data.new], options: {create: true}}\n",
            "top/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: ''}\n",
        },
        ['  k: ""', '  new: ""'],
    ),
    # A merge patch writes every field anew, and what looks like a number then gets quotes to keep.
    "namespace-of-digits-after-a-merge": (
        {"top/kustomization.yaml": "resources: [../base]\n" + MERGE_NOTHING, **NUMBERED_BASE},
        ['  namespace: "123"'],
    ),
    # Generated values that look like numbers are in quotes, and so is what a merge patch puts in their place.
    "number-over-generated-digits": (
        {
            "top/kustomization.yaml": "configMapGenerator: [{name: c, literals: [a=5, b=x]}]\n"
            "patches:\n"
            "- patch: '{apiVersion: v1, kind: ConfigMap, metadata: {name: c}, data: {a: 7, b: 7}}'\n"
        },
        ['  a: "7"', "  b: 7"],
    ),
    # A count takes over the quotes of the one it replaces, and keeps its type all the same.
    "replicas-over-quotes": (
        {
            "top/kustomization.yaml": "resources: [d.yaml]\nreplicas: [{name: d, count: 3}]\n",
            "top/d.yaml": QUOTED_COUNT,
        },
        ['  replicas: "3"'],
    ),
    # Labels of a patch with a target are texts in quotes when they are new, and without where there are some.
    "value-added-over-labels-of-a-patch": (
        {
            "top/kustomization.yaml": "resources: [../base]\ntransformers: [v.yaml]\n",
            "top/v.yaml": "apiVersion: builtin\nkind: ValueAddTransformer\nmetadata: {name: v}\nvalue: '44'\n"
            "targets: [{fieldPath: metadata/labels/a}, {fieldPath: metadata/labels/m}]\n",
            "base/kustomization.yaml": "resources: [d.yaml]\n"
            "patches: [{target: {kind: Deployment}, patch: "
            "'{apiVersion: apps/v1, kind: Deployment, metadata: {name: d, labels: {a: 7, m: 7}}}'}]\n",
            "base/d.yaml": QUOTED_COUNT,
        },
        ["    a: 44", '    m: "44"'],
    ),
    # Annotations that stand there twice: the first are written over the second.
    "annotations-twice": (
        {
            "top/kustomization.yaml": "resources: [c.yaml]\n",
            "top/c.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: c\n"
            "  annotations: {a: 1, b: x}\n"
            "  annotations: {b: y, c: z}\n",
        },
        ['    a: "1"', "    b: x", "    c: z"],
    ),
    # A merge patch drops an empty field, and of one that stands there twice the second value stays.
    "empty-field-twice-under-a-merge": (
        {
            "top/kustomization.yaml": "resources: [d.yaml]\n" + MERGE_NOTHING,
            "top/d.yaml": "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
            "spec:\n  template:\n  template:\n    metadata: {labels: {a: b}}\n",
        },
        ["        a: b"],
    ),
    # The source is read anew for each target, and may be a target itself.
    "source-among-targets": (
        {
            "top/kustomization.yaml": "resources: [s.yaml]\n"
            "replacements:\n- source: {kind: Secret, name: a}\n"
            "  targets:\n  - select: {kind: Secret}\n    fieldPaths: [metadata.name]\n"
            "    options: {delimiter: ':', index: 1}\n",
            "top/s.yaml": LIST_OF_SECRETS,
        },
        ["  name: a:a", "  name: b:a:a"],
    ),
}


@pytest.mark.parametrize("name", TREES)
def test_tree(name: str, tmp_path: Path) -> None:
    files, expected = TREES[name]
    for path, text in {"top/r.yaml": OBJECTS, **files}.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    lines = render(str(tmp_path), "top").splitlines()
    for line in expected:
        assert line in lines


THING = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\n"
TEXT = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {v: xy, empty: ''}\n"
# (the object below `x:`, merge patches of it in one layer each, what `x` is then).
MERGES = {
    "block text into written-out braces": (
        "f: {}",
        ["f:\n    a: >\n      one\n        two\n"],
        "f:\n    a: |\n      one\n\n        two\n",
    ),
    "block text into braces": (
        "f: {k: v}",
        ["f:\n    a: >\n      one\n        two\n"],
        "f:\n    a: |\n      one\n        two\n    k: v\n",
    ),
    "braces into a mapping that a patch emptied": (
        "f:\n    k: v",
        ["f:\n    k: null", "f: {a: 1}", "f:\n    c:\n      - >\n        one\n          two\n"],
        "f:\n    a: 1\n    c:\n    - |\n      one\n        two\n",
    ),
    "brackets in place of a null": (
        "f:",
        ["f: [x]", "f:\n  - >\n    one\n      two\n  -"],
        "f:\n  - |\n    one\n\n      two\n  - null\n",
    ),
    "brackets in place of a written-out null": (
        "f: null",
        ["f: [x]", "f:\n  - >\n    one\n      two\n  -"],
        "f:\n  - |\n    one\n\n      two\n  - null\n",
    ),
    "brackets in place of empty ones": (
        "f: []",
        ["f: [x]", "f:\n  - >\n    one\n      two\n  -"],
        'f:\n  - |\n    one\n      two\n  - ""\n',
    ),
    "braces in place of a null": (
        "f:",
        ["f: {a: x}", "f:\n    b: >\n      one\n        two\n"],
        "f:\n    a: x\n    b: |\n      one\n\n        two\n",
    ),
    "a list in place of empty brackets": ("f: []", ["f:\n  -\n  - x"], "f:\n  - null\n  - x\n"),
    "a list in place of brackets": ("f: [1]", ["f:\n  -\n  - x"], 'f:\n  - ""\n  - x\n'),
    "a number over a tagged string": ("f: !!str 7", ["f: 3"], "f: 3\n"),
    "a number over a tagged string of an earlier merge": ("f: !!str 7", ["g: 1", "f: 3"], "f: 3\n  g: 1\n"),
    "a string over a tagged string of an earlier merge": (
        "f: !!str 7",
        ["f: '8'", "g: 1", "f: 3"],
        "f: 3\n  g: 1\n",
    ),
    "a number over a word that an earlier merge quoted": ("f: yes", ["g: 1", "f: 3"], 'f: "3"\n  g: 1\n'),
    "a tagged string over a number": ("f: 1", ["f: !!str 7", "f: 3"], "f: 3\n"),
}


@pytest.mark.parametrize("name", MERGES)
def test_merge(name: str, tmp_path: Path) -> None:
    body, patches, expected = MERGES[name]
    layer = tmp_path / "base"
    layer.mkdir()
    (layer / "t.yaml").write_text(f"{THING}x:\n  {body}\n")
    (layer / "kustomization.yaml").write_text("resources: [t.yaml]\n")
    for number, patch in enumerate(patches):
        above = tmp_path / f"layer{number}"
        above.mkdir()
        (above / "p.yaml").write_text(f"{THING}x:\n  {patch}\n")
        (above / "kustomization.yaml").write_text(
            f"resources: [../{layer.name}]\npatches: [{{path: p.yaml}}]\n"
        )
        layer = above
    assert render(str(tmp_path), layer.name).endswith(f"x:\n  {expected}")


def as_item(text: str) -> str:
    return "apiVersion: v1\nkind: ThingList\nitems:\n- " + text.rstrip().replace("\n", "\n  ") + "\n"


# An empty text copied into a new field: (the object, the field, what is printed there).
COPIES = {
    "block": (THING + "x:\n  k: v\n", "x.new", "  new: null"),
    "list": (THING + "x:\n- 1\n", "x.1", "- null"),
    "braces": (THING + "x: {k: v}\n", "x.new", '  new: ""'),
    "brackets": (THING + "x: [1]\n", "x.1", '- ""'),
    "item of a list": (as_item(THING + "x:\n  k: v\n"), "x.new", '  new: ""'),
    "list in an item of a list": (as_item(THING + "x:\n- 1\n"), "x.1", '- ""'),
    "new mapping": (THING + "x:\n  k: v\n", "x.m.new", "    new: null"),
    "label": (THING, "metadata.labels.new", '    new: ""'),
    "annotation": (THING + "x: 1\n", "metadata.annotations.new", '    new: ""'),
}


@pytest.mark.parametrize("name", COPIES)
@pytest.mark.parametrize("source", ["data.empty", "data.v, options: {delimiter: x, index: 0}"])
def test_empty_text_copied_into_a_new_field(name: str, source: str, tmp_path: Path) -> None:
    thing, field, expected = COPIES[name]
    (tmp_path / "t.yaml").write_text(thing)
    (tmp_path / "c.yaml").write_text(TEXT)
    (tmp_path / "kustomization.yaml").write_text(
        f"resources: [c.yaml, t.yaml]\nreplacements:\n- source: {{kind: ConfigMap, fieldPath: {source}}}\n"
        f"  targets: [{{select: {{kind: Thing}}, fieldPaths: [{field}], options: {{create: true}}}}]\n"
    )
    assert expected in render(str(tmp_path), ".").splitlines()


REFUSED = {
    "managed-by-label-into-a-text": (
        {
            "top/kustomization.yaml": "resources: [s.yaml]\nbuildMetadata: [managedByLabel]\npatches:\n"
            "- target: {kind: Secret}\n  patch: |-\n    - {op: add, path: /metadata/labels, value: x}\n",
            "top/s.yaml": LIST_OF_SECRETS,
        },
        "must be a mapping",
    ),
    # Upstream puts the name from before a merge patch back, also when there was none.
    "merge-after-the-name-is-removed": (
        {
            "top/kustomization.yaml": "resources: [s.yaml]\npatches:\n"
            "- target: {name: a}\n  patch: |-\n    - {op: remove, path: /metadata/name}\n"
            "- patch: '{apiVersion: v1, kind: Secret, metadata: {name: a}, type: x}'\n",
            "top/s.yaml": LIST_OF_SECRETS,
        },
        "a patch before this one has removed the name or the kind",
    ),
    # A component's resources are added one by one to what is above, so equal ids are found out.
    "component-that-makes-names-equal": (
        {
            "top/kustomization.yaml": "resources: [s.yaml]\ncomponents: [../part]\n",
            "top/s.yaml": LIST_OF_SECRETS,
            "part/kustomization.yaml": "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
            "replacements:\n- source: {kind: Secret, name: a}\n"
            "  targets: [{select: {kind: Secret}, fieldPaths: [metadata.name]}]\n",
        },
        "an object of this kind and name exists already",
    ),
}


@pytest.mark.parametrize("name", REFUSED)
def test_refusal(name: str, tmp_path: Path) -> None:
    files, message = REFUSED[name]
    for path, text in files.items():
        (tmp_path / path).parent.mkdir(exist_ok=True)
        (tmp_path / path).write_text(text)
    with pytest.raises(CmpError) as caught:
        render(str(tmp_path), "top")
    assert message in caught.value.message


@pytest.mark.parametrize("null", ["", "~", "null", "Null"])
@pytest.mark.parametrize("kind", ["ConfigMap", "Secret"])
def test_a_null_in_data_that_a_generator_merges_into(kind: str, null: str, tmp_path: Path) -> None:
    """It becomes an empty string there; one among labels keeps the word that was written."""
    base = tmp_path / "base"
    base.mkdir()
    (base / "o.yaml").write_text(
        f"apiVersion: v1\nkind: {kind}\nmetadata: {{name: o, labels: {{l: {null}}}}}\ndata: {{k: {null}}}\n"
    )
    (base / "kustomization.yaml").write_text("resources: [o.yaml]\n")
    (tmp_path / "kustomization.yaml").write_text(
        f"resources: [base]\n{kind[0].lower()}{kind[1:]}Generator:\n"
        "- {name: o, behavior: merge, literals: [other=v], options: {disableNameSuffixHash: true}}\n"
    )
    made = render(str(tmp_path), ".")
    assert '  k: ""\n' in made
    assert f'    l: "{null}"\n' in made


@pytest.mark.parametrize(
    "later",
    ["patches: [{target: {kind: Thing}, patch: '- {op: add, path: /y, value: z}'}]\n", "namePrefix: p-\n"],
)
def test_a_string_copied_over_a_null_keeps_its_tag_and_cannot_be_read(later: str, tmp_path: Path) -> None:
    base, above = tmp_path / "base", tmp_path / "above"
    base.mkdir()
    above.mkdir()
    (base / "t.yaml").write_text(THING + "x: null\n")
    (base / "kustomization.yaml").write_text(
        "resources: [t.yaml]\nreplacements:\n"
        "- {sourceValue: '2', targets: [{select: {kind: Thing}, fieldPaths: [x]}]}\n"
    )
    (above / "kustomization.yaml").write_text("resources: [../base]\n" + later)
    with pytest.raises(CmpError, match="a value tagged !!null does not read as one"):
        render(str(tmp_path), "above")


@pytest.mark.parametrize("field", ["labels", "annotations"])
@pytest.mark.parametrize("twice", ["%s:\n  %s: {b: y}\n", "%s: {a: x}\n  %s:\n", "%s:\n  %s:\n"])
def test_labels_that_stand_twice_in_a_patch_with_a_target_do_not_vanish(
    field: str, twice: str, tmp_path: Path
) -> None:
    """Upstream applies all, one or none of them."""
    (tmp_path / "t.yaml").write_text(THING)
    (tmp_path / "p.yaml").write_text(
        "apiVersion: v1\nkind: Any\nmetadata:\n  name: any\n  " + twice % (field, field)
    )
    (tmp_path / "kustomization.yaml").write_text(
        "resources: [t.yaml]\npatches: [{target: {kind: Thing}, path: p.yaml}]\n"
    )
    with pytest.raises(CmpError, match="same key twice") as caught:
        render(str(tmp_path), ".")
    assert caught.value.where.file.endswith("p.yaml")


@pytest.mark.parametrize(
    ("written", "printed"),
    [("", "null"), ("null", "null"), ('""', '""'), ('"1"', '"1"'), ("1", "1"), ("a/v1", "a/v1")],
)
def test_an_api_version_under_a_patch_with_a_target(written: str, printed: str, tmp_path: Path) -> None:
    """The patch takes it over as it is written."""
    (tmp_path / "t.yaml").write_text(f"apiVersion: {written}\nkind: Thing\nmetadata: {{name: t}}\n")
    (tmp_path / "kustomization.yaml").write_text(
        "resources: [t.yaml]\npatches:\n- target: {kind: Thing}\n"
        "  patch: '{apiVersion: v1, kind: Any, metadata: {name: any}, x: y}'\n"
    )
    assert render(str(tmp_path), ".").startswith(f"apiVersion: {printed}\nkind: Thing\n")


def test_folded_text_in_a_list_behind_another_document(tmp_path: Path) -> None:
    """Such items go through JSON, not through the print that adds blank lines; a lone List's do not."""
    thing = THING + "x: >\n  one\n   two\n"
    other = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n---\n"
    (tmp_path / "kustomization.yaml").write_text("resources: [t.yaml]\n")
    (tmp_path / "t.yaml").write_text(other + as_item(thing))
    assert "x: |\n  one\n   two\n" in render(str(tmp_path), ".")
    (tmp_path / "t.yaml").write_text(as_item(thing).replace("ThingList", "List"))
    assert "x: |\n  one\n\n   two\n" in render(str(tmp_path), ".")


def test_namespaces_of_odd_versions_in_legacy_order(tmp_path: Path) -> None:
    """Of the core group by falling versions, then those of groups by rising ones."""
    versions = ["a/v1", "v1", "v2", "b", "b/v1"]
    (tmp_path / "n.yaml").write_text(
        "---\n".join(f"apiVersion: {each}\nkind: Namespace\nmetadata: {{name: n}}\n" for each in versions)
    )
    (tmp_path / "kustomization.yaml").write_text("resources: [n.yaml]\nsortOptions: {order: legacy}\n")
    made = render(str(tmp_path), ".").splitlines()
    found = [line.removeprefix("apiVersion: ") for line in made if line.startswith("apiVersion")]
    assert found == ["v2", "v1", "b", "a/v1", "b/v1"]
