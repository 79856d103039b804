"""What a target held before the injection decides: replaced in silence, with a warning, or not at all."""

from __future__ import annotations

import pytest

from cmp.errors import CmpError
from cmp.models import inject
from cmp.models.held import FREE, OTHER, SEVERAL, judge
from cmp.render.pipeline import render
from cmp.render.settings import Settings
from cmp.tree.disk import DiskTree

NEW = "s3://a-bucket/new"


def never(text):
    return False


@pytest.mark.parametrize(
    ("old", "expected"),
    [
        (None, FREE),
        ("", FREE),
        (NEW, FREE),
        ("REPLACE_WITH_URI", FREE),
        ("s3://your-bucket/x", FREE),
        ("${MODEL_URI}", FREE),
        ("models:/fraud detector@champion", FREE),
        ("runs:/abc/model", FREE),
        ("s3://a-bucket/old", OTHER),
        ("/mnt/models", OTHER),
        ("meta-llama/Llama-3.1-8B", OTHER),
        ("not known yet", OTHER),
        ("{{inputs.parameters.uri}}", OTHER),
        (7, OTHER),
        ("--model=s3://a-bucket/old", SEVERAL),
        ("--model", SEVERAL),
        ("-m x", SEVERAL),
        ("vllm serve s3://a-bucket/old", SEVERAL),
        ("serve --model x", SEVERAL),
        ("s3://a-bucket/a,s3://a-bucket/b", SEVERAL),
        ('{"uri": "s3://a-bucket/old"}', SEVERAL),
        ('["a"]', SEVERAL),
        ("uri: s3://a-bucket/old", SEVERAL),
        ("models:\n- s3://your-bucket/x\n", SEVERAL),
        (" ", FREE),
        ("models:/fraud detector/3", FREE),
        ("$MODEL", FREE),
        ("<model uri>", FREE),
        ("changeme", FREE),
        ("TODO", FREE),
        ("s3://a-bucket/x?versionId=a", OTHER),
        ("/models/date=2024/x", OTHER),
        ("/models/a,b", OTHER),
        ("MODEL=s3://a-bucket/old", SEVERAL),
        ("model-id=org/name", SEVERAL),
        ("org/a org/b", SEVERAL),
        ("vllm serve meta/llama", SEVERAL),
        ("/models/a,/models/b", SEVERAL),
        ("/models/a:/models/b", SEVERAL),
        ("s3://a-bucket/a|s3://a-bucket/b", SEVERAL),
        ('"s3://a-bucket/old"', SEVERAL),
    ],
)
def test_the_three_cases(old, expected):
    assert judge(old, NEW, never) == expected


def test_a_masked_render_does_not_compare():
    assert judge("TOKEN", NEW, lambda text: text == "TOKEN") == FREE
    assert judge("s3://a-bucket/old", "TOKEN", lambda text: text == "TOKEN") == FREE
    assert judge("--model=x", "TOKEN", lambda text: text == "TOKEN") == SEVERAL


OBJECT = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: v}
spec: {predictor: {model: {modelFormat: {name: sklearn}, storageUri: "s3://a-bucket/old"}}}
"""
CONFIG = """\
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata: {name: mc, annotations: {config.kubernetes.io/local-config: "true"}}
spec:
  models:
    m: {uri: "s3://a-bucket/new", targets: {t: {kind: InferenceService, name: v%s}}}
"""
PATCH = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: v}
spec: {predictor: {model: {storageUri: "s3://prod-bucket/fraud/41"}}}
"""


def tree_of(tmp_path, more="", patches="patches: [{path: p.yaml}]\n"):
    for name, text in {
        "base/kustomization.yaml": "resources: [a.yaml, mc.yaml]\n",
        "base/a.yaml": OBJECT,
        "base/mc.yaml": CONFIG % more,
        "overlay/kustomization.yaml": "resources: [../base]\n" + patches,
        "overlay/p.yaml": PATCH,
    }.items():
        path = tmp_path / name
        path.parent.mkdir(exist_ok=True)
        path.write_text(text)
    return str(tmp_path)


def rendered(folder, settings):
    return render(DiskTree(folder), f"{folder}/overlay", settings)


class TestAnOverlaysPatch:
    def test_warns_and_names_both_places(self, tmp_path):
        done = rendered(tree_of(tmp_path), Settings())
        assert NEW in done.text
        [warning] = done.warnings
        assert "base/mc.yaml, ModelConfig/mc, spec.models.m.uri" in warning
        assert "InferenceService/v, spec.predictor.model.storageUri" in warning
        assert "in overlay/p.yaml" in warning
        assert "prod-bucket" not in warning

    def test_an_inline_patch_is_named_by_its_kustomization(self, tmp_path):
        text = "patches:\n- patch: |\n" + "".join(f"    {line}\n" for line in PATCH.splitlines())
        [warning] = rendered(tree_of(tmp_path, patches=text), Settings()).warnings
        assert "in overlay/kustomization.yaml" in warning

    def test_explain_names_the_file_that_brought_the_value(self, tmp_path):
        folder = tree_of(tmp_path, patches="patches: [{path: c.yaml}]\n")
        (tmp_path / "overlay/c.yaml").write_text(
            "apiVersion: cmp.mlops/v1alpha1\nkind: ModelConfig\nmetadata: {name: mc}\n"
            'spec: {models: {m: {uri: "s3://a-bucket/mine"}}}\n'
        )
        [line] = rendered(folder, Settings(explain=True)).explain
        assert "overlay/c.yaml, ModelConfig/mc, spec.models.m.uri" in line

    def test_is_an_error_under_strict(self, tmp_path):
        with pytest.raises(CmpError, match="has a value of its own"):
            rendered(tree_of(tmp_path), Settings(strict=True))

    def test_may_be_permitted_by_the_target(self, tmp_path):
        assert rendered(tree_of(tmp_path, ", replaces: any"), Settings(strict=True)).warnings == []

    def test_unless_the_operator_forbids_it(self, tmp_path):
        with pytest.raises(CmpError, match="CMP_WAIVERS"):
            rendered(tree_of(tmp_path, ", replaces: any"), Settings(waivers=frozenset()))
        allowed = Settings(waivers=frozenset(("replaced-value",)))
        assert rendered(tree_of(tmp_path, ", replaces: any"), allowed).warnings == []

    def test_a_parameter_is_judged_the_same(self, resources):
        objects = resources(OBJECT + "---\n" + CONFIG % "")
        [notice] = inject(objects, uris={"m": "s3://a-bucket/given"}).notices
        assert notice.rule == "replaced-value"
        objects = resources(OBJECT + "---\n" + CONFIG % "")
        assert inject(objects, uris={"m": "s3://a-bucket/old"}).notices == []


@pytest.mark.parametrize("word", ["all", "''", "true", "[any]"])
def test_what_replaces_does_not_know(word, resources):
    with pytest.raises(CmpError):
        inject(resources(OBJECT + "---\n" + CONFIG % f", replaces: {word}"))


DEPLOYMENT = """\
apiVersion: apps/v1
kind: Deployment
metadata: {name: vllm}
spec: {template: {spec: {containers: [{name: vllm, args: ["--model=s3://a-bucket/old", "--port=8000"]}]}}}
"""
RAY = """\
apiVersion: ray.io/v1
kind: RayService
metadata: {name: llm}
spec:
  serveConfigV2: |
    applications:
    - args: {model: s3://a-bucket/old}
"""
MLSERVER = """\
apiVersion: v1
kind: ConfigMap
metadata: {name: settings}
data: {model-settings.json: '{"parameters": {"uri": "s3://a-bucket/old"}}'}
"""


def declared(target, more=""):
    return f"""---
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata: {{name: mc, annotations: {{config.kubernetes.io/local-config: "true"}}}}
spec:
  models:
    m: {{uri: "s3://a-bucket/new", targets: {{t: {{{target}}}}}}}
{more}"""


@pytest.mark.parametrize(
    ("text", "target"),
    [
        (DEPLOYMENT, "kind: Deployment, name: vllm, fieldPath: spec.template.spec.containers.0.args.0"),
        (RAY, "kind: RayService, name: llm, fieldPath: spec.serveConfigV2"),
        (MLSERVER, "kind: ConfigMap, name: settings, key: model-settings.json"),
    ],
    ids=["flag", "yaml", "json"],
)
@pytest.mark.parametrize("more", ["", ", replaces: any"])
def test_more_than_one_value_is_never_replaced(text, target, more, resources):
    with pytest.raises(CmpError, match="more than one value"):
        inject(resources(text + declared(target + more)))


SERVICE = """\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {name: v}
spec: {predictor: {model: {modelFormat: {name: onnx}, %s}}}
"""
TARGET = "kind: InferenceService, name: v"


class TestTwoFieldsThatSayWhichModel:
    @pytest.mark.parametrize(
        ("second", "field"),
        [
            ("storage: {key: k, path: fraud/1}", "storage.path"),
            ("storage: {path: fraud/1}", "storage.path"),
            ("args: ['--model_name=x', '--model_id=org/x']", "args[1]"),
            ("args: [--model_id, org/x]", "args[0]"),
            ("command: [serve, --model_id=org/x]", "command[1]"),
            ("args: [--model_id=org/x]}, storageUris: [{uri: ''}], other: {", "args[0]"),
            (
                "storage: {path: p}}, storageUris: [{uri: '', mountPath: /mnt/models}], other: {",
                "storage.path",
            ),
        ],
    )
    def test_are_refused(self, second, field, resources):
        with pytest.raises(CmpError, match=r"serve|place") as caught:
            inject(resources(SERVICE % second + declared(TARGET)))
        assert field in str(caught.value)

    @pytest.mark.parametrize("second", ["storage: {key: k}", "args: ['--model_name=x', --model_ids]"])
    def test_what_is_no_conflict(self, second, resources):
        assert inject(resources(SERVICE % second + declared(TARGET))).written

    def test_at_another_place_in_the_container(self, resources):
        """A second model, such as an adapter, does not decide what the server loads."""
        second = "args: [--model_id=a/b]}, storageUris: [{uri: '', mountPath: /mnt/adapter}], other: {"
        assert inject(resources(SERVICE % second + declared(TARGET))).written

    def test_written_by_hand(self, resources):
        from cmp.models.kinds import check

        [service] = resources(SERVICE % "storageUri: 's3://b/c', storage: {path: fraud/1}")
        assert "storage.path" in check(service)[0].field


SPLIT = """\
---
apiVersion: cmp.mlops/v1alpha1
kind: ModelConfig
metadata: {{name: mc, annotations: {{config.kubernetes.io/local-config: "true"}}}}
spec:
  models:
    a: {{uri: "s3://a-bucket/a"}}
    b: {{uri: "s3://a-bucket/b"}}
  traffic: {{weights: {{a: 60, b: 40}}, targets: {{{targets}}}}}
"""
WEIGHTS = "{apiVersion: v1, kind: ConfigMap, metadata: {name: %s}, data: {wa: '80', wb: '20'}}\n"


class TestEveryWeightIsWritten:
    @pytest.mark.parametrize(
        "option",
        ["keys: {a: wa}", "keys: {b: wb}", "fieldPaths: {a: data.wa}", "fieldPaths: {b: data.wb}"],
    )
    def test_a_part_is_refused(self, option, resources):
        text = WEIGHTS % "cm" + SPLIT.format(targets=f"v: {{kind: ConfigMap, name: cm, {option}}}")
        with pytest.raises(CmpError, match="says nothing of the model"):
            inject(resources(text))

    def test_a_part_beside_a_whole_one_is_refused(self, resources):
        targets = (
            "v: {kind: ConfigMap, name: cm, keys: {a: wa, b: wb}}, "
            "w: {kind: ConfigMap, name: dm, keys: {a: wa}}"
        )
        with pytest.raises(CmpError, match="says nothing of the model 'b'"):
            inject(resources(WEIGHTS % "cm" + "---\n" + WEIGHTS % "dm" + SPLIT.format(targets=targets)))

    def test_one_weight_in_each_object(self, resources):
        targets = (
            "v: {kind: ConfigMap, name: cm, keys: {a: wa}}, w: {kind: ConfigMap, name: dm, keys: {b: wb}}"
        )
        objects = resources(WEIGHTS % "cm" + "---\n" + WEIGHTS % "dm" + SPLIT.format(targets=targets))
        inject(objects)
        assert [each.body["data"] for each in objects[:2]] == [
            {"wa": "60", "wb": "20"},
            {"wa": "80", "wb": "40"},
        ]


BY_PATH = (
    "v: {kind: HTTPRoute, name: rt, fieldPaths: "
    "{a: spec.rules.0.backendRefs.0.weight, b: spec.rules.0.backendRefs.1.weight}}"
)
THREE = """\
{apiVersion: gateway.networking.k8s.io/v1, kind: HTTPRoute, metadata: {name: rt}, spec: {rules: [{backendRefs:
  [{name: a, weight: 1}, {name: b, weight: 1}, {name: c%s}]}, {backendRefs: [{name: c, weight: 5}]}]}}
"""
PREDICTORS = """\
{apiVersion: machinelearning.seldon.io/v1, kind: SeldonDeployment, metadata: {name: rt}, spec: {predictors:
  [{name: a, traffic: 1}, {name: b, traffic: 1}, {name: c%s}]}}
"""


class TestNoEntryKeepsAPartOfTheTraffic:
    """Beside those that `fieldPaths` name one by one."""

    SELDON = (
        "v: {kind: SeldonDeployment, name: rt, fieldPaths: "
        "{a: 'spec.predictors.[name=a].traffic', b: 'spec.predictors.[name=b].traffic'}}"
    )

    @pytest.mark.parametrize("weight", ["", ", weight: 20"])
    def test_a_third_one_is_refused(self, weight, resources):
        with pytest.raises(CmpError, match=r"belongs to no model of fieldPaths.*backendRefs\[2\]"):
            inject(resources(THREE % weight + SPLIT.format(targets=BY_PATH)))
        with pytest.raises(CmpError, match=r"belongs to no model of fieldPaths.*predictors\[2\]"):
            inject(
                resources(
                    PREDICTORS % weight.replace("weight", "traffic") + SPLIT.format(targets=self.SELDON)
                )
            )

    def test_none_at_all_or_copies_only(self, resources):
        assert inject(resources(THREE % ", weight: 0" + SPLIT.format(targets=BY_PATH))).written
        assert inject(resources(PREDICTORS % ", shadow: true" + SPLIT.format(targets=self.SELDON))).written


ROLLOUT = """\
apiVersion: argoproj.io/v1alpha1
kind: Rollout
metadata: {name: fraud}
spec: {strategy: {canary: {trafficRouting: %s, steps: [{setWeight: 20}]}}}
---
apiVersion: gateway.networking.k8s.io/v1
kind: HTTPRoute
metadata: {name: rt}
spec: {rules: [{backendRefs: [{name: a, weight: 100}, {name: b, weight: 0}]}]}
"""
ROUTE = "v: {kind: HTTPRoute, name: rt}"


class TestOwnedRoutes:
    @pytest.mark.parametrize("target", [ROUTE, BY_PATH], ids=["route", "field-paths"])
    @pytest.mark.parametrize(
        "routing",
        [
            "{plugins: {argoproj-labs/gatewayAPI: {httpRoute: rt}}}",
            "{plugins: {argoproj-labs/gatewayAPI: {httpRoutes: [{name: rt}]}}}",
        ],
    )
    def test_by_the_gateway_plugin(self, routing, target, resources):
        with pytest.raises(CmpError, match=r"belong to Argo Rollouts \(Rollout/fraud\)"):
            inject(resources(ROLLOUT % routing + SPLIT.format(targets=target)))

    def test_under_an_earlier_name(self, resources):
        routing = "{plugins: {argoproj-labs/gatewayAPI: {httpRoute: rt}}}"
        objects = resources(ROLLOUT % routing + SPLIT.format(targets=ROUTE))
        objects[1].previous = [("HTTPRoute", "rt", "")]
        objects[1].body["metadata"]["name"] = "dev-rt"
        with pytest.raises(CmpError, match="belong to Argo Rollouts"):
            inject(objects)

    def test_a_traefik_service_of_flagger(self, resources):
        text = """\
apiVersion: flagger.app/v1beta1
kind: Canary
metadata: {name: c}
spec: {targetRef: {kind: Deployment, name: fraud}}
---
apiVersion: traefik.io/v1alpha1
kind: TraefikService
metadata: {name: fraud}
spec: {weighted: {services: [{name: a, weight: 1}, {name: b, weight: 1}]}}
"""
        paths = "{a: spec.weighted.services.0.weight, b: spec.weighted.services.1.weight}"
        target = f"v: {{kind: TraefikService, name: fraud, fieldPaths: {paths}}}"
        with pytest.raises(CmpError, match="belong to Flagger"):
            inject(resources(text + SPLIT.format(targets=target)))

    @pytest.mark.parametrize(
        ("namespace", "routing", "owned"),
        [
            ("there", "", False),
            ("here", "", True),
            ("", "", True),
            ("there", ", namespace: there", True),
            ("here", ", namespace: there", False),
        ],
    )
    def test_in_the_namespace_of_their_owner(self, namespace, routing, owned, resources):
        text = ROLLOUT.replace("{name: fraud}", "{name: fraud, namespace: here}")
        text = text.replace("{name: rt}", f"{{name: rt, namespace: '{namespace}'}}")
        text %= f"{{plugins: {{argoproj-labs/gatewayAPI: {{httpRoute: rt{routing}}}}}}}"
        objects = resources(text + SPLIT.format(targets=BY_PATH))
        if owned:
            with pytest.raises(CmpError, match="belong to Argo Rollouts"):
                inject(objects)
        else:
            assert inject(objects).written

    @pytest.mark.parametrize(
        "routing",
        [
            "{httpRouteSelector: {matchLabels: {app: fraud}}}",
            "{httpRouteSelector: {matchExpressions: [{key: app, operator: In, values: [fraud]}]}}",
            "{httpRouteSelector: {}}",
        ],
    )
    def test_chosen_by_their_labels(self, routing, resources):
        text = ROLLOUT.replace("{name: rt}", "{name: rt, labels: {app: fraud}}")
        text %= f"{{plugins: {{argoproj-labs/gatewayAPI: {routing}}}}}"
        with pytest.raises(CmpError, match=r"belong to Argo Rollouts \(Rollout/fraud\)"):
            inject(resources(text + SPLIT.format(targets=BY_PATH)))

    @pytest.mark.parametrize(
        "routing", ["{matchLabels: {app: other}}", "[]", "{matchLabels: [], matchExpressions: [odd]}"]
    )
    def test_other_labels_own_nothing(self, routing, resources):
        text = ROLLOUT % f"{{plugins: {{argoproj-labs/gatewayAPI: {{httpRouteSelector: {routing}}}}}}}"
        assert inject(resources(text + SPLIT.format(targets=BY_PATH))).written

    def test_the_owner_itself_by_a_path(self, resources):
        paths = "{a: spec.strategy.canary.steps.0.setWeight}"
        target = f"v: {{kind: Rollout, name: fraud, fieldPaths: {paths}}}"
        with pytest.raises(CmpError, match="Argo Rollouts moves the weights"):
            inject(resources(ROLLOUT % "{}" + SPLIT.format(targets=target)))


@pytest.mark.parametrize("mode", ["Standard", "RawDeployment"])
def test_the_older_name_of_the_standard_mode(mode, resources):
    from cmp.models.kinds import check

    text = f"""\
apiVersion: serving.kserve.io/v1beta1
kind: InferenceService
metadata: {{name: v, annotations: {{serving.kserve.io/deploymentMode: {mode}}}}}
spec:
  predictor: {{name: a, model: {{}}}}
  canary: [{{predictor: {{name: b, model: {{}}}}, trafficPercent: 5}}]
"""
    target = "v: {kind: InferenceService, name: v, entries: {a: a, b: b}}"
    objects = resources(text + SPLIT.format(targets=target))
    inject(objects)
    assert objects[0].body["spec"]["canary"][0]["trafficPercent"] == 40
    assert check(objects[0]) == []


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("90%", "write 90, without the percent sign"),
        ("'9 %'", "write 9, without"),
        ("'90'", "without quotes"),
    ],
)
def test_weights_that_are_no_numbers(text, hint, resources):
    with pytest.raises(CmpError) as caught:
        inject(resources(SPLIT.format(targets="").replace("a: 60", f"a: {text}")))
    assert hint in caught.value.hint
