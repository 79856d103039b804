"""The grammar of repository addresses (api/internal/git/repospec.go).

`[git::][scheme://][user@]host/org/repo[.git][//path | /path][?ref=..&timeout=..&submodules=..]`. The
repository ends at `_git/<name>`, at `//`, after `.git`, or after two segments; a `file://` address is all
repository.
"""

from __future__ import annotations

import posixpath
import re

from cmp.lighttyping import NamedTuple

DEFAULT_TIMEOUT = 27.0
_SCHEMES = ("ssh://", "https://", "http://", "file://")
_USER = re.compile(r"([a-zA-Z][a-zA-Z0-9-]*)@")
_GITHUB = ("github.com/", "github.com:")
_SEGMENTS = 2
_UNITS = {
    "ns": 1e-9,
    "us": 1e-6,
    "\u00b5s": 1e-6,
    "\u03bcs": 1e-6,
    "ms": 1e-3,
    "s": 1.0,
    "m": 60.0,
    "h": 3600.0,
}
_PART = re.compile(r"(\d++(?:\.\d*+)?|\.\d++)(ns|us|\u00b5s|\u03bcs|ms|s|m|h)")
_DURATION = re.compile(rf"[+]?(?:{_PART.pattern})++\Z")
# Go's strconv.ParseBool
_TRUE = frozenset(("1", "t", "T", "true", "TRUE", "True"))
_FALSE = frozenset(("0", "f", "F", "false", "FALSE", "False"))


class RepoSpec(NamedTuple):
    """A kustomization in a repository: git clones host + repo_path; subpath is the directory in it."""

    raw: str
    host: str
    repo_path: str
    subpath: str
    ref: str = ""
    timeout: float | None = None
    submodules: bool = True

    @property
    def clone_spec(self) -> str:
        """What git is told to fetch from."""
        return self.host + self.repo_path


def parse(text: str) -> RepoSpec | None:
    """The repository that `text` names, or None if it names none."""
    if text.startswith("/"):
        return None
    rest, _, query = text.partition("?")
    found = _split_host(rest)
    if found is None:
        return None
    host, rest = found
    parts = _split_path(rest, whole=host.startswith("file://"))
    if parts is None or not parts[0] or _leaves(parts[1]):
        return None
    ref, timeout, submodules = _parse_query(query)
    return RepoSpec(text, host, parts[0], parts[1].removeprefix("/"), ref, timeout, submodules)


def _split_host(text: str) -> tuple[str, str] | None:
    """`(scheme, user and host, rest)` joined to `(host, rest)`."""
    if text[:5].lower() == "git::":
        text = text[5:]
    scheme = next((each for each in _SCHEMES if text[: len(each)].lower() == each), "")
    text = text[len(scheme) :]
    found = _USER.match(text)
    user = found.group(0) if found else ""
    text = text[len(user) :]
    github = text.lower().startswith(_GITHUB)
    scp_style = not scheme and (bool(user) or github)
    if not scheme and not scp_style:
        return None
    if scheme == "file://":
        return scheme, user + text
    end = _host_end(text, scp_style)
    host, rest = (text, "") if end < 0 else (text[: end + 1], text[end + 1 :])
    if github:
        if scheme == "ssh://" or user:
            scheme, host = "", "github.com:"
        else:
            scheme, user, host = "https://", "", "github.com/"
    return (scheme + user + host, rest) if host else None


def _host_end(text: str, scp_style: bool) -> int:
    slash = text.find("/")
    if scp_style:
        colon = text.find(":")
        if slash == -1 or 0 < colon < slash:
            return colon
    return slash


def _split_path(text: str, *, whole: bool) -> tuple[str, str] | None:
    """`(repository, directory in it)`."""
    marker = text.find("_git/")
    if marker >= 0:
        start = marker + len("_git/")
        name, _, rest = text[start:].partition("/")
        return text[:start] + name, rest
    marker = text.find("//")
    if marker >= 0:
        return text[:marker], text[marker + 2 :]
    marker = text.find(".git")
    if marker >= 0:
        return text[: marker + 4], text[marker + 4 :]
    if whole:
        return text, ""
    segments = text.split("/")
    if len(segments) < _SEGMENTS:
        return None
    return "/".join(segments[:_SEGMENTS]), "/".join(segments[_SEGMENTS:])


def _leaves(subpath: str) -> bool:
    """Whether a path in the repository would lead out of it."""
    return posixpath.normpath(subpath.removeprefix("/") or ".").split("/")[0] == ".."


def _parse_query(query: str) -> tuple[str, float | None, bool]:
    """Ref, timeout in seconds if one is given, and whether submodules are wanted."""
    if not query:
        return "", None, True
    from urllib.parse import parse_qsl

    if ";" in query or re.search(r"%(?![0-9a-fA-F]{2})", query):
        return "", None, True
    values: dict[str, str] = {}
    for key, value in parse_qsl(query, keep_blank_values=True):
        values.setdefault(key, value)
    wanted = values.get("submodules", "")
    submodules = wanted not in _FALSE if wanted in _TRUE | _FALSE else True
    return values.get("ref") or values.get("version", ""), _seconds(values.get("timeout", "")), submodules


def _seconds(text: str) -> float | None:
    """A positive number of seconds or a Go duration such as `1m30s`; None for anything else."""
    if re.fullmatch(r"[+]?[0-9]+", text):
        return float(int(text)) or None
    if not _DURATION.match(text):
        return None
    return sum(float(number) * _UNITS[unit] for number, unit in _PART.findall(text)) or None
