#!/usr/bin/env python3
"""Installs the commands for one person: `make install`, `make uninstall`.

    scripts/install.py install [--prefix ~/.local] [--extras validate,registries]
    scripts/install.py uninstall [--prefix ~/.local]

An environment of its own in PREFIX/share/mlops-cmp, links to its commands in PREFIX/bin, completion for bash,
zsh and fish, manual pages. No file outside of PREFIX is touched, and no start-up file of a shell. You can
delete the checkout afterwards. Needs Python with venv, and pip's access to a package index.
"""

from __future__ import annotations

import argparse
import os
import shutil
import subprocess
import sys
import venv
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
PROGRAMS = ("cmp-generate", "cmpctl")
# Where each shell looks for completion without being told (zsh: if the folder is in fpath).
COMPLETION = {
    "bash": "share/bash-completion/completions/{}",
    "zsh": "share/zsh/site-functions/_{}",
    "fish": "share/fish/vendor_completions.d/{}.fish",
}


def main() -> int:
    """The exit code."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("action", choices=["install", "uninstall"])
    parser.add_argument("--prefix", type=Path, default=Path.home() / ".local")
    parser.add_argument("--extras", default="validate,registries", help="extras of the package, with commas")
    options = parser.parse_args()
    prefix = options.prefix.expanduser().absolute()
    return install(prefix, options.extras) if options.action == "install" else uninstall(prefix)


def install(prefix: Path, extras: str) -> int:
    """Everything below `prefix`; a second run replaces what the first one made."""
    taken = [path for path in _links(prefix) if os.path.lexists(path) and not _is_ours(path, prefix)]
    if taken:
        print(f"{taken[0]} exists already and does not belong to this program: move it away", file=sys.stderr)
        return 1
    home = _home(prefix)
    shutil.rmtree(home, ignore_errors=True)
    venv.create(home, with_pip=True)
    wanted = f"{ROOT}[{extras}]" if extras else str(ROOT)
    pip = [str(home / "bin/pip"), "install", "--quiet", "--disable-pip-version-check", wanted]
    done = subprocess.run(pip, check=False)
    if done.returncode:
        shutil.rmtree(home, ignore_errors=True)
        return done.returncode
    for link in _links(prefix):
        link.parent.mkdir(parents=True, exist_ok=True)
        link.unlink(missing_ok=True)
        link.symlink_to(home / "bin" / link.name)
    for path, words in _made(prefix):
        path.parent.mkdir(parents=True, exist_ok=True)
        made = subprocess.run([str(home / "bin/cmpctl"), *words], check=True, capture_output=True)
        path.write_bytes(made.stdout)
    print(f"installed in {prefix / 'bin'}: {', '.join(PROGRAMS)}; with completion and manual pages")
    if str(prefix / "bin") not in os.environ.get("PATH", "").split(os.pathsep):
        print(f"{prefix / 'bin'} is not on PATH. Add this line to the start-up file of your shell:")
        print(f'  export PATH="{prefix / "bin"}:$PATH"')
    return 0


def uninstall(prefix: Path) -> int:
    """Remove what `install` made, and folders that are empty then."""
    for path in (*_links(prefix), *(path for path, _ in _made(prefix))):
        if os.path.lexists(path) and (path not in _links(prefix) or _is_ours(path, prefix)):
            path.unlink()
    shutil.rmtree(_home(prefix), ignore_errors=True)
    for path in (*_links(prefix), *(path for path, _ in _made(prefix))):
        _remove_empty(path.parent, prefix)
    print(f"removed from {prefix}: {', '.join(PROGRAMS)}. Keys and settings were not touched")
    return 0


def _remove_empty(folder: Path, prefix: Path) -> None:
    """Remove `folder` and those above it, up to `prefix`, as long as they are empty."""
    while folder != prefix and folder.is_dir() and not any(folder.iterdir()):
        folder.rmdir()
        folder = folder.parent


def _home(prefix: Path) -> Path:
    return prefix / "share/mlops-cmp"


def _links(prefix: Path) -> list[Path]:
    return [prefix / "bin" / name for name in PROGRAMS]


def _is_ours(path: Path, prefix: Path) -> bool:
    return path.is_symlink() and path.readlink().is_relative_to(_home(prefix))


def _made(prefix: Path) -> list[tuple[Path, list[str]]]:
    """Files, and the words of cmpctl that print them."""
    found = []
    for name in PROGRAMS:
        for shell, place in COMPLETION.items():
            found.append((prefix / place.format(name), ["completion", shell, name]))
        found.append((prefix / f"share/man/man1/{name}.1", ["docs", f"man-{name}"]))
    return found


if __name__ == "__main__":
    sys.exit(main())
