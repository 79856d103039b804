"""Completion scripts for cmp-generate: made once, so that no shell starts it to ask for its options."""

from __future__ import annotations

from cmp.cli.catalogue import Option, cmp_generate

# What follows an option: the completion of (zsh, bash's compgen, fish).
_FILES = ("_files", "-f", "-rF")
_FOLDERS = ("_files -/", "-d", "-xa '(__fish_complete_directories)'")
_VALUES = {"--app": _FILES, "--output": _FILES, "--root": _FOLDERS, "--helm-command": _FILES}
_WORDS = {
    "--load-restrictor": "LoadRestrictionsRootOnly LoadRestrictionsNone",
    "--color": "auto always never",
}


def script(shell: str) -> str:
    """The script of `bash`, `zsh` or `fish`."""
    options = cmp_generate().options
    if shell == "bash":
        return _bash(options)
    return _zsh(options) if shell == "zsh" else _fish(options)


# Characters that end a description in _arguments.
_ZSH = str.maketrans("[]:'", "();’")


def _names(option: Option) -> list[str]:
    """`-o, --output PATH` has two."""
    return [word.strip(",") for word in option.names.split() if word.startswith("-")]


def _bash(options: tuple[Option, ...]) -> str:
    words = " ".join(name for option in options for name in _names(option))
    cases = "".join(
        f"    {'|'.join(names)}) {_bash_reply(names[-1])}; return ;;\n"
        for names in map(_names, options)
        if names[-1] in _VALUES or names[-1] in _WORDS
    )
    return (
        "_cmp_generate() {\n"
        "  local word=${COMP_WORDS[COMP_CWORD]} before=${COMP_WORDS[COMP_CWORD-1]}\n"
        f"  case $before in\n{cases}  esac\n"
        f"  if [[ $word == -* ]]; then COMPREPLY=($(compgen -W '{words}' -- \"$word\"))\n"
        '  else COMPREPLY=($(compgen -d -- "$word")); fi\n'
        "}\n"
        "complete -o filenames -F _cmp_generate cmp-generate\n"
    )


def _bash_reply(name: str) -> str:
    kind = f"-W '{_WORDS[name]}'" if name in _WORDS else _VALUES[name][1]
    return f'COMPREPLY=($(compgen {kind} -- "$word"))'


def _zsh(options: tuple[Option, ...]) -> str:
    lines = []
    for option in options:
        text = option.text.translate(_ZSH)
        for name in _names(option):
            long = _names(option)[-1]
            value = ""
            if long in _WORDS:
                value = f":value:({_WORDS[long]})"
            elif long in _VALUES:
                value = f":path:{_VALUES[long][0]}"
            lines.append(f"  '{name}[{text}]{value}' \\\n")
    return "#compdef cmp-generate\n_arguments \\\n" + "".join(lines) + "  '*:directory:_files -/'\n"


def _fish(options: tuple[Option, ...]) -> str:
    lines = ["complete -c cmp-generate -f -a '(__fish_complete_directories)'"]
    for option in options:
        text = option.text.replace("\\", "\\\\").replace("'", "\\'")
        long = _names(option)[-1]
        value = (
            f" -xa '{_WORDS[long]}'" if long in _WORDS else f" {_VALUES[long][2]}" if long in _VALUES else ""
        )
        for name in _names(option):
            form = f"-l {name[2:]}" if name.startswith("--") else f"-s {name[1:]}"
            lines.append(f"complete -c cmp-generate {form}{value} -d '{text}'")
    return "\n".join(lines) + "\n"
