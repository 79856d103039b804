"""Repository addresses: what is one, and which parts it has."""

from __future__ import annotations

import pytest

from cmp.kustomize.remote import parse

ADDRESSES = {
    # address: (host, repository, path, ref)
    "https://github.com/org/repo": ("https://github.com/", "org/repo", "", ""),
    "github.com/org/repo/deep/path?ref=v1": ("https://github.com/", "org/repo", "deep/path", "v1"),
    "GitHub.com/org/repo": ("https://github.com/", "org/repo", "", ""),
    "git@github.com:org/repo.git//path": ("git@github.com:", "org/repo.git", "path", ""),
    "ssh://git@github.com/org/repo": ("git@github.com:", "org/repo", "", ""),
    "git::https://example.com/org/repo.git?version=v2": ("https://example.com/", "org/repo.git", "", "v2"),
    "https://example.com/org/repo?version=v2&ref=v3": ("https://example.com/", "org/repo", "", "v3"),
    "user@example.com:team/repo/path": ("user@example.com:", "team/repo", "path", ""),
    "https://me@dev.azure.com/org/project/_git/repo/a/b": (
        "https://me@dev.azure.com/",
        "org/project/_git/repo",
        "a/b",
        "",
    ),
    "https://example.com/a/b/c/repo.git/x": ("https://example.com/", "a/b/c/repo.git", "x", ""),
    "https://example.com:8443/a/b//c/d?ref=x": ("https://example.com:8443/", "a/b", "c/d", "x"),
    "file:///srv/repo": ("file://", "/srv/repo", "", ""),
    "file:///srv/repo//path": ("file://", "/srv/repo", "path", ""),
    "https://example.com/org/repo?ref=a%2Fb": ("https://example.com/", "org/repo", "", "a/b"),
    "https://example.com/org/repo?ref=%zz": ("https://example.com/", "org/repo", "", ""),
}


@pytest.mark.parametrize("address", ADDRESSES)
def test_parts(address: str) -> None:
    spec = parse(address)
    assert spec is not None
    assert (spec.host, spec.repo_path, spec.subpath, spec.ref) == ADDRESSES[address]
    assert spec.raw == address


@pytest.mark.parametrize(
    "text",
    [
        "../base",
        "base",
        "/absolute/path",
        "example.com/org/repo",
        "https://example.com/one-segment",
        "https://example.com",
        "https://",
        "github.com/org",
        "https://example.com/org/repo//../out",
        "https://example.com/org/repo/../../out",
        "svn://example.com/org/repo",
        "",
    ],
)
def test_no_repository(text: str) -> None:
    assert parse(text) is None


@pytest.mark.parametrize(
    ("query", "timeout", "submodules"),
    [
        ("", None, True),
        ("timeout=61", 61.0, True),
        ("timeout=1m30s", 90.0, True),
        ("timeout=1.5h", 5400.0, True),
        ("timeout=250ms", 0.25, True),
        ("timeout=-5", None, True),
        ("timeout=0", None, True),
        ("timeout=soon", None, True),
        ("submodules=false", None, False),
        ("submodules=0&timeout=2s", 2.0, False),
        ("submodules=perhaps", None, True),
    ],
)
def test_query(query: str, timeout: float | None, submodules: bool) -> None:
    spec = parse(f"https://example.com/org/repo?{query}")
    assert spec is not None
    assert (spec.timeout, spec.submodules) == (timeout, submodules)
