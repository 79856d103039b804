"""Arguments, images, parts, places inside of a string, and the dialects of their readers: what is refused."""

from __future__ import annotations

import pytest

from cmp.errors import CmpError
from cmp.models import inject
from cmp.models.kinds import places
from cmp.models.kinds.dialects import CHOICES, DIALECTS, written_as
from cmp.yaml.taint import Origin, origins_of, taint

HF, HF_REV = "hf://org/model", "hf://org/model@4f2c"
DIGEST = "sha256:" + "ab" * 32


@pytest.mark.parametrize(
    ("dialect", "uri", "expected"),
    [
        ("plain", HF_REV, HF_REV),
        ("kserve", HF_REV, "hf://org/model:4f2c"),
        ("kserve", HF, HF),
        ("id", HF_REV, "org/model"),
        ("id", "s3://b/c", "s3://b/c"),
        ("hub-organisation", HF_REV, "org"),
        ("hub-model", HF_REV, "model"),
        ("hub-revision", HF_REV, "4f2c"),
        ("hub-revision", HF, ""),
        ("hub-revision", "s3://b/c", ""),
        ("image", f"oci://r.example.com:5000/a/b:1@{DIGEST}", f"r.example.com:5000/a/b:1@{DIGEST}"),
        ("image-repository", "oci://r.example.com:5000/a/b:1", "r.example.com:5000/a/b"),
        ("image-repository", "oci://r.example.com:5000/a/b", "r.example.com:5000/a/b"),
        ("image-tag", "oci://r.example.com:5000/a/b:1", "1"),
        ("path", "s3://b/c/d", "c/d"),
    ],
)
def test_dialects(dialect, uri, expected):
    assert written_as(dialect, uri, ()) == expected


@pytest.mark.parametrize(
    ("dialect", "uri"),
    [
        ("id", "hf://model"),
        ("id", "hf://org/model/more"),
        ("hub-model", "s3://b/c"),
        ("image", "s3://b/c"),
        ("image", "oci://"),
        ("image-tag", "oci://r.example.com/a"),
        ("image-tag", f"oci://r.example.com/a@{DIGEST}"),
        ("path", "s3://b"),
        ("path", "hf://org/model"),
    ],
)
def test_what_a_dialect_cannot_say(dialect, uri):
    with pytest.raises(CmpError) as caught:
        written_as(dialect, uri, ())
    assert uri not in str(caught.value)


def test_a_target_may_choose_few_of_them():
    assert set(CHOICES) < set(DIALECTS)


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: w}
spec: {template: {spec: {containers: [{name: a, %s}]}}}
"""


def declared(target, uri=HF):
    return f"""---
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata: {{name: mc, annotations: {{config.kubernetes.io/local-config: "true"}}}}
spec:
  models:
    m: {{uri: "{uri}", targets: {{t: {{{target}}}}}}}
"""


W = "kind: Deployment, name: w"


@pytest.mark.parametrize(
    ("container", "target", "uri", "message"),
    [
        ("args: [--modle, x]", f"{W}, argument: --model", HF, "no argument '--model'"),
        ("args: []", f"{W}, argument: --model", HF, "no argument"),
        ("image: i", f"{W}, argument: --model", HF, "no argument"),
        ("args: [--model, a, --model=b]", f"{W}, argument: --model", HF, "2 times"),
        ("args: [--model]", f"{W}, argument: --model", HF, "no value"),
        ("args: ['--model=x', '--revision=1']", f"{W}, argument: --model", HF, "would stay"),
        ("args: ['--model=x', --revision, '1']", f"{W}, argument: --model", "s3://a-bucket/c", "would stay"),
        ("args: ['--model=x']", f"{W}, argument: --model, env: X", HF, "exclude each other"),
        ("args: ['--model=x']", W, HF, "needs env or argument or image or volume"),
        ("image: i", f"{W}, image: true", HF, "reads an image"),
        ("image: i", f"{W}, volume: v", HF, "volumes"),
        ("env: [{name: M, value: ''}]", f"{W}, env: M, dialect: uri", HF, "unknown dialect"),
        ("env: [{name: M, value: ''}]", f"{W}, env: M, inside: x", HF, "inside needs a fieldPath"),
        ("args: ['--model=x']", f"{W}, pod: p, argument: --model", HF, "no 'pod'|unknown field 'pod'"),
        ("command: ['--model=x'], args: ['--model=y']", f"{W}, argument: --model", HF, "there 2 times"),
        (
            "args: ['--model=x', --revision=a, --revision, b]",
            f"{W}, argument: --model",
            HF_REV,
            "--revision is there 2 times",
        ),
        (
            "args: [--model=x, --revision=a]",
            f"{W}, argument: --model, dialect: plain",
            HF_REV,
            "would stay with a URI in the dialect plain",
        ),
        ("command: [vllm, serve]", f"{W}, argument: serve", HF, "serve has no value"),
        ("command: [vllm, serve, --port=80]", f"{W}, argument: serve", HF, "more than one value"),
        ("command: [--revision=a], args: ['--model=x']", f"{W}, argument: --model", HF_REV, "two lists"),
    ],
)
def test_what_is_refused(container, target, uri, message, resources):
    with pytest.raises(CmpError, match=message):
        inject(resources(DEPLOYMENT % container + declared(target, uri)))


@pytest.mark.parametrize("null", ["null", "~", ""])
def test_a_path_to_nothing_is_filled(null, resources):
    path = "spec.template.spec.containers.0.env.0.value"
    target = f"{W}, fieldPath: {path}"
    objects = resources(DEPLOYMENT % f"env: [{{name: M, value: {null}}}]" + declared(target, HF))
    inject(objects)
    [container] = objects[0].body["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [{"name": "M", "value": HF}]


@pytest.mark.parametrize(
    ("line", "after"),
    [
        (
            "command: [vllm, serve, REPLACE_WITH_IT, --port=80]",
            ["vllm", "serve", "org/model", "--revision", "4f2c", "--port=80"],
        ),
        (
            "command: [vllm, serve], args: [REPLACE_WITH_IT]",
            ["vllm", "serve", "org/model", "--revision", "4f2c"],
        ),
        ("args: [serve, REPLACE_WITH_IT, --revision=old]", ["serve", "org/model", "--revision=4f2c"]),
    ],
)
def test_the_model_behind_serve(line, after, resources):
    target = f"{W}, argument: serve, replaces: any"
    objects = resources(DEPLOYMENT % line + declared(target, HF_REV))
    record = inject(objects)
    record.verify(objects)
    [container] = objects[0].body["spec"]["template"]["spec"]["containers"]
    assert [*container.get("command", ()), *container.get("args", ())] == after


def test_a_variable_in_another_dialect(resources):
    text = DEPLOYMENT % "env: [{name: M, value: ''}]" + declared(f"{W}, env: M, dialect: id", HF_REV)
    objects = resources(text)
    inject(objects)
    [container] = objects[0].body["spec"]["template"]["spec"]["containers"]
    assert container["env"] == [{"name": "M", "value": "org/model"}]


def test_a_uri_of_another_dialect_brings_no_revision(resources):
    target = f"{W}, argument: --model, dialect: plain"
    objects = resources(DEPLOYMENT % "args: [--model=REPLACE_WITH_]" + declared(target, HF_REV))
    inject(objects)
    [container] = objects[0].body["spec"]["template"]["spec"]["containers"]
    assert container["args"] == [f"--model={HF_REV}"]


def test_a_bare_id_gets_a_hint(resources):
    with pytest.raises(CmpError) as caught:
        inject(resources(DEPLOYMENT % "args: ['--model=x']" + declared(f"{W}, argument: --model", "a/b")))
    assert "hf://ORGANISATION/MODEL" in caught.value.hint


def test_a_masked_revision_is_left_alone(resources):
    objects = resources(DEPLOYMENT % "args: ['--model=x']" + declared(f"{W}, argument: --model", "TOKEN"))
    inject(objects, is_masked=lambda text: text == "TOKEN")
    [container] = objects[0].body["spec"]["template"]["spec"]["containers"]
    assert container["args"] == ["--model=TOKEN"]


RAY = """\
apiVersion: ray.io/v1
kind: RayCluster
metadata: {name: r}
spec:
  headGroupSpec: {template: {spec: {containers: [{name: c, env: [{name: M, value: ""}]}]}}}
  workerGroupSpecs:
  - {groupName: cpu, template: {spec: {containers: [{name: c}]}}}
  - {groupName: gpu, template: {spec: {containers: [{name: c, env: [{name: M, value: ""}]}]}}}
"""


class TestSeveralTemplates:
    @pytest.mark.parametrize("pod", ["headGroupSpec", "gpu"])
    def test_by_name(self, pod, resources):
        objects = resources(RAY + declared(f"kind: RayCluster, name: r, env: M, pod: {pod}"))
        [written] = inject(objects).written
        assert written.field.startswith("spec.headGroupSpec" if pod != "gpu" else "spec.workerGroupSpecs[1]")

    @pytest.mark.parametrize(
        ("more", "message"),
        [
            ("", "several pod templates fit: headGroupSpec, gpu"),
            (", pod: gpus", "no pod template"),
            (", pod: cpu", "env"),
        ],
    )
    def test_what_is_refused(self, more, message, resources):
        with pytest.raises(CmpError, match=message):
            inject(resources(RAY + declared(f"kind: RayCluster, name: r, env: M{more}")))

    def test_the_only_one_that_fits(self, resources):
        text = RAY.replace(', env: [{name: M, value: ""}]', "", 1)
        assert inject(resources(text + declared("kind: RayCluster, name: r, env: M"))).written


CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: s}\ndata:\n  a: |\n%s"


INSIDE = "kind: ConfigMap, name: s, inside: data.a"


class TestInside:
    @pytest.mark.parametrize(
        ("text", "path", "message"),
        [
            ("    a: {b: c}\n", "a.x", "does not lead to one value"),
            ("    a: {b: c}\n", "a", "does not lead to one value"),
            ("    a: [{u: x}, {u: y}]\n", "a.*.u", "does not lead to one value"),
            ("    only text\n", "a", "does not hold one"),
            ("    a: 1\n    ---\n    a: 2\n", "a", "does not hold one"),
            ("    a: [\n", "a", "neither YAML nor JSON"),
            ("    a: 's3://b/c,s3://b/d'\n", "a", "more than one value"),
        ],
    )
    def test_what_is_refused(self, text, path, message, resources):
        target = f"kind: ConfigMap, name: s, inside: data.a, fieldPath: '{path}'"
        with pytest.raises(CmpError, match=message):
            inject(resources(CONFIG_MAP % text + declared(target)))

    def test_two_models_in_one_string(self, resources):
        models = "".join(
            f'    {n}: {{uri: "s3://a-bucket/{n}", targets: {{t: {{{INSIDE}, fieldPath: {n}}}}}}}\n'
            for n in "xy"
        )
        text = CONFIG_MAP % "    x: ''  # first\n    y: ''\n" + declared("").partition("    m:")[0] + models
        objects = resources(text)
        record = inject(objects)
        record.verify(objects)
        assert objects[0].body["data"]["a"] == "x: 's3://a-bucket/x'  # first\ny: 's3://a-bucket/y'\n"

    def test_one_place_twice(self, resources):
        models = "".join(
            f'    {n}: {{uri: "s3://a-bucket/{n}", targets: {{t: {{{INSIDE}, fieldPath: x}}}}}}\n'
            for n in "xy"
        )
        with pytest.raises(CmpError, match="two models write"):
            inject(resources(CONFIG_MAP % "    x: ''\n" + declared("").partition("    m:")[0] + models))

    @pytest.mark.parametrize("text", ["x: ''\np: secret\n", '{"x": "", "p": "secret"}', "{x: '', p: secret}"])
    def test_a_decrypted_value_beside_it_stays_known_as_one(self, resources, text):
        origin = Origin("secret.yaml", 0, ("a",))
        objects = resources(CONFIG_MAP % "    x: ''\n" + declared(f"{INSIDE}, fieldPath: x"))
        data = objects[0].body["data"]
        data["a"] = text
        data["a"] = taint(data["a"], (origin,))
        inject(objects)
        assert origins_of(data["a"]) == (origin,)

    def test_however_the_text_is_edited(self, resources, monkeypatch):
        """An editor that builds a new string would lose what the old one knew."""
        monkeypatch.setattr(places, "_written", lambda text, path, value: f"x: '{value}'\n")
        origin = Origin("secret.yaml", 0, ("a",))
        objects = resources(CONFIG_MAP % "    x: ''\n" + declared(f"{INSIDE}, fieldPath: x"))
        data = objects[0].body["data"]
        data["a"] = taint(data["a"], (origin,))
        inject(objects)
        assert origins_of(data["a"]) == (origin,)


def test_prefill_pods_carry_provenance(resources, lock):
    text = """\
apiVersion: serving.kserve.io/v1alpha2
kind: LLMInferenceService
metadata: {name: l}
spec: {model: {uri: ""}, prefill: {replicas: 1}}
"""
    config = declared("kind: LLMInferenceService, name: l").replace(f'uri: "{HF}"', "ref: models:/f/7")
    objects = resources(text + config)
    objects.append(lock({"m": {"ref": "models:/f/7", "model": "f", "version": "7", "uri": HF}}, "mc"))
    inject(objects)
    spec = objects[0].body["spec"]
    assert spec["prefill"]["annotations"] == spec["annotations"]


def test_an_immutable_uri_is_told(resources):
    text = """\
apiVersion: serving.kserve.io/v1alpha1
kind: LocalModelCache
metadata: {name: c}
spec: {sourceModelUri: ""}
"""
    [notice] = inject(resources(text + declared("kind: LocalModelCache, name: c"))).notices
    assert notice.rule == "immutable-uri"
    assert "another name" in notice.message


class TestRevisionsThatCannotBeSaid:
    """A reader that takes the newest revision must not hide that the URI pins one."""

    KAITO = (
        "apiVersion: kaito.sh/v1beta1\nkind: Workspace\nmetadata: {name: w}\n"
        "inference: {preset: {name: REPLACE_WITH_ID}}\n---\n"
    )
    TRAIN = (
        "apiVersion: trainer.kubeflow.org/v1alpha1\nkind: TrainJob\nmetadata: {name: w}\n"
        "spec: {initializer: {model: {storageUri: REPLACE_WITH_URI}}}\n---\n"
    )
    CONFIG = (
        "apiVersion: cmp.mlops/v1alpha1\nkind: ModelConfig\n"
        'metadata: {name: m, annotations: {config.kubernetes.io/local-config: "true"}}\n'
        "spec: {models: {m: {uri: %s, targets: {t: {kind: %s, name: w}}}}}\n"
    )

    @pytest.mark.parametrize(("body", "kind"), [(KAITO, "Workspace"), (TRAIN, "TrainJob")])
    def test_is_told(self, body, kind, resources):
        objects = resources(body + self.CONFIG % (HF_REV, kind))
        record = inject(objects)
        assert [notice.rule for notice in record.notices if notice.rule == "revision-dropped"]
        assert "4f2c" not in str(objects[0].body)

    @pytest.mark.parametrize(("body", "kind"), [(KAITO, "Workspace"), (TRAIN, "TrainJob")])
    def test_without_a_revision_there_is_nothing_to_tell(self, body, kind, resources):
        record = inject(resources(body + self.CONFIG % (HF, kind)))
        assert not [notice for notice in record.notices if notice.rule == "revision-dropped"]

    VLLM = (
        "apiVersion: production-stack.vllm.ai/v1alpha1\nkind: VLLMRuntime\nmetadata: {name: w}\n"
        "spec: {model: {modelURL: REPLACE_WITH_URI}, vllmConfig: %s}\n---\n"
    )

    @pytest.mark.parametrize(
        ("before", "after"),
        [
            ("{}", ["--revision=4f2c"]),
            ("null", ["--revision=4f2c"]),
            ("{extraArgs: [--seed=1]}", ["--seed=1", "--revision=4f2c"]),
            ("{extraArgs: [--revision, REPLACE_WITH_IT]}", ["--revision", "4f2c"]),
        ],
    )
    def test_has_a_place_in_further_arguments(self, before, after, resources):
        objects = resources(self.VLLM % before + self.CONFIG % (HF_REV, "VLLMRuntime"))
        record = inject(objects)
        record.verify(objects)
        assert objects[0].body["spec"]["vllmConfig"]["extraArgs"] == after
        assert record.notices == []

    KUBEAI = (
        "apiVersion: kubeai.org/v1\nkind: Model\nmetadata: {name: w}\n"
        "spec: {url: REPLACE_WITH_URI, engine: %s}\n---\n"
    )

    def test_an_argument_of_the_engine(self, resources):
        objects = resources(self.KUBEAI % "VLLM" + self.CONFIG % (HF_REV, "Model"))
        record = inject(objects)
        spec = objects[0].body["spec"]
        assert (spec["url"], spec["args"], record.notices) == (HF, ["--revision=4f2c"], [])

    @pytest.mark.parametrize("engine", ["Infinity", "VLLM, cacheProfile: efs"])
    def test_an_engine_without_that_argument(self, engine, resources):
        objects = resources(self.KUBEAI % engine + self.CONFIG % (HF_REV, "Model"))
        record = inject(objects)
        assert objects[0].body["spec"]["url"] == HF
        assert "args" not in objects[0].body["spec"]
        assert [notice.rule for notice in record.notices] == ["revision-dropped"]

    NIM = (
        "apiVersion: apps.nvidia.com/v1alpha1\nkind: NIMCache\nmetadata: {name: w}\n"
        "spec: {source: {hf: {modelName: '', namespace: ''%s}}}\n---\n"
    )

    def test_a_field_of_its_own(self, resources):
        """No field is added for a revision that the URI has not: an API server would refuse the null."""
        objects = resources(self.NIM % "" + self.CONFIG % (HF, "NIMCache"))
        record = inject(objects)
        record.verify(objects)
        assert objects[0].body["spec"]["source"]["hf"] == {"modelName": "model", "namespace": "org"}
        with pytest.raises(CmpError, match="revision would stay with a URI that has no revision"):
            inject(resources(self.NIM % ", revision: old" + self.CONFIG % (HF, "NIMCache")))

    def test_a_list_that_is_there_or_not(self, resources):
        without = self.VLLM.replace(", vllmConfig: %s", "")
        objects = resources(without + self.CONFIG % (HF_REV, "VLLMRuntime"))
        inject(objects)
        assert objects[0].body["spec"]["vllmConfig"] == {"extraArgs": ["--revision=4f2c"]}
        objects = resources(without + self.CONFIG % (HF, "VLLMRuntime"))
        inject(objects)
        assert "vllmConfig" not in objects[0].body["spec"]

    def test_a_revision_of_another_model_must_not_stay(self, resources):
        objects = resources(self.VLLM % "{extraArgs: [--revision=old]}" + self.CONFIG % (HF, "VLLMRuntime"))
        with pytest.raises(CmpError, match="would stay with a URI that has no revision"):
            inject(objects)


@pytest.mark.parametrize(
    ("uri", "name"),
    [
        ("oci://iris:1", "iris-1"),
        ("oci://r.example.com/a/iris_clf:X2", "iris-clf-x2"),
        ("oci://iris", "iris"),
    ],
)
def test_the_name_of_an_object(uri, name):
    assert written_as("object-name", uri, ()) == name


def test_a_digest_is_no_part_of_a_name():
    with pytest.raises(CmpError, match="no digest"):
        written_as("object-name", f"oci://iris@{DIGEST}", ())
