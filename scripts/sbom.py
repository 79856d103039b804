"""Write sbom.json, a CycloneDX list of what the image installs: scripts/sbom.py [FILE]

cyclonedx-py (distribution `cyclonedx-bom`) writes it, from an environment with `sidecar/requirements.lock`
and nothing else. The same lock gives the same bytes: no time, no random serial number. Needs a network.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
SPECIFICATION = "1.6"


def stated(version: str) -> str:
    """pyproject.toml with the version written out: cyclonedx-py does not follow `dynamic`."""
    text = (ROOT / "pyproject.toml").read_text()
    dynamic = 'dynamic = ["version", "readme"]'
    if text.count(dynamic) != 1:
        raise ValueError(f"pyproject.toml does not say {dynamic} once")
    return text.replace(dynamic, f'version = "{version}"')


def write(path: Path, version: str) -> None:
    """Install the lock into an environment, list it, remove it. CalledProcessError on failure."""
    with tempfile.TemporaryDirectory() as folder:
        environment = Path(folder) / "environment"
        venv.create(environment, with_pip=False)
        python = str(environment / "bin/python")
        pip = [sys.executable, "-m", "pip", "--python", python, "install", "--quiet", "--no-deps"]
        lock = ["--require-hashes", "--only-binary=:all:", "--requirement", "sidecar/requirements.lock"]
        subprocess.run([*pip, *lock], cwd=ROOT, check=True)
        project = Path(folder) / "pyproject.toml"
        project.write_text(stated(version))
        command = [sys.executable, "-m", "cyclonedx_py", "environment", "--pyproject", str(project)]
        command += ["--output-reproducible", "--spec-version", SPECIFICATION, "--output-file", str(path)]
        subprocess.run([*command, python], check=True)


def main() -> None:
    """Write to the file that is given, or sbom.json."""
    sys.path.insert(0, str(ROOT))
    import cmp

    write(Path(sys.argv[1] if len(sys.argv) > 1 else "sbom.json").absolute(), cmp.__version__)


if __name__ == "__main__":
    main()
