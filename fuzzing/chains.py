"""Random chains of steps that move a decrypted value from object to object, and where it must end.

A chain is a tree of layers. The first layer declares an encrypted source; each further one adds an object and moves
the value into it by one of the engine's ways. All objects but the last are Secrets, so that the last alone decides:
the gate must refuse the render if the value ended outside of a Secret's values, and must let it pass otherwise.
"""

from __future__ import annotations

import random
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    Seal = Callable[..., bytes]

VALUES = (
    "hunter2-and-more",
    "ab",
    "pa\"ss\\wo'rd",
    "x: y # z",
    "1234567",
    "0.25",
    "a:b:c",
    "two\nlines here",
)
DELIMITERS = (":", "-", ".")
# A merge patch of the object of the layer before.
_LABELLED = "{apiVersion: v1, kind: Secret, metadata: {name: o%d, labels: {c: d}}}"


class Chain:
    """files: the tree, relative to its root. top: the directory to render. leaks: the gate must refuse it."""

    def __init__(self, files: dict[str, bytes], top: str, leaks: bool, steps: list[str]) -> None:
        self.files = files
        self.top = top
        self.leaks = leaks
        self.steps = steps


class _Maker:
    def __init__(self, seed: int, seal: Seal) -> None:
        self.random = random.Random(seed)
        self.seal = seal
        self.value = self.random.choice(VALUES)
        self.files: dict[str, bytes] = {}
        self.steps: list[str] = []
        self.leaks = False

    def write(self, path: str, text: str | bytes) -> None:
        self.files[path] = text.encode() if isinstance(text, str) else text

    # -- the source: a layer l0 whose Secret o0 holds the value at stringData.v or data.v

    def source(self) -> str:
        """Write layer 0; returns the field of o0 that holds the value."""
        kind = self.random.choice(("resource", "wholly", "ksops", "patch", "json_patch", "env", "file"))
        self.steps.append(f"source {kind}")
        quoted = _quote(self.value)
        secret = f"apiVersion: v1\nkind: Secret\nmetadata: {{name: o0}}\nstringData: {{v: {quoted}}}\n"
        plain = "apiVersion: v1\nkind: Secret\nmetadata: {name: o0}\nstringData: {w: x}\n"
        if kind in ("resource", "wholly"):
            regex = "^(data|stringData)$" if kind == "resource" else ""
            self.write("l0/s.yaml", self.seal(secret, regex=regex))
            self.write("l0/kustomization.yaml", "resources: [s.yaml]\n")
        elif kind == "ksops":
            self.write("l0/s.yaml", self.seal(secret, regex="^stringData$"))
            self.write(
                "l0/g.yaml", "apiVersion: viaduct.ai/v1\nkind: ksops\nmetadata: {name: g}\nfiles: [s.yaml]\n"
            )
            self.write("l0/kustomization.yaml", "generators: [g.yaml]\n")
        elif kind == "patch":
            self.write("l0/s.yaml", plain)
            self.write("l0/p.yaml", self.seal(secret, regex="^stringData$"))
            self.write("l0/kustomization.yaml", "resources: [s.yaml]\npatches: [{path: p.yaml}]\n")
        elif kind == "json_patch":
            self.write("l0/s.yaml", plain)
            # A SOPS document is a mapping, so a JSON patch can be encrypted as binary only.
            operations = f"- {{op: add, path: /stringData/v, value: {quoted}}}\n"
            self.write("l0/p.patch", self.seal(operations, "binary"))
            patch = "patches: [{path: p.patch, target: {kind: Secret, name: o0}}]\n"
            self.write("l0/kustomization.yaml", f"resources: [s.yaml]\n{patch}")
        else:
            options = "generatorOptions: {disableNameSuffixHash: true}\n"
            if kind == "env":
                self.value = self.value.partition("\n")[0]
                self.write("l0/e.env", self.seal(f"v={self.value}\n", "dotenv"))
                entry = "{name: o0, envs: [e.env]}"
            else:
                self.write("l0/f.txt", self.seal(self.value, "binary"))
                entry = "{name: o0, files: [v=f.txt]}"
            self.write("l0/kustomization.yaml", f"secretGenerator: [{entry}]\n{options}")
            return "data.v"
        return "stringData.v"

    # -- steps: layer k moves the value from `field` of o<k-1> into an object o<k>

    def step(self, number: int, field: str, last: bool, leak: bool) -> str:
        way = self.random.choice(
            (
                "whole",
                "part_in",
                "part_out",
                "embedded_json",
                "embedded_yaml",
                "var",
                "copy",
                "move",
                "generator",
                "label",
                "name",
                "kind",
            )
        )
        if way in ("label", "name", "kind") and not (last and leak):
            way = "whole"
        if way == "var" and not last:
            way = "whole"  # vars are resolved after all layers, so nothing could move the value on
        if way == "generator" and not (last and leak) and self.value[0].isdigit():
            way = "whole"  # kustomize writes such a new value without quotes, which no Secret may hold
        known = number == 1 and field == "stringData.v"
        if way == "part_out" and not (known and any(each in self.value for each in DELIMITERS)):
            way = "part_in"
        self.steps.append(way)
        home, below = f"l{number}", f"../l{number - 1}"
        target = "ConfigMap" if last and leak and way != "kind" else "Secret"
        place = "data" if target == "ConfigMap" else "stringData"
        in_component = self.random.random() < 0.3
        work = f"{home}/c" if in_component else home
        object_text = f"apiVersion: v1\nkind: {target}\nmetadata: {{name: o{number}, labels: {{a: b}}}}\n"
        result: str
        content, body, result = getattr(self, f"_{way}")(number, field, target, place)
        resources = "o.yaml" if body else ""
        if body:
            self.write(f"{work}/o.yaml", f"{object_text}{place}: {body}\n")
        if way == "var":
            config = f"varReference: [{{path: {place}/v, kind: {target}}}]\n"
            self.write(f"{work}/config.yaml", config)
            content += "configurations: [config.yaml]\n"
        if in_component:
            self.steps[-1] += " in a component"
            head = "apiVersion: kustomize.config.k8s.io/v1alpha1\nkind: Component\n"
            self.write(f"{work}/kustomization.yaml", f"{head}resources: [{resources}]\n{content}")
            self.write(f"{home}/kustomization.yaml", f"resources: [{below}]\ncomponents: [c]\n")
        else:
            self.write(f"{home}/kustomization.yaml", f"resources: [{below}, {resources}]\n{content}")
        for name, more in (
            ("prefix", f"namePrefix: p{number}-\n"),
            ("merge patch", f"patches: [{{patch: '{_LABELLED % (number - 1)}'}}]\n"),
        ):
            if self.random.random() < 0.25:
                self.steps[-1] += f" and a {name}"
                self.files[f"{home}/kustomization.yaml"] += more.encode()
        return result

    def _replacement(
        self, number: int, field: str, target: str, path: str, out: str = "", into: str = ""
    ) -> str:
        source = f"{{kind: Secret, name: o{number - 1}, fieldPath: {field}{out}}}"
        select = f"{{select: {{kind: {target}, name: o{number}}}, fieldPaths: ['{path}']{into}}}"
        return f"replacements: [{{source: {source}, targets: [{select}]}}]\n"

    def _whole(self, number: int, field: str, target: str, place: str) -> tuple[str, str, str]:
        return self._replacement(number, field, target, f"{place}.v"), "{v: x}", f"{place}.v"

    def _part_in(self, number: int, field: str, target: str, place: str) -> tuple[str, str, str]:
        into = ", options: {delimiter: '/', index: 1}"
        return self._replacement(number, field, target, f"{place}.v", into=into), "{v: a/b/c}", f"{place}.v"

    def _part_out(self, number: int, field: str, target: str, place: str) -> tuple[str, str, str]:
        delimiter = next(each for each in DELIMITERS if each in self.value)
        index = self.random.randrange(2)
        out = f", options: {{delimiter: '{delimiter}', index: {index}}}"
        return self._replacement(number, field, target, f"{place}.v", out=out), "{v: x}", f"{place}.v"

    def _embedded_json(self, number: int, field: str, target: str, place: str) -> tuple[str, str, str]:
        body = """{v: '{"a": {"b": "x"}, "c": 1}'}"""
        return self._replacement(number, field, target, f"{place}.v.a.b"), body, f"{place}.v"

    def _embedded_yaml(self, number: int, field: str, target: str, place: str) -> tuple[str, str, str]:
        body = '{v: "a:\\n  b: x\\nc: 1\\n"}'
        return self._replacement(number, field, target, f"{place}.v.a.b"), body, f"{place}.v"

    def _var(self, number: int, field: str, target: str, place: str) -> tuple[str, str, str]:
        reference = f"objref: {{kind: Secret, name: o{number - 1}, apiVersion: v1}}"
        content = f"vars: [{{name: V, {reference}, fieldref: {{fieldPath: {field}}}}}]\n"
        around = self.random.choice(("$(V)", "user:$(V)@host"))
        return content, f"{{v: '{around}'}}", f"{place}.v"

    def _copy(self, number: int, field: str, target: str, place: str) -> tuple[str, str, str]:
        content, body, _ = self._whole(number, field, target, place)
        return content + self._operation(number, target, "copy", place), body, f"{place}.moved"

    def _move(self, number: int, field: str, target: str, place: str) -> tuple[str, str, str]:
        content, body, _ = self._whole(number, field, target, place)
        return content + self._operation(number, target, "move", place), body, f"{place}.moved"

    def _operation(self, number: int, target: str, op: str, place: str) -> str:
        operation = f'[{{"op": "{op}", "from": "/{place}/v", "path": "/{place}/moved"}}]'
        return self._after(number, "PatchJson6902Transformer", target, f"jsonOp: '{operation}'\n")

    def _after(self, number: int, kind: str, target: str, body: str) -> str:
        # A transformer of its own, as patches run before replacements.
        home = f"l{number}"
        self.write(
            f"{home}/after.yaml",
            f"apiVersion: builtin\nkind: {kind}\nmetadata: {{name: p}}\n"
            f"target: {{kind: {target}, name: o{number}}}\n{body}",
        )
        self.write(f"{home}/c/after.yaml", self.files[f"{home}/after.yaml"])
        return "transformers: [after.yaml]\n"

    def _generator(self, number: int, field: str, target: str, place: str) -> tuple[str, str, str]:
        kind = "configMapGenerator" if target == "ConfigMap" else "secretGenerator"
        options = self.random.choice(("", ", options: {disableNameSuffixHash: true}"))
        into = ", options: {create: true}"  # the generator of a Secret writes `data`
        replacement = self._replacement(number, field, target, f"{place}.v", into=into)
        generated = f"{kind}: [{{name: o{number}, literals: [v=x]{options}}}]\n"
        return generated + replacement, "", f"{place}.v"

    def _kind(self, number: int, field: str, target: str, place: str) -> tuple[str, str, str]:
        content, body, result = self._whole(number, field, target, place)
        operation = '[{"op": "replace", "path": "/kind", "value": "ConfigMap"}]'
        patch = f"options: {{allowKindChange: true}}\npatch: '{operation}'\n"
        return content + self._after(number, "PatchTransformer", target, patch), body, result

    def _label(self, number: int, field: str, target: str, place: str) -> tuple[str, str, str]:
        return self._replacement(number, field, target, "metadata.labels.a"), "{v: x}", "metadata.labels.a"

    def _name(self, number: int, field: str, target: str, place: str) -> tuple[str, str, str]:
        return self._replacement(number, field, target, "metadata.name"), "{v: x}", "metadata.name"


def make(seed: int, seal: Seal) -> Chain:
    """The chain of a seed. seal(text, fmt="yaml", regex=""): encrypts, with a key that the render has."""
    maker = _Maker(seed, seal)
    field = maker.source()
    count = maker.random.randint(2, 4)
    leak = maker.random.random() < 0.6
    for number in range(1, count + 1):
        field = maker.step(number, field, number == count, leak)
    return Chain(maker.files, f"l{count}", leak, maker.steps)


def _quote(text: str) -> str:
    import json

    return json.dumps(text)
