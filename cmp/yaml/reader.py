"""Documents of a resource file, with the meaning Kustomize's go-yaml v3 gives them."""

from __future__ import annotations

from cmp.limits import DEFAULT, Limits
from cmp.yaml.documents import decode, split
from cmp.yaml.errors import YamlError
from cmp.yaml.fast import NOT_MINE
from cmp.yaml.fast import load as load_fast
from cmp.yaml.taint import TaintedBytes
from cmp.yaml.value import Value


def load_slow(text: str, line: int = 0, limits: Limits = DEFAULT) -> Value:
    """The first document of `text` by the exact way; None for an empty one. line: lines before it."""
    from cmp.yaml.expand import Expander
    from cmp.yaml.go.parser import Parser

    try:
        root = Parser(text, limits).document()
        if root is None or root.tag == "!!null":
            return None
        if "*" in text:
            from cmp.yaml.expansion import check_expansion

            check_expansion(root, limits)
        return Expander(limits).value(root, top=True)
    except YamlError as exc:
        from cmp.yaml.advice import advise

        better = advise(text, exc)
        if line and better.line:
            better.line += line
            better.where.line += line
        if better is exc:
            raise
        raise better from exc


def load_all(data: bytes, limits: Limits = DEFAULT) -> list[Value]:
    """The documents that are not empty or null; raises `YamlError` (line, column) or `LimitError`.

    A document is what stands between lines that start with `---`. Aliases are copies.
    """
    limits.check("file_bytes", len(data))
    # Of a decrypted file, the marks say which leaves are tainted: its whole text would taint all of them.
    marks = data.marks if isinstance(data, TaintedBytes) else None
    pieces = split(bytes(data))
    limits.check("documents", len(pieces))
    out: list[Value] = []
    for piece, line in pieces:
        text = decode(piece, line)
        # The other way counts nodes; without aliases there are about as many as lines and commas, or twice.
        large = text.count("\n") + text.count(",") > limits.yaml_nodes
        value = NOT_MINE if large else load_fast(text, limits)
        if value is NOT_MINE:
            value = load_slow(text, line, limits)
        if value is not None:
            out.append(value)
    return marks.apply(out) if marks else out
