"""Kustomizations in git repositories, fetched from a server on the loopback interface."""

from __future__ import annotations

import os
from pathlib import Path
from types import SimpleNamespace

import pytest

from cmp.errors import CmpError
from cmp.kustomize import Options, build, emit
from cmp.kustomize.errors import KustomizeError, RefusedError
from cmp.kustomize.remote import clone, git, parse
from cmp.tree.memory import MemoryTree

CONFIG_MAP = "apiVersion: v1\nkind: ConfigMap\nmetadata:\n  name: {name}\n"


def base(name: str, **extra: str) -> dict[str, str]:
    return {"kustomization.yaml": "resources: [cm.yaml]\n", "cm.yaml": CONFIG_MAP.format(name=name), **extra}


def options(server, tmp_path: Path, *more: str) -> Options:
    allow = (f"http://{server.host}", *more)
    return Options(remote_allow=allow, remote_cache=str(tmp_path / "state" / "remote"))


def render(kustomization: str, chosen: Options) -> str:
    tree = MemoryTree({"/kustomization.yaml": kustomization.encode()})
    return emit(build(tree, tree.root, chosen))


def test_builds_a_remote_base(server, repositories, tmp_path: Path) -> None:
    repositories.commit("repo", {f"deep/path/{name}": text for name, text in base("remote").items()})
    chosen = options(server, tmp_path)
    text = render(f"namePrefix: p-\nresources: ['{server.url}/repo/.git//deep/path']\n", chosen)
    assert text == CONFIG_MAP.format(name="p-remote")


def test_refs_name_branches_tags_and_commits(server, repositories, tmp_path: Path) -> None:
    first = repositories.commit("repo", base("one"))
    repositories.git("repo", "tag", "v1")
    repositories.git("repo", "checkout", "--quiet", "-b", "next")
    repositories.commit("repo", base("two"))
    repositories.git("repo", "checkout", "--quiet", "main")
    repositories.commit("repo", base("three"))
    chosen = options(server, tmp_path)
    for ref, name in (("v1", "one"), ("next", "two"), ("main", "three"), (first, "one"), ("", "three")):
        query = f"?ref={ref}" if ref else ""
        assert render(f"resources: ['{server.url}/repo/.git{query}']\n", chosen) == CONFIG_MAP.format(
            name=name
        )


def test_a_commit_that_is_kept_needs_no_network(server, repositories, tmp_path: Path) -> None:
    commit = repositories.commit("repo", base("one"))
    chosen = options(server, tmp_path)
    address = f"resources: ['{server.url}/repo/.git?ref={commit}']\n"
    before = render(address, chosen)
    asked = len(server.requests)
    assert render(address, chosen) == before
    assert len(server.requests) == asked


def test_a_branch_is_asked_for_again(server, repositories, tmp_path: Path) -> None:
    repositories.commit("repo", base("one"))
    chosen = options(server, tmp_path)
    address = f"resources: ['{server.url}/repo/.git?ref=main']\n"
    assert "name: one" in render(address, chosen)
    repositories.commit("repo", base("two"))
    assert "name: two" in render(address, chosen)


def test_only_plain_files_are_kept(server, repositories, tmp_path: Path) -> None:
    repositories.commit("repo", base("one"))
    spec = parse(f"{server.url}/repo/.git")
    assert spec is not None
    _, root, directory = clone(spec, options(server, tmp_path))
    assert directory == root
    assert sorted(os.listdir(root)) == ["cm.yaml", "kustomization.yaml"]
    kept = tmp_path / "state" / "remote"
    assert [name for name in os.listdir(next(kept.iterdir())) if name.startswith("fetch-")] == []


@pytest.mark.parametrize("allow", [(), ("github.com",), ("127.0.0.1",), ("https://{host}",), ("*.0.0.1",)])
def test_refused_unless_allowed(server, repositories, tmp_path: Path, allow: tuple[str, ...]) -> None:
    repositories.commit("repo", base("one"))
    chosen = Options(remote_allow=tuple(each.format(host=server.host) for each in allow))
    with pytest.raises(CmpError) as caught:
        render(f"resources: ['{server.url}/repo/.git']\n", chosen)
    assert "CMP_REMOTE_ALLOW" in caught.value.hint
    assert server.requests == []


def test_submodules(server, repositories, tmp_path: Path) -> None:
    repositories.commit("inner", base("inner"))
    repositories.commit("outer", {"kustomization.yaml": "resources: [sub]\n"})
    repositories.git("outer", "submodule", "--quiet", "add", f"{server.url}/inner/.git", "sub")
    repositories.commit("outer", {})
    chosen = options(server, tmp_path)
    address = f"{server.url}/outer/.git"
    assert render(f"resources: ['{address}']\n", chosen) == CONFIG_MAP.format(name="inner")
    with pytest.raises(CmpError):
        render(f"resources: ['{address}?submodules=false']\n", chosen)


def test_relative_submodules(server, repositories, tmp_path: Path) -> None:
    repositories.commit("inner", base("inner"))
    repositories.commit("outer", {"kustomization.yaml": "resources: [sub]\n"})
    repositories.git("outer", "submodule", "--quiet", "add", f"{server.url}/inner/.git", "sub")
    repositories.git("outer", "config", "--file", ".gitmodules", "submodule.sub.url", "../../inner/.git")
    repositories.commit("outer", {})
    assert "name: inner" in render(f"resources: ['{server.url}/outer/.git']\n", options(server, tmp_path))


def test_submodules_from_elsewhere_are_refused(server, repositories, tmp_path: Path) -> None:
    repositories.commit("inner", base("inner"))
    repositories.commit("outer", {"kustomization.yaml": "resources: [sub]\n"})
    repositories.git("outer", "submodule", "--quiet", "add", f"{server.url}/inner/.git", "sub")
    for url in (
        str(repositories.folder / "inner"),
        "file:///etc",
        "https://example.com/x/y",
        "ext::sh -c id",
    ):
        repositories.git("outer", "config", "--file", ".gitmodules", "submodule.sub.url", url)
        repositories.commit("outer", {})
        with pytest.raises(RefusedError):
            render(f"resources: ['{server.url}/outer/.git']\n", options(server, tmp_path))


def test_a_list_of_submodules_that_is_a_link_is_not_read(tmp_path: Path) -> None:
    """git refuses such a commit by itself since 2.20.1."""
    os.symlink("elsewhere", tmp_path / ".gitmodules")
    (tmp_path / "elsewhere").write_text("[submodule 'a']\npath = a\nurl = https://example.com/a\n")
    asked: list[object] = []
    fetch = SimpleNamespace(files=str(tmp_path), run=lambda *words, **_: asked.append(words))
    assert git._Git.submodules(fetch) == []  # type: ignore[arg-type]
    assert asked == []


def test_a_cache_that_somebody_else_put_there_is_refused(tmp_path: Path, monkeypatch) -> None:
    monkeypatch.setattr("tempfile.gettempdir", lambda: str(tmp_path))
    home = Path(git._home(Options()))
    user = os.getuid()
    monkeypatch.setattr("os.getuid", lambda: user + 1)
    home.rename(home.with_name(f"cmp-remote-{user + 1}"))
    with pytest.raises(RefusedError, match="belongs to somebody else"):
        git._home(Options())
    monkeypatch.setattr("os.getuid", lambda: user)
    (tmp_path / "real").mkdir()
    home.symlink_to("real")
    with pytest.raises(RefusedError, match="belongs to somebody else"):
        git._home(Options())


def test_paths_must_stay_in_the_repository(server, repositories, tmp_path: Path) -> None:
    repositories.commit("repo", {"a/kustomization.yaml": "resources: [../../..]\n", "b/x": ""})
    os.symlink("/", repositories.folder / "repo" / "out")
    repositories.commit("repo", {})
    chosen = options(server, tmp_path)
    for path in ("a", "out", "out/etc", "missing", "b/x"):
        with pytest.raises(CmpError):
            render(f"resources: ['{server.url}/repo/.git//{path}']\n", chosen)


def test_neither_hooks_nor_configuration_run(server, repositories, tmp_path: Path, monkeypatch) -> None:
    touched = tmp_path / "touched"
    hook = f"#!/bin/sh\ntouch {touched}\n"
    repositories.commit(
        "repo",
        base("one", **{"hooks/post-checkout": hook, ".gitattributes": "cm.yaml filter=evil\n"}),
    )
    home = tmp_path / "home"
    home.mkdir()
    (home / ".gitconfig").write_text(
        f"[core]\n hooksPath = {repositories.folder}/repo/hooks\n"
        f'[filter "evil"]\n smudge = touch {touched}\n[url "http://127.0.0.1:9/"]\n insteadOf = http://\n'
    )
    os.chmod(repositories.folder / "repo" / "hooks" / "post-checkout", 0o755)
    monkeypatch.setenv("HOME", str(home))
    monkeypatch.setenv("GIT_CONFIG_COUNT", "1")
    monkeypatch.setenv("GIT_CONFIG_KEY_0", "core.hooksPath")
    monkeypatch.setenv("GIT_CONFIG_VALUE_0", str(repositories.folder / "repo" / "hooks"))
    assert "name: one" in render(f"resources: ['{server.url}/repo/.git']\n", options(server, tmp_path))
    assert not touched.exists()


def test_redirects_are_not_followed(server, repositories, tmp_path: Path) -> None:
    repositories.commit("repo", base("one"))
    target = f"{server.url}/repo/.git/info/refs?service=git-upload-pack"
    server.answers["/moved/away.git/info/refs"] = (301, {"Location": target}, b"")
    with pytest.raises(KustomizeError):
        render(f"resources: ['{server.url}/moved/away.git']\n", options(server, tmp_path))


def test_a_server_that_hangs(server, repositories, tmp_path: Path) -> None:
    server.stuck.add("/org/slow.git/info/refs")
    with pytest.raises(KustomizeError, match="longer than"):
        spec = parse(f"{server.url}/org/slow.git?timeout=300ms")
        assert spec is not None
        clone(spec, options(server, tmp_path))


@pytest.mark.parametrize("ref", ["missing", "--upload-pack=id", "-x"])
def test_refs_that_do_not_exist(server, repositories, tmp_path: Path, ref: str) -> None:
    repositories.commit("repo", base("one"))
    with pytest.raises(KustomizeError):
        render(f"resources: ['{server.url}/repo/.git?ref={ref}']\n", options(server, tmp_path))


def test_local_repositories_only_below_an_allowed_directory(repositories, tmp_path: Path) -> None:
    repositories.commit("repo", base("local"))
    address = f"resources: ['file://{repositories.folder}/repo']\n"
    cache = str(tmp_path / "state")
    allowed = Options(remote_allow=(f"file://{repositories.folder}",), remote_cache=cache)
    assert "name: local" in render(address, allowed)
    with pytest.raises(RefusedError):
        render(address, Options(remote_allow=(f"file://{repositories.folder}/other",), remote_cache=cache))
