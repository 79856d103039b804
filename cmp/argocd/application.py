"""An Application manifest as a render's input: the directory, and the environment Argo CD would give us.

Follows repo-server: `.argocd-source.yaml` and `.argocd-source-<name>.yaml` are merged into the source
(reposerver/repository/repository.go, mergeSourceParameters), then newEnv and getPluginEnvs make the
environment. What only a cluster knows (revision, versions) stays empty.
"""

from __future__ import annotations

import os

from cmp.argocd.errors import ContractError
from cmp.errors import Where, located, reason_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    import re
    from collections.abc import Mapping
    from typing import Any

# The operator's settings, not Argo CD's: they stay as they are.
_FROM_ARGOCD = ("ARGOCD_APP_", "ARGOCD_ENV_", "PARAM_", "KUBE_VERSION", "KUBE_API_VERSIONS")
# What a file in the repository must not change (mergeSourceParameters).
_FIXED = ("chart", "path", "repoURL", "targetRevision")


class Application:
    """What to render: directory, root of its repository, environment as in the sidecar, name."""

    __slots__ = ("directory", "environment", "name", "root")

    def __init__(self, name: str, directory: str, root: str, environment: dict[str, str]) -> None:
        self.name = name
        self.directory = directory
        self.root = root
        self.environment = environment


def load(file: str, root: str, environ: Mapping[str, str]) -> Application:
    """Read the Application in `file`. root: of its repository, default the one around `file`."""
    from cmp.tree import DiskTree, find_root

    data = _read(file)
    root = root or find_root(os.path.dirname(file))
    if root == "/":
        raise ContractError(
            "it is not known which repository the Application deploys",
            where=Where(file=file),
            hint="put the file into a git checkout, or name the checkout with --root",
        )
    body = _one_application(data, os.path.basename(file))
    tree = DiskTree(root)
    source = _source(body, os.path.basename(file))
    path = source.get("path") or "."
    directory = f"{root}/{path}"
    if not isinstance(path, str) or tree.kind(directory) != "dir":
        raise ContractError(
            "the path of the Application is not a directory",
            where=Where(file=os.path.basename(file), field="spec.source.path"),
            hint=f"it is taken from {root}; --root names another checkout",
        )
    name = _text(body, "metadata", "name")
    source = _with_overrides(source, tree, directory, name)
    return Application(name, tree.resolve(directory), root, environment(body, source, environ))


def environment(body: dict[str, Any], source: dict[str, Any], environ: Mapping[str, str]) -> dict[str, str]:
    """The environment of a render of this Application; pure."""
    given = {name: value for name, value in environ.items() if not name.startswith(_FROM_ARGOCD)}
    build = {
        "ARGOCD_APP_NAME": _text(body, "metadata", "name"),
        "ARGOCD_APP_NAMESPACE": _text(body, "spec", "destination", "namespace"),
        "ARGOCD_APP_PROJECT_NAME": _text(body, "spec", "project") or "default",
        "ARGOCD_APP_REVISION": "",
        "ARGOCD_APP_REVISION_SHORT": "",
        "ARGOCD_APP_REVISION_SHORT_8": "",
        "ARGOCD_APP_SOURCE_REPO_URL": _text(source, "repoURL"),
        "ARGOCD_APP_SOURCE_PATH": _text(source, "path"),
        "ARGOCD_APP_SOURCE_TARGET_REVISION": _text(source, "targetRevision"),
        "KUBE_VERSION": "",
        "KUBE_API_VERSIONS": "",
    }
    given.update(build)
    plugin = source.get("plugin") or {}
    for entry in plugin.get("env") or ():
        if isinstance(entry, dict) and isinstance(entry.get("name"), str):
            given[f"ARGOCD_ENV_{entry['name']}"] = expand(str(entry.get("value") or ""), build)
    import json

    given["ARGOCD_APP_PARAMETERS"] = json.dumps(plugin.get("parameters"))
    return given


def expand(text: str, variables: Mapping[str, str]) -> str:
    """Go's os.Expand: `$X` and `${X}`, unknown becomes empty, `$$` gives `$`."""
    from cmp.regex import compile_pattern

    def value(match: re.Match[str]) -> str:
        if match[0] == "$$":
            return "$"
        return variables.get(match[0][2:-1] if match[0][1] == "{" else match[0][1:], "")

    names = r"\$\$|\$(?:[A-Za-z_][A-Za-z0-9_]*|[*#@!?0-9-])"
    braces = compile_pattern(names + r"|\$\{[^}]*\}")
    # Up to the last brace each `${` is closed: none makes the search look at all of the text, and begin anew.
    end = text.rfind("}") + 1
    return braces.sub(value, text[:end]) + compile_pattern(names).sub(value, text[end:])


def merge(target: Any, patch: Any) -> Any:
    """JSON merge patch (RFC 7386)."""
    if not isinstance(patch, dict):
        return patch
    merged = dict(target) if isinstance(target, dict) else {}
    for key, value in patch.items():
        if value is None:
            merged.pop(key, None)
        else:
            merged[key] = merge(merged.get(key), value)
    return merged


def _with_overrides(source: dict[str, Any], tree: Any, directory: str, name: str) -> dict[str, Any]:
    merged = source
    for override in (".argocd-source.yaml", f".argocd-source-{name}.yaml"):
        path = f"{directory}/{override}"
        if tree.kind(path) == "file":
            patch = _plain(tree.read(path), tree.display(path))
            if isinstance(patch, dict):
                merged = merge(merged, {key: value for key, value in patch.items() if key not in _FIXED})
    return merged


def _one_application(data: bytes, file: str) -> dict[str, Any]:
    found = [
        document
        for document in _documents(data, file)
        if isinstance(document, dict) and document.get("kind") == "Application"
    ]
    if len(found) != 1:
        raise ContractError(
            f"expected one Application, found {len(found) or 'none'}",
            where=Where(file=file),
            hint="argocd appset generate FILE -o yaml prints the Applications of an ApplicationSet"
            if not found
            else "put each into a file of its own",
        )
    return found[0]


def _source(body: dict[str, Any], file: str) -> dict[str, Any]:
    """`spec.source`, or the one of `spec.sources` that uses a plugin."""
    spec = body.get("spec") or {}
    candidates = [spec["source"]] if isinstance(spec.get("source"), dict) else []
    if not candidates:
        sources = [each for each in spec.get("sources") or () if isinstance(each, dict)]
        candidates = [each for each in sources if "plugin" in each] or sources[:1]
    if len(candidates) != 1:
        raise ContractError(
            "expected one source that uses a plugin", where=Where(file=file, field="spec.source")
        )
    source: dict[str, Any] = candidates[0]
    return source


def _text(value: Any, *path: str) -> str:
    for key in path:
        value = value.get(key) if isinstance(value, dict) else None
    return value if isinstance(value, str) else ""


def _read(file: str) -> bytes:
    try:
        with open(file.encode("utf-8", "surrogateescape"), "rb") as stream:
            return stream.read()
    except OSError as err:
        raise ContractError(reason_of(err), where=Where(file=file)) from err


def _documents(data: bytes, file: str) -> list[Any]:
    from cmp.yaml import load_all

    with located(file=file):
        return [to_json(document) for document in load_all(data)]


def _plain(data: bytes, file: str) -> Any:
    documents = _documents(data, file)
    return documents[0] if documents else None


def to_json(value: Any) -> Any:
    """A YAML value as JSON sees it; scalars whose text matters become their text."""
    if isinstance(value, dict):
        return {key: to_json(item) for key, item in value.items()}
    if isinstance(value, list):
        return [to_json(item) for item in value]
    if value is None or isinstance(value, (str, int, bool)):
        return value
    if value.tag == "!!null":
        return None
    return value.text.lower() == "true" if value.tag == "!!bool" else value.text
