"""The pipeline over small trees: what each stage hands to the next, and what refuses to be printed."""

from __future__ import annotations

import pytest

from cmp.errors import CmpError, LimitError
from cmp.limits import Limits
from cmp.render.errors import GateError, ParameterError, SecretError

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {k: v}\n"
SECRET = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\nstringData: {password: correct-horse}\n"
ON_DATA = "^(data|stringData)$"


def kustomization(*resources, rest=""):
    return f"resources: [{', '.join(resources)}]\n{rest}"


def test_plain_is_the_engine_alone(run, seal):
    sealed = seal(SECRET, regex=ON_DATA)
    text = run({"kustomization.yaml": kustomization("s.yaml"), "s.yaml": sealed}, plain=True, keys=None).text
    assert "ENC[" in text
    assert "sops:" in text


def test_plain_may_be_empty(run):
    assert run({"kustomization.yaml": "namePrefix: a-\n"}, plain=True).text == ""


def test_a_file_is_decrypted_as_it_is_read(run, seal):
    sealed = seal(SECRET, regex=ON_DATA)
    rendered = run({"kustomization.yaml": kustomization("s.yaml"), "s.yaml": sealed})
    assert "password: correct-horse\n" in rendered.text
    assert "sops" not in rendered.text
    assert rendered.warnings == []
    assert rendered.explain == ["decrypted: s.yaml"]


def test_patches_see_cleartext_and_hashes_follow_it(run, seal):
    generator = "secretGenerator: [{name: g, envs: [s.env]}]\n"
    first = run({"kustomization.yaml": generator, "s.env": seal("A=one-secret\n", "dotenv")}).text
    second = run({"kustomization.yaml": generator, "s.env": seal("A=one-secret\n", "dotenv")}).text
    third = run({"kustomization.yaml": generator, "s.env": seal("A=two-secret\n", "dotenv")}).text
    assert first == second  # another data key, the same hash
    assert first != third
    clear = run({"kustomization.yaml": generator, "s.env": "A=one-secret\n"}).text
    assert clear == first


def test_kustomization_files_are_never_decrypted(run, seal):
    sealed = seal("resources: [c.yaml]\n")
    with pytest.raises(CmpError):
        run({"kustomization.yaml": sealed, "c.yaml": CONFIG_MAP})


@pytest.mark.parametrize("keys_", [None, "other"])
def test_without_the_right_key_nothing_is_rendered(run, seal, keys_):
    from cmp import age
    from cmp.sops.keys import KeySource

    other = "AGE-SECRET-KEY-1GFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPYYSJZGFPQ4EGAEX"
    source = KeySource(lambda: list(age.parse_identities(other)), "a test") if keys_ else None
    with pytest.raises(CmpError) as info:
        run(
            {"kustomization.yaml": kustomization("s.yaml"), "s.yaml": seal(SECRET, regex=ON_DATA)},
            keys=source,
        )
    assert info.value.where.file == "s.yaml"
    assert info.value.hint


def test_a_tampered_file_is_refused(run, seal):
    sealed = seal(SECRET + "type: Opaque\n", regex=ON_DATA).replace(b"type: Opaque", b"type: Changed")
    with pytest.raises(CmpError, match="MAC") as info:
        run({"kustomization.yaml": kustomization("s.yaml"), "s.yaml": sealed})
    assert "correct-horse" not in str(info.value)


KSOPS = """\
apiVersion: viaduct.ai/v1
kind: ksops
metadata:
  name: g
  annotations:
    config.kubernetes.io/function: |
      exec: {path: ksops}
files: [./s.enc.yaml]
"""


def test_ksops_generators_work_as_they_stand(run, seal):
    sealed = seal(
        SECRET.replace("{name: s}", '{name: s, annotations: {kustomize.config.k8s.io/needs-hash: "true"}}'),
        regex=ON_DATA,
    )
    text = run({"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": KSOPS, "s.enc.yaml": sealed}).text
    assert "correct-horse" in text
    assert "name: s-" in text
    assert "needs-hash" not in text


def test_ksops_refuses_a_file_that_is_not_encrypted(run):
    with pytest.raises(SecretError, match="not encrypted") as info:
        run({"kustomization.yaml": "generators: [g.yaml]\n", "g.yaml": KSOPS, "s.enc.yaml": SECRET})
    assert info.value.where.file == "s.enc.yaml"


def test_masked_needs_no_key_and_leaves_out_what_has_no_name(run, seal):
    files = {
        "kustomization.yaml": kustomization("s.yaml", "t.yaml", "c.yaml"),
        "s.yaml": seal(SECRET, regex=ON_DATA),
        "t.yaml": seal(SECRET.replace("name: s", "name: t")),
        "c.yaml": CONFIG_MAP,
    }
    rendered = run(files, masked=True, keys=None)
    assert "correct-horse" not in rendered.text
    assert "name: s\n" in rendered.text
    assert [warning.partition(":")[0] for warning in rendered.warnings] == ["t.yaml"]


def test_an_empty_render_is_refused(run):
    with pytest.raises(GateError, match="no objects"):
        run({"kustomization.yaml": "namePrefix: a-\n"})


def test_the_output_is_bounded(run):
    with pytest.raises(LimitError) as info:
        run(
            {"kustomization.yaml": kustomization("c.yaml"), "c.yaml": CONFIG_MAP},
            limits=Limits(output_bytes=9),
        )
    assert "CMP_MAX_OUTPUT_BYTES" in info.value.hint


UNUSED = "images: [{name: none, newTag: '1'}]\n"


def test_what_kustomize_lets_pass_is_a_warning_and_an_error_in_strict_mode(run):
    files = {"kustomization.yaml": kustomization("c.yaml", rest=UNUSED), "c.yaml": CONFIG_MAP}
    (warning,) = run(files).warnings
    assert "none" in warning
    with pytest.raises(GateError) as info:
        run(files, strict=True)
    assert info.value.where.file == "kustomization.yaml"
    with pytest.raises(GateError):
        run(files, parameters={"strict": True})


LISTED = "apiVersion: x/v1\nkind: Foo\nmetadata: {name: f}\nspec: {items: [{name: a}, {name: b}]}\n"
PATCHED = "patches: [{patch: '{apiVersion: x/v1, kind: Foo, metadata: {name: f}, spec: {items: [%s]}}'}]\n"
SERVED = (
    "apiVersion: serving.kserve.io/v1beta1\nkind: InferenceService\nmetadata: {name: m}\n"
    "spec: {predictor: {containers: [{name: k, envFrom: [{configMapRef: {name: g}}]}]}}\n"
)
SCALED = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\nspec: {replicas: 2}\n---\n"
    "apiVersion: autoscaling/v2\nkind: HorizontalPodAutoscaler\nmetadata: {name: h}\n"
    "spec: {maxReplicas: 3, scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: d}}\n"
)
WITHOUT = (
    "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: d}\n"
    "spec:\n  template:\n    spec:\n      volumes:\n      - name: v\n        emptyDir:\n"
)
# (the strict rule, the resource, the rest of the kustomization, part of the message)
STRICT = [
    ("selected-nothing", CONFIG_MAP, UNUSED, "no image is named none"),
    ("duplicate-key", CONFIG_MAP, "namePrefix: a-\nnamePrefix: b-\n", "namePrefix is given twice"),
    ("dropped-list-items", LISTED, PATCHED % "{name: a}", "so drops b"),
    ("ignored-directive", LISTED, PATCHED % "{$patch: replace}, {name: a}, {name: b}", "$patch"),
    ("lost-values", WITHOUT, "patches: [{patch: '{apiVersion: apps/v1, kind: Deployment, metadata: {name: d}, spec: {replicas: 2}}'}]\n", "which is there without a value"),
    ("generator-input", CONFIG_MAP, "configMapGenerator: [{name: g, behavior: Create, literals: [a=b]}]\n", "is unknown"),
    ("stale-reference", SERVED, "configMapGenerator: [{name: g, literals: [a=b]}]\n", "ConfigMap g is called"),
    ("autoscaled-replicas", SCALED, "", ""),
]  # fmt: skip


@pytest.mark.parametrize(
    ("resource", "rest", "message"), [row[1:] for row in STRICT], ids=[row[0] for row in STRICT]
)
def test_each_strict_rule_warns_and_refuses_when_it_is_strict(run, resource, rest, message):
    files = {"kustomization.yaml": kustomization("r.yaml", rest=rest), "r.yaml": resource}
    (warning,) = run(files).warnings
    assert message in warning
    with pytest.raises(GateError) as info:
        run(files, strict=True)
    assert message in info.value.message


def test_all_findings_are_told_at_once_the_first_as_the_error(run):
    secret = "apiVersion: v1\nkind: Secret\nmetadata: {name: s}\ndata: {a: '!', b: '!'}\n"
    with pytest.raises(GateError) as info:
        run({"kustomization.yaml": kustomization("s.yaml"), "s.yaml": secret})
    assert info.value.where.field == "data.a"
    assert [other.where.field for other in info.value.others] == ["data.b"]


@pytest.mark.parametrize("parameter", ["model_uris", "traffic"])
def test_models_cannot_be_set_where_there_are_none(run, parameter):
    with pytest.raises(ParameterError, match="no ModelConfig"):
        run(
            {"kustomization.yaml": kustomization("c.yaml"), "c.yaml": CONFIG_MAP},
            parameters={parameter: {"a": "s3://b/c"}},
        )
