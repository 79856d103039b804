"""The tree of a Go template (text/template/parse/parse.go): what we evaluate, and a clear no to the rest."""

from __future__ import annotations

from typing import NamedTuple

from cmp.fleet.errors import TemplateError
from cmp.fleet.gotemplate.lexer import Word, pieces

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

    Node: TypeAlias = "str | Output | Branch | Loop | Scope"
    Operand: TypeAlias = "Literal | Path | Name | Pipe | Selected"

_DEPTH = 50


class Literal(NamedTuple):
    """A string, number, true, false or nil."""

    value: object


class Path(NamedTuple):
    """`.a.b` with root "", or `$x.a` with root "$x"."""

    root: str
    steps: tuple[str, ...]


class Name(NamedTuple):
    """A function's name."""

    name: str


class Selected(NamedTuple):
    """`(pipeline).a.b`."""

    pipe: Pipe
    steps: tuple[str, ...]


class Pipe(NamedTuple):
    """Commands, the value of each the last argument of the next; assigns to variables, if any."""

    commands: tuple[tuple[Operand, ...], ...]
    variables: tuple[str, ...] = ()
    declares: bool = False


class Output(NamedTuple):
    """An action whose value is printed, unless it assigns."""

    pipe: Pipe


class Branch(NamedTuple):
    """`if`."""

    pipe: Pipe
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...]


class Scope(NamedTuple):
    """`with`."""

    pipe: Pipe
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...]


class Loop(NamedTuple):
    """`range`."""

    pipe: Pipe
    then: tuple[Node, ...]
    otherwise: tuple[Node, ...]


_BLOCKS: dict[str, type[Branch] | type[Scope] | type[Loop]] = {"if": Branch, "with": Scope, "range": Loop}
_REFUSED = ("define", "template", "block", "break", "continue")


def parse(template: str) -> tuple[Node, ...]:
    """The nodes of a template; raises `TemplateError`."""
    nodes, end = _Parser(list(pieces(template))).nodes(0)
    if end:
        raise TemplateError(f"{{{{ {end[0].text} }}}} without an if, with or range before it")
    return nodes


class _Parser:
    def __init__(self, parts: list[str | list[Word]]) -> None:
        self._parts = parts
        self._at = 0

    def nodes(self, depth: int) -> tuple[tuple[Node, ...], list[Word]]:
        """Nodes up to `end` or `else`, whose words come back too; none at the end of the template."""
        if depth > _DEPTH:
            raise TemplateError(f"blocks are nested deeper than {_DEPTH}")
        found: list[Node] = []
        while self._at < len(self._parts):
            part = self._parts[self._at]
            self._at += 1
            if isinstance(part, str):
                found.append(part)
                continue
            if not part:
                raise TemplateError("an action is empty")
            keyword = part[0].text if part[0].kind == "name" else ""
            if keyword in ("end", "else"):
                return tuple(found), part
            if keyword in _REFUSED:
                raise TemplateError(f"{{{{ {keyword} }}}} is outside our subset of Go templates")
            if keyword in _BLOCKS:
                found.append(self._block(keyword, part[1:], depth))
            else:
                found.append(Output(pipeline(part)))
        return tuple(found), []

    def _block(self, keyword: str, words: list[Word], depth: int) -> Node:
        pipe = pipeline(words)
        then, stop = self.nodes(depth + 1)
        otherwise: tuple[Node, ...] = ()
        if stop and stop[0].text == "else":
            if len(stop) > 1:
                # `else if` shares the `end` of its `if`.
                if stop[1].text not in ("if", "with") or keyword == "range":
                    raise TemplateError("after else stands neither if nor with")
                return _BLOCKS[keyword](pipe, then, (self._block(stop[1].text, stop[2:], depth + 1),))
            otherwise, stop = self.nodes(depth + 1)
        if len(stop) != 1 or stop[0].text != "end":
            raise TemplateError(f"{{{{ {keyword} }}}} has no {{{{ end }}}}")
        return _BLOCKS[keyword](pipe, then, otherwise)


class _Words:
    """The words of an action, taken one by one."""

    def __init__(self, words: list[Word]) -> None:
        self._words = words
        self._at = 0

    @property
    def next(self) -> Word | None:
        """The one that `take` gives, None at the end."""
        return self._words[self._at] if self._at < len(self._words) else None

    def take(self) -> Word:
        """The next one."""
        self._at += 1
        return self._words[self._at - 1]


def pipeline(words: list[Word]) -> Pipe:
    """The pipeline of an action's words."""
    variables, declares, words = _variables(words)
    rest = _Words(words)
    pipe = _pipe(rest, 0)
    if rest.next:
        raise TemplateError(f"unexpected {rest.next.text} in an action")
    return Pipe(pipe.commands, variables, declares)


def _variables(words: list[Word]) -> tuple[tuple[str, ...], bool, list[Word]]:
    for number, word in enumerate(words[:4]):
        if word.kind == "declare" or word.text == "=":
            names = tuple(each.text for each in words[:number] if each.text != ",")
            if not names or any(not name.startswith("$") for name in names):
                raise TemplateError(f"what stands before {word.text} is not a variable")
            return names, word.kind == "declare", words[number + 1 :]
    return (), False, words


def _pipe(words: _Words, depth: int) -> Pipe:
    if depth > _DEPTH:
        raise TemplateError(f"parentheses are nested deeper than {_DEPTH}")
    commands: list[tuple[Operand, ...]] = []
    command: list[Operand] = []
    while words.next and words.next.text != ")":
        if words.next.text == "|":
            if not command:
                raise TemplateError("nothing stands before a |")
            commands.append(tuple(command))
            command = []
            words.take()
            continue
        command.append(_operand(words, depth))
    if not command:
        raise TemplateError("a value is missing")
    return Pipe((*commands, tuple(command)))


def _operand(words: _Words, depth: int) -> Operand:
    word = words.take()
    if word.text == "(":
        pipe = _pipe(words, depth + 1)
        if not words.next:
            raise TemplateError("a ( is not closed")
        words.take()
        steps = _steps(words)
        return Selected(pipe, steps) if steps else pipe
    if word.kind in ("string", "number"):
        return Literal(word.value)
    if word.kind == "variable":
        return Path(word.text, _steps(words))
    if word.kind == "field":
        return Path("", (word.text[1:], *_steps(words)))
    if word.kind == "dot":
        return Path("", ())
    if word.kind == "name":
        constants: dict[str, object] = {"true": True, "false": False, "nil": None}
        if word.text in constants:
            return Literal(constants[word.text])
        return Name(word.text)
    raise TemplateError(f"unexpected {word.text} in an action")


def _steps(words: _Words) -> tuple[str, ...]:
    steps: list[str] = []
    while words.next and words.next.kind == "field" and words.next.joined:
        steps.append(words.take().text[1:])
    return tuple(steps)
