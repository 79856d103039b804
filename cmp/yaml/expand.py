"""From nodes to values: aliases and merge keys expanded (kyaml `DeAnchor`), and what a print would change.

kustomize prints each resource node to text and reads it back before it prints it for good. That first
print changes a few things; they are done here, once, on the way in: a folded scalar gains line breaks
(`Folded` remembers the text of the file, for what reads it before), an empty value inside brackets becomes a
string, a time inside brackets too.
"""

from __future__ import annotations

from cmp.limits import DEFAULT, Limits, exceeded
from cmp.yaml.errors import YamlError
from cmp.yaml.go.node import ALIAS_NODE, MAPPING, SCALAR_NODE, SEQUENCE, Node
from cmp.yaml.go.resolve import resolve
from cmp.yaml.go.scanner import block_scalar
from cmp.yaml.go.tokens import FOLDED, LITERAL, PLAIN
from cmp.yaml.value import NULL, BrokenMap, FlowList, FlowMap, Folded, Quoted, Scalar, Tagged, Value, text_of

_BREAKS = "\n\r\x85\u2028\u2029"
# A null, as which a patch treats it, that is printed as an empty string.
_EMPTY_IN_FLOW = Scalar("!!null", "")
# Characters from which on a text behind aliases is kept once.
_LONG = 256
_PLAIN_TAGS = frozenset(("!!null", "!!bool", "!!int", "!!float", "!!timestamp"))


def refold(text: str) -> str:
    """What a folded scalar reads as after go-yaml v3 has printed it (`write_folded_scalar`)."""
    out: list[str] = []
    breaks = leading = True
    rest = text.lstrip(_BREAKS)
    doubles = rest[:1] not in ("", " ", "\t")  # upstream looks at the start of the text, not of the line
    for char in text:
        if char in _BREAKS:
            if not breaks and not leading and char == "\n" and doubles:
                out.append("\n")
            out.append(char)
            breaks = True
        else:
            if breaks:
                out.append("  ")
                leading = char in " \t"
                breaks = False
            out.append(char)
    hint = "2" if text[0] in " " + _BREAKS else ""
    if text[-1] not in _BREAKS:
        hint += "-"
    elif len(text) == 1 or text[-2] in _BREAKS:
        hint += "+"
    final = "" if text[-1] in _BREAKS else "\n"
    return block_scalar(f">{hint}\n{''.join(out)}{final}")


def folded(text: str) -> str:
    """A string that is not empty in a folded block, if go-yaml prints it as one; else in quotes."""
    if not _block_allowed(text):
        return Quoted(text)
    return Folded(refold(text) if any(char in text for char in _BREAKS) else text, text)


class Expander:
    """Turns nodes into values; holds the budget that bounds alias expansion."""

    def __init__(self, limits: Limits = DEFAULT) -> None:
        self.limits = limits
        self.left = limits.yaml_nodes
        self.depth = 0
        self.active: set[int] = set()
        self._shared: dict[tuple[int, bool], Value] = {}

    def value(self, node: Node, flow: bool = False, top: bool = False) -> Value:
        """The value of `node`. flow: it is inside brackets. top: it is the document's root."""
        self.left -= 1
        if self.left < 0:
            raise exceeded("yaml_nodes", self.limits.yaml_nodes)
        if node.kind == SCALAR_NODE:
            if self.active and len(node.value) > _LONG:
                return self._once(node, flow)
            return self._scalar(node, flow)
        if node.kind == ALIAS_NODE:
            target = node.target
            assert target is not None  # noqa: S101 - the composer sets it
            return self._guarded(node, target, flow)
        if self.depth >= self.limits.yaml_depth:  # a mapping may be merged into a part of itself, without end
            raise exceeded("yaml_depth", self.limits.yaml_depth).at(line=node.line, column=node.column)
        self.depth += 1
        if node.kind == SEQUENCE:
            inside = flow or node.style == "["
            items = [self.value(item, inside) for item in node.content]
            value: Value = FlowList(items) if inside else items
        else:
            value = self._mapping(node, flow or node.style == "{", top)
        self.depth -= 1
        return value

    def _guarded(self, alias: Node, target: Node, flow: bool) -> Value:
        if id(target) in self.active:
            raise YamlError("an alias refers to a value that contains it", alias.line, alias.column)
        self.active.add(id(target))
        if len(self.active) > self.limits.yaml_depth:
            raise exceeded("yaml_depth", self.limits.yaml_depth).at(line=alias.line, column=alias.column)
        try:
            return self.value(target, flow)
        finally:
            self.active.discard(id(target))

    def _once(self, node: Node, flow: bool) -> Value:
        """One value for a long text, however many aliases lead to it."""
        key = id(node), flow
        if key not in self._shared:
            self._shared[key] = self._scalar(node, flow)
        return self._shared[key]

    def _scalar(self, node: Node, flow: bool) -> Value:
        text, style = node.value, node.style
        if text and not flow and style in (LITERAL, FOLDED) and _block_allowed(text):
            if text[0] == "\t":
                return Scalar("!!str", text)
            if style == FOLDED and not node.explicit:
                made = folded(text)
                return Folded(made + node.tail, text) if node.tail else made
            if style == FOLDED and any(char in text for char in _BREAKS):
                text = refold(text)
            text += node.tail
        if node.explicit:
            return self._tagged(node.tag, text, style)
        if style == PLAIN:
            if node.tag == "!!str":
                return text
            if node.tag == "!!null":
                if not text:
                    return _EMPTY_IN_FLOW if flow else None
                return NULL if text == "null" else Scalar("!!null", text)
            if node.tag == "!!timestamp" and flow and ":" in text:
                return text
            return Scalar(node.tag, text) if node.tag == "!!merge" else resolve(text)
        return Quoted(text)

    @staticmethod
    def _tagged(tag: str, text: str, style: str) -> Value:
        if tag == "!!str":
            return Tagged(text) if style == PLAIN else Quoted(text)
        if tag in _PLAIN_TAGS:
            plain = resolve(text)
            if tag == "!!int" and type(plain) is int:
                return plain
            if tag == "!!bool" and type(plain) is bool:
                return plain
            if tag == "!!null" and (plain is NULL or plain is None):
                return plain
        return Scalar(tag, text)

    # -- mappings ----------------------------------------------------------------------------

    def _merged(self, node: Node) -> list[Node]:
        """Keys and values in turn, with merge keys expanded; `node` itself stays as it is."""
        content = node.content
        merge: Node | None = None
        clear = -1
        for i in range(0, len(content), 2):
            key = content[i]
            if key.kind == SCALAR_NODE:
                if key.tag == "!!merge":
                    if merge is not None:
                        raise YamlError(
                            "a mapping has two merge keys `<<`",
                            key.line,
                            key.column,
                            hint="use a list: `<<: [*a, *b]`",
                        )
                    merge = content[i + 1]
                if clear < 0 and key.value == "<<":  # kyaml drops the first key of this name, quoted or not
                    clear = i
        if clear < 0:
            return content
        own = content[:clear] + content[clear + 2 :]
        if merge is None:
            return own
        pairs: list[Node] = list(own)
        place: dict[str, int] = {}
        for i in range(0, len(pairs), 2):
            place.setdefault(pairs[i].value, i)
        fixed = set(place)
        for source in self._sources(merge):
            inner = self._inner(source) if source is not node else []
            for i in range(0, len(inner), 2):
                name = inner[i].value
                if name in fixed:
                    continue
                at = place.get(name)
                if at is None:
                    place[name] = len(pairs)
                    pairs += inner[i : i + 2]
                else:
                    pairs[at : at + 2] = inner[i : i + 2]
        return pairs

    def _inner(self, source: Node) -> list[Node]:
        """The keys and values that a merge of `source` brings."""
        if id(source) in self.active:
            return []  # a mapping merged into itself adds nothing
        self.active.add(id(source))
        try:
            inner = self._merged(source)
        finally:
            self.active.discard(id(source))
        self.left -= len(inner)
        if self.left < 0:
            raise exceeded("yaml_nodes", self.limits.yaml_nodes)
        return inner

    def _sources(self, merge: Node) -> list[Node]:
        """The mappings to merge; later ones win."""
        if merge.kind == MAPPING:
            return [merge]
        if merge.kind == ALIAS_NODE:
            target = merge.target
            if target is not None and target.kind == MAPPING:
                return [target]
        elif merge.kind == SEQUENCE:
            sources: list[Node] = []
            for item in merge.content:
                if item.kind == SEQUENCE:
                    break
                sources = self._sources(item) + sources
            else:
                return sources
        raise YamlError(
            "the value of a merge key `<<` must be a mapping or a list of mappings", merge.line, merge.column
        )

    def _mapping(self, node: Node, flow: bool, top: bool) -> dict[str, Value]:
        content = self._merged(node)
        out: dict[str, Value] = FlowMap() if flow else {}
        repeats: dict[str, Value] | None = {}
        problem = ""
        line = 0
        for i in range(0, len(content), 2):
            key = content[i]
            name, trouble = self._key(key, top)
            value = self.value(content[i + 1], flow)
            if trouble:
                repeats = None
            if name not in out:
                out[name] = value
            else:
                trouble = "a mapping has the same key twice"
                if repeats is not None:
                    repeats = None if name in repeats else {**repeats, name: value}
            if trouble and not problem:
                problem, line = trouble, key.line
        if problem:
            broken = BrokenMap(out)
            broken.problem, broken.line, broken.repeats = problem, line, repeats
            return broken
        return out

    def _key(self, key: Node, top: bool) -> tuple[str, str]:
        """The key's text, and what keeps it from being printed."""
        for _ in range(self.limits.yaml_depth):
            if key.kind != ALIAS_NODE or key.target is None:
                break
            key = key.target
        if key.kind != SCALAR_NODE:
            self.value(key)  # for what is wrong inside
            return "", "a mapping has a key that is itself a mapping or a list"
        if key.tag == "!!null" and not key.explicit:
            return key.value, "a mapping has a null as key" if key.value else ""
        name = key.value
        if key.style in (LITERAL, FOLDED):
            block = self._scalar(key, False)
            if isinstance(block, Scalar) and block.tag == "!!str":
                return name, "a mapping has a key that starts with a tab"
            name = str(block) if isinstance(block, str) else text_of(block) or ""
        if key.tag not in ("!!str", "!!merge") and not top:
            return name, "a mapping has a key that is not a string (quote it)"
        return name, ""


def _block_allowed(text: str) -> bool:
    """Whether go-yaml v3 prints the text as a block rather than in double quotes."""
    if text[-1] == " ":
        return False
    from cmp.yaml.scalarstyle import block_printable

    return block_printable(text)
