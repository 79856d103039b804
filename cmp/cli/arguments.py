"""The arguments of cmp-generate, read by hand: argparse alone would take a quarter of the start-up time."""

from __future__ import annotations

from cmp.errors import UsageError

USAGE = """\
usage: cmp-generate [DIR] [options]
       cmp-generate DIR [DIR ...] -o FOLDER [options]

Render the kustomization in DIR (default: the current directory) to standard output: Kustomize, SOPS/age
decryption, model URIs and traffic weights, gates. Nothing but manifests is printed there.

  --app FILE               take path, parameters and env from an Argo CD Application, as production would
  --plain                  the engine alone, as `kustomize build` (no decryption, models, gates, parameters)
  --masked                 render without any key; a token stands for each encrypted value
  --strict                 what kustomize accepts without a message is an error (also CMP_STRICT=true)
  -o, --output PATH        write to a file; to a folder (it exists, or PATH ends in /) one file per object
  --explain                print on standard error where each injected value came from
  --root DIR               no file outside of this directory is read
  --load-restrictor MODE   LoadRestrictionsRootOnly (default) or LoadRestrictionsNone
  --enable-helm            inflate helmCharts (also CMP_ENABLE_HELM=true)
  --helm-command PATH      the helm program (default: helm)
  --color WHEN             messages in colour: auto (default), always, never
  --version, --help        print the version, or this text

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
    "--output": "output",
    "-o": "output",
    "--color": "color",
}
_RESTRICTORS = ("LoadRestrictionsRootOnly", "LoadRestrictionsNone")
_COLORS = ("auto", "always", "never")


class Arguments:
    """One attribute per option; `directory` is empty when none was given, `directories` has all of them."""

    def __init__(self) -> None:
        self.directory = ""
        self.directories: list[str] = []
        self.output = ""
        self.color = ""
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

    def each(self) -> list[Arguments]:
        """The same for one directory at a time."""
        if len(self.directories) < 2:
            return [self]
        found = []
        for directory in self.directories:
            one = Arguments()
            one.__dict__.update(self.__dict__, directory=directory)
            found.append(one)
        return found


def parse(argv: list[str]) -> Arguments:
    """The arguments; `UsageError` for unknown ones and for those that exclude each other."""
    found = Arguments()
    rest = argv[::-1]
    only_names = False
    while rest:
        word = rest.pop()
        if only_names or not word.startswith("-") or word == "-":
            found.directories.append(word)
        elif word == "--":
            only_names = True
        elif word in _FLAGS:
            setattr(found, _FLAGS[word], True)
        else:
            name, equals, value = _split(word)
            if name not in _VALUES:
                raise _unknown(name)
            if not equals:
                if not rest:
                    raise UsageError(f"{name} needs a value", hint="cmp-generate --help")
                value = rest.pop()
            setattr(found, _VALUES[name], value)
    found.directory = found.directories[0] if found.directories else ""
    _check(found)
    return found


def _split(word: str) -> tuple[str, str, str]:
    """`--name=value`, and `-oPATH` as kustomize takes it; without a value the second part is empty."""
    if word.startswith("-o") and len(word) > 2:
        return "-o", "=", word[2:].removeprefix("=")
    return word.partition("=")


def _check(found: Arguments) -> None:
    if found.plain and found.masked:
        raise UsageError(
            "--plain and --masked exclude each other", hint="--plain leaves encrypted files as they are"
        )
    if found.app and found.directory:
        raise UsageError("--app and DIR exclude each other: the Application names the directory")
    if found.app and found.plain:
        raise UsageError("--app and --plain exclude each other: a plain build takes no parameters")
    if len(found.directories) > 1 and not found.output:
        raise UsageError(
            "several directories can only be rendered into a folder", hint="add -o FOLDER/ to the command"
        )
    if found.color and found.color not in _COLORS:
        raise UsageError(f"--color is {' or '.join(_COLORS)}")
    if found.load_restrictor and found.load_restrictor not in _RESTRICTORS:
        raise UsageError(f"--load-restrictor is {' or '.join(_RESTRICTORS)}")


def _unknown(name: str) -> UsageError:
    from cmp.nearest import nearest

    near = nearest(name, [*_FLAGS, *_VALUES])
    return UsageError(
        f"unknown option {name}", hint=f"did you mean {near}?" if near else "cmp-generate --help"
    )
