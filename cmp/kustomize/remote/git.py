"""Checkouts of git repositories, kept by commit below the state directory (api/internal/git/cloner.go).

Git runs without the user's, the system's and the repository's configuration, without hooks, credentials or
prompts, over the one protocol that is allowed, and never follows a redirect. Submodules are fetched only from
allowed hosts. What is kept are plain files: the `.git` directories are removed.
"""

from __future__ import annotations

import os
import os.path

from cmp.kustomize.errors import KustomizeError, RefusedError
from cmp.kustomize.remote.policy import check
from cmp.tree import DiskTree

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence
    from subprocess import Popen

    from cmp.kustomize.options import Options
    from cmp.kustomize.remote.policy import Address
    from cmp.kustomize.remote.repospec import RepoSpec
    from cmp.tree.protocol import Tree

_LONGEST_TIMEOUT = 600.0
_SHOWN = 1000
_HEX = frozenset("0123456789abcdef")
_COMMIT = (40, 64)
_DEPTH = 8
# Of the caller's environment, only what reaching the network may need.
_KEPT = (
    "PATH",
    "HTTP_PROXY",
    "HTTPS_PROXY",
    "NO_PROXY",
    "http_proxy",
    "https_proxy",
    "no_proxy",
    "SSL_CERT_FILE",
    "SSL_CERT_DIR",
    "GIT_SSL_CAINFO",
    "GIT_SSL_CAPATH",
    "SSH_AUTH_SOCK",
    "TMPDIR",
)
_SETTINGS = (
    "core.hooksPath=/dev/null",
    "core.fsmonitor=false",
    "core.attributesFile=/dev/null",
    "core.excludesFile=/dev/null",
    "core.autocrlf=false",
    "core.protectNTFS=true",
    "credential.helper=",
    "http.followRedirects=false",
    "fetch.recurseSubmodules=false",
    "submodule.recurse=false",
    "init.templateDir=",
    "init.defaultBranch=main",
    "advice.detachedHead=false",
    "gc.auto=0",
)


def checkout(spec: RepoSpec, options: Options) -> tuple[Tree, str, str]:
    """`(tree, its root, the kustomization's directory)`; `RefusedError`, `KustomizeError`."""
    address = check(spec.clone_spec, options)
    root = _cached(spec, options, address)
    tree = DiskTree(root, options.limits)
    directory = tree.resolve(os.path.normpath(f"{root}/{spec.subpath}"))
    if tree.kind(directory) != "dir":
        raise KustomizeError(
            f"{spec.clone_spec} has no directory {spec.subpath or '.'} at {spec.ref or 'its head'}"
        )
    return tree, root, directory


def _cached(spec: RepoSpec, options: Options, address: Address) -> str:
    """The directory of the files at the wanted commit; a full commit id that is kept needs no network."""

    home = _repository_home(spec, options)
    os.makedirs(home, mode=0o700, exist_ok=True)
    if is_commit(spec.ref):
        there = os.path.join(home, _name(spec, spec.ref))
        if os.path.isdir(there):
            return there
    from shutil import rmtree
    from tempfile import mkdtemp

    work = mkdtemp(prefix="fetch-", dir=home)
    try:
        git = _Git(work, spec.timeout or options.remote_timeout, address)
        commit = git.fetch(spec.clone_spec, spec.ref or "HEAD")
        there = os.path.join(home, _name(spec, commit))
        if os.path.isdir(there):
            return there
        git.check_out()
        if spec.submodules:
            _add_submodules(git, spec.clone_spec, options, 0)
        _remove_git(git.files)
        try:
            os.rename(git.files, there)
        except OSError:
            # Another render was faster; both hold the same commit.
            if not os.path.isdir(there):
                raise
        return there
    finally:
        rmtree(work, ignore_errors=True)


def kept(spec: RepoSpec, options: Options) -> bool:
    """Whether the commit that `spec` names is kept, so that it needs no network."""
    return os.path.isdir(os.path.join(_repository_home(spec, options), _name(spec, spec.ref)))


def _repository_home(spec: RepoSpec, options: Options) -> str:
    from hashlib import sha256

    return os.path.join(_home(options), sha256(spec.clone_spec.encode()).hexdigest()[:32])


def _name(spec: RepoSpec, commit: str) -> str:
    """The directory of a commit: with or without submodules."""
    return f"{commit}-{'all' if spec.submodules else 'bare'}"


def is_commit(ref: str) -> bool:
    """Whether a ref is a full commit id, which never changes its meaning."""
    return len(ref) in _COMMIT and _HEX.issuperset(ref)


def _home(options: Options) -> str:
    """The cache's directory: the operator's, or a private one below the temporary folder."""
    if options.remote_cache:
        os.makedirs(options.remote_cache, mode=0o700, exist_ok=True)
        return os.path.realpath(options.remote_cache)
    from tempfile import gettempdir

    home = os.path.join(os.path.realpath(gettempdir()), f"cmp-remote-{os.getuid()}")
    os.makedirs(home, mode=0o700, exist_ok=True)
    if os.path.islink(home) or os.stat(home).st_uid != os.getuid():
        raise RefusedError(
            f"{home} belongs to somebody else", hint="set CMP_STATE_DIR to a private directory"
        )
    return home


def _remove_git(files: str) -> None:
    """Remove the `.git` of the checkout and of its submodules."""
    from shutil import rmtree

    for directory, names, others in os.walk(files):
        if ".git" in names:
            rmtree(os.path.join(directory, ".git"))
            names.remove(".git")
        if ".git" in others:
            os.unlink(os.path.join(directory, ".git"))


# -- submodules


def _add_submodules(git: _Git, url: str, options: Options, depth: int) -> None:
    """Check out submodules, and theirs; each from a host that is allowed."""
    if depth > _DEPTH:
        raise KustomizeError(f"submodules are nested more than {_DEPTH} deep")
    for path, written, commit in git.submodules():
        target = _resolve(url, written)
        address = check(target, options)
        place = os.path.join(git.files, path)
        if os.path.realpath(place) != place:
            raise KustomizeError(f"the submodule {path} leads through a link")
        inner = _Git("", git.timeout, address, files=place)
        inner.fetch(target, commit)
        inner.check_out()
        _add_submodules(inner, target, options, depth + 1)


def _resolve(url: str, target: str) -> str:
    """A submodule's address; `./` and `../` are relative to that of the repository that names it."""
    if not target.startswith(("./", "../")):
        return target
    base = url.rstrip("/")
    while True:
        if target.startswith("./"):
            target = target[2:]
        elif target.startswith("../"):
            target = target[3:]
            cut = max(base.rfind("/"), base.rfind(":"))
            base = base[: max(cut, 0)]
        else:
            return f"{base}/{target}"


class _Git:
    """A repository in `work`, its files in `files`; address: the one place it may fetch from."""

    def __init__(self, work: str, timeout: float, address: Address, files: str = "") -> None:
        self.timeout = min(timeout, _LONGEST_TIMEOUT)
        self.files = files or os.path.join(work, "files")
        os.makedirs(self.files, exist_ok=True)
        self.environment = {key: os.environ[key] for key in _KEPT if key in os.environ} | {
            "HOME": self.files,
            "LC_ALL": "C",
            "GIT_CONFIG_NOSYSTEM": "1",
            "GIT_CONFIG_SYSTEM": "/dev/null",
            "GIT_CONFIG_GLOBAL": "/dev/null",
            "GIT_TERMINAL_PROMPT": "0",
            "GIT_ASKPASS": "/bin/false",
            "SSH_ASKPASS": "/bin/false",
            "GIT_ALLOW_PROTOCOL": address.scheme,
            "GIT_SSH_COMMAND": "ssh -F /dev/null -o BatchMode=yes -o StrictHostKeyChecking=yes",
            "GIT_LFS_SKIP_SMUDGE": "1",
            "GIT_CEILING_DIRECTORIES": os.path.dirname(self.files),
        }

    def fetch(self, url: str, ref: str) -> str:
        """Fetch one commit; its id."""
        if ref.startswith("-") or url.startswith("-"):
            raise KustomizeError(f"{ref!r} is not a ref")
        self.run("init", "--quiet")
        self.run("fetch", "--quiet", "--depth=1", "--no-tags", url, ref)
        return self.run("rev-parse", "--verify", "FETCH_HEAD^{commit}").decode("ascii").strip()

    def check_out(self) -> None:
        """Write the files of the commit that was fetched."""
        self.run("checkout", "--quiet", "--force", "--detach", "FETCH_HEAD")

    def submodules(self) -> list[tuple[str, str, str]]:
        """`(path, address, commit)` of each submodule that has an address and is in the commit."""
        file = os.path.join(self.files, ".gitmodules")
        if os.path.islink(file) or not os.path.isfile(file):
            return []
        entries: dict[str, dict[str, str]] = {}
        pattern = r"^submodule\..*\.(path|url)$"
        output = self.run(
            "config", "--file", ".gitmodules", "-z", "--get-regexp", pattern, allow_failure=True
        )
        for line in output.decode("utf-8", "surrogateescape").split("\0"):
            key, _, value = line.partition("\n")
            name, _, field = key.removeprefix("submodule.").rpartition(".")
            if name:
                entries.setdefault(name, {})[field] = value
        found = []
        for entry in entries.values():
            path, url = entry.get("path", ""), entry.get("url", "")
            if not path or not url or path.startswith(("/", "-")) or ".." in path.split("/"):
                continue
            listed = self.run("ls-tree", "-z", "FETCH_HEAD", "--", path).decode("utf-8", "surrogateescape")
            mode, _, rest = listed.partition(" ")
            if mode == "160000":
                found.append((path, url, rest.split()[1]))
        return found

    def run(self, *arguments: str, allow_failure: bool = False) -> bytes:
        """Run git in the checkout; `KustomizeError` with the end of its messages when it fails."""
        import subprocess

        command: list[str] = ["git"]
        for setting in _SETTINGS:
            command += ["-c", setting]
        try:
            process = subprocess.Popen(  # noqa: S603 - no shell; addresses and refs never start with a dash
                [*command, *arguments],
                cwd=self.files,
                env=self.environment,
                stdin=subprocess.DEVNULL,
                stdout=subprocess.PIPE,
                stderr=subprocess.PIPE,
                start_new_session=True,
            )
        except OSError as error:
            raise KustomizeError(
                f"cannot run git: {error.strerror}", hint="remote repositories need git"
            ) from error
        try:
            output, messages = process.communicate(timeout=self.timeout)
        except subprocess.TimeoutExpired as error:
            raise KustomizeError(
                f"git {arguments[0]} took longer than {self.timeout:g} seconds",
                hint="`?timeout=120s` at the end of the address gives it more time",
            ) from error
        finally:
            _end(process)
        if process.returncode and not allow_failure:
            raise KustomizeError(f"git {arguments[0]} failed: {_last(messages)}")
        return output


def _end(process: Popen[bytes]) -> None:
    """Stop git and its helpers, which share its session, if they still run."""
    import signal

    if process.poll() is None:
        os.killpg(process.pid, signal.SIGKILL)
    for pipe in (process.stdout, process.stderr):
        if pipe is not None:
            pipe.close()
    process.wait()


def _last(output: bytes) -> str:
    """The end of a program's messages, on one line."""
    lines: Sequence[str] = output.decode("utf-8", "replace").split("\n")
    return " · ".join(line.strip() for line in lines if line.strip())[-_SHOWN:]
