"""Identities, the real sops program and random documents for the tests of writing."""

from __future__ import annotations

import json
import os
import random
import shutil
import subprocess

import pytest

from cmp import age
from cmp.sops.document import Branch, Comment, value_bytes
from cmp.sops.keys import KeySource
from cmp.sops.write.document import NewFile

EXTENSIONS = {"yaml": ".yaml", "json": ".json", "dotenv": ".env", "ini": ".ini", "binary": ".bin"}


class People:
    """Three identities that protect nothing, and what is made of them."""

    def __init__(self) -> None:
        self.identities = [age.X25519Identity(bytes([number] * 32)) for number in (1, 2, 3)]
        self.names = [str(identity.recipient()) for identity in self.identities]
        self.new = NewFile(((self.names[0],),))

    def keys(self, *numbers: int) -> KeySource:
        return KeySource(lambda: [self.identities[number] for number in numbers or (0,)], "the tests' keys")

    def secret_text(self, number: int = 0) -> str:
        return self.identities[number].secret_text()


@pytest.fixture(scope="session")
def people() -> People:
    return People()


@pytest.fixture(scope="session")
def sops(tmp_path_factory, people):
    """Run the real sops: `sops(data, fmt, "rotate", "-i") -> (exit code, stdout, stderr, file after)`."""
    tool = shutil.which("sops")
    if tool is None:
        pytest.skip("the program sops is not on PATH")
    folder = tmp_path_factory.mktemp("sops")
    environment = {
        "PATH": os.environ["PATH"],
        "HOME": str(folder),
        "SOPS_AGE_KEY": "\n".join(people.secret_text(number) for number in range(3)),
    }

    def call(data: bytes, fmt: str, *command: str, extra: tuple[str, ...] = (), config: object = None):
        path = folder / f"{random.getrandbits(64):x}{EXTENSIONS[fmt]}"
        path.write_bytes(data)
        settings = path.with_suffix(".config")
        if config is not None:
            settings.write_text(json.dumps(config))
            command = ("--config", str(settings), *command)
        done = subprocess.run(
            [tool, *command, str(path), *extra],
            capture_output=True,
            env=environment,
            timeout=300,
            check=False,
        )
        after = path.read_bytes()
        path.unlink()
        settings.unlink(missing_ok=True)
        return done.returncode, done.stdout, done.stderr, after

    return call


def values_of(value):
    """A tree without its comments, leaves as the bytes that SOPS hashes."""
    if isinstance(value, Branch):
        return [(key, values_of(child)) for key, child in value.entries()]
    if isinstance(value, list):
        return [values_of(child) for child in value if not isinstance(child, Comment)]
    return None if value is None else value_bytes(value)


def comments_of(value) -> list[str]:
    """All comments of a tree, blanks stripped, sorted."""
    found: list[str] = []
    if isinstance(value, Branch):
        for item in value:
            found += [item.key.text.strip()] if isinstance(item.key, Comment) else comments_of(item.value)
    elif isinstance(value, list):
        for child in value:
            found += comments_of(child)
    elif isinstance(value, Comment):
        found.append(value.text.strip())
    return sorted(filter(None, found))


@pytest.fixture(scope="session")
def tree():
    """The two functions above: `tree.values(branches)` and `tree.comments(branches)`."""

    class Tree:
        values = staticmethod(lambda branches: [values_of(branch) for branch in branches])
        comments = staticmethod(
            lambda branches: [text for branch in branches for text in comments_of(branch)]
        )

    return Tree


# Random documents.

_PLAIN = (
    "word", "two words", "12", "-7", "1.5", "true", "no", "null", "~", "2024-05-06", "2024-05-06T07:08:09Z",
    "'single'", "'it''s'", '"double"', '"a\\nb"', '""', "[]", "{}", "[x, 'y', 3]", '{p: "q", r: [s, {t: u}]}',
    "0x10", "http://host:80/path", "ü€", "a#b", "- minus", "&", "1e3", "!!str 4",
)  # fmt: skip
_BLOCKS = (
    "|\n{pad}line one\n{pad}  line two",
    "|-\n{pad}no end",
    ">\n{pad}folded\n{pad}text",
    "|+\n{pad}kept\n",
)
_KEYS = ("alpha", "beta", "data", "stringData", "with space", "dotted.key", "'quoted'", "x_unencrypted", "Ω")
_NOTES = ("# note", "#tight", "# has: colon", "#", "# secret", "## double", "# open")


class Documents:
    """Random texts by format; the same seed gives the same text."""

    def make(self, fmt: str, seed: int) -> bytes:
        draw = random.Random(f"{fmt}/{seed}")
        return getattr(self, fmt)(draw)

    def yaml(self, draw: random.Random) -> bytes:
        documents = ["\n".join(self._mapping(draw, 0, 0)) + "\n" for _ in range(draw.choice((1, 1, 1, 2)))]
        return "---\n".join(documents).encode()

    def _mapping(self, draw: random.Random, indent: int, depth: int) -> list[str]:
        pad = " " * indent
        lines: list[str] = []
        for key in draw.sample(_KEYS, draw.randint(1, 4)):
            lines += self._notes(draw, pad)
            note = "  " + draw.choice(_NOTES) if draw.random() < 0.15 else ""
            kind = draw.random()
            if depth < 3 and kind < 0.25:
                lines += [f"{pad}{key}:{note}", *self._mapping(draw, indent + draw.choice((2, 4)), depth + 1)]
            elif depth < 3 and kind < 0.4:
                lines += [f"{pad}{key}:{note}", *self._list(draw, indent + draw.choice((0, 2)), depth + 1)]
            elif kind < 0.5:
                block = draw.choice(_BLOCKS).format(pad=pad + "  ")
                lines += f"{pad}{key}: {block}".split("\n")
            else:
                value = draw.choice(_PLAIN)
                value = "minus" if value in ("- minus", "&") else value
                lines.append(f"{pad}{key}:{' ' * draw.choice((1, 1, 3))}{value}{note}")
            lines += [""] * (draw.random() < 0.1)
        return lines

    def _list(self, draw: random.Random, indent: int, depth: int) -> list[str]:
        pad = " " * indent
        lines: list[str] = []
        for _ in range(draw.randint(1, 3)):
            lines += self._notes(draw, pad)
            if depth < 3 and draw.random() < 0.3:
                first, *rest = self._mapping(draw, indent + 2, depth + 1)
                if first.strip().startswith("#"):
                    lines += [f"{pad}-", first, *rest]
                else:
                    lines += [f"{pad}- {first.strip()}", *rest]
            else:
                value = draw.choice(_PLAIN)
                lines.append(f"{pad}- {'item' if value in ('- minus', '&') else value}")
        return lines

    def _notes(self, draw: random.Random, pad: str) -> list[str]:
        return [pad + draw.choice(_NOTES) for _ in range(draw.choice((0, 0, 0, 1, 2)))]

    def json(self, draw: random.Random) -> bytes:
        leaves = ("text", "ü\n<&>\u2028", "", 0, -3, 2**53 + 1, 1.25, 1e30, True, False, None)

        def value(depth: int):
            kind = draw.random()
            if depth < 3 and kind < 0.2:
                return [value(depth + 1) for _ in range(draw.randint(0, 3))]
            if depth < 3 and kind < 0.4:
                return {key: value(depth + 1) for key in draw.sample(_KEYS, draw.randint(0, 3))}
            return draw.choice(leaves)

        top = {key: value(0) for key in draw.sample(_KEYS, draw.randint(1, 5))}
        return json.dumps(top, indent=draw.choice((None, 2, "\t")), ensure_ascii=draw.random() < 0.5).encode()

    def dotenv(self, draw: random.Random) -> bytes:
        values = (
            "",
            "plain",
            '"kept quotes"',
            "a=b",
            "with # mark",
            "line\\nline",
            " padded ",
            "ü",
            "$x ${y}",
        )
        lines = []
        for key in draw.sample(("A", "B_C", "data", "x_unencrypted", "lower", "_"), draw.randint(1, 5)):
            lines += [draw.choice(_NOTES) for _ in range(draw.choice((0, 0, 1)))]
            lines.append(f"{key}={draw.choice(values)}")
        return "\n".join([*lines, ""]).encode()

    def ini(self, draw: random.Random) -> bytes:
        values = ("plain", "two words", '"quoted"', "`a # b`", "100%", "ü", "a:b", "0")
        lines: list[str] = []
        for section in draw.sample(("", "one", "two words", "data"), draw.randint(1, 4)):
            lines += [f"[{section}]"] if section else []
            for key in draw.sample(("a", "b.c", "data", "x_unencrypted"), draw.randint(1, 3)):
                lines += [draw.choice(("; note", "# note", ";tight")) for _ in range(draw.choice((0, 0, 1)))]
                lines.append(f"{key} = {draw.choice(values)}")
        return "\n".join([*lines, ""]).encode()

    def binary(self, draw: random.Random) -> bytes:
        return draw.randbytes(draw.choice((1, 10, 1000)))


@pytest.fixture(scope="session")
def documents() -> Documents:
    return Documents()
