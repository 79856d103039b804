"""sidecar/Dockerfile built for real, and what runs in it, with the settings of the component."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from container_engine import LABELS, USER, Engine, Sidecar, python_version
from example_overlays import ROOT, rendered

OVERLAYS = "examples/fraud-detection/k8s/overlays"
Start = Callable[..., Sidecar]


def test_labels_of_the_oci_image_specification(engine: Engine, image: str) -> None:
    labels = engine.inspect(image)["Config"]["Labels"]
    prefix = "org.opencontainers.image."
    found = {name.removeprefix(prefix): value for name, value in labels.items() if name.startswith(prefix)}
    assert found.pop("description")
    assert found == {
        "title": "mlops-cmp",
        "licenses": "Apache-2.0",
        "version": LABELS["VERSION"],
        "revision": LABELS["REVISION"],
        "created": LABELS["CREATED"],
    }


def test_size(engine: Engine, image: str, record_property: Callable[[str, object], None]) -> None:
    """Reported at the end of the run. What grows by half was not meant to."""
    size = engine.inspect(image)["Size"]
    record_property("image_megabytes", round(size / 1_000_000))
    assert 40_000_000 < size < 150_000_000


def test_default_user_is_the_one_of_the_component(
    engine: Engine, image: str, container: dict[str, Any]
) -> None:
    security = container["securityContext"]
    assert engine.inspect(image)["Config"]["User"] == f"{security['runAsUser']}:{security['runAsGroup']}"
    assert security["runAsUser"] == USER


def test_identity_and_capabilities(sidecar: Sidecar) -> None:
    status = sidecar.python("print(open('/proc/1/status').read())")
    fields = dict(line.split(":\t", 1) for line in status.splitlines() if ":\t" in line)
    assert fields["Name"] == "tini"
    assert fields["Uid"].split() == [str(USER)] * 4
    assert fields["Gid"].split() == [str(USER)] * 4
    assert {fields[name] for name in ("CapInh", "CapPrm", "CapEff", "CapBnd", "CapAmb")} == {"0" * 16}
    assert fields["NoNewPrivs"] == "1"


def test_root_is_read_only(sidecar: Sidecar, container: dict[str, Any]) -> None:
    """Nothing can be written but the mounts that the component makes writable."""
    code = """if True:
        import os
        for folder, _, _ in os.walk("/"):
            if folder.startswith(("/proc", "/sys", "/dev")):
                continue
            try:
                open(os.path.join(folder, "written"), "x").close()
            except OSError:
                continue
            print(folder)
    """
    mounts = [each["mountPath"] for each in container["volumeMounts"] if not each.get("readOnly")]
    written = sidecar.python(code).splitlines()
    assert set(mounts) <= set(written)
    assert [path for path in written if not path.startswith(tuple(mounts))] == []


def test_no_network(sidecar: Sidecar) -> None:
    assert sidecar.python("import os; print(*os.listdir('/sys/class/net'))").split() == ["lo"]


def test_no_shell_and_no_other_program(sidecar: Sidecar) -> None:
    """Programs on PATH and wherever else something can be executed: Python and ours."""
    for name in ("sh", "/bin/sh", "bash", "dash", "busybox", "git", "apt-get", "dpkg", "perl", "cc"):
        assert sidecar.run(name, "-c", "true").returncode in (126, 127), name
    code = """if True:
        import os
        for folder in {os.path.realpath(each) for each in ("/bin", "/sbin", "/usr/bin", "/usr/sbin",
                       "/usr/local/bin", "/opt/mlops-cmp/bin")}:
            for name in os.listdir(folder) if os.path.isdir(folder) else ():
                print(name)
    """
    ours = {"cmp-generate", "cmp-server", "cmpctl", "cmp-socket-probe", "tini"}
    assert set(sidecar.python(code).split()) == ours | {f"python{python_version()}"}


def test_no_file_changes_who_runs_it(sidecar: Sidecar) -> None:
    """No set-uid or set-gid program, and no file of the image that uid 999 or everybody may write."""
    code = """if True:
        import os, stat
        for folder, _, names in os.walk("/"):
            if folder.startswith(("/proc", "/sys", "/dev", "/tmp", "/home/argocd/cmp-server/plugins")):
                continue
            for name in names:
                status = os.lstat(os.path.join(folder, name))
                if stat.S_ISREG(status.st_mode) and (status.st_mode & 0o6022 or status.st_uid == os.getuid()):
                    print(os.path.join(folder, name))
    """
    assert sidecar.python(code) == ""


def test_probes_of_the_component(sidecar: Sidecar, container: dict[str, Any]) -> None:
    for name in ("startupProbe", "readinessProbe", "livenessProbe"):
        assert sidecar.probe(container[name]["exec"]["command"]), name
    socket = sidecar.folder / "plugins/mlops-cmp.sock"
    hidden = socket.rename(socket.with_suffix(".hidden"))
    done = sidecar.run(*container["livenessProbe"]["exec"]["command"])
    hidden.rename(socket)
    assert done.returncode == 1
    assert b"No such file or directory" in done.stderr


def test_doctor_finds_nothing_wrong(sidecar: Sidecar) -> None:
    done = sidecar.run("/opt/mlops-cmp/bin/cmpctl", "doctor", "--output", "json")
    assert done.returncode == 0, (done.stdout + done.stderr).decode()
    checks = {check["subject"]: check for check in json.loads(done.stdout)}
    assert {check["level"] for check in checks.values()} == {"ok"}, checks
    assert f"Python {python_version()}." in checks["version"]["finding"]
    assert LABELS["VERSION"] in checks["version"]["finding"]
    assert {"identities", "socket", "plugin.yaml", "google-re2", "cryptography"} <= set(checks)


@pytest.mark.parametrize("overlay", ["staging", "production"])
def test_render_is_the_one_of_this_checkout(sidecar: Sidecar, overlay: str) -> None:
    done = sidecar.run("cmp-generate", cwd=f"/tmp/repo/{OVERLAYS}/{overlay}")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stderr == b""
    assert done.stdout == rendered(ROOT / OVERLAYS / overlay)


def test_render_compiles_and_writes_nothing(sidecar: Sidecar) -> None:
    before = set((sidecar.folder / "mlops-cmp-tmp/repo").rglob("*"))
    code = "import cmp.render.pipeline as p, re; print(p.__cached__, re.__cached__)"
    paths = sidecar.python(f"import sys; sys.path.insert(0, '/opt/mlops-cmp/lib'); {code}").split()
    assert sidecar.python(f"import os; print(*map(os.path.exists, {paths!r}))").split() == ["True", "True"]
    sidecar.run("cmp-generate", cwd=f"/tmp/repo/{OVERLAYS}/staging")
    assert set((sidecar.folder / "mlops-cmp-tmp/repo").rglob("*")) == before


def test_refusal_prints_nothing_but_its_reason(sidecar: Sidecar) -> None:
    tmp = sidecar.folder / "mlops-cmp-tmp"
    shutil.copytree(tmp / "repo", tmp / "broken")
    config = tmp / "broken" / OVERLAYS / "production/model-config.yaml"
    config.write_text(config.read_text().replace("baseline: 80", "baseline: 50"))
    done = sidecar.run("cmp-generate", cwd=f"/tmp/broken/{OVERLAYS}/production")
    assert (done.returncode, done.stdout) == (1, b"")
    assert done.stderr.startswith(b"error: ")
    assert b"model-config.yaml" in done.stderr


def test_without_a_key_nothing_is_decrypted(sidecar: Sidecar) -> None:
    done = sidecar.engine.podman(
        "exec", "--workdir", f"/tmp/repo/{OVERLAYS}/staging", "--env", "SOPS_AGE_KEY_FILE=", sidecar.name,
        "cmp-generate", check=False,
    )  # fmt: skip
    assert (done.returncode, done.stdout) == (1, b"")
    assert b"error: " in done.stderr


def test_sigterm_ends_the_server_and_its_renders(start: Start) -> None:
    """As the kubelet ends a pod: TERM to PID 1. A render that still waits for a slot goes with it."""
    sidecar = start(RENDER=f"/tmp/repo/{OVERLAYS}/staging")

    def rendering() -> bool:
        return any("cmp-generate" in command for command in sidecar.processes().values())

    sidecar.wait_for(rendering, "a render that waits")
    # tini, the server, the render in a group of its own, and the child that writes the render's last line
    sidecar.wait_for(lambda: len(sidecar.processes()) == 4, "the render's watchdog")
    processes = sidecar.processes()
    sidecar.engine.podman("kill", "--signal", "TERM", sidecar.name)
    sidecar.wait_for(lambda: not sidecar.state()["Running"], "the end of the container")
    assert sidecar.state()["ExitCode"] == 128 + 15
    left = [number for number in processes if Path(f"/proc/{number}").exists()]
    assert left == [], processes


def test_an_orphan_is_reaped(sidecar: Sidecar) -> None:
    """A render whose server-side parent is gone: PID 1 collects it, no zombie stays."""
    sidecar.python("import os; os.fork() or (os.fork() and os._exit(0)); os._exit(0)")
    zombies = """if True:
        import os
        for number in filter(str.isdigit, os.listdir("/proc")):
            try:
                state = open(f"/proc/{number}/stat").read().rpartition(")")[2].split()[0]
            except FileNotFoundError:
                continue
            if state == "Z":
                print(number)
    """
    sidecar.wait_for(lambda: sidecar.python(zombies) == "", "an end without zombies", 20)


@pytest.mark.parametrize("machine", ["x86_64", "aarch64"])
def test_locked_wheels_exist_for_both_machines(machine: str) -> None:
    """For the image's Python, pip finds wheels whose hashes the lock lists. It does not run them."""
    command = [sys.executable, "-m", "pip", "install", "--quiet", "--dry-run", "--ignore-installed"]
    command += ["--no-deps", "--require-hashes", "--only-binary=:all:", "--report", "-"]
    command += ["--python-version", python_version(), "--requirement", "sidecar/requirements.lock"]
    for glibc in ("2_17", "2_26", "2_27", "2_28", "2_34"):
        command += ["--platform", f"manylinux_{glibc}_{machine}"]
    with tempfile.TemporaryDirectory() as target:
        command += ["--target", target]
        done = subprocess.run(command, cwd=ROOT, env=os.environ, capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()
    entries = json.loads(done.stdout)["install"]
    lines = (ROOT / "sidecar/requirements.lock").read_text().splitlines()
    assert len(entries) == sum("==" in line for line in lines)
    assert all(entry["download_info"]["url"].endswith(".whl") for entry in entries)


def test_any_user_can_render(engine: Engine, image: str, sidecar: Sidecar) -> None:
    """OpenShift gives the pod a user of its own choice, with group 0; operator/argocd.yaml names none."""
    work = sidecar.folder / "mlops-cmp-tmp/repo"
    arguments = [
        "--rm",
        "--read-only",
        "--read-only-tmpfs=false",
        "--user",
        "1000650000:0",
        "--cap-drop",
        "ALL",
    ]
    arguments += ["--network", "none", "--ulimit", "nofile=1024:20000", "--ulimit", "nproc=4096:4096"]
    arguments += ["--volume", f"{work}:/tmp/repo:ro", "--workdir", f"/tmp/repo/{OVERLAYS}/staging"]
    key = "/tmp/repo/examples/keys/public-test-key.agekey"
    arguments += ["--env", f"SOPS_AGE_KEY_FILE={key}", "--entrypoint", "/opt/mlops-cmp/bin/cmp-generate"]
    done = engine.podman("run", *arguments, image, check=False)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout == rendered(ROOT / OVERLAYS / "staging")
