"""The small parts of the engine, by tables and properties."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st
from processor_time import is_linear

from cmp.kustomize.budget import Budget
from cmp.kustomize.errors import KustomizeError
from cmp.kustomize.factory import from_bytes
from cmp.kustomize.fieldspec import split_path
from cmp.kustomize.generators import wrap_base64
from cmp.kustomize.hashes import hash_of, hashed_part
from cmp.kustomize.history import absorb, expose
from cmp.kustomize.kind_order import FIRST, LAST
from cmp.kustomize.kinds import KUSTOMIZATION
from cmp.kustomize.kv import base_name, env_pairs, file_source, literal_pair
from cmp.kustomize.references import same_context
from cmp.kustomize.resid import Gvk, ResId, make_gvk
from cmp.kustomize.resmap import ResMap
from cmp.kustomize.resource import Resource
from cmp.kustomize.scope import CLUSTER_SCOPED
from cmp.kustomize.sorting import legacy_order
from cmp.kustomize.specs import BUILT_IN, EMPTY, TABLES, FieldSpec, from_config, merge_specs
from cmp.kustomize.structs import BOOL, INT, STR, ListOf, MapOf, Struct, StructError, decode
from cmp.kustomize.transformers.images import Image, _Editor, _Editors, matcher, split
from cmp.kustomize.vars import format_float, lookup, replace
from cmp.limits import DEFAULT
from cmp.regex import compile_pattern
from cmp.yaml.gojson import dumps
from cmp.yaml.value import Scalar, Value


def make(kind: str, name: str, namespace: str = "", api_version: str = "v1") -> Resource:
    metadata: dict[str, Value] = {"name": name, **({"namespace": namespace} if namespace else {})}
    return Resource({"apiVersion": api_version, "kind": kind, "metadata": metadata})


# -- resources and their ids


def test_ids_compare_by_effective_namespace():
    assert make("Pod", "a").key == make("Pod", "a", "default").key
    assert make("Pod", "a").key != make("Pod", "a", "x").key
    assert make("Namespace", "a").key == make("Namespace", "a", "x").key


def test_previous_ids_carry_the_current_group_and_version():
    pod = make("Pod", "a")
    pod.store_previous_id()
    pod.body["kind"], pod.body["apiVersion"] = "Thing", "example.com/v2"
    pod.set_name("b")
    assert pod.prev_ids() == [ResId(Gvk("example.com", "v2", "Pod"), "a", "default")]
    assert pod.org_id == pod.prev_ids()[0]
    assert pod.org_gvk == Gvk("example.com", "v2", "Pod")


def test_gvk_follows_the_body():
    pod = make("Pod", "a")
    assert pod.gvk == Gvk("", "v1", "Pod")
    pod.body["kind"] = "Job"
    assert pod.gvk == Gvk("", "v1", "Job")


@pytest.mark.parametrize(
    ("api_version", "expected"),
    [
        ("v1", ("", "v1")),
        ("apps/v1", ("apps", "v1")),
        ("/v1", ("", "v1")),
        ("a/b/c", ("a", "b/c")),
        ("", ("", "")),
    ],
)
def test_api_versions(api_version, expected):
    gvk = make_gvk(api_version, "K")
    assert (gvk.group, gvk.version) == expected


def test_resmap_lookups_follow_changes():
    one, two = make("Pod", "a"), make("Pod", "b")
    resmap = ResMap([one])
    resmap.append(two)
    with pytest.raises(KustomizeError):
        resmap.append(make("Pod", "a", "default"))
    assert resmap.by_any_name("a") == [one]
    one.store_previous_id()
    one.set_name("c")
    resmap.touch()
    assert resmap.by_any_name("a") == resmap.by_any_name("c") == [one]
    assert resmap.by_current_id(make("Pod", "a").cur_id) == []
    assert resmap.one_by_any_id(make("Pod", "a").cur_id) is one
    with pytest.raises(KustomizeError):
        resmap.one_by_any_id(make("Pod", "z").cur_id)
    resmap.remove(one)
    assert list(resmap) == [two]
    two.body = {}
    resmap.drop_empties()
    assert len(resmap) == 0


def test_resmap_reports_ids_that_became_equal():
    resmap = ResMap([make("Pod", "a"), make("Pod", "b")])
    resmap.check_ids()
    resmap[1].set_name("a")
    resmap.touch()
    with pytest.raises(KustomizeError):
        resmap.check_ids()


names = st.text(st.characters(codec="ascii", categories=["Ll", "Nd"]), min_size=1, max_size=5)


@given(
    st.lists(st.tuples(names, names, names)),
    st.lists(names),
    st.lists(names),
    st.booleans(),
    st.dictionaries(names, names),
)
def test_history_survives_exposure(previous, prefixes, suffixes, needs_hash, annotations):
    resource = make("ConfigMap", "a")
    if annotations:
        resource.metadata()["annotations"] = dict(annotations)
    resource.previous, resource.prefixes, resource.suffixes = previous, prefixes, suffixes
    resource.needs_hash = needs_hash
    resource.options["generated"] = needs_hash
    expose(resource)
    absorb(resource)
    assert (resource.previous, resource.prefixes, resource.suffixes) == (previous, prefixes, suffixes)
    assert resource.needs_hash == needs_hash
    assert resource.text_map("metadata", "annotations") == annotations


def test_cluster_scope_goes_by_exact_version():
    assert ("rbac.authorization.k8s.io", "v1", "ClusterRole") in CLUSTER_SCOPED
    assert ("rbac.authorization.k8s.io", "v2", "ClusterRole") not in CLUSTER_SCOPED


# -- field specs


def test_every_table_can_be_read():
    for name in TABLES:
        assert all(spec.path for spec in BUILT_IN.table(name)), name
    assert len(BUILT_IN.references()) == 16
    assert BUILT_IN.merge(BUILT_IN) is BUILT_IN
    assert EMPTY.merge(BUILT_IN) is BUILT_IN


def test_merging_field_specs():
    any_kind, widget = Gvk("", "", ""), Gvk("", "", "Widget")
    base = [FieldSpec(any_kind, "a", True)]
    assert merge_specs(base, [FieldSpec(widget, "a", False)]) == [*base, FieldSpec(widget, "a", False)]
    assert merge_specs([FieldSpec(widget, "a", True)], base) == [FieldSpec(widget, "a", True)]
    with pytest.raises(KustomizeError):
        merge_specs([FieldSpec(widget, "a", False)], base)


def test_custom_references_join_those_of_the_same_target():
    custom = from_config(
        {"nameReference": [{"kind": "Secret", "version": "v1", "fieldSpecs": [{"path": "x"}]}]}
    )
    merged = BUILT_IN.merge(custom)
    assert len(merged.references()) == len(BUILT_IN.references())
    secret = next(each for each in merged.references() if each.target == Gvk("", "v1", "Secret"))
    assert FieldSpec(Gvk("", "", ""), "x", False) in secret.referrers
    assert merged.merge(BUILT_IN).references() == merged.references()


@pytest.mark.parametrize(
    ("path", "steps"),
    [
        ("a/b", ["a", "b"]),
        ("/a/b", ["a", "b"]),
        ("a\\/b/c", ["a/b", "c"]),
        ("a", ["a"]),
        ("", [""]),
        ("a//b", ["a", "", "b"]),
    ],
)
def test_split_path(path, steps):
    assert split_path(path) == steps


# -- generators


@pytest.mark.parametrize(
    ("literal", "pair"),
    [
        ("a=b", ("a", b"b")),
        ("a=b=c", ("a", b"b=c")),
        ("a='b'", ("a", b"b")),
        ('a="b', ("a", b'"b')),
        ("a=\"'b'\"", ("a", b"'b'")),
        ("a=", ("a", b"")),
        ("a='", ("a", b"'")),
    ],
)
def test_literals(literal, pair):
    assert literal_pair(literal, 0) == pair


@pytest.mark.parametrize(
    ("source", "expected"), [("d/f.txt", ("f.txt", "d/f.txt")), ("k=d/f", ("k", "d/f")), ("d/", ("d", "d/"))]
)
def test_file_sources(source, expected):
    assert file_source(source, 0) == expected


def test_base_name_is_gos():
    assert [base_name(text) for text in ("", "/", "//", "a/b/")] == [".", "/", "/", "b"]


@pytest.mark.parametrize(
    ("data", "pairs"),
    [
        (b"A=1\r\nB=2", [("A", b"1"), ("B", b"2")]),
        (b"\xef\xbb\xbfA=1\n\xef\xbb\xbfB=2", [("A", b"1"), ("\ufeffB", b"2")]),
        (b"#c\n  # d\nA = x \nN\n\n", [("A ", b" x "), ("N", b"")]),
        (b"export A=1", [("export A", b"1")]),
        (b"A=1\nB=" + b"x" * 70000 + b"\nC=3", [("A", b"1")]),
    ],
)
def test_env_files(data, pairs):
    assert list(env_pairs(data, "e")) == pairs


@given(st.binary(max_size=300))
def test_base64_lines(data):
    import base64

    text = wrap_base64(data)
    assert base64.b64decode(text) == data
    plain = base64.b64encode(data).decode()
    assert "".join(text.split("\n")) == plain
    assert ("\n" in text) == (len(plain) >= 70)
    assert all(len(line) <= 70 for line in text.split("\n"))


def test_hash_ignores_name_and_labels():
    one = Resource({"kind": "ConfigMap", "metadata": {"name": "a"}, "data": {"k": "v"}})
    two = Resource({"kind": "ConfigMap", "metadata": {"name": "b", "labels": {"x": "y"}}, "data": {"k": "v"}})
    other = Resource({"kind": "Secret", "data": {"k": "v"}})
    hashes = [hash_of(dumps(hashed_part(each))) for each in (one, two, other)]
    assert hashes[0] == hashes[1] != hashes[2]
    assert set("".join(hashes)) <= set("gh2k456789mbcdtf")


# -- references


@pytest.mark.parametrize(
    ("one", "other", "loose", "strict"),
    [
        ([], [], True, True),
        (["a"], [], True, False),
        (["a"], ["a"], True, True),
        (["a", "b"], ["b"], True, True),
        (["a", "b"], ["a"], False, False),
    ],
)
def test_prefixes_tell_layers_apart(one, other, loose, strict):
    left, right = make("Pod", "a"), make("Pod", "b")
    left.prefixes, right.prefixes = one, other
    assert same_context(left, right, allow_empty=True) == loose
    assert same_context(left, right, allow_empty=False) == strict


# -- order


def test_legacy_order_ranks_every_kind_of_its_lists():
    kinds = [*FIRST, "Aaa", *LAST]
    resources = [make(kind, "x", api_version="g/v1") for kind in reversed(kinds)]
    assert [resource.kind for resource in legacy_order(resources, FIRST, LAST)] == kinds


# -- images


@pytest.mark.parametrize(
    ("image", "parts"),
    [
        ("nginx", ("nginx", "", "")),
        ("nginx:1", ("nginx", "1", "")),
        ("nginx@sha256:x", ("nginx", "", "sha256:x")),
        ("nginx:1@sha256:x", ("nginx", "1", "sha256:x")),
        ("r:5000/nginx", ("r:5000/nginx", "", "")),
        ("r:5000/nginx:1@sha256:x", ("r:5000/nginx", "1", "sha256:x")),
    ],
)
def test_split_image(image, parts):
    assert split(image) == parts


images = st.text(st.sampled_from("ab./:@-{}_sha256\n"), max_size=14)


@given(st.text(st.sampled_from("ab./:-"), max_size=5), images)
def test_plain_names_match_as_the_pattern_does(name, image):
    pattern = compile_pattern("^" + name + r"(:[a-zA-Z0-9_.{}-]*)?(@sha256:[a-zA-Z0-9_.{}-]*)?$")
    for text in (image, name + image, name + ":1", name + "@sha256:" + image):
        assert matcher(name)(text) == (pattern.search(text) is not None)


@pytest.mark.parametrize(
    ("image", "before", "after"),
    [
        (Image("a", new_tag="2"), "a:1@sha256:x", "a:2"),
        (Image("a", digest="sha256:y"), "a:1", "a@sha256:y"),
        (Image("a", new_tag="2", digest="sha256:y"), "a", "a:2@sha256:y"),
        (Image("a", new_name="b"), "a:1@sha256:x", "b:1@sha256:x"),
        (Image("a", tag_suffix="-x"), "a:1@sha256:x", "a:1-x"),
        (Image("a|b", new_tag="2"), "axx", "axx:2"),
        (Image("a", new_tag="2"), "x/a", "x/a"),
    ],
)
def test_image_entries(image, before, after):
    assert _Editor(image).apply(before) == after


entry_names = st.text(st.sampled_from("ab./["), max_size=4).filter(
    lambda name: "[" not in name or name == "[ab]"
)


@given(
    st.lists(st.builds(Image, entry_names, entry_names, st.sampled_from(["", "1", "2"])), max_size=5), images
)
def test_entries_found_by_segment_are_those_that_match(entries, text):
    slow = text
    for entry in entries:
        slow = _Editor(entry).apply(_Editor(entry).apply(slow))
    assert _Editors(entries).apply(text, 2) == slow


def test_an_entry_is_tried_once_on_each_image(monkeypatch):
    tried = []
    apply = _Editor.apply

    def counted(editor, text):
        tried.append(text)
        return apply(editor, text)

    monkeypatch.setattr(_Editor, "apply", counted)
    entries = [Image("a", new_tag=str(number)) for number in range(50)] + [Image("[a]", new_tag="x")]
    assert _Editors(entries).apply("r/b:1", 1) == "r/b:1"
    assert len(tried) == 1  # only a pattern can match
    assert _Editors(entries).apply("a", 1) == "a:x"
    assert len(tried) == 1 + 51


@pytest.mark.parametrize("char", [":", "@", "/", "/:"])
def test_an_image_of_many_parts_takes_linear_time(char):
    entries = [Image("a" * length) for length in range(1, 50)]
    assert is_linear(lambda count: _Editors(entries).apply(char * count, 1), 50_000)


def test_the_time_for_many_entries_of_one_image_is_linear():
    def apply(count):
        return _Editors([Image("a", new_tag=str(number)) for number in range(count)]).apply("a", 1)

    assert is_linear(apply, 2_000)


# -- vars


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("$(A)", 5),
        ("x$(A)", "x5"),
        ("$$(A)", "$(A)"),
        ("$(B)", "$(B)"),
        ("$(A)$(A)", "55"),
        ("$(M)", "$(M)"),
        ("$(F)", Scalar("!!float", "1.5")),
        ("f=$(F)", "f=1.5"),
        ("$(", "$("),
        ("$x", "$x"),
        ("a$", "a$"),
        ("$(T)!", "true!"),
    ],
)
def test_replace(text, expected):
    values: dict[str, Value] = {"A": 5, "M": {}, "F": Scalar("!!float", "1.50"), "T": True}
    assert replace(text, values, set(), Budget()) == expected


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("a.b", 1),
        ("l[1].x", 2),
        ("l.1.x", 2),
        ("l.[x=2].y", 3),
        ("l.-.y", 3),
        ("p.[=q]", "q"),
        ("d\\.e", 4),
        ("[d.e]", 4),
    ],
)
def test_lookup(path, expected):
    body: dict[str, Value] = {"a": {"b": 1}, "l": [{"x": 1}, {"x": 2, "y": 3}], "p": ["q"], "d.e": 4}
    assert lookup(body, path) == expected


@pytest.mark.parametrize("path", ["a.c", "l[5]", "l.x", "a.[x=1]", "a.*", "a.b.c", "l[0].x.y"])
def test_lookup_of_nothing(path):
    with pytest.raises((KeyError, ValueError)):
        lookup({"a": {"b": 1}, "l": [{"x": 1}]}, path)


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (1.5, "1.5"),
        (1e21, "1e+21"),
        (1e20, "100000000000000000000"),
        (0.0001, "0.0001"),
        (1e-5, "1e-05"),
        (0.0, "0"),
    ],
)
def test_format_float(number, text):
    assert format_float(number) == text


# -- decoding


SHAPE = Struct(name=STR, flag=BOOL, count=INT, list=ListOf(STR), map=MapOf(STR), items=ListOf(Struct(a=STR)))


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        ({"NAME": "x"}, {"name": "x"}),
        ({"Name": "x", "name": "y"}, {"name": "y"}),
        ({"name": None, "list": None}, {}),
        ({"list": ["a", None]}, {"list": ["a", ""]}),
        ({"items": [None, {"A": "b"}]}, {"items": [{}, {"a": "b"}]}),
        ({"count": 2.0}, {"count": 2}),
        ({"map": {"k": None}}, {"map": {"k": ""}}),
        ({"Map": {"a": "1"}, "map": {"b": "2"}}, {"map": {"a": "1", "b": "2"}}),
        ({"li\u017ft": []}, {"list": []}),
    ],
)
def test_decode(value, expected):
    assert decode(value, SHAPE, strict=True) == expected


@pytest.mark.parametrize(
    "value",
    [
        {"name": 1},
        {"flag": "true"},
        {"count": 1.5},
        {"count": True},
        {"count": 1e30},
        {"list": {}},
        {"x": 1},
        [],
    ],
)
def test_decode_refuses(value):
    with pytest.raises(StructError):
        decode(value, SHAPE, strict=True)


def test_every_field_of_a_kustomization_has_a_shape():
    assert len(KUSTOMIZATION.fields) == 34


# -- files


def test_items_of_lists_come_last():
    data = b"kind: XList\nitems:\n- {kind: A, metadata: {name: a}}\n---\nkind: B\nmetadata: {name: b}\n"
    assert [str(resource) for resource in from_bytes(data, DEFAULT)] == ["B/b", "A/a"]
