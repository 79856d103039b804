"""Trees for `cmpctl models adopt`: each a base and overlays with literal URIs, as people write them."""

from __future__ import annotations

import textwrap


def tree(base, *, overlays, base_lines=()):
    """Files of a repository. base: name to text. overlays: name to (kustomization lines, files)."""
    files = {f"base/{name}": textwrap.dedent(text) for name, text in base.items()}
    listed = ["resources:", *(f"  - {name}" for name in base if not name.endswith(".env"))]
    files["base/kustomization.yaml"] = "\n".join([*listed, *base_lines, ""])
    for overlay, (lines, own) in overlays.items():
        files[f"overlays/{overlay}/kustomization.yaml"] = "\n".join(
            ["# the overlay " + overlay, "resources:", "  - ../../base", *lines, ""]
        )
        for name, text in own.items():
            files[f"overlays/{overlay}/{name}"] = textwrap.dedent(text)
    return files


def per_overlay(make):
    return {name: make(name) for name in ("staging", "production")}


KSERVE = """\
    apiVersion: serving.kserve.io/v1beta1
    kind: InferenceService
    metadata:
      name: fraud
      annotations: {{serving.kserve.io/deploymentMode: {mode}}}
    spec:
      predictor:
        model:
          modelFormat: {{name: sklearn}}
          storageUri: s3://models-dev/fraud/1   # the model of the developers
    """


def kserve(mode):
    def overlay(name):
        patch = f"""\
            # why this model: see the wiki
            apiVersion: serving.kserve.io/v1beta1
            kind: InferenceService
            metadata:
              name: fraud
            spec:
              predictor:
                model:
                  storageUri: s3://models-{name}/fraud/7
            """
        return ["patches:", "  - path: uri.yaml"], {"uri.yaml": patch}

    return tree({"fraud.yaml": KSERVE.format(mode=mode)}, overlays=per_overlay(overlay))


def seldon_v1():
    base = """\
        apiVersion: machinelearning.seldon.io/v1
        kind: SeldonDeployment
        metadata: {name: fraud}
        spec:
          predictors:
            - name: main
              traffic: 80
              graph: {name: classifier, implementation: SKLEARN_SERVER, modelUri: "s3://models-dev/fraud/1"}
            - name: canary
              traffic: 20
              graph: {name: classifier, implementation: SKLEARN_SERVER, modelUri: "s3://models-dev/fraud/2"}
        """

    def overlay(name):
        patch = f"""\
            - op: replace
              path: /spec/predictors/0/graph/modelUri
              value: s3://models-{name}/fraud/1
            - op: replace
              path: /spec/predictors/1/graph/modelUri
              value: s3://models-{name}/fraud/2
            - op: replace
              path: /spec/predictors/0/traffic
              value: 90
            - op: replace
              path: /spec/predictors/1/traffic
              value: 10
            """
        lines = ["patches:", "  - path: seldon.yaml", "    target: {kind: SeldonDeployment, name: fraud}"]
        return lines, {"seldon.yaml": patch}

    return tree({"fraud.yaml": base}, overlays=per_overlay(overlay))


def seldon_v2():
    base = "---\n".join(
        textwrap.dedent(f"""\
        apiVersion: mlops.seldon.io/v1alpha1
        kind: Model
        metadata: {{name: fraud-{name}}}
        spec:
          storageUri: s3://models-dev/fraud/{version}
          requirements: [sklearn]
        """)
        for name, version in (("baseline", 1), ("candidate", 2))
    )
    experiment = """\
        apiVersion: mlops.seldon.io/v1alpha1
        kind: Experiment
        metadata: {name: fraud}
        spec:
          default: fraud-baseline
          candidates:
            - {name: fraud-baseline, weight: 80}
            - {name: fraud-candidate, weight: 20}
        """

    def overlay(name):
        patch = "---\n".join(
            textwrap.dedent(f"""\
            apiVersion: mlops.seldon.io/v1alpha1
            kind: Model
            metadata:
              name: fraud-{model}
            spec:
              storageUri: s3://models-{name}/fraud/{version}
              replicas: 2   # stays
            """)
            for model, version in (("baseline", 1), ("candidate", 2))
        )
        return ["patches:", "  - path: models.yaml"], {"models.yaml": patch}

    files = tree({"models.yaml": base, "experiment.yaml": experiment}, overlays=per_overlay(overlay))
    files["base/models.yaml"] = base
    return files


DEPLOYMENT = """\
    apiVersion: apps/v1
    kind: Deployment
    metadata: {name: fraud}
    spec:
      selector: {matchLabels: {app: fraud}}
      template:
        metadata: {labels: {app: fraud}}
        spec:
          containers:
            - name: server
              image: registry.test/fraud:1
              env:
                - name: MODEL_URI
                  value: s3://models-dev/fraud/1
                - name: LOG_BUCKET
                  value: s3://logs/fraud
    """


def deployment():
    def overlay(name):
        patch = f"""\
            apiVersion: apps/v1
            kind: Deployment
            metadata: {{name: fraud}}
            spec:
              template:
                spec:
                  containers:
                    - name: server
                      env:
                        - {{name: MODEL_URI, value: "s3://models-{name}/fraud/7"}}
            """
        return ["patches:", "  - path: uri.yaml"], {"uri.yaml": patch}

    return tree({"fraud.yaml": DEPLOYMENT}, overlays=per_overlay(overlay))


def vllm():
    base = """\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: chat}
        spec:
          selector: {matchLabels: {app: chat}}
          template:
            metadata: {labels: {app: chat}}
            spec:
              containers:
                - name: vllm
                  image: registry.test/vllm:1
                  args:
                    - --model=Qwen/Qwen3-0.6B
                    - --revision=main
                    - --port=8000
        """

    def overlay(name):
        revision = {"staging": "aaaa", "production": "bbbb"}[name]
        lines = [
            "patches:",
            "  - target: {kind: Deployment, name: chat}",
            "    patch: |-",
            "      - op: replace",
            "        path: /spec/template/spec/containers/0/args",
            "        value:",
            "          - --model=Qwen/Qwen3-8B",
            f"          - --revision={revision}",
            "          - --port=8000   # the Service's",
        ]
        return lines, {}

    return tree({"chat.yaml": base}, overlays=per_overlay(overlay))


def vllm_serve(split):
    """`vllm serve MODEL`; split: the model is the first of `args`."""
    line = "command: [vllm, serve]\n%sargs: [" if split else "command: [vllm, serve, "
    base = f"""\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {{name: chat}}
        spec:
          selector: {{matchLabels: {{app: chat}}}}
          template:
            metadata: {{labels: {{app: chat}}}}
            spec:
              containers:
                - name: vllm
                  image: registry.test/vllm:1
                  {line % (" " * 18) if split else line}Qwen/Qwen3-0.6B, --revision, main, --port=8000]
        """
    key, first = ("args", 0) if split else ("command", 2)

    def overlay(name):
        revision = {"staging": "aaaa", "production": "bbbb"}[name]
        path = f"/spec/template/spec/containers/0/{key}"
        return [
            "patches:",
            "  - target: {kind: Deployment, name: chat}",
            "    patch: |-",
            f"      - {{op: replace, path: {path}/{first}, value: Qwen/Qwen3-8B}}",
            f"      - {{op: replace, path: {path}/{first + 2}, value: {revision}}}",
        ], {}

    return tree({"chat.yaml": base}, overlays=per_overlay(overlay))


def vllm_runtime():
    """The revision is one of further arguments (`Flag`), which the overlays write out."""
    base = """\
        apiVersion: production-stack.vllm.ai/v1alpha1
        kind: VLLMRuntime
        metadata: {name: chat}
        spec:
          model:
            modelURL: Qwen/Qwen3-0.6B
          vllmConfig:
            extraArgs: ["--revision=main", "--max-model-len=4096"]
        """

    def overlay(name):
        revision = {"staging": "aaaa", "production": "bbbb"}[name]
        patch = f"""\
            apiVersion: production-stack.vllm.ai/v1alpha1
            kind: VLLMRuntime
            metadata: {{name: chat}}
            spec:
              model:
                modelURL: Qwen/Qwen3-8B
              vllmConfig:
                extraArgs:
                  - --max-model-len=8192   # what the GPUs hold
                  - --revision={revision}
            """
        return ["patches:", "  - path: chat.yaml"], {"chat.yaml": patch}

    return tree({"chat.yaml": base}, overlays=per_overlay(overlay))


def ray():
    base = """\
        apiVersion: ray.io/v1
        kind: RayService
        metadata: {name: chat}
        spec:
          serveConfigV2: |
            # applications of Ray Serve
            applications:
              - name: llm
                import_path: app:build
                args:
                  model_uri: s3://models-dev/chat/1   # what is served
                  other: 5
          rayClusterConfig:
            headGroupSpec:
              template:
                spec:
                  containers:
                    - {name: ray-head, image: "registry.test/ray:2"}
        """

    def overlay(name):
        if name == "staging":
            return [], {}
        patch = """\
            apiVersion: ray.io/v1
            kind: RayService
            metadata: {name: chat}
            spec:
              serveConfigV2: |
                # applications of Ray Serve, in production
                applications:
                  - name: llm
                    import_path: app:build
                    args:
                      model_uri: s3://models-production/chat/3   # what is served
                      other: 50
            """
        return ["patches:", "  - path: serve.yaml"], {"serve.yaml": patch}

    return tree({"chat.yaml": base}, overlays=per_overlay(overlay))


def config_map():
    """A ConfigMap copied by replacements, weights in it, read by a script outside of the cluster."""
    models = "---\n".join(
        textwrap.dedent(f"""\
        apiVersion: mlops.seldon.io/v1alpha1
        kind: Model
        metadata: {{name: fraud-{name}}}
        spec: {{storageUri: s3://placeholder/x}}
        """)
        for name in ("baseline", "candidate")
    )
    config = """\
        apiVersion: v1
        kind: ConfigMap
        metadata: {name: fraud-model-config}
        data:
          baseline-storage-uri: s3://models-dev/fraud/1
          candidate-storage-uri: s3://models-dev/fraud/2
          traffic-split-baseline: "80"
          traffic-split-candidate: "20"
        """
    experiment = """\
        apiVersion: mlops.seldon.io/v1alpha1
        kind: Experiment
        metadata: {name: fraud}
        spec:
          default: fraud-baseline
          candidates: [{name: fraud-baseline, weight: 80}, {name: fraud-candidate, weight: 20}]
        """

    def overlay(name):
        patch = f"""\
            # scripts/update.py writes this file
            apiVersion: v1
            kind: ConfigMap
            metadata:
              name: fraud-model-config
            data:
              baseline-storage-uri: s3://models-{name}/fraud/1
              candidate-storage-uri: s3://models-{name}/fraud/2
              log-level: info
            """
        lines = ["patches:", "  - path: model-config.yaml", "replacements:"]
        for model in ("baseline", "candidate"):
            lines += [
                "  - source:",
                f"      {{kind: ConfigMap, name: fraud-model-config, fieldPath: data.{model}-storage-uri}}",
                "    targets:",
                f"      - select: {{kind: Model, name: fraud-{model}}}",
                "        fieldPaths: [spec.storageUri]",
            ]
        return lines, {"model-config.yaml": patch}

    files = tree(
        {"models.yaml": "", "config.yaml": config, "experiment.yaml": experiment},
        overlays=per_overlay(overlay),
    )
    files["base/models.yaml"] = models
    return files


def llm():
    base = """\
        apiVersion: serving.kserve.io/v1alpha2
        kind: LLMInferenceService
        metadata: {name: chat}
        spec:
          model:
            uri: hf://Qwen/Qwen3-0.6B
            name: chat
            lora:
              adapters:
                - {name: sql, uri: "s3://models-dev/sql/1"}
        """

    def overlay(name):
        patch = f"""\
            apiVersion: serving.kserve.io/v1alpha2
            kind: LLMInferenceService
            metadata: {{name: chat}}
            spec:
              replicas: 3
              model:
                uri: hf://Qwen/Qwen3-8B:main
                lora:
                  adapters:
                    - {{name: sql, uri: "s3://models-{name}/sql/4"}}
            """
        return ["patches:", "  - path: chat.yaml"], {"chat.yaml": patch}

    return tree({"chat.yaml": base}, overlays=per_overlay(overlay))


def rollout():
    base = """\
        apiVersion: argoproj.io/v1alpha1
        kind: Rollout
        metadata: {name: fraud}
        spec:
          strategy:
            canary:
              steps: [{setWeight: 20}]
              trafficRouting: {istio: {virtualService: {name: fraud}}}
          selector: {matchLabels: {app: fraud}}
          template:
            metadata: {labels: {app: fraud}}
            spec:
              initContainers:
                - name: fetch
                  image: registry.test/fetch:1
                  args: [--to, /models]
                  env: [{name: MODEL_URI, value: s3://models-dev/fraud/1}]
              containers:
                - {name: server, image: "registry.test/fraud:1"}
        """
    route = """\
        apiVersion: networking.istio.io/v1
        kind: VirtualService
        metadata: {name: fraud}
        spec:
          hosts: [fraud]
          http:
            - route:
                - {destination: {host: fraud-stable}, weight: 100}
                - {destination: {host: fraud-canary}, weight: 0}
        """

    def overlay(name):
        lines = [
            "patches:",
            "  - target: {kind: Rollout, name: fraud}",
            "    patch: |-",
            "      - op: replace",
            "        path: /spec/template/spec/initContainers/0/env/0/value",
            f"        value: s3://models-{name}/fraud/7",
        ]
        return lines, {}

    return tree({"fraud.yaml": base, "route.yaml": route}, overlays=per_overlay(overlay))


def generator():
    """A generated ConfigMap that the pods read, merged by the overlays."""
    base = """\
        apiVersion: apps/v1
        kind: Deployment
        metadata: {name: fraud}
        spec:
          selector: {matchLabels: {app: fraud}}
          template:
            metadata: {labels: {app: fraud}}
            spec:
              containers:
                - name: server
                  image: registry.test/fraud:1
                  envFrom: [{configMapRef: {name: fraud-env}}]
        """
    lines = [
        "configMapGenerator:",
        "  - name: fraud-env",
        "    literals:",
        "      - MODEL_URI=s3://models-dev/fraud/1",
    ]

    def overlay(name):
        own = [
            "configMapGenerator:",
            "  - name: fraud-env",
            "    behavior: merge",
            "    literals:",
            f"      - MODEL_URI=s3://models-{name}/fraud/7",
            "      - LOG=info",
        ]
        return own, {}

    return tree({"fraud.yaml": base}, overlays=per_overlay(overlay), base_lines=lines)


TREES = {
    "kserve-raw": lambda: kserve("Standard"),
    "kserve-knative": lambda: kserve("Knative"),
    "seldon-v1": seldon_v1,
    "seldon-v2": seldon_v2,
    "deployment-env": deployment,
    "vllm-arguments": vllm,
    "vllm-serve": lambda: vllm_serve(split=False),
    "vllm-serve-arguments": lambda: vllm_serve(split=True),
    "vllm-runtime": vllm_runtime,
    "ray-service": ray,
    "config-map": config_map,
    "llm-inference-service": llm,
    "rollout": rollout,
    "generated-config-map": generator,
}


def write(top, files):
    for name, text in files.items():
        path = top / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text)
