"""A git revision as a tree in memory: `OVERLAY@REF` on the command line.

Runs the user's own `git`, only in `cmpctl`, never in a render. Nothing is checked out.
"""

from __future__ import annotations

import os

from cmp.errors import CmpError, Where
from cmp.tree.memory import MemoryTree


class RevisionError(CmpError):
    """A revision that git cannot give us."""


def split(argument: str) -> tuple[str, str]:
    """`(path, revision)` of `PATH@REV`; the revision is empty where there is none or the path exists."""
    if os.path.exists(argument) or "@" not in argument:
        return argument, ""
    path, _, revision = argument.rpartition("@")
    return path, revision


def tree_at(path: str, revision: str) -> tuple[MemoryTree, str]:
    """All files of the repository around `path` at `revision`, and the path inside that tree.

    The tree's root is `/`; links are kept as links. Raises `RevisionError`.
    """
    directory = existing(path)
    top = _git(directory, "rev-parse", "--show-toplevel").decode().rstrip("\n")
    commit = _git(top, "rev-parse", "--verify", "--end-of-options", f"{revision}^{{commit}}").decode().strip()
    archive = _git(top, "archive", "--format=tar", commit)
    files: dict[str, bytes] = {}
    links: dict[str, str] = {}
    import io
    import tarfile

    with tarfile.open(fileobj=io.BytesIO(archive)) as tar:
        for member in tar:
            content = tar.extractfile(member) if member.isfile() else None
            if content:
                files["/" + member.name] = content.read()
            elif member.issym():
                links["/" + member.name] = member.linkname
    return MemoryTree(files, links=links), "/" + os.path.relpath(os.path.realpath(path), top)


def describe(argument: str) -> str:
    """The revision of PATH or PATH@REV for people: commit, its date, whether files differ from it.

    An empty string where git has nothing to say: outside of a repository, or without git.
    """
    path, at = split(argument)
    if path == "-":
        return ""
    try:
        directory = existing(path)
        found = _git(directory, "log", "-1", "--format=commit %h of %cs", "--end-of-options", at or "HEAD")
        text = found.decode(errors="replace").strip()
        if not at and _git(directory, "status", "--porcelain", "--untracked-files=normal", "."):
            text += " with changes that are not committed"
    except RevisionError:
        return ""
    return f"{text} ({at})" if at else text


def existing(path: str) -> str:
    """The path itself or the nearest directory above it that exists now: an old overlay may be gone."""
    directory = os.path.realpath(path)
    while not os.path.isdir(directory):
        directory = os.path.dirname(directory)
    return directory


def _git(directory: str, *args: str) -> bytes:
    import subprocess

    try:
        done = subprocess.run(["git", "-C", directory, *args], capture_output=True, check=False)  # noqa: S603, S607
    except FileNotFoundError as err:
        raise RevisionError("git is not on PATH", hint="install git, or compare folders instead") from err
    if done.returncode:
        reason = done.stderr.decode(errors="replace").strip().splitlines()
        raise RevisionError(
            f"git {args[0]}: {reason[-1] if reason else 'failed'}",
            where=Where(file=directory),
            hint="name a branch, tag or commit of the repository that holds the path",
        )
    return done.stdout
