"""Byte for byte against the real `sops decrypt`: random documents of every format, and the vectors.

CMP_SOPS_DOCUMENTS sets the number of random documents per format (20 without it).
"""

from __future__ import annotations

import json
import os
import random
import string
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
import sops_flaws

from cmp.errors import CmpError
from cmp.sops import decrypt, detect
from cmp.sops.metadata import RULES as RULES_OF_SOPS
from cmp.sops.rules import Rule
from cmp.sops.stores import load_plain

pytestmark = pytest.mark.oracle
DOCUMENTS = int(os.environ.get("CMP_SOPS_DOCUMENTS", "20"))

SCALARS = (
    "a",
    "true",
    "null",
    "~",
    "12",
    "-0.5",
    "1.50",
    "1e21",
    "1e-7",
    "0x1F",
    "017",
    "9223372036854775807",
    "2020-01-02",
    "2020-01-02T03:04:05.600+01:00",
    "'it''s'",
    '"d\\n\\u00e9\\x07"',
    "yes",
    "plain words",
    '""',
    "{}",
    "[]",
    "{a: 1, b: [c, d]}",
    "|\n  two\n   lines\n",
    "|-\n  no end",
    "|+\n  kept\n\n",
    ">\n  fold\n  ed\n\n  more\n",
    "!!str 5",
    "!!binary aGVsbG//",
    "!custom z",
    "a#b",
    '"a: b"',
    "é€😀",
    ".inf",
    "&x anchored",
    "multi\n  line",
)
RULES: dict[str, tuple[dict[str, Any], ...]] = {
    "yaml": (
        {},
        {"encrypted_regex": "^(a|data)"},
        {"unencrypted_regex": "b$"},
        {"encrypted_suffix": "1"},
        {"unencrypted_suffix": "0"},
        {"mac_only_encrypted": True, "encrypted_regex": "^a"},
        {"encrypted_comment_regex": "secret"},
        {"unencrypted_comment_regex": "open"},
    ),
}
RULES["json"] = RULES["yaml"][:6]
RULES["dotenv"] = RULES["yaml"]
RULES["ini"] = RULES["yaml"][:6]
RULES["binary"] = ({},)
# Documents that this sops encrypts and then cannot read itself: the bug, and how its message shows it.


def _yaml(draw: random.Random) -> str:
    text = "\n".join(_block(draw, 0, 0)) + "\n"
    for _ in range(draw.choice((0, 0, 0, 1, 2))):
        text += "---\n" + "\n".join(_block(draw, 0, 0)) + "\n"
    return text


def _comment(draw: random.Random) -> str:
    return "#" + draw.choice(("", " ")) + draw.choice(("word", "secret", "open", "# two", ""))


def _block(draw: random.Random, indent: int, depth: int) -> list[str]:
    pad = " " * indent
    lines: list[str] = []
    sequence = depth > 0 and draw.random() < 0.35
    for number in range(draw.randint(1, 4)):
        while draw.random() < 0.2:
            lines.append((pad if draw.random() < 0.8 else "") + _comment(draw))
        inline = f" {_comment(draw)}" if draw.random() < 0.15 else ""
        if sequence:
            if depth < 4 and draw.random() < 0.35:
                block = _block(draw, indent + 2, depth + 1)
                if block[0].startswith(pad + "  ") and block[0].strip()[0] != "#":
                    block[0] = f"{pad}- {block[0].strip()}"
                else:
                    lines.append(f"{pad}-")
                lines += block
                continue
            lines += _leaf(draw, f"{pad}- ", pad, inline)
        else:
            key = draw.choice(("a", "b", "data", "some key", "'quo:ted'", "x.y", "true ish")) + (
                "" if draw.random() < 0.01 else str(number)
            )
            if key.startswith("'"):
                key = f"'quo:ted{number}'"
            if depth < 4 and draw.random() < 0.35:
                lines.append(f"{pad}{key}:{inline}")
                lines += _block(draw, indent + draw.choice((2, 2, 4)), depth + 1)
            else:
                lines += _leaf(draw, f"{pad}{key}: ", pad, inline)
        if draw.random() < 0.1:
            lines.append("")
    while draw.random() < 0.1:
        lines.append(pad + _comment(draw))
    return lines


def _leaf(draw: random.Random, start: str, pad: str, inline: str) -> list[str]:
    value = draw.choice(SCALARS) if draw.random() < 0.8 else json.dumps(_text(draw), ensure_ascii=False)
    first, *rest = value.split("\n")
    comment = inline if not rest or first[:1] in "|>" else ""
    return [start + first + comment, *(pad + line if line else "" for line in rest)]


def _text(draw: random.Random) -> str:
    alphabet = string.ascii_letters + string.digits + " :#-'\"\\\n\t=;[]{}<>&%$@!`,.é€\u2028\x85😀\x01"
    return "".join(draw.choice(alphabet) for _ in range(draw.choice((0, 1, 3, 10, 40))))


def _json(draw: random.Random) -> str:
    def value(depth: int):
        kind = draw.randrange(9 if depth < 4 else 7)
        if kind == 7:
            return [value(depth + 1) for _ in range(draw.randrange(4))]
        if kind == 8:
            return {(_text(draw)[:8] or "k") + str(n): value(depth + 1) for n in range(draw.randrange(4))}
        numbers = (0, 1, -5, 2**53 + 1, 2**63 - 1, 2**64, 1.5, -0.25, 1e21, 1e-7, 1e300, 123456789.0)
        return (_text(draw), draw.choice(numbers), True, False, None, "", draw.choice(numbers))[kind]

    top = {f"{draw.choice(('a', 'b', 'data'))}{n}": value(0) for n in range(draw.randint(1, 5))}
    return json.dumps(top, ensure_ascii=draw.random() < 0.5, indent=draw.choice((None, 2)))


def _dotenv(draw: random.Random) -> str:
    lines = []
    for number in range(draw.randint(1, 6)):
        if draw.random() < 0.3:
            lines.append(_comment(draw))
        if draw.random() < 0.1:
            lines.append("")
        key = draw.choice(("A", "B_0", "data", "WITH BLANK ", "é")) + str(number)
        lines.append(f"{key}={_text(draw).replace(chr(10), draw.choice((chr(92) + 'n', ' ')))}")
    return "\n".join(lines) + draw.choice(("\n", ""))


def _ini(draw: random.Random) -> str:
    lines = []
    for section in range(draw.randint(0, 3)):
        for _ in range(draw.randint(0, 4)):
            if draw.random() < 0.3:
                lines.append(draw.choice("#;") + draw.choice((" word", "word", " two", "; three")))
            key = draw.choice(("a", "b", "data", "with blank", "`c:d`", '"e"', "long.key.name"))
            value = draw.choice(
                (
                    "",
                    "plain",
                    "two words",
                    "'single'",
                    '"double"',
                    "`back # quote`",
                    '"""a\nb"""',
                    "value ; comment",
                    "value # comment",
                    "it's",
                    "a=b:c",
                    "end\\\n  continued",
                    '" spaced "',
                    "100%",
                    "é€",
                    '"half',
                )
            )
            lines.append(f"{key}{draw.choice((' = ', '=', ' : '))}{value}")
        if draw.random() < 0.3:
            lines.append("# above a section")
        lines.append(f"[{draw.choice(('one', 'two', 'with blank', 'default', 'a.b'))}{section}]")
        lines.append(f"a{section}=x")
    lines.append("last = 1")
    return "\n".join(lines) + "\n"


def _binary(draw: random.Random) -> bytes:
    return (
        draw.randbytes(draw.choice((1, 10, 1000, 70000)))
        if draw.random() < 0.7
        else _text(draw).encode() + b"."
    )


DRAWERS: dict[str, Callable[[random.Random], str | bytes]] = {
    "yaml": _yaml,
    "json": _json,
    "dotenv": _dotenv,
    "ini": _ini,
    "binary": _binary,
}


def _blamed(fmt: str, seed: int, data: bytes, rule: dict) -> str:
    """Upstream's flaws that a document meets which sops encrypts and cannot decrypt; fails without any."""
    assert fmt == "yaml", f"seed {seed} {rule}: sops cannot decrypt its own file\n{data!r}"
    named = [(name, value) for name, value in rule.items() if name in RULES_OF_SOPS]
    name, value = named[0] if named else ("unencrypted_suffix", "_unencrypted")
    met = sops_flaws.flaws(load_plain(data, fmt), Rule(name, value)) & sops_flaws.BREAKING
    assert met, f"seed {seed} {rule}: nothing in the document explains that sops cannot decrypt it\n{data!r}"
    return " and ".join(sorted(met))


@pytest.mark.parametrize("fmt", sorted(DRAWERS))
def test_random_documents_open_to_the_same_bytes(fmt, sops, keys):
    def one(seed: int) -> str:
        draw = random.Random(f"{fmt} {seed}")
        document = DRAWERS[fmt](draw)
        data = document if isinstance(document, bytes) else document.encode()
        rule = draw.choice(RULES[fmt])
        code, sealed, _ = sops("encrypt", data, fmt, rule=rule)
        if code:
            return "upstream cannot encrypt it"
        code, want, _ = sops("decrypt", sealed, fmt)
        try:
            found = detect(sealed, f"file.{fmt}")
            assert found is not None
            got = decrypt(sealed, fmt, keys)
            assert decrypt(sealed, found, keys) == got or found.name != fmt
        except CmpError as error:
            assert code, f"seed {seed} {rule}: we refuse what upstream opens: {error}\n{sealed.decode()}"
            return f"neither opens it: {_blamed(fmt, seed, data, rule)}"
        if code:
            return f"only we open it: {_blamed(fmt, seed, data, rule)}"
        assert got == want, f"seed {seed} {rule}:\n{data!r}\n{got.decode()}"
        return "same"

    counts: dict[str, int] = {}
    with ThreadPoolExecutor(2) as pool:
        for outcome in pool.map(one, range(DOCUMENTS)):
            counts[outcome] = counts.get(outcome, 0) + 1
    print(fmt, counts)
    assert counts.get("same", 0) >= DOCUMENTS * 0.6, counts


def test_vectors_open_to_the_newest_versions_bytes(vectors, sops_with, sops_index):
    """Each vector that an age identity opens, printed by the real program and by us."""
    compared = 0
    for entry in sops_index["fixtures"]:
        if entry["expect"] != "ok" or not entry["identities"]:
            continue
        data = (vectors / entry["file"]).read_bytes()
        code, want, problem = sops_with(entry, data)
        assert code == 0, (entry["file"], problem)
        compared += 1
        assert entry["got"]() == want, entry["file"]
    assert compared >= 100


@pytest.fixture(scope="module")
def sops_index(vectors):
    from cmp import age
    from cmp.sops.keys import KeySource

    index = json.loads((vectors / "index.json").read_text())
    for entry in index["fixtures"]:
        names = entry.get("identities") or []
        entry["identities"] = names

        def got(entry=entry, names=names):
            def load():
                return [k for name in names for k in age.parse_identities((vectors / name).read_bytes())]

            return decrypt(
                (vectors / entry["file"]).read_bytes(), entry["format"], KeySource(load, "vectors")
            )

        entry["got"] = got
    return index


@pytest.fixture(scope="module")
def sops_with(vectors, sops, tmp_path_factory):
    """The real sops with a vector's own identities."""
    import shutil
    import subprocess

    folder = tmp_path_factory.mktemp("vectors")

    def call(entry, data):
        path = folder / os.path.basename(entry["file"])
        path.write_bytes(data)
        environment = {"PATH": os.environ["PATH"], "HOME": str(folder)}
        native = [n for n in entry["identities"] if "ssh" not in n]
        if native:
            environment["SOPS_AGE_KEY"] = "\n".join((vectors / n).read_text() for n in native)
        else:
            environment["SOPS_AGE_SSH_PRIVATE_KEY_FILE"] = str(vectors / entry["identities"][0])
        done = subprocess.run(
            [
                str(shutil.which("sops")),
                "decrypt",
                "--input-type",
                entry["format"],
                "--output-type",
                entry["format"],
                str(path),
            ],
            capture_output=True,
            env=environment,
            timeout=60,
            check=False,
        )
        return done.returncode, done.stdout, done.stderr

    return call
