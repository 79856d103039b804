"""The test kit for plug-ins, run on our own three registries."""

from __future__ import annotations

import base64
import json

import pytest
from fake_registries import FakeHub, FakeMlflow, FakeOci, model_pack

from cmp.models.registry.testkit import SECRET, HostileSuite, RegistrySuite

pytest.importorskip("urllib3", reason="the extra registries is not installed")

IMPATIENT = {"CMP_REGISTRY_TIMEOUT": "0.3", "CMP_REGISTRY_RETRIES": "1"}


class TestMlflow(RegistrySuite, HostileSuite):
    scheme = "models"
    found = "models:/fraud detector@champion"
    missing = ("models:/fraud detector@nobody", "models:/fraud detector/9", "models:/nobody/1")
    malformed = ("models:/", "models:/fraud", "models://h/fraud/1", "models:/a@v3", "runs:/a/../b")

    @pytest.fixture(autouse=True)
    def _server(self):
        self.fake = FakeMlflow(SECRET)
        self.fake.models["fraud detector"] = ["s3://bkt/1", "s3://bkt/2"]
        self.fake.aliases["fraud detector", "champion"] = 1
        yield
        self.fake.close()

    def environ(self):
        return {"MLFLOW_TRACKING_URI": self.fake.address, "MLFLOW_TRACKING_TOKEN": SECRET}

    def move(self):
        self.fake.aliases["fraud detector", "champion"] = 2

    def hostile_environ(self, address):
        return {"MLFLOW_TRACKING_URI": address, "MLFLOW_TRACKING_TOKEN": SECRET, **IMPATIENT}

    def hostile_ref(self, address):
        return self.found


class TestHub(RegistrySuite, HostileSuite):
    scheme = "hf"
    found = "hf://acme/fraud-7b@main"
    missing = ("hf://acme/nobody@main", "hf://acme/fraud-7b@v9", "hf://acme/secret@main")
    malformed = (
        *("hf:", "hf://", "hf:acme/x", "hf://gpt2", "hf://a/b/c", "hf://a/b@", "hf://a/b@x..y", "hf://a/b:x"),
        *("hf://a--b/c", "hf://-a/b", "hf://a/b@-/../x", "hf://a/b@x y", "hf://a/b.", "hf://a/b@c@{1}"),
    )

    @pytest.fixture(autouse=True)
    def _server(self):
        self.fake = FakeHub()
        self.fake.readers[SECRET] = set()
        self.fake.models["acme/fraud-7b"] = {"revisions": {"main": "a" * 40, "v1": "b" * 40}}
        self.fake.models["acme/secret"] = {"revisions": {"main": "c" * 40}, "private": True}
        yield
        self.fake.close()

    def environ(self):
        return {"HF_ENDPOINT": self.fake.address, "HF_TOKEN": SECRET}

    def move(self):
        self.fake.models["acme/fraud-7b"]["revisions"]["main"] = "d" * 40

    def hostile_environ(self, address):
        return {"HF_ENDPOINT": address, "HF_TOKEN": SECRET, **IMPATIENT}

    def hostile_ref(self, address):
        return self.found


@pytest.mark.parametrize("auth", ["basic", "bearer"], scope="class")
class TestOci(RegistrySuite, HostileSuite):
    scheme = "oci"
    missing: tuple[str, ...] = ()
    malformed = (
        *("oci:", "oci://", "oci://h.example/", "oci://model:1", "oci://h.example/Model:1"),
        *(
            "oci://h.example/m",
            "oci://h.example/m:",
            "oci://h.example/m@sha256:abc",
            "oci://u:p@h.example/m:1",
        ),
        *("oci://h.example/a//b:1", "oci://h.example/m:1@sha256:" + "a" * 64, "oci://h:99999/m:1"),
    )

    @pytest.fixture(autouse=True)
    def _server(self, auth, tmp_path):
        self.fake = FakeOci(auth, password=SECRET)
        self.fake.push("acme/fraud", "stable", model_pack(b"1"))
        self.found = f"oci://{self.fake.host}/acme/fraud:stable"
        self.missing = (f"oci://{self.fake.host}/acme/fraud:nobody", f"{self.found[:-7]}@sha256:{'0' * 64}")
        self.folder = tmp_path
        yield
        self.fake.close()

    def _login(self, host):
        packed = base64.b64encode(f"ci:{SECRET}".encode()).decode()
        (self.folder / "config.json").write_text(json.dumps({"auths": {host: {"auth": packed}}}))
        return {"DOCKER_CONFIG": str(self.folder)}

    def environ(self):
        return self._login(self.fake.host)

    def move(self):
        self.fake.push("acme/fraud", "stable", model_pack(b"2"))

    def hostile_environ(self, address):
        return {**self._login(address.removeprefix("http://")), **IMPATIENT}

    def hostile_ref(self, address):
        return f"oci://{address.removeprefix('http://')}/acme/fraud:stable"
