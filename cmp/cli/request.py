"""From arguments and environment to one render: which directory, which root, which settings."""

from __future__ import annotations

import os

from cmp.cli.edge import no_working_directory
from cmp.errors import UsageError
from cmp.limits import SETTINGS, Limits
from cmp.tree.disk import DiskTree
from cmp.tree.root import find_root

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping

    from cmp.cli.arguments import Arguments
    from cmp.render import Parameters, Rendered, Settings
    from cmp.tree.walk import WalkedTree

IN_PLUGIN = "ARGOCD_APP_NAME"


class Request:
    """One render that was asked for: a directory, its tree, settings, warnings about the request itself."""

    __slots__ = ("application", "directory", "settings", "tree", "warnings")

    def __init__(
        self, tree: WalkedTree, directory: str, settings: Settings, warnings: list[str], application: str
    ) -> None:
        self.tree = tree
        self.directory = directory
        self.settings = settings
        self.warnings = warnings
        self.application = application

    def render(self) -> Rendered:
        """Do it; raises a `CmpError`."""
        from cmp.render.pipeline import render

        return render(self.tree, self.directory, self.settings)


def read(arguments: Arguments, environ: Mapping[str, str]) -> Request:
    """What to render; `UsageError`, `ContractError`, `TreeError`."""
    in_plugin = IN_PLUGIN in environ
    for name in ("plain", "masked"):
        if in_plugin and getattr(arguments, name):
            raise UsageError(
                f"--{name} is refused when run by Argo CD ({IN_PLUGIN} is set)",
                hint="a sync would overwrite live objects with what it prints",
            )
    limits = limits_from(environ)
    here = _absolute(arguments.directory)
    root = _absolute(arguments.root) if arguments.root else ""
    if arguments.app:
        from cmp.argocd.application import load

        application = load(_absolute(arguments.app), root, environ)
        here, root, environ = application.directory, application.root, application.environment
        in_plugin = True
    if in_plugin and not arguments.app:
        # Without the path inside of the repository nothing above the working directory is known to be of it.
        root = find_root(_absolute(""), root, environ.get("ARGOCD_APP_SOURCE_PATH", ""))
    else:
        root = find_root(here, root, None)
    tree = DiskTree(root, limits, base="" if root != "/" else _absolute(""))
    settings, warnings = _settings(arguments, environ, limits)
    return Request(tree, here, settings, warnings, environ.get(IN_PLUGIN, ""))


def of_tree(tree: WalkedTree, directory: str, environ: Mapping[str, str], *, masked: bool = False) -> Request:
    """What Argo CD asks for, on a tree that is not on this machine's disk; `UsageError`, `ContractError`."""
    from cmp.cli.arguments import Arguments

    arguments = Arguments()
    arguments.masked = masked
    settings, warnings = _settings(arguments, environ, tree.limits)
    return Request(tree, directory, settings, warnings, environ.get(IN_PLUGIN, ""))


def limits_from(environ: Mapping[str, str]) -> Limits:
    """The bounds of `cmp.limits`, each as the operator's `CMP_MAX_<NAME>` or its default."""
    overrides = {}
    for name in SETTINGS:
        text = environ.get(f"CMP_MAX_{name.upper()}", "")
        if text:
            if not (text.isascii() and text.isdigit()) or len(text) > 15:
                raise UsageError(f"CMP_MAX_{name.upper()} is not a whole number")
            overrides[name] = int(text)
    if "memory_bytes" not in overrides:
        from cmp.cli.bounds import CONCURRENCY, number_of
        from cmp.cli.memory import share

        overrides["memory_bytes"] = share(int(number_of(environ, CONCURRENCY)))
    return Limits(**overrides)


def flag(environ: Mapping[str, str], name: str) -> bool:
    """An operator's switch: `true` or `false`, nothing else."""
    text = environ.get(name, "")
    if text not in ("", "true", "false"):
        raise UsageError(f"{name} is neither true nor false")
    return text == "true"


def waivers(environ: Mapping[str, str]) -> frozenset[str] | None:
    """The gates that objects may waive, by the operator's `CMP_WAIVERS` (`all`, `none` or ids); None: all."""
    text = environ.get("CMP_WAIVERS", "")
    if text in ("", "all"):
        return None
    from cmp.gates.registry import waivable
    from cmp.nearest import did_you_mean

    given = [] if text == "none" else [each.strip() for each in text.split(",")]
    for each in given:
        if each not in waivable():
            raise UsageError(
                f"CMP_WAIVERS names {each!r}, which is not a gate that can be waived",
                hint=did_you_mean(each, waivable()) or f"write all, none, or ids: {', '.join(waivable())}",
            )
    return frozenset(given)


def _settings(arguments: Arguments, environ: Mapping[str, str], limits: Limits) -> tuple[Settings, list[str]]:
    from cmp.kustomize import Options
    from cmp.render.settings import Settings

    options = Options(
        load_restrictions=arguments.load_restrictor != "LoadRestrictionsNone",
        enable_helm=arguments.enable_helm or flag(environ, "CMP_ENABLE_HELM"),
        helm_command=arguments.helm_command or environ.get("CMP_HELM_COMMAND", "") or "helm",
        limits=limits,
        remote_allow=tuple(host for host in environ.get("CMP_REMOTE_ALLOW", "").split(",") if host),
        remote_cache=os.path.join(state_directory(environ), "remote"),
        # kustomize's own switch, where the output is to be kustomize's.
        managed_by_label=arguments.plain and environ.get("KUSTOMIZE_ENABLE_MANAGEDBY_LABEL") == "on",
    )
    if arguments.plain:
        return Settings(plain=True, options=options, limits=limits), []
    parameters: Parameters | None = None
    warnings: list[str] = []
    if _has_parameters(environ):
        from cmp.argocd.reader import read as read_parameters

        parameters, warnings = read_parameters(environ)
    strict = arguments.strict or flag(environ, "CMP_STRICT")
    if strict or (parameters is not None and parameters.strict):
        _refuse_warnings(warnings)
    keys = None
    if not arguments.masked:
        from cmp.cli.log import decryptions
        from cmp.sops import keys as sops_keys

        keys = sops_keys.from_environment(
            environ,
            sops_keys.read_file,
            ask=sops_keys.terminal_asker(),
            log=decryptions(environ),
            limits=limits,
        )
    settings = Settings(
        parameters=parameters,
        keys=keys,
        masked=arguments.masked,
        strict=strict,
        options=options,
        limits=limits,
        waivers=waivers(environ),
        explain=arguments.explain,
        destination=environ.get("ARGOCD_APP_NAMESPACE", ""),
    )
    return settings, warnings


def _has_parameters(environ: Mapping[str, str]) -> bool:
    """Whether the environment holds anything that `cmp.argocd.reader` reads; most renders do without."""
    if environ.get("ARGOCD_APP_PARAMETERS", "") not in ("", "null"):
        return True
    return any(name.startswith("ARGOCD_ENV_") for name in environ)


def _refuse_warnings(warnings: list[str]) -> None:
    if warnings:
        from cmp.render.errors import ParameterError

        raise ParameterError(warnings[0], hint="strict: remove the entry or correct its name")


def state_directory(environ: Mapping[str, str]) -> str:
    """Where a render may write: a lock, the remote cache, metrics."""
    found = environ.get("CMP_STATE_DIR", "") or environ.get("TMPDIR", "") or "/tmp"  # noqa: S108 - the default
    return os.path.abspath(found)


def _absolute(path: str) -> str:
    """A path of the command line, resolved, as UTF-8 whatever the locale says."""
    try:
        found = os.path.realpath(path.encode("utf-8", "surrogateescape") or b".")
    except FileNotFoundError as err:
        raise no_working_directory() from err
    return found.decode("utf-8", "surrogateescape")
