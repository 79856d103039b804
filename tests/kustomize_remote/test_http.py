"""Files over HTTP(S): allowed hosts, redirects, sizes, statuses."""

from __future__ import annotations

import pytest

from cmp.errors import CmpError, LimitError
from cmp.kustomize import Options, build, emit
from cmp.kustomize.errors import KustomizeError, RefusedError
from cmp.kustomize.remote import fetch
from cmp.kustomize.remote.policy import address_of, check
from cmp.limits import Limits
from cmp.tree.memory import MemoryTree

RESOURCE = b"apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: fetched\n"


def options(server, **more) -> Options:
    return Options(remote_allow=(f"http://{server.host}",), **more)


def test_a_resource_file(server) -> None:
    server.answers["/r.yaml"] = (200, {}, RESOURCE)
    tree = MemoryTree({"/kustomization.yaml": f"resources: ['{server.url}/r.yaml']\n".encode()})
    assert emit(build(tree, tree.root, options(server))) == RESOURCE.decode()


def test_a_patch_file(server) -> None:
    server.answers["/p.yaml"] = (200, {}, RESOURCE + b"data: {a: b}\n")
    files = {
        "/kustomization.yaml": f"resources: [r.yaml]\npatches: [{{path: '{server.url}/p.yaml'}}]\n".encode(),
        "/r.yaml": RESOURCE,
    }
    tree = MemoryTree(files)
    assert "a: b" in emit(build(tree, tree.root, options(server)))


def test_a_name_hash_of_a_remote_job_needs_no_second_request(server) -> None:
    job = (
        b"apiVersion: batch/v1\nkind: Job\nmetadata:\n  name: train\n  annotations:\n"
        b"    internal.config.kubernetes.io/needsHashSuffix: enabled\n"
    )
    server.answers["/job.yaml"] = (200, {}, job)
    remote = MemoryTree({"/kustomization.yaml": f"resources: ['{server.url}/job.yaml']\n".encode()})
    local = MemoryTree({"/kustomization.yaml": b"resources: [job.yaml]\n", "/job.yaml": job})
    made = emit(build(remote, remote.root, options(server)))
    assert made == emit(build(local, local.root))
    assert "name: train-" in made
    assert server.requests == ["/job.yaml"]


def test_off_by_default(server) -> None:
    server.answers["/r.yaml"] = (200, {}, RESOURCE)
    with pytest.raises(RefusedError, match="remote resources are off"):
        fetch(f"{server.url}/r.yaml", Options())
    assert server.requests == []


def test_redirects_stay_with_allowed_hosts(server) -> None:
    server.answers["/r.yaml"] = (200, {}, RESOURCE)
    server.answers["/near"] = (302, {"Location": "/r.yaml"}, b"")
    server.answers["/far"] = (302, {"Location": "http://127.0.0.1:1/r.yaml"}, b"")
    server.answers["/file"] = (302, {"Location": "file:///etc/passwd"}, b"")
    server.answers["/round"] = (302, {"Location": "/round"}, b"")
    assert fetch(f"{server.url}/near", options(server)) == RESOURCE
    for path in ("far", "file"):
        with pytest.raises(RefusedError):
            fetch(f"{server.url}/{path}", options(server))
    with pytest.raises(KustomizeError, match="redirects"):
        fetch(f"{server.url}/round", options(server))


def test_a_redirect_never_leads_to_a_local_file(server) -> None:
    server.answers["/file"] = (302, {"Location": "file:///etc/passwd"}, b"")
    allowed = Options(remote_allow=(f"http://{server.host}", "file:///etc"))
    with pytest.raises(RefusedError):
        fetch(f"{server.url}/file", allowed)


@pytest.mark.parametrize("status", [400, 403, 404, 500, 503])
def test_failures(server, status: int) -> None:
    server.answers["/r.yaml"] = (status, {}, b"no")
    with pytest.raises(KustomizeError, match=str(status)):
        fetch(f"{server.url}/r.yaml", options(server))


def test_nobody_listens() -> None:
    with pytest.raises(KustomizeError, match="cannot be fetched"):
        fetch("http://127.0.0.1:9/r.yaml", Options(remote_allow=("http://127.0.0.1:9",)))


def test_a_file_that_is_too_large(server) -> None:
    server.answers["/r.yaml"] = (200, {}, b"x" * 1001)
    with pytest.raises(LimitError, match="1000"):
        fetch(f"{server.url}/r.yaml", options(server, limits=Limits(file_bytes=1000)))


def test_a_server_that_hangs(server) -> None:
    server.stuck.add("/r.yaml")
    with pytest.raises(KustomizeError):
        fetch(f"{server.url}/r.yaml", options(server, remote_timeout=0.2))


@pytest.mark.parametrize(
    ("url", "scheme", "host"),
    [
        ("https://user:pass@Example.com:8443/a?b#c", "https", "example.com:8443"),
        ("https://example.com?x@evil.com/", "https", "example.com"),
        ("https://example.com#@evil.com/", "https", "example.com"),
        ("git@github.com:org/repo", "ssh", "github.com"),
        ("ssh://git@host:22/x", "ssh", "host:22"),
        ("file:///srv/x", "file", "/srv/x"),
    ],
)
def test_addresses(url: str, scheme: str, host: str) -> None:
    assert address_of(url) == (scheme, host)


@pytest.mark.parametrize(
    ("entry", "url", "allowed"),
    [
        ("github.com", "https://github.com/a/b", True),
        ("github.com", "http://github.com/a/b", False),
        ("github.com", "https://github.com.evil.com/a/b", False),
        ("github.com", "https://evil.com/github.com", False),
        ("github.com", "git@github.com:a/b", False),
        ("ssh://github.com", "git@github.com:a/b", True),
        ("*.example.com", "https://git.example.com/a/b", True),
        ("*.example.com", "https://example.com/a/b", False),
        ("*.example.com", "https://evilexample.com/a/b", False),
        ("example.com", "https://example.com:8443/a", False),
        ("example.com:8443", "https://example.com:8443/a", True),
        ("file:///srv/git", "file:///srv/git/x", True),
        ("file:///srv/git", "file:///srv/git/../secret", False),
        ("file:///srv/git", "file:///srv/gitx", False),
        ("", "https://example.com", False),
    ],
)
def test_policy(entry: str, url: str, allowed: bool) -> None:
    chosen = Options(remote_allow=(entry,))
    if allowed:
        check(url, chosen)
    else:
        with pytest.raises(CmpError):
            check(url, chosen)
