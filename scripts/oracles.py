#!/usr/bin/env python3
"""Builds the real programs that tests compare with, at the versions of oracles.toml; keeps them by version.

    scripts/oracles.py tools                      kustomize, sops, age, ... in CMP_ORACLES/bin; files; CRDs
    scripts/oracles.py contract [--seconds 1500]  argocd-cmp-server and argocd-repo-server of every version
    scripts/oracles.py cluster [--seconds 3000]   Argo CD whole, Kubernetes' control plane, KWOK: `make e2e`

One line for each program says where it is or why it is not. What can't be built is left out: the exit code
is 0 for tools and contract, and 1 for a cluster that lacks something. Builds share the seconds: each may take
what is left divided by how many are left. One that ran out of its share is tried again in what the others
left: Go keeps what it compiled, so the second try goes on where the first stopped. Needs Python alone to say
what is missing, Go and a module proxy to build, and root on Debian to install packages.
"""

from __future__ import annotations

import argparse
import functools
import json
import os
import shutil
import signal
import subprocess
import sys
import time
import tomllib
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

HERE = Path(__file__).resolve().parent
CACHE = Path(os.environ.get("CMP_ORACLES") or Path.home() / ".cache/mlops-cmp-oracles")
ARGOCD = "github.com/argoproj/argo-cd/v3"
# Two servers in one program, which its name or ARGOCD_BINARY_NAME tells apart, as in upstream's own.
CONTRACT_SERVERS = """\
package main

import (
	"os"
	"path/filepath"

	cmpserver "github.com/argoproj/argo-cd/v3/cmd/argocd-cmp-server/commands"
	reposerver "github.com/argoproj/argo-cd/v3/cmd/argocd-repo-server/commands"
)

func main() {
	name := filepath.Base(os.Args[0])
	if set := os.Getenv("ARGOCD_BINARY_NAME"); set != "" {
		name = set
	}
	command := reposerver.NewCommand()
	if name == "argocd-cmp-server" {
		command = cmpserver.NewCommand()
	}
	if command.Execute() != nil {
		os.Exit(1)
	}
}
"""


def pins() -> dict[str, Any]:
    return tomllib.loads((HERE / "oracles.toml").read_text())


class BuildError(Exception):
    """The reason, for the line that names the program."""


class OutOfTimeError(BuildError):
    """The build was ended at its limit; a second try goes on from what Go has compiled."""


def go(arguments: list[str], folder: Path, seconds: float, **environment: str) -> str:
    """Standard output of a go command; BuildError if it fails or needs longer."""
    if shutil.which("go") is None:
        raise BuildError("there is no Go to build it")
    log = folder / "build.log"
    settings = {"CGO_ENABLED": "0", "GOFLAGS": "-mod=mod", **environment}
    with (
        log.open("ab") as errors,
        subprocess.Popen(
            ["nice", "-n", "19", "go", *arguments],
            cwd=folder,
            env=os.environ | settings,
            stdout=subprocess.PIPE,
            stderr=errors,
            text=True,
            process_group=0,
        ) as process,
    ):
        try:
            output, _ = process.communicate(timeout=seconds)
        except subprocess.TimeoutExpired:
            raise OutOfTimeError(f"not built within its {seconds:.0f} seconds") from None
        finally:
            if process.returncode is None:  # out of time, or interrupted
                os.killpg(process.pid, signal.SIGKILL)
    if process.returncode:
        last = (log.read_text(errors="replace").strip().splitlines() or ["no message"])[-1]
        raise BuildError(f"go {arguments[0]} failed: {last} (all of it: {log})")
    return output


def install_tool(name: str, package: str, seconds: float) -> Path:
    """A program by `go install`, in its version's folder and linked into bin."""
    folder = CACHE / name / package.partition("@")[2]
    program = folder / name
    if not program.exists():
        folder.mkdir(parents=True, exist_ok=True)
        go(["install", "-ldflags=-s -w", package], folder, seconds, GOBIN=str(folder))
        if not program.exists():  # it has a name of its own: two versions of one program
            [made] = [path for path in folder.iterdir() if os.access(path, os.X_OK)]
            made.rename(program)
    link = CACHE / "bin" / name
    link.parent.mkdir(parents=True, exist_ok=True)
    if not (link.is_symlink() and link.resolve() == program.resolve()):
        link.unlink(missing_ok=True)
        link.symlink_to(os.path.relpath(program, link.parent))
    return program


def copy_file(name: str, module: str, path: str, seconds: float) -> Path:
    """A file of a module, kept in the folder of the files."""
    kept = CACHE / "files" / name
    if not kept.exists():
        kept.parent.mkdir(parents=True, exist_ok=True)
        found = json.loads(go(["mod", "download", "-json", module], kept.parent, seconds))
        shutil.copyfile(Path(found["Dir"], path), kept)
    return kept


def fetch(module: str, seconds: float) -> Path:
    """A module in Go's cache, where tests look for it: those of the CRDs that cmp/crds has."""
    folder = CACHE / "files"
    folder.mkdir(parents=True, exist_ok=True)
    return Path(json.loads(go(["mod", "download", "-json", module], folder, seconds))["Dir"])


class Module:
    """A scratch module that requires one version of Argo CD and all that it pins."""

    def __init__(self, version: str, toolchain: str) -> None:
        self.version = version
        self.toolchain = toolchain
        self.folder = CACHE / "argocd" / version
        self.source = self.folder / "module"

    def build(self, package: str, name: str, seconds: float, flags: str = "") -> Path:
        """A program in the version's folder, built if it is not there."""
        program = self.folder / name
        if not program.exists():
            start = time.monotonic()
            self.prepare(seconds)
            part = self.folder / f".{name}.{os.getpid()}"
            left = seconds - (time.monotonic() - start)
            try:
                self._go(["build", f"-ldflags=-s -w {flags}", "-o", str(part), package], left)
                part.rename(program)
            finally:
                part.unlink(missing_ok=True)
        return program

    def prepare(self, seconds: float) -> None:
        """go.mod, the servers' source and Argo CD's own manifests."""
        if (self.source / "go.mod").exists():
            return
        self.source.mkdir(parents=True, exist_ok=True)
        download = json.loads(self._go(["mod", "download", "-json", f"{ARGOCD}@{self.version}"], seconds))
        theirs = json.loads(self._go(["mod", "edit", "-json", download["GoMod"]], seconds))
        # A folder as replacement can't be had from the proxy: such a line is left out, and the build tells.
        replaced = [each for each in theirs.get("Replace") or [] if each["New"].get("Version")]
        lines = [
            "module oracles",
            f"go {theirs['Go']}",
            f"require {ARGOCD} {self.version}",
            *(f"require {each['Path']} {each['Version']}" for each in theirs["Require"]),
            *(
                f"replace {_old(each['Old'])} => {each['New']['Path']} {each['New']['Version']}"
                for each in replaced
            ),
        ]
        (self.source / "contract").mkdir(exist_ok=True)
        (self.source / "contract/main.go").write_text(CONTRACT_SERVERS)
        shutil.copyfile(Path(download["Dir"]) / "manifests/install.yaml", self.folder / "install.yaml")
        (self.source / "go.mod").write_text("\n".join(lines) + "\n")

    def requirement(self, path: str) -> str:
        """The version of a module that Argo CD pins."""
        found = json.loads(self._go(["mod", "edit", "-json"], 60))
        return str(next(each["Version"] for each in found["Require"] if each["Path"] == path))

    def _go(self, arguments: list[str], seconds: float) -> str:
        return go(arguments, self.source, seconds, GOTOOLCHAIN=self.toolchain)


def _old(module: dict[str, str]) -> str:
    return f"{module['Path']} {module['Version']}" if module.get("Version") else module["Path"]


def contract_servers(module: Module, seconds: float) -> Path:
    """Both servers of the contract tier: one program under two names."""
    program = module.build("./contract", "argocd-repo-server", seconds)
    other = module.folder / "argocd-cmp-server"
    if not other.exists():
        other.symlink_to(program.name)
    return program


def argocd(module: Module, seconds: float) -> Path:
    """All of Argo CD in one program, as its image has it."""
    return module.build(
        f"{ARGOCD}/cmd", "argocd", seconds, f"-X {ARGOCD}/common.version={module.version[1:]}"
    )


def kubernetes(module: Module, name: str, seconds: float) -> Path:
    """One program of Kubernetes at the version that Argo CD pins."""
    if (module.folder / name).exists():
        return module.folder / name
    module.prepare(seconds)
    version = module.requirement("k8s.io/kubernetes")
    minor = version.split(".")[1]
    stamp = "k8s.io/component-base/version"
    flags = f"-X {stamp}.gitVersion={version} -X {stamp}.gitMajor=1 -X {stamp}.gitMinor={minor}"
    return module.build(f"k8s.io/kubernetes/cmd/{name}", name, seconds, flags)


def debian_package(program: str, package: str) -> Path:
    """A program that Debian has, installed if we may; a server that the package starts is stopped again."""
    found = shutil.which(program)
    if found is None:
        if shutil.which("apt-get") is None or os.geteuid() != 0:
            raise BuildError(f"not on PATH; install Debian's package {package}")
        environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
        for command in (["update"], ["install", "--yes", "--no-install-recommends", package]):
            subprocess.run(
                ["apt-get", "--quiet=2", *command], env=environment, capture_output=True, check=False
            )
        found = shutil.which(program)
        if found is None:
            raise BuildError(f"Debian's package {package} could not be installed")
        if shutil.which("service"):
            subprocess.run(
                ["service", package.removesuffix("-server"), "stop"], capture_output=True, check=False
            )
    return Path(found)


Build = tuple[str, Callable[[float], Path]]


def builds(tier: str) -> Iterator[Build]:
    """What a tier needs from Go, the most wanted first: what to call it and how to make it."""
    pinned = pins()
    modules = [Module(each["version"], each["go"]) for each in pinned["argocd"]]
    if tier == "tools":
        for name, package in pinned["tools"].items():
            yield f"{name} {package.partition('@')[2]}", functools.partial(install_tool, name, package)
        for name, origin in pinned["files"].items():
            yield name, functools.partial(copy_file, name, origin["module"], origin["path"])
        for name, source in tomllib.loads((HERE / "schemas.toml").read_text()).items():
            if "version" in source:
                origin = f"{source['module']}@{source['version']}"
                yield f"CRDs of {name}", functools.partial(fetch, origin)
    if tier == "contract":
        for module in modules:
            yield f"Argo CD {module.version}", functools.partial(contract_servers, module)
    if tier == "cluster":
        first = modules[0]
        yield f"argocd {first.version}", functools.partial(argocd, first)
        for name in pinned["cluster"]["kubernetes"]:
            yield name, functools.partial(kubernetes, first, name)
        for name, package in pinned["cluster"]["tools"].items():
            yield f"{name} {package.partition('@')[2]}", functools.partial(install_tool, name, package)


class Reports:
    """Runs builds and prints one line for each: where its program is, or why it is absent."""

    def __init__(self) -> None:
        self.all_there = True

    def build(self, name: str, make: Callable[[], Path]) -> bool:
        """Whether there is more to try: it ran out of time."""
        start = time.monotonic()
        try:
            program = make()
        except BuildError as reason:
            print(f"oracle {name}: absent, {reason}", flush=True)
            if isinstance(reason, OutOfTimeError):
                return True
            self.all_there = False
            return False
        print(f"oracle {name}: {program} ({time.monotonic() - start:.0f} s)", flush=True)
        return False

    def build_all(self, wanted: list[Build], end: float) -> list[Build]:
        """The builds that ran out of their equal shares of the time until `end` (of the monotonic clock)."""
        again = []
        for number, (name, make) in enumerate(wanted):
            share = max((end - time.monotonic()) / (len(wanted) - number), 1)
            if self.build(name, functools.partial(make, share)):
                again.append((name, make))
        return again


def main() -> int:
    parser = argparse.ArgumentParser(description=(__doc__ or "").partition("\n")[0])
    parser.add_argument("tier", choices=("tools", "contract", "cluster"))
    parser.add_argument("--seconds", type=float, default=3000, help="for all builds together")
    arguments = parser.parse_args()
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(143))  # so that a build ends with us
    reports = Reports()
    for program, package in pins()["debian"].get(arguments.tier, {}).items():
        reports.build(program, functools.partial(debian_package, program, package))
    end = time.monotonic() + arguments.seconds
    again = reports.build_all(list(builds(arguments.tier)), end)
    if again and time.monotonic() < end - 1:
        again = reports.build_all(again, end)
    return 0 if (reports.all_there and not again) or arguments.tier != "cluster" else 1


if __name__ == "__main__":
    sys.exit(main())
