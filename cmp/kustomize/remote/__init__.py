"""Remote resources: files over HTTPS and kustomizations in git repositories, from allowed hosts only.

Nothing is fetched unless the operator lists the host in CMP_REMOTE_ALLOW (`cmp.kustomize.remote.policy`).
"""

from __future__ import annotations

from cmp.kustomize.remote.repospec import RepoSpec as RepoSpec
from cmp.kustomize.remote.repospec import parse as parse

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.kustomize.options import Options
    from cmp.tree.protocol import Tree


def fetch(url: str, options: Options) -> bytes:
    """The content of an http(s) address; raises `KustomizeError`.

    Every such address is tried as a file first, as upstream does, unless it names a commit that is kept.
    """
    from cmp.kustomize.remote.git import is_commit, kept
    from cmp.kustomize.remote.http import get
    from cmp.kustomize.remote.policy import check

    check(url, options)
    spec = parse(url) if "?" in url else None
    if spec is not None and is_commit(spec.ref) and kept(spec, options):
        from cmp.kustomize.errors import KustomizeError

        raise KustomizeError(f"{url} is a repository, not a file")

    return get(url, options)


def clone(spec: RepoSpec, options: Options) -> tuple[Tree, str, str]:
    """`(tree, root of the repository, directory of the kustomization)`; raises `KustomizeError`."""
    from cmp.kustomize.remote.git import checkout

    return checkout(spec, options)
