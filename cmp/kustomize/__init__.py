"""The overlay engine: a tree and a directory in, resources out, with the bytes of `kustomize build`."""

from __future__ import annotations

from cmp.kustomize.options import Hooks as Hooks
from cmp.kustomize.options import Notice as Notice
from cmp.kustomize.options import Options as Options
from cmp.kustomize.resmap import ResMap as ResMap
from cmp.limits import DEFAULT, Limits

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.tree.protocol import Tree


def build(tree: Tree, path: str, options: Options | None = None, hooks: Hooks | None = None) -> ResMap:
    """The resources of the kustomization in the directory `path` of `tree`.

    Raises `KustomizeError`, `TreeError`, `YamlError` and other `CmpError`s for what cannot be built.
    """
    from cmp.kustomize.state import BuildState
    from cmp.kustomize.target import build_tree

    return build_tree(tree, path, BuildState(options or Options(), hooks or Hooks()))


def emit(resmap: ResMap, limits: Limits = DEFAULT) -> str:
    """The manifests as kustomize prints them: documents separated by `---`, an empty text for none.

    Raises `YamlError`, with object and file, for what kustomize cannot print, and `LimitError`.
    """
    from cmp.kustomize.printing import printing
    from cmp.yaml import dump

    documents = []
    total = 0
    for resource in resmap:
        with printing(resource):
            text = dump(resource.body, limits, total)
        # Before the next one is made: a value can stand in any number of objects.
        total += len(text) if text.isascii() else len(text.encode("utf-8", "surrogatepass"))
        limits.check("output_bytes", total)
        documents.append(text)
    return "---\n".join(documents)
