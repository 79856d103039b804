"""What the examples keep secret: every Secret and model URI, to the public test key and by its rule."""

from __future__ import annotations

import re
import shutil
import subprocess
from pathlib import Path
from typing import Any

import pytest
import yaml
from example_overlays import EXAMPLES, KEY, documents, environment, label, run, select, tool

SYSTEMS = [path.parent for path in sorted(EXAMPLES.glob("*/.sops.yaml"))]
RECIPIENT = re.search(r"public key: (age1\w+)", KEY.read_text())[1]  # type: ignore[index]


def files(folder: Path) -> list[tuple[Path, list[dict[str, Any]]]]:
    """Every YAML file below a folder with its documents."""
    found = [path for pattern in ("*.yaml", "*.yml") for path in sorted(folder.rglob(pattern))]
    return [
        (path, [item for item in documents(path.read_text()) if isinstance(item, dict)]) for path in found
    ]


def encrypted(folder: Path) -> list[tuple[Path, dict[str, Any]]]:
    """Every SOPS file below a folder with its metadata."""
    return [
        (path, items[0]["sops"])
        for path, items in files(folder)
        if items and "mac" in items[0].get("sops", {})
    ]


def test_there_are_systems() -> None:
    names = [folder.name for folder in SYSTEMS]
    assert names == ["ai-how", "fraud-detection", "iris", "mlflow", "multi-cluster", "qna"]
    assert all(encrypted(folder) for folder in SYSTEMS)


@pytest.mark.parametrize("folder", SYSTEMS, ids=label)
def test_no_secret_and_no_model_uri_is_in_the_clear(folder: Path) -> None:
    for path, items in files(folder):
        for item in items:
            if item.get("kind") == "Secret":
                values = [*item.get("data", {}).values(), *item.get("stringData", {}).values()]
                assert all(value.startswith("ENC[AES256_GCM,") for value in values), path
            if item.get("kind") in ("ModelConfig", "ModelLock"):
                for model in [
                    *item["spec"].get("models", {}).values(),
                    *item["spec"].get("entries", {}).values(),
                ]:
                    assert model.get("uri", "ENC[").startswith("ENC["), path
        text = path.read_text()
        assert not re.search(r"(s3|gs)://(mlflow-artifacts|ml-models|qna-models|models)-\w+/\w", text), path
        assert "AGE-SECRET-KEY" not in text, path


@pytest.mark.parametrize("folder", SYSTEMS, ids=label)
def test_files_are_encrypted_as_their_rule_says(folder: Path) -> None:
    rules = yaml.safe_load((folder / ".sops.yaml").read_text())["creation_rules"]
    for path, metadata in encrypted(folder):
        rule = next(rule for rule in rules if re.search(rule["path_regex"], str(path.relative_to(folder))))
        assert metadata["encrypted_regex"] == rule["encrypted_regex"], path
        assert metadata.get("mac_only_encrypted", False) == rule.get("mac_only_encrypted", False), path
        assert [entry["recipient"] for entry in metadata["age"]] == [rule["age"]] == [RECIPIENT], path


@pytest.mark.oracle
@pytest.mark.parametrize("folder", SYSTEMS, ids=label)
def test_sops_itself_opens_them(folder: Path) -> None:
    program = tool("sops")
    for path, _ in encrypted(folder):
        done = subprocess.run(
            [program, "decrypt", str(path)],
            env=environment(SOPS_AGE_KEY_FILE=str(KEY)),
            capture_output=True,
            check=False,
        )
        assert done.returncode == 0, done.stderr.decode()
        assert b"ENC[" not in done.stdout


@pytest.mark.oracle
def test_a_file_encrypted_without_a_rule_is_read_too(tmp_path: Path) -> None:
    """`sops --encrypt --age RECIPIENT secret.yaml`: kind and name are ciphertext as well."""
    program = tool("sops")
    plain = tmp_path / "secret.yaml"
    plain.write_text(
        "apiVersion: v1\nkind: Secret\nmetadata:\n  name: minio-backup\nstringData:\n  accesskey: made-up\n"
    )
    sealed = subprocess.run(
        [program, "--config", "/dev/null", "encrypt", "--age", str(RECIPIENT), str(plain)],
        capture_output=True,
        check=True,
    )
    assert b"Secret" not in sealed.stdout
    tree = Path(shutil.copytree(EXAMPLES / "ai-how", tmp_path / "ai-how"))
    overlay = tree / "k8s-manifests/overlays/prod/mlops/minio"
    (overlay / "backup.enc.yaml").write_bytes(sealed.stdout)
    kustomization = overlay / "kustomization.yaml"
    kustomization.write_text(
        kustomization.read_text().replace("resources:\n", "resources:\n  - backup.enc.yaml\n")
    )
    done = run(str(overlay))
    assert done.returncode == 0, done.stderr.decode()
    (secret,) = select(tuple(documents(done.stdout)), "Secret/minio-backup")
    assert secret["stringData"] == {"accesskey": "made-up"}
    assert secret["metadata"]["namespace"] == "mlops-prod"
