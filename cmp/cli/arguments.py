"""The arguments of cmp-generate, read by hand: argparse alone would take a quarter of the start-up time."""

from __future__ import annotations

from cmp.errors import UsageError

USAGE = """\
usage: cmp-generate [DIR] [options]

Render the kustomization in DIR (default: the current directory) to standard output: Kustomize, SOPS/age
decryption, model URIs and traffic weights, gates. Nothing but manifests is printed there.

  --app FILE               take path, parameters and env from an Argo CD Application, as production would
  --plain                  the engine alone, as `kustomize build` (no decryption, models, gates, parameters)
  --masked                 render without any key; a token stands for each encrypted value
  --strict                 what kustomize lets pass silently is an error (also CMP_STRICT=true)
  --explain                say on standard error where each injected value came from
  --root DIR               no file outside of this directory is read
  --load-restrictor MODE   LoadRestrictionsRootOnly (default) or LoadRestrictionsNone
  --enable-helm            inflate helmCharts (also CMP_ENABLE_HELM=true)
  --helm-command PATH      the program for that
  --version, --help

Exit codes: 0 done, 1 the input is wrong or a gate refused, 2 wrong usage.
"""

_FLAGS = {
    "--plain": "plain",
    "--masked": "masked",
    "--strict": "strict",
    "--explain": "explain",
    "--enable-helm": "enable_helm",
    "--help": "help",
    "-h": "help",
    "--version": "version",
}
_VALUES = {
    "--app": "app",
    "--root": "root",
    "--load-restrictor": "load_restrictor",
    "--helm-command": "helm_command",
}
_RESTRICTORS = ("LoadRestrictionsRootOnly", "LoadRestrictionsNone")


class Arguments:
    """One attribute per option; `directory` is empty when none was given."""

    def __init__(self) -> None:
        self.directory = ""
        self.app = ""
        self.root = ""
        self.load_restrictor = ""
        self.helm_command = ""
        self.plain = False
        self.masked = False
        self.strict = False
        self.explain = False
        self.enable_helm = False
        self.help = False
        self.version = False


def parse(argv: list[str]) -> Arguments:
    """The arguments; `UsageError` for unknown ones and for those that exclude each other."""
    found = Arguments()
    rest = argv[::-1]
    only_names = False
    while rest:
        word = rest.pop()
        if only_names or not word.startswith("-") or word == "-":
            if found.directory:
                raise UsageError("only one directory can be rendered at a time", hint="cmp-generate --help")
            found.directory = word
        elif word == "--":
            only_names = True
        elif word in _FLAGS:
            setattr(found, _FLAGS[word], True)
        else:
            name, equals, value = word.partition("=")
            if name not in _VALUES:
                raise _unknown(name)
            if not equals:
                if not rest:
                    raise UsageError(f"{name} needs a value", hint="cmp-generate --help")
                value = rest.pop()
            setattr(found, _VALUES[name], value)
    _check(found)
    return found


def _check(found: Arguments) -> None:
    if found.plain and found.masked:
        raise UsageError(
            "--plain and --masked exclude each other", hint="--plain leaves encrypted files as they are"
        )
    if found.app and found.directory:
        raise UsageError("--app and DIR exclude each other: the Application names the directory")
    if found.app and found.plain:
        raise UsageError("--app and --plain exclude each other: a plain build takes no parameters")
    if found.load_restrictor and found.load_restrictor not in _RESTRICTORS:
        raise UsageError(f"--load-restrictor is {' or '.join(_RESTRICTORS)}")


def _unknown(name: str) -> UsageError:
    from difflib import get_close_matches

    near = get_close_matches(name, [*_FLAGS, *_VALUES], n=1)
    return UsageError(
        f"unknown option {name}", hint=f"did you mean {near[0]}?" if near else "cmp-generate --help"
    )
