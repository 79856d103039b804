"""What a YAML error most likely is, judged from the lines around it: common mistakes, named as such."""

from __future__ import annotations

import re

from cmp.yaml.errors import YamlError

_CONFLICT = re.compile(r"^(?:<{7} .*|={7}|>{7} .*)$", re.MULTILINE)
_NO_SPACE = re.compile(r"\s*(?:- +)*+[A-Za-z_][\w./-]*:[^\s:/]")


def advise(text: str, error: YamlError) -> YamlError:
    """`error` itself, or a clearer one for the same text; positions are those of `text`."""
    conflict = _CONFLICT.search(text)
    if conflict:
        return YamlError(
            "the file holds an unresolved merge conflict",
            text.count("\n", 0, conflict.start()) + 1,
            1,
            hint="resolve it and remove the lines of <<<<<<<, ======= and >>>>>>>",
        )
    lines = text.split("\n")
    if not 0 < error.line <= len(lines):
        return error
    line = lines[error.line - 1]
    if "\ufeff" in line:
        return YamlError(
            "a byte order mark stands in the middle of the file",
            error.line,
            line.index("\ufeff") + 1,
            hint="remove it; it comes from joining files that an editor saved with one",
        )
    if "{{" in line:
        hint = "templates are not rendered here: write the value, or quote it if the braces belong to it"
        return YamlError(error.message, error.line, error.column, hint=hint)
    if "`key: value`" in error.message or "where none can start" in error.message:
        for near in (error.line - 1, error.line - 2):
            match = _NO_SPACE.match(lines[near]) if near >= 0 else None
            if match:
                return YamlError(
                    "a key has no space after its colon",
                    near + 1,
                    match.end(),
                    hint="write `key: value`, with a space after the colon",
                )
    return error
