"""`patches`, `patchesStrategicMerge` and `patchesJson6902` in builds: targets, history, messages, notices."""

# ruff: noqa: E501 - a case reads best on one line

from __future__ import annotations

import pytest

from cmp.errors import CmpError
from cmp.kustomize.errors import KustomizeError

WEB = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, labels: {app: web}}
spec: {replicas: 1}
"""
FOO = """\
apiVersion: e.com/v1
kind: Foo
metadata: {name: foo}
spec: {l: [{name: a}, {name: b}]}
"""


def patched(render, kustomization: str, resource: str = WEB, **files: str) -> str:
    return render(
        {"kustomization.yaml": f"resources: [r.yaml]\n{kustomization}", "r.yaml": resource, **files}
    )


def test_a_merge_patch_by_id(render) -> None:
    text = patched(
        render, "patches: [{path: p.yaml}]", **{"p.yaml": WEB.replace("replicas: 1", "replicas: 2")}
    )
    assert "replicas: 2" in text


def test_the_error_for_a_patch_without_a_match(render) -> None:
    patch = "# a comment\n---\n" + WEB.replace("name: web,", "name: wep,")
    with pytest.raises(KustomizeError) as caught:
        patched(render, "patches: [{path: p.yaml}]", **{"p.yaml": patch})
    error = caught.value
    assert error.where.file == "/p.yaml"
    assert error.where.line == 5
    assert "Deployment wep (apps/v1)" in error.message
    assert "did you mean apps/v1 Deployment web?" in error.hint


def test_the_hint_names_what_has_the_name(render) -> None:
    with pytest.raises(KustomizeError) as caught:
        patched(render, "patches: [{path: p.yaml}]", **{"p.yaml": WEB.replace("apps/v1", "apps/v2")})
    assert "apps/v1 Deployment web" in caught.value.hint


@pytest.mark.parametrize(
    "entry",
    [
        "{}",
        "{path: p.yaml, patch: x}",
        "{path: missing.yaml}",
        "{path: p.yaml, target: {name: '('}}",
        "{patch: '- {op: remove, path: /a}'}",
        "{patch: 'a: b'}",
        "{patch: '[{}]'}",
        "{path: two.yaml, target: {kind: Deployment}}",
        "{patch: '- {op: test, path: /kind, value: Foo}', target: {}}",
        "{patch: '- {op: remove, path: /kind}', target: {}}",
        "{path: p.yaml, target: {labelSelector: '='}}",
    ],
)
def test_entries_that_are_refused(render, entry: str) -> None:
    files = {"p.yaml": WEB, "two.yaml": WEB + "---\n" + WEB}
    with pytest.raises(CmpError) as caught:
        patched(render, f"patches: [{entry}]", **files)
    assert caught.value.where.file


@pytest.mark.parametrize("patch", ["# nothing\n", "\n", "---\n", "{}"])
def test_files_without_a_patch_are_ignored(render, patch: str) -> None:
    assert patched(render, "patches: [{path: p.yaml}]", **{"p.yaml": patch}) == patched(render, "")


def test_a_target_that_selects_nothing_is_noticed(render, rules) -> None:
    patched(render, "patches: [{path: p.yaml, target: {kind: Nope}}]", **{"p.yaml": WEB})
    assert rules() == ["patch-selected-nothing"]
    (notice,) = render.hooks.notices
    assert (notice.where.file, notice.where.line) == ("/kustomization.yaml", 2)


def test_dropped_list_items_are_noticed(render, rules) -> None:
    text = patched(render, "patches: [{path: p.yaml}]", FOO, **{"p.yaml": FOO.replace("{name: a}, ", "")})
    assert rules() == ["merge-drops-list-items"]
    assert "- name: a" not in text


def test_directives_that_are_printed_are_noticed(render, rules) -> None:
    patch = FOO.replace("[{name: a}, {name: b}]", "[{$patch: replace}, {name: a}, {name: b}]")
    assert "$patch: replace" in patched(render, "patches: [{path: p.yaml}]", FOO, **{"p.yaml": patch})
    assert rules() == ["directive-not-obeyed"]


def test_with_a_target_the_names_of_the_patch_do_not_count(render) -> None:
    patch = "apiVersion: x/v1\nkind: Any\nmetadata: {name: other, namespace: far}\nspec: {replicas: 3}\n"
    text = patched(render, "patches: [{path: p.yaml, target: {name: web}}]", **{"p.yaml": patch})
    assert text == patched(render, "").replace("replicas: 1", "replicas: 3")


def test_names_and_kinds_change_only_when_allowed(render) -> None:
    patch = "apiVersion: apps/v1\nkind: StatefulSet\nmetadata: {name: db}\n"
    entry = "patches: [{path: p.yaml, target: {name: web}, options: {allowNameChange: true, allowKindChange: true}}]"
    text = patched(render, entry, **{"p.yaml": patch})
    assert "kind: StatefulSet" in text
    assert "name: db" in text


def test_with_a_target_null_labels_become_texts(render) -> None:
    patch = "apiVersion: v1\nkind: Any\nmetadata: {name: any, labels: {app: null}}\n"
    assert 'app: "null"' in patched(
        render, "patches: [{path: p.yaml, target: {name: web}}]", **{"p.yaml": patch}
    )


def test_references_follow_a_json_patch_of_a_name(render) -> None:
    files = {
        "kustomization.yaml": """\
            resources: [r.yaml]
            patches:
            - target: {kind: ConfigMap}
              patch: '[{"op": "replace", "path": "/metadata/name", "value": "new"}]'
            """,
        "r.yaml": """\
            apiVersion: v1
            kind: ConfigMap
            metadata: {name: old}
            ---
            apiVersion: v1
            kind: Pod
            metadata: {name: p}
            spec: {volumes: [{name: v, configMap: {name: old}}]}
            """,
    }
    text = render(files)
    assert text.count("name: new") == 2


def test_removing_all_annotations_in_a_merge_forgets_the_history(render) -> None:
    """Upstream keeps the wish for a hash in an annotation, which such a patch removes."""
    patch = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: cm, annotations: null}\n"
    generator = "configMapGenerator: [{name: cm, literals: [a=b]}]\n"
    kept = render({"kustomization.yaml": generator})
    assert "name: cm-" in kept
    text = render({"kustomization.yaml": generator + "patches: [{path: p.yaml}]\n", "p.yaml": patch})
    assert "name: cm\n" in text


def test_a_json_patch_can_add_the_first_annotation(render) -> None:
    """Upstream's own annotations make the mapping before the patch is applied."""
    patch = "- {op: add, path: /metadata/annotations/a, value: b}\n"
    entry = "patches: [{path: p.yaml, target: {kind: Deployment}}]"
    assert "annotations:\n    a: b\n" in patched(render, entry, **{"p.yaml": patch})


def test_deleting_a_resource(render) -> None:
    both = WEB + "---\n" + FOO
    patch = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\n$patch: delete\n"
    assert patched(render, "patches: [{path: p.yaml}]", both, **{"p.yaml": patch}) == patched(render, "", FOO)


def test_the_deprecated_fields(render) -> None:
    merge = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web}\nspec: {replicas: 5}\n"
    entry = f"""
patchesStrategicMerge:
- p.yaml
- |-
  {merge.replace(chr(10), chr(10) + "  ").replace("replicas: 5", "paused: true")}
patchesJson6902:
- target: {{group: apps, version: v1, kind: Deployment, name: web}}
  patch: '- {{op: add, path: /spec/x, value: 1}}'
"""
    text = render({"kustomization.yaml": f"resources: [r.yaml]{entry}", "r.yaml": WEB, "p.yaml": merge})
    assert text.endswith("spec:\n  paused: true\n  replicas: 5\n  x: 1\n")


@pytest.mark.parametrize(
    "entry",
    [
        "patchesStrategicMerge: [missing.yaml]",
        "patchesStrategicMerge: ['# nothing']",
        "patchesJson6902: [{patch: '[]'}]",
        "patchesJson6902: [{target: {kind: Deployment}, patch: '- {op: remove, path: /spec}'}]",
        "patchesJson6902: [{target: {name: web}, patch: '[]'}]",
        "patchesJson6902: [{target: {name: web}}]",
    ],
)
def test_deprecated_entries_that_are_refused(render, entry: str) -> None:
    with pytest.raises(CmpError):
        patched(render, entry)


def test_a_schema_from_a_file_gives_merge_keys_to_custom_resources(render) -> None:
    schema = """\
        {"definitions": {"com.e.Foo": {
          "x-kubernetes-group-version-kind": [{"group": "e.com", "version": "v1", "kind": "Foo"}],
          "properties": {"spec": {"properties": {"l": {"type": "array",
            "x-kubernetes-patch-merge-key": "name", "x-kubernetes-patch-strategy": "merge",
            "items": {"type": "object"}}}}}}}}
        """
    patch = FOO.replace("[{name: a}, {name: b}]", "[{name: b, x: 1}]")
    kustomization = "openapi: {path: s.json}\npatches: [{path: p.yaml}]"
    text = patched(render, kustomization, FOO, **{"p.yaml": patch, "s.json": schema})
    assert text.endswith("  l:\n  - name: b\n    x: 1\n  - name: a\n")


@pytest.mark.parametrize(
    "field", ["{version: v1.30.0}", "{path: missing.json}", "{path: r.yaml, version: v1.21.2}"]
)
def test_openapi_fields_that_are_refused(render, field: str) -> None:
    with pytest.raises(CmpError):
        patched(render, f"openapi: {field}\npatches: [{{path: r.yaml}}]")


@pytest.mark.parametrize("before", ["", "# why\n", "\n\n", "# why\n#\n\n", "---\n", "# why\n---\n", "  "])
def test_a_json_patch_may_stand_behind_comments(render, before: str) -> None:
    files = {"p.yaml": before + "- {op: replace, path: /spec/replicas, value: 7}\n"}
    assert "replicas: 7" in patched(render, "patches: [{path: p.yaml, target: {kind: Deployment}}]", **files)


@pytest.mark.parametrize("before", ["", "# why\n"])
def test_an_error_in_the_file_of_a_json_patch_has_its_place_there(render, before: str) -> None:
    with pytest.raises(CmpError) as caught:
        patched(
            render, "patches: [{path: p.yaml, target: {}}]", **{"p.yaml": before + "- op: add\n  path: [\n"}
        )
    where = caught.value.where
    assert (where.file, where.line) == ("/p.yaml", 3 + len(before.splitlines()))
