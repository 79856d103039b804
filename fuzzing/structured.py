"""Replacements into YAML and JSON inside of a ConfigMap's value: `fuzzing.run --trees structured`.

The documents use what YAML offers: comments in every place, both kinds of brackets and quotes, blocks, anchors,
merge keys, tags, long lines, repeated and unusual keys, directives, several documents. The copied values are
scalars, and collections in the one form that the engine knows (block style, plain or double-quoted).
"""

from __future__ import annotations

import json
import random

from fuzzing.trees import RandomTree

KEYS = ("a", "b", "c", "name", "y", "no", "5", '"q"', "'s'", "a.b", "? k", "!t g", "&k h", "null", "~", "1.0")
SCALARS = (
    *(
        "x",
        "w",
        "5",
        "1.20",
        "true",
        "yes",
        "n",
        "null",
        "~",
        "",
        "2020-01-01",
        "2020-01-02T03:04:05Z",
        "0x1F",
    ),
    *(
        '"x"',
        "'x'",
        '"5"',
        "'y'",
        '""',
        "''",
        '"a\\nb"',
        '"t\\tb"',
        "'it''s'",
        "!foo x",
        "!!str 5",
        "!!int 7",
    ),
    *(
        "a: b",
        "- x",
        "x # y",
        "a#b",
        "word " * 30,
        '"' + "word " * 30 + '"',
        "[",
        "é",
        "*z",
        "&n v",
        "<<",
        "-",
    ),
    *(
        "?",
        ":",
        "a,b",
        "{{ x }}",
        "'a: b'",
        '"\\u2028"',
        "http://x/y",
        "%x",
        "@x",
        "`x`",
        ".inf",
        "1e3",
        "!x",
    ),
)
BLOCKS = ("|\n{p}one\n{p}two\n", "|-\n{p}one\n{p}  two\n", ">\n{p}one\n{p}two\n\n{p}three\n", ">-\n{p}one\n{p} in\n{p}two\n",
    "|+\n{p}one\n\n", "|2\n{p} lead\n{p}x\n", ">\n{p}" + "long " * 25 + "\n{p}x\n", "> # c\n{p}x\n", "|\n\n{p}x\n",
)  # fmt: skip
SOURCES = (
    *(
        "new",
        '"new"',
        "5",
        '"5"',
        "true",
        "yes",
        '"yes"',
        "1.20",
        "2020-01-01",
        "|-\n    a\n    b",
        "|\n    a\n    b",
        '" x"',
    ),
    *(
        '"x: y"',
        '"#x"',
        "\n    k: v",
        "\n  - p\n  - q",
        "\n    k:\n    - 1\n    - m: n",
        '\n  - "5"\n  - 5',
        '"' + "w " * 60 + '"',
        "!foo z",
    ),
    *('"é"', '"\\t"', '"-"', '"[x]"', '"<<"', '"*a"', '"a,b"', '"\\u2028"'),
)
STEPS = (
    "a",
    "b",
    "c",
    "name",
    "y",
    "5",
    "q",
    "s",
    "k",
    "g",
    "0",
    "1",
    "*",
    "[name=x]",
    "[=x]",
    "[name=n]",
    "new",
    "h",
)


class _Text:
    """One document being written; paths: steps to every place in it."""

    def __init__(self, rng: random.Random) -> None:
        self.rng = rng
        self.paths: list[list[str]] = []
        self.anchors: list[str] = []

    def chance(self, share: float) -> bool:
        return self.rng.random() < share

    def comment(self, pad: str, share: float = 0.12) -> str:
        """Comment lines above or below an entry, at its indentation or another."""
        if not self.chance(share):
            return ""
        if self.chance(0.3):
            pad = self.rng.choice(("", pad + "  ", pad[2:]))
        text = f"{pad}# c{self.rng.randrange(9)}\n" * self.rng.choice((1, 1, 2))
        blank = self.rng.choice(("", "", "\n"))
        return self.rng.choice((text, text + blank, blank + text, blank + text + "\n"))

    def side(self) -> str:
        return f" # s{self.rng.randrange(9)}" if self.chance(0.1) else ""

    def decoration(self) -> str:
        if self.chance(0.05):
            name = f"n{len(self.anchors)}"
            self.anchors.append(name)
            return f"&{name} "
        return "!m " if self.chance(0.02) else ""

    def scalar(self) -> str:
        if self.anchors and self.chance(0.12):
            return "*" + self.rng.choice(self.anchors)
        return (
            self.rng.choice(SCALARS) if self.chance(0.3) else self.rng.choice(("x", "v", "1", '"d"', "'e'"))
        )

    def key(self) -> tuple[str, str]:
        text = self.rng.choice(KEYS) if self.chance(0.25) else self.rng.choice("abcd")
        return text, text.split(" ")[-1].strip("\"'")

    def flow(self, path: list[str], depth: int) -> str:
        self.paths.append(path)
        if depth == 0 or self.chance(0.6):
            return self.scalar().strip() or "x"
        join = self.rng.choice((", ", ",", ",\n      ", ", # f\n      "))
        count = self.rng.randrange(4)
        if self.chance(0.5):
            inner = join.join(self.flow([*path, str(number)], depth - 1) for number in range(count))
            end = self.rng.choice(("", "", ",", "\n      ")) if count else ""
            return f"{self.decoration()}[{inner}{end}]"
        parts = []
        for _ in range(count):
            text, name = self.key()
            parts.append(f"{text}: {self.flow([*path, name], depth - 1)}")
        return f"{self.decoration()}{{{join.join(parts)}}}"

    def value(self, pad: str, path: list[str], depth: int, in_list: bool = False) -> str:
        """What stands behind `key:` or `-`, line break included."""
        self.paths.append(path)
        kind = self.rng.random()
        if depth and kind < 0.3:
            head = f"{' ' + self.decoration().strip()}".rstrip() + self.side() + "\n"
            return head + self.mapping(pad + self.rng.choice(("  ", "  ", "    ")), path, depth - 1)
        if depth and kind < 0.5:
            head = f"{' ' + self.decoration().strip()}".rstrip() + self.side() + "\n"
            return head + self.sequence(
                pad + self.rng.choice(("  ", "" if not in_list else "  ")), path, depth - 1
            )
        if kind < 0.6:
            return f" {self.flow(path, 2)}{self.side()}\n"
        if kind < 0.68:
            return " " + self.rng.choice(BLOCKS).format(p=pad + "  ")
        return f" {self.decoration()}{self.scalar()}{self.side()}\n"

    def mapping(self, pad: str, path: list[str], depth: int) -> str:
        lines = []
        for number in range(self.rng.choice((1, 2, 2, 3))):
            text, name = self.key()
            above = self.comment(pad) if number or depth < 3 else ""
            if self.anchors and self.chance(0.06):
                lines.append(f"{above}{pad}<<: *{self.rng.choice(self.anchors)}\n")
                continue
            colon = f"\n{pad}:" if text.startswith("?") else ":"
            lines.append(f"{above}{pad}{text}{colon}{self.value(pad, [*path, name], depth)}")
        return "".join(lines) + self.comment(pad)

    def sequence(self, pad: str, path: list[str], depth: int) -> str:
        lines = []
        for number in range(self.rng.choice((1, 2, 2, 3))):
            here = [*path, str(number)]
            lines.append(self.comment(pad))
            if depth and self.chance(0.35):
                inner = self.mapping(pad + "  ", here, depth - 1)
                inner = (
                    f"{pad}  name: {self.rng.choice(('x', 'n', chr(34) + 'x' + chr(34)))}{self.side()}\n"
                    + inner
                )
                self.paths.append([*path, "[name=x]", "name"])
                lines.append(f"{pad}- {inner.lstrip(' ')}")
            else:
                lines.append(f"{pad}-{self.value(pad, here, depth, in_list=True)}")
        return "".join(lines) + self.comment(pad)


def _yaml(rng: random.Random) -> tuple[str, list[list[str]]]:
    text = _Text(rng)
    body = text.mapping("", [], 3) if rng.random() < 0.85 else text.sequence("", [], 3)
    before = rng.choice(
        ("", "", "", "# head\n", "# head\n\n", "---\n", "# h\n---\n", "%YAML 1.1\n---\n", "\n\n", "--- # h\n")
    )
    after = rng.choice(
        ("", "", "", "# foot\n", "\n# foot\n", "...\n", "---\nother: 1\n", "\n\n# f1\n\n# f2\n", "---\n")
    )
    return before + body + after, text.paths


def _json(rng: random.Random) -> tuple[str, list[list[str]]]:
    value = {
        "a": {"b": "x", "c": [1, {"name": "x", "d": None}], "y": "é<>&"},
        "n": 1.5,
        "t": "2020-01-01",
        "e": {},
        "l": [],
    }
    paths = [
        ["a"],
        ["a", "b"],
        ["a", "c", "0"],
        ["a", "c", "[name=x]", "d"],
        ["n"],
        ["t"],
        ["e"],
        ["l"],
        ["e", "new"],
        ["l", "0"],
    ]
    text = rng.choice(
        (json.dumps(value), json.dumps(value, indent=2), json.dumps(value, separators=(",", ":")))
    )
    if rng.random() < 0.3:
        text = rng.choice(("{a: {b: x, c: [1, 2.50, .5, 1e3, yes, ~, 2020-01-01, 0x1F]}, # c\n  n: !foo 1}", " {a: {b: 'x'}}\n",
            "[{a: x}, {name: x, b: 2}]", "{a: &q {b: x}, c: *q}", "{a: {b: x, b: y}}", "{a: {<<: {b: x}}, 5: z}", "{a: {b: }}"))  # fmt: skip
    return text, paths


def make_tree(seed: int) -> RandomTree:
    """The tree of a seed."""
    rng = random.Random(f"structured {seed}")
    kind = "json" if rng.random() < 0.15 else "yaml"
    text, paths = (_json if kind == "json" else _yaml)(rng)
    targets = []
    create = rng.random() < 0.3
    for _ in range(rng.choice((1, 1, 2))):
        path = list(rng.choice(paths))
        if rng.random() < 0.25:
            path = [*path, *rng.choices(STEPS, k=rng.choice((1, 1, 2)))]
        if rng.random() < 0.1:
            path[rng.randrange(len(path))] = rng.choice(STEPS)
        targets.append("data.f." + ".".join(step.replace(".", "\\.") for step in path))
    options = ", options: {create: true}" if create else ""
    source = (
        "sourceValue: new" if rng.random() < 0.15 else "source: {kind: ConfigMap, name: s, fieldPath: x.v}"
    )
    kustomization = (
        f"resources: [r.yaml]\nreplacements:\n- {source}\n  targets:\n"
        f"  - {{select: {{kind: ConfigMap, name: t}}, fieldPaths: {json.dumps(targets)}{options}}}\n"
    )
    form = rng.random()
    held = (
        json.dumps(text)
        if form < 0.7 or "\t" in text
        else "|" + "".join("\n    " + line for line in text.split("\n"))
    )
    if held[0] == "|" and text[:1] in " \n":
        held = json.dumps(text)
    resources = (
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: s}}\nx:\n  v: {rng.choice(SOURCES)}\n---\n"
        f"apiVersion: v1\nkind: ConfigMap\nmetadata: {{name: t}}\ndata:\n  f: {held}\n"
    )
    files = {"kustomization.yaml": kustomization.encode(), "r.yaml": resources.encode()}
    features = frozenset({kind, *(["create"] if create else [])})
    return RandomTree(files, ".", 1, features)
