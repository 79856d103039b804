"""docs/tutorial.md from start to end: every command runs, in order, in a repository like the reader's."""

from __future__ import annotations

import re
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import yaml
from example_overlays import ROOT, environment
from fake_registries import FakeMlflow

BLOCK = re.compile(r"```(console|yaml)\n(.*?)```", re.DOTALL)
BIN = Path(sys.executable).parent


def git(folder: Path, *words: str) -> None:
    command = ["git", "-c", "user.name=t", "-c", "user.email=t@example.com", *words]
    subprocess.run(command, cwd=folder, check=True, capture_output=True)


def test_every_command_of_the_tutorial(tmp_path: Path) -> None:
    folder = Path(shutil.copytree(Path(__file__).parent / "tutorial", tmp_path / "churn"))
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "start")
    registry = FakeMlflow()
    registry.models["churn"] = [f"s3://models-staging/churn/{version}" for version in range(1, 6)]
    registry.aliases["churn", "candidate"] = 5
    env = environment(HOME=str(tmp_path / "home"), MLFLOW_TRACKING_URI=registry.address)
    ran = 0
    try:
        for kind, text in BLOCK.findall((ROOT / "docs/tutorial.md").read_text()):
            if kind == "yaml":
                name = text.partition("\n")[0].removeprefix("# ")
                assert (folder / name).is_file()
                (folder / name).write_text(text)
                continue
            wanted = [line for line in text.splitlines() if not line.startswith("$ ")]
            for line in text.splitlines():
                if line.startswith("$ "):
                    words = shlex.split(line[2:])
                    done = subprocess.run(
                        [str(BIN / words[0]), *words[1:]],
                        cwd=folder,
                        env=env,
                        capture_output=True,
                        text=True,
                        check=False,
                    )
                    assert (done.returncode == 0) == (not wanted), line + done.stderr
                    assert all(each.partition(":")[0] in done.stderr for each in wanted), done.stderr
                    assert all(each.partition(": ")[2] in done.stderr for each in wanted), done.stderr
                    ran += 1
    finally:
        registry.close()
    assert ran == 16
    production = yaml.safe_load((folder / "k8s/overlays/production/model-config.yaml").read_text())
    assert production["spec"]["traffic"]["weights"] == {"baseline": 80, "candidate": 20}, (
        "the mistake was refused"
    )
    lock = (folder / "k8s/overlays/production/model-config.lock.yaml").read_text()
    assert "s3://models-staging/churn/5" in lock
    final = subprocess.run(
        [str(BIN / "cmp-generate"), "k8s/overlays/production"],
        cwd=folder,
        env=env,
        capture_output=True,
        text=True,
        check=True,
    )
    assert "storageUri: s3://models-staging/churn/5" in final.stdout
