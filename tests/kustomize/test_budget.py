"""Small trees that would make any amount: refused by a count, before the memory is taken."""

from __future__ import annotations

import tracemalloc

import pytest

from cmp.errors import LimitError
from cmp.kustomize import Options, build, emit
from cmp.kustomize.budget import Budget, size_of
from cmp.limits import Limits
from cmp.tree.memory import MemoryTree

CONFIG = "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c@}\ndata: {k: v}\n"
# Bounds of a hundredth of the defaults, so that reaching them takes no memory to speak of.
LIMITS = Limits(copied_bytes=2 << 20, output_bytes=2 << 20)


def each(count: int, text: str) -> str:
    return "".join(text.replace("@", str(number)) for number in range(count))


def tree(kustomization: str, resources: str, **more: str) -> MemoryTree:
    files = {"/kustomization.yaml": f"resources: [r.yaml]\n{kustomization}", "/r.yaml": resources}
    files |= {f"/{name}.yaml": text for name, text in more.items()}
    return MemoryTree({path: text.encode() for path, text in files.items()})


DOUBLING = (
    "- source: {kind: ConfigMap, name: c0, fieldPath: data.k}\n"
    "  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.k], options: {delimiter: '%', index: 9}}]\n"
)
NESTING = (
    "- source: {kind: ConfigMap, name: c0, fieldPath: data}\n"
    "  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.more@], options: {create: true}}]\n"
)
GENERATORS = "configMapGenerator:\n" + each(60, "- {name: g@, literals: [a=b]}\n")


POD = (
    "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p@}\n"
    "spec: {containers: [{name: m, image: i, envFrom: [{configMapRef: {name: c}}]}]}\n"
)
# One list, so that an alias of the anchor is possible in each object.
SHARED = (
    "apiVersion: v1\nkind: List\nitems:\n"
    f"- {{apiVersion: v1, kind: ConfigMap, metadata: {{name: x, namespace: &a {'x' * 9_000}}}}}\n"
    + each(300, "- {apiVersion: v1, kind: ConfigMap, metadata: {name: c@, namespace: *a}}\n")
)


def far(metadata: str, objects: int, images: int) -> MemoryTree:
    """A base whose path has nearly 4 KB, which each annotation of `buildMetadata` quotes."""
    folder = "/".join(["x" * 200] * 19)
    entries = "images:\n" + each(images, "- {name: i@, newTag: x}\n") if images else ""
    files = {
        "/kustomization.yaml": f"buildMetadata: [{metadata}]\nresources: [{folder}]\n",
        f"/{folder}/kustomization.yaml": f"resources: [r.yaml]\n{entries}",
        f"/{folder}/r.yaml": each(objects, CONFIG),
    }
    return MemoryTree({path: text.encode() for path, text in files.items()})


BOMBS = {
    "a value that replaces itself": tree("replacements:\n" + each(40, DOUBLING), each(1, CONFIG)),
    "a mapping that is put into itself": tree("replacements:\n" + each(40, NESTING), each(1, CONFIG)),
    "copies in a JSON patch": tree(
        "patches: [{target: {kind: ConfigMap}, path: p.yaml}]\n",
        each(1, CONFIG),
        p=each(40, "- {op: copy, from: /data, path: /data/x@}\n"),
    ),
    "copies in many JSON patches, each of which is harmless": tree(
        "patches:\n" + each(60, "- {target: {kind: ConfigMap}, path: p.yaml}\n"),
        each(60, CONFIG),
        p=each(9, "- {op: copy, from: /data, path: /data/x@}\n"),
    ),
    "a long string into many objects": tree(
        "replacements:\n- source: {kind: Secret, name: s, fieldPath: stringData.k}\n"
        "  targets: [{select: {kind: ConfigMap}, fieldPaths: [data.k]}]\n",
        each(300, CONFIG)
        + f"---\napiVersion: v1\nkind: Secret\nmetadata: {{name: s}}\nstringData: {{k: {'x' * 9_000}}}\n",
    ),
    "a large patch of many objects": tree(
        "patches: [{target: {kind: ConfigMap}, path: p.yaml}]\n",
        each(300, CONFIG),
        p="apiVersion: v1\nkind: ConfigMap\nmetadata: {name: x}\ndata:\n" + each(100, "  k@: v\n"),
    ),
    "many labels for many objects": tree(
        "labels: [{pairs: {" + ", ".join(f"l{n}: x" for n in range(200)) + "}}]\n", each(300, CONFIG)
    ),
    "many annotations for many objects": tree(
        "commonAnnotations: {" + ", ".join(f"l{n}: x" for n in range(200)) + "}\n", each(300, CONFIG)
    ),
    "a long prefix of many names": tree(f"namePrefix: {'x' * 9_000}\n", each(300, CONFIG)),
    "a long suffix of many names": tree(f"nameSuffix: {'x' * 9_000}\n", each(300, CONFIG)),
    "a long prefix of many fields": tree(
        f"namePrefix: {'x' * 5_000}\nconfigurations: [c.yaml]\n",
        each(20, CONFIG).replace("{k: v}", "{" + ", ".join(f"k{n}: v" for n in range(30)) + "}"),
        c="namePrefix:\n- {path: metadata/name}\n" + "".join(f"- {{path: data/k{n}}}\n" for n in range(30)),
    ),
    "a label of many fields": tree(
        "labels:\n- pairs: {a: "
        + "x" * 5_000
        + "}\n  fields:\n"
        + "".join(f"  - {{path: spec/a{n}, create: true}}\n" for n in range(30)),
        each(20, CONFIG),
    ),
    "an annotation of many fields": tree(
        f"commonAnnotations: {{a: {'x' * 5_000}}}\nconfigurations: [c.yaml]\n",
        each(20, CONFIG),
        c="commonAnnotations:\n" + "".join(f"- {{path: spec/a{n}, create: true}}\n" for n in range(30)),
    ),
    "a long namespace of many objects": tree(
        f"namespace: {'x' * 9_000}\n", each(300, CONFIG.replace("ConfigMap", "ServiceAccount"))
    ),
    "a long tag of many images": tree(f"images: [{{name: i, newTag: {'x' * 9_000}}}]\n", each(300, POD)),
    "a long name that many objects refer to": tree(
        "namePrefix: a-\npatches: [{target: {kind: ConfigMap}, path: p.yaml}]\n",
        each(300, POD) + "---\napiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\n",
        p=f"- {{op: replace, path: /metadata/name, value: {'x' * 9_000}}}\n",
    ),
    "a long value of a transformer": tree(
        "transformers: [t.yaml]\n",
        each(300, CONFIG),
        t="apiVersion: builtin\nkind: ValueAddTransformer\nmetadata: {name: t}\n"
        f"value: {'x' * 9_000}\ntargets: [{{fieldPath: data/k}}]\n",
    ),
    "a long namespace that many objects share": tree("", SHARED),
    "labels of all generators": tree(
        "generatorOptions: {labels: {" + ", ".join(f"l{n}: x" for n in range(700)) + "}}\n" + GENERATORS,
        each(1, CONFIG),
    ),
    "annotations of all generators": tree(
        "generatorOptions: {annotations: {a: " + "x" * 50_000 + "}}\n" + GENERATORS, each(1, CONFIG)
    ),
    "one file in many generators": tree(
        "configMapGenerator:\n" + each(60, "- {name: g@, files: [large.yaml]}\n"),
        each(1, CONFIG),
        large="x" * 50_000,
    ),
    "what was done to many objects": far("transformerAnnotations", 40, 20),
    "where many objects come from": far("originAnnotations", 600, 0),
    "a var that stands in one string many times": tree(
        "vars: [{name: V, fieldref: {fieldPath: data.k},"
        " objref: {apiVersion: v1, kind: ConfigMap, name: c0}}]\n",
        each(1, CONFIG).replace("k: v", f"k: {'x' * 9_000}")
        + "---\napiVersion: v1\nkind: Pod\nmetadata: {name: p}\n"
        + f"spec: {{containers: [{{name: m, image: i, args: ['{'$(V)' * 300}']}}]}}\n",
    ),
}


@pytest.mark.parametrize("bomb", BOMBS.values(), ids=BOMBS)
def test_what_is_copied_is_counted_over_the_whole_build(bomb: MemoryTree) -> None:
    tracemalloc.start()
    try:
        with pytest.raises(LimitError) as caught:
            build(bomb, "/", Options(limits=LIMITS))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "bytes that patches" in caught.value.message
    assert "CMP_MAX_COPIED_BYTES" in (caught.value.hint or "")
    assert peak < 40 * LIMITS.copied_bytes, "it is refused before memory is taken"


def test_transformations_are_written_as_upstream_reads_them() -> None:
    """Entries in another form than ours are written anew, once; ours stay as they are."""
    annotations = (
        "{config.kubernetes.io/origin: 'path: r.yaml', alpha.config.kubernetes.io/transformations: "
        "'[{configuredIn: before.yaml}]'}"
    )
    resmap = build(
        tree(
            "buildMetadata: [transformerAnnotations]\nnamePrefix: a-\nnameSuffix: -b\n",
            CONFIG.replace("metadata: {", f"metadata: {{annotations: {annotations}, "),
        ),
        "/",
    )
    [resource] = resmap
    entry = (
        "- configuredIn: kustomization.yaml\n  configuredBy:\n    apiVersion: builtin\n"
        "    kind: {}Transformer\n"
    )
    assert resource.text_map("metadata", "annotations")["alpha.config.kubernetes.io/transformations"] == (
        "- configuredIn: before.yaml\n" + entry.format("Prefix") + entry.format("Suffix")
    )


def test_what_is_within_the_budget_is_built() -> None:
    limits = Limits(copied_bytes=1 << 20)
    text = emit(
        build(tree("replacements:\n" + each(6, DOUBLING), each(1, CONFIG)), "/", Options(limits=limits))
    )
    assert text.count("%") > 50


ALIASES = tree(
    "",
    "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec:\n"
    f"  a: &a {'x' * 3_000}\n" + each(6_000, "  b@: *a\n"),
)
NESTED = tree(
    "",
    "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec:\n"
    f"  a: &a {'x' * 3_000}\n" + each(6_000, "  b@: {c: {d: [*a]}}\n"),
)


@pytest.mark.parametrize("bomb", [ALIASES, NESTED], ids=["in one mapping", "in many"])
def test_an_output_far_too_large_is_refused_before_it_is_made(bomb: MemoryTree) -> None:
    resmap = build(bomb, "/", Options(limits=LIMITS))
    tracemalloc.start()
    try:
        with pytest.raises(LimitError) as caught:
            emit(resmap, LIMITS)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert "size of the output" in caught.value.message
    assert caught.value.where.object == "Thing/t"
    assert peak < 9 * LIMITS.output_bytes  # the text has 18 MB


@pytest.mark.parametrize("text", [f"'{'x y ' * 5_000}'", f">\n    {'x y ' * 5_000}\n"])
def test_a_text_behind_many_aliases_is_held_once(text: str) -> None:
    thing = "apiVersion: example.com/v1\nkind: Thing\nmetadata: {name: t}\nspec:\n"
    bomb = tree("", f"{thing}  a: &a {text}\n" + each(3_000, "  b@: *a\n"))
    tracemalloc.start()
    try:
        [resource] = build(bomb, "/")
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    spec = resource.body["spec"]
    assert isinstance(spec, dict)
    assert len(spec) == 3_001
    assert peak < 20 << 20  # 60 MB, if each had its own


def test_a_copy_is_deep_and_paid_for() -> None:
    value = {"a": ["x" * 100, {"b": 1}]}
    budget = Budget(Limits(copied_bytes=3 * size_of(value)))
    copy = budget.copy(value)
    assert copy == value
    assert copy["a"] is not value["a"]
    with pytest.raises(LimitError):
        for _ in range(5):
            budget.copy(value)
