"""`cmpctl models adopt`: trees of every kind render the same afterwards; what cannot be adopted says why."""

from __future__ import annotations

import textwrap
from pathlib import Path

import pytest
import yaml

from cmp.cli.commands.models.overlay import disk_tree
from cmp.cli.ctl import main
from cmp.render.pipeline import render
from cmp.render.settings import Settings
from cmp.sops import keys as key_sources

from .adopted_trees import TREES, kserve, per_overlay, tree, write

STAGING, PRODUCTION = "overlays/staging", "overlays/production"


@pytest.fixture
def here(tmp_path, monkeypatch):
    """An empty repository as the current directory."""
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    for name in ("SOPS_AGE_KEY", "SOPS_AGE_KEY_FILE", "CMP_PROJECT_KEYS"):
        monkeypatch.delenv(name, raising=False)
    (tmp_path / ".git").mkdir()
    return tmp_path


def rendered(overlay, keys=None):
    path = str(Path(overlay).resolve())
    return render(disk_tree(path), path, Settings(keys=keys)).text


def adopt(*arguments, code=0):
    assert main(["models", "adopt", *arguments]) == code


def files_of(top):
    found = (path for path in top.rglob("*") if path.is_file())
    return {str(path.relative_to(top)): path.read_bytes() for path in found}


def config(overlay):
    return yaml.safe_load(Path(overlay, "model-config.yaml").read_text())["spec"]


@pytest.mark.parametrize("name", TREES)
def test_renders_stay_equal(here, name):
    write(here, TREES[name]())
    before = {overlay: rendered(overlay) for overlay in (STAGING, PRODUCTION)}

    adopt(STAGING, PRODUCTION)

    assert {overlay: rendered(overlay) for overlay in before} == before
    assert "replaces: any" not in "".join(path.read_text() for path in here.rglob("*.yaml"))


@pytest.mark.parametrize("name", TREES)
def test_the_models_are_in_charge_afterwards(here, name):
    """No literal is left: another URI in the ModelConfig reaches every place that held the old one."""
    write(here, TREES[name]())
    adopt(STAGING, PRODUCTION)
    patch = next(path for path in Path(PRODUCTION).glob("*.yaml") if "kind: ModelConfig" in path.read_text())
    body = yaml.safe_load(patch.read_text())
    for number, model in enumerate(body["spec"]["models"].values()):
        hub = model["uri"].startswith("hf://")
        model["uri"] = f"hf://Other/Model{number}@main" if hub else f"s3://another/model/{number}"
    uris = [model["uri"] for model in body["spec"]["models"].values()]
    patch.write_text(yaml.safe_dump(body))

    text = rendered(PRODUCTION)

    assert "s3://models-" not in text
    assert "Qwen" not in text
    assert all(uri.removeprefix("hf://").partition("@")[0] in text for uri in uris)
    assert "REPLACE_WITH" not in text


@pytest.mark.parametrize("name", TREES)
def test_a_base_alone_serves_nobody(here, name):
    """Plain kustomize must not give an overlay the base's URI: literals of the base are placeholders."""
    write(here, TREES[name]())
    adopt(STAGING, PRODUCTION)
    for overlay in (STAGING, PRODUCTION):
        path = str(Path(overlay).resolve())
        text = render(disk_tree(path), path, Settings(plain=True)).text
        assert "s3://models-" not in text
        assert "REPLACE_WITH_" in text


class TestFiles:
    """What adopting does to the user's files."""

    def test_dry_run_writes_nothing(self, here, capsys):
        write(here, kserve("Standard"))
        before = files_of(here)
        adopt(STAGING, PRODUCTION, "--dry-run")
        shown = capsys.readouterr().out
        assert files_of(here) == before
        assert "-      storageUri: s3://models-dev/fraud/1" in shown
        assert "would remove overlays/staging/uri.yaml" in shown

    def test_comments_stay_or_move(self, here):
        write(here, kserve("Standard"))
        adopt(STAGING, PRODUCTION)
        assert "# the model of the developers" in Path("base/fraud.yaml").read_text()
        assert "# why this model: see the wiki" in Path(STAGING, "model-config.yaml").read_text()
        assert Path(STAGING, "kustomization.yaml").read_text().startswith("# the overlay staging\n")

    def test_an_empty_patch_is_gone_and_another_stays(self, here):
        write(here, TREES["llm-inference-service"]())
        adopt(STAGING, PRODUCTION)
        patch = yaml.safe_load(Path(STAGING, "chat.yaml").read_text())
        assert patch["spec"] == {"replicas": 3}
        write(here / "second", TREES["deployment-env"]())
        adopt(f"second/{STAGING}", f"second/{PRODUCTION}")
        assert not Path("second", STAGING, "uri.yaml").exists()

    MODELS = """\
        apiVersion: mlops.seldon.io/v1alpha1
        kind: Model
        metadata: {name: old}
        spec: {storageUri: s3://models-dev/old}
        ---
        apiVersion: mlops.seldon.io/v1alpha1
        kind: Model
        metadata: {name: new}
        spec: {storageUri: s3://models-dev/new}
        """
    ROUTE = """\
        apiVersion: gateway.networking.k8s.io/v1
        kind: HTTPRoute
        metadata: {name: rt}
        spec:
          rules:
          - backendRefs:
            - {name: old, port: 80, weight: %d}
            - {name: new, port: 80, weight: %d}%s
        """

    def routed(self, name, more=""):
        """Weights in a merge patch, whose list replaces that of the base."""
        patch = self.ROUTE % (*((100, 0) if name == "production" else (50, 50)), more)
        return ["patches:", "  - path: weights.yaml"], {"weights.yaml": patch}

    def test_a_list_of_weights_is_gone_with_them(self, here):
        base = {"models.yaml": self.MODELS, "route.yaml": self.ROUTE % (90, 10, "")}
        files = tree(base, overlays={name: self.routed(name) for name in ("staging", "production")})
        write(here, {name: text.replace(", port: 80", "") for name, text in files.items()})
        before = rendered(PRODUCTION)
        adopt(STAGING, PRODUCTION)
        assert rendered(PRODUCTION) == before
        assert not Path(PRODUCTION, "weights.yaml").exists()

    def test_a_list_with_more_than_weights_stays(self, here):
        base = {"models.yaml": self.MODELS, "route.yaml": self.ROUTE % (90, 10, "")}
        mirror = "{type: RequestMirror, requestMirror: {backendRef: {name: new, port: 80}}}"
        more = f"\n            filters: [{mirror}]"
        own = {name: self.routed(name, more) for name in ("staging", "production")}
        write(here, tree(base, overlays=own))
        before = rendered(PRODUCTION)
        adopt(STAGING, PRODUCTION)
        assert rendered(PRODUCTION) == before
        [rule] = yaml.safe_load(Path(PRODUCTION, "weights.yaml").read_text())["spec"]["rules"]
        assert rule["backendRefs"] == [{"name": "old", "port": 80}, {"name": "new", "port": 80}]
        assert "filters" in rule

    def test_a_patch_in_a_block_with_a_comment_at_its_head(self, here):
        def overlay(name):
            return [
                "patches:",
                "  - patch: |-  # and more replicas",
                "      apiVersion: mlops.seldon.io/v1alpha1",
                "      kind: Model",
                "      metadata: {name: old}",
                "      spec:",
                "        replicas: 3",
                f"        storageUri: s3://models-{name}/old  # why",
            ], {}

        write(here, tree({"models.yaml": self.MODELS}, overlays=per_overlay(overlay)))
        adopt(STAGING, PRODUCTION)
        text = Path(PRODUCTION, "kustomization.yaml").read_text()
        assert "replicas: 3" in text
        assert "storageUri" not in text

    def test_weights_and_replacements_go_to_the_declaration(self, here):
        write(here, TREES["config-map"]())
        adopt(STAGING, PRODUCTION)
        assert "replacements" not in Path(STAGING, "kustomization.yaml").read_text()
        assert "baseline-storage-uri" in rendered(STAGING)
        traffic = config("base")["traffic"]["targets"]
        assert traffic["configMap"]["keys"] == {
            "baseline": "traffic-split-baseline",
            "candidate": "traffic-split-candidate",
        }
        assert traffic["experiment"]["entries"] == {
            "baseline": "fraud-baseline",
            "candidate": "fraud-candidate",
        }

    def test_files_of_generators_stay(self, here, capsys):
        """A file that other tools read is theirs: the target may replace what it says."""
        files = TREES["generated-config-map"]()
        for overlay in (STAGING, PRODUCTION):
            files[f"{overlay}/kustomization.yaml"] = (
                "resources: [../../base]\nconfigMapGenerator:\n"
                "  - {name: fraud-env, behavior: merge, envs: [fraud.env]}\n"
            )
            files[f"{overlay}/fraud.env"] = f"MODEL_URI=s3://models-{overlay[9:]}/fraud/7\n"
        write(here, files)
        before = rendered(PRODUCTION)
        adopt(STAGING, PRODUCTION)
        assert rendered(PRODUCTION) == before
        assert Path(PRODUCTION, "fraud.env").read_text() == files[f"{PRODUCTION}/fraud.env"]
        [target] = config("base")["models"]["fraud-env"]["targets"].values()
        assert target["replaces"] == "any"
        assert "keeps its value in git" in capsys.readouterr().out

    def test_an_overlay_without_a_base(self, here):
        files = kserve("Standard")
        write(
            here,
            {
                "k8s/fraud.yaml": files["base/fraud.yaml"],
                "k8s/kustomization.yaml": "resources: [fraud.yaml]\n",
            },
        )
        before = rendered("k8s")
        adopt("k8s")
        assert rendered("k8s") == before
        assert config("k8s")["models"]["fraud"]["uri"] == "s3://models-dev/fraud/1"

    def test_a_model_that_one_overlay_has_alone(self, here):
        files = kserve("Standard")
        extra = files["base/fraud.yaml"].replace("name: fraud", "name: churn").replace("fraud/1", "churn/1")
        files[f"{PRODUCTION}/churn.yaml"] = extra
        files[f"{PRODUCTION}/kustomization.yaml"] = files[f"{PRODUCTION}/kustomization.yaml"].replace(
            "  - ../../base", "  - ../../base\n  - churn.yaml"
        )
        write(here, files)
        before = rendered(PRODUCTION)
        adopt(STAGING, PRODUCTION)
        assert rendered(PRODUCTION) == before
        assert set(config("base")["models"]) == {"fraud"}
        assert set(config(PRODUCTION)["models"]) == {"fraud", "churn"}

    def test_the_schema_is_where_the_line_says(self, here):
        write(here, kserve("Standard"))
        adopt(STAGING, PRODUCTION)
        for folder in ("base", STAGING):
            first = Path(folder, "model-config.yaml").read_text().splitlines()[0]
            assert Path(folder, first.partition("$schema=")[2]).is_file()

    def test_all_or_nothing(self, here, monkeypatch, capsys):
        """The last file cannot be written: those before it have their old bytes again."""
        write(here, kserve("Standard"))
        before = files_of(here)
        from cmp import files as module

        real = module._replace

        def failing(target, data):
            if target.endswith(f"{PRODUCTION}/model-config.yaml"):
                raise OSError(28, "No space left on device")
            real(target, data)

        monkeypatch.setattr(module, "_replace", failing)
        adopt(STAGING, PRODUCTION, code=1)
        assert "No space left" in capsys.readouterr().err
        assert {name: data for name, data in files_of(here).items() if name in before} == before
        assert not Path(STAGING, "model-config.yaml").exists()


class TestEncryption:
    """New files are encrypted where a rule fits, or where the URI was encrypted before."""

    @pytest.fixture(autouse=True)
    def key(self, here, monkeypatch):
        main(["secrets", "keygen", "-o", str(here / "home/key.txt")])
        text = (here / "home/key.txt").read_text()
        self.recipient = next(line for line in text.splitlines() if "public key" in line).rpartition(" ")[2]
        monkeypatch.setenv("SOPS_AGE_KEY_FILE", str(here / "home/key.txt"))
        import os

        self.keys = key_sources.from_environment(dict(os.environ), key_sources.read_file)

    def test_by_rule(self, here):
        files = kserve("Standard")
        files[".sops.yaml"] = (
            "creation_rules:\n  - path_regex: model-config\n    encrypted_regex: ^uri$\n"
            f"    age: {self.recipient}\n"
        )
        write(here, files)
        before = rendered(PRODUCTION)
        adopt(STAGING, PRODUCTION)
        assert "uri: ENC[AES256_GCM" in Path(PRODUCTION, "model-config.yaml").read_text()
        assert "sops:" not in Path("base/model-config.yaml").read_text()
        assert rendered(PRODUCTION, self.keys) == before

    def test_a_secret_uri_stays_secret(self, here, capsys):
        """The patch with the URI was encrypted, no rule fits the new file: its neighbour's recipients do."""
        files = kserve("Standard")
        write(here, files)
        for overlay in (STAGING, PRODUCTION):
            path = Path(overlay, "uri.yaml")
            path.write_text(
                path.read_text().replace(
                    "  name: fraud\n",
                    "  name: fraud\n  annotations: {cmp.mlops/allow-cleartext: the place of the model}\n",
                )
            )
            rule = here / "rule.yaml"
            rule.write_text(
                f"creation_rules:\n  - encrypted_regex: ^storageUri$\n    age: {self.recipient}\n"
            )
            assert main(["secrets", "encrypt", "--in-place", "--config", str(rule), str(path)]) == 0
            rule.unlink()
        before = rendered(PRODUCTION, self.keys)
        capsys.readouterr()
        adopt(STAGING, PRODUCTION)
        shown = capsys.readouterr().out
        assert rendered(PRODUCTION, self.keys) == before
        text = "".join(path.read_text() for path in here.rglob("*.yaml"))
        assert "s3://models-production" not in text
        assert "s3://models-production" not in shown


def disagreeing(overlay_uri="s3://models-staging/fraud/7"):
    files = kserve("Standard")
    config_map = (
        "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c}\ndata: {model-uri: s3://models-dev/fraud/1}\n"
    )
    files["base/config.yaml"] = config_map
    files["base/kustomization.yaml"] = "resources: [fraud.yaml, config.yaml]\n"
    for name in ("staging", "production"):
        files[f"overlays/{name}/c.yaml"] = config_map.replace("s3://models-dev/fraud/1", overlay_uri)
        files[f"overlays/{name}/kustomization.yaml"] += "  - path: c.yaml\n"
    return files


class TestRefusals:
    """Each stops before anything is written and says what to do."""

    @pytest.fixture(autouse=True)
    def unchanged(self, here):
        self.here = here
        yield
        assert files_of(here) == self.before

    def refused(self, capsys, files, *arguments, code=1):
        write(self.here, files)
        self.before = files_of(self.here)
        adopt(*(arguments or (STAGING, PRODUCTION)), code=code)
        return capsys.readouterr().err

    def test_an_overlay_of_the_base_is_not_named(self, capsys):
        said = self.refused(capsys, kserve("Standard"), STAGING)
        assert "overlays/production builds upon the same base and is not named" in said
        assert "cmpctl models adopt overlays/staging overlays/production" in said

    def test_nothing_is_served(self, capsys):
        files = tree(
            {"a.yaml": "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\ndata: {x: y}\n"},
            overlays={"staging": ([], {}), "production": ([], {})},
        )
        assert "no place of a model's URI was found" in self.refused(capsys, files)

    def test_there_is_a_model_config(self, capsys, overlays):
        files = kserve("Standard")
        files["base/mc.yaml"] = textwrap.dedent("""\
            apiVersion: cmp.mlops/v1alpha1
            kind: ModelConfig
            metadata:
              name: fraud
              annotations: {config.kubernetes.io/local-config: "true"}
            spec:
              models:
                fraud:
                  uri: s3://models/fraud/1
                  targets: {model: {kind: InferenceService, name: fraud, replaces: any}}
            """)
        files["base/kustomization.yaml"] = "resources: [fraud.yaml, mc.yaml]\n"
        assert "has a ModelConfig already: fraud" in self.refused(capsys, files)

    def test_a_staging_bucket_in_production(self, capsys):
        said = self.refused(capsys, disagreeing())
        assert "these places disagree about a model" in said
        assert (
            "InferenceService/fraud has s3://*** (1) in overlays/staging, s3://*** (2) in overlays/production"
            in said
        )
        assert (
            "ConfigMap/c:model-uri has s3://*** (1) in overlays/staging, s3://*** (1) in overlays/production"
            in said
        )
        assert "--as NAME=PLACE" in said
        assert "models-staging" not in said

    def test_another_bucket_everywhere(self, capsys):
        said = self.refused(capsys, disagreeing("s3://elsewhere/fraud/7"))
        assert "these places disagree about a model" in said

    def test_a_key_that_nobody_serves(self, capsys):
        said = self.refused(capsys, disagreeing("s3://elsewhere/old/3"))
        assert "these places disagree about a model" in said

    def test_as_names_no_place(self, capsys):
        said = self.refused(capsys, disagreeing(), STAGING, PRODUCTION, "--as", "fraud=Model/fraud")
        assert "no places are Model/fraud" in said
        assert "InferenceService/fraud" in said

    def test_as_names_one_model_twice(self, capsys):
        both = ("--as", "a=InferenceService/fraud", "--as", "b=InferenceService/fraud")
        assert "two names, a and b" in self.refused(capsys, kserve("Standard"), STAGING, PRODUCTION, *both)

    def test_as_is_not_a_pair(self, capsys):
        said = self.refused(capsys, kserve("Standard"), STAGING, PRODUCTION, "--as", "fraud", code=2)
        assert "--as takes NAME=PLACE" in said

    def test_weights_disagree(self, capsys):
        files = TREES["config-map"]()
        files["base/route.yaml"] = textwrap.dedent("""\
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: fraud}
            spec:
              rules:
                - backendRefs:
                    - {name: fraud-baseline, port: 80, weight: 50}
                    - {name: fraud-candidate, port: 80, weight: 50}
            """)
        files["base/kustomization.yaml"] += "  - route.yaml\n"
        said = self.refused(capsys, files)
        assert "these objects disagree about the weights" in said
        assert "HTTPRoute/fraud: baseline=50, candidate=50" in said
        assert "--as traffic=KIND/NAME" in said

    def test_a_tree_that_does_not_render(self, capsys):
        files = kserve("Standard")
        files[f"{STAGING}/uri.yaml"] = files[f"{STAGING}/uri.yaml"].replace("name: fraud", "name: other")
        assert "uri.yaml" in self.refused(capsys, files)

    def test_a_base_used_twice(self, capsys):
        files = kserve("Standard")
        for name in "ab":
            files[f"overlays/{name}/kustomization.yaml"] = f"namePrefix: {name}-\nresources: [../../base]\n"
        files[f"{STAGING}/kustomization.yaml"] = "resources: [../a, ../b]\n"
        files[f"{PRODUCTION}/kustomization.yaml"] = "resources: [../a]\n"
        assert "is there twice: a base is used twice" in self.refused(capsys, files)

    def test_no_folder(self, capsys):
        assert "is not a directory" in self.refused(capsys, kserve("Standard"), "nowhere", code=2)


class TestChoices:
    """`--as` decides, and what it leaves over stays."""

    def test_a_place_is_left_alone(self, here, capsys):
        files = disagreeing()
        write(here, files)
        before = {overlay: rendered(overlay) for overlay in (STAGING, PRODUCTION)}
        adopt(STAGING, PRODUCTION, "--as", "fraud=InferenceService/fraud")
        assert {overlay: rendered(overlay) for overlay in before} == before
        assert "left as it is: ConfigMap/c:model-uri" in capsys.readouterr().out
        assert list(config("base")["models"]["fraud"]["targets"]) == ["inferenceService"]
        assert "s3://models-staging/fraud/7" in Path(PRODUCTION, "c.yaml").read_text()

    def test_both_are_models(self, here):
        write(here, disagreeing())
        before = rendered(PRODUCTION)
        adopt(
            STAGING, PRODUCTION, "--as", "live=InferenceService/fraud", "--as", "shown=ConfigMap/c:model-uri"
        )
        assert rendered(PRODUCTION) == before
        assert set(config("base")["models"]) == {"live", "shown"}

    def test_an_unclear_place_is_named(self, here, capsys):
        write(here, TREES["deployment-env"]())
        adopt(STAGING, PRODUCTION, "--as", "logs=Deployment/fraud:server/LOG_BUCKET")
        assert set(config("base")["models"]) == {"fraud", "logs"}

    def test_an_unclear_place_is_told(self, here, capsys):
        write(here, TREES["deployment-env"]())
        adopt(STAGING, PRODUCTION)
        assert "left as it is: Deployment/fraud:server/LOG_BUCKET" in capsys.readouterr().out

    def test_weights_by_name(self, here, capsys):
        files = TREES["config-map"]()
        files["base/route.yaml"] = textwrap.dedent("""\
            apiVersion: gateway.networking.k8s.io/v1
            kind: HTTPRoute
            metadata: {name: fraud}
            spec:
              rules:
                - backendRefs:
                    - {name: fraud-baseline, port: 80, weight: 50}
                    - {name: fraud-candidate, port: 80, weight: 50}
            """)
        files["base/kustomization.yaml"] += "  - route.yaml\n"
        write(here, files)
        before = rendered(PRODUCTION)
        adopt(STAGING, PRODUCTION, "--as", "traffic=Experiment/fraud")
        assert rendered(PRODUCTION) == before
        assert "left as it is: HTTPRoute/fraud" in capsys.readouterr().out
        assert "httpRoute" not in config("base")["traffic"]["targets"]

    def test_names_that_only_the_injection_would_rename(self, here, capsys):
        """kustomize does not rename an Experiment's candidates, an injection of weights does."""
        files = TREES["seldon-v2"]()
        for overlay in (STAGING, PRODUCTION):
            files[f"{overlay}/kustomization.yaml"] += f"namePrefix: {overlay[9:]}-\n"
        write(here, files)
        before = rendered(PRODUCTION)
        adopt(STAGING, PRODUCTION)
        assert rendered(PRODUCTION) == before
        assert "the weights are left as they are" in capsys.readouterr().out
