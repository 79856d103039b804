"""Many documents at once through the real kustomize, compared with our reader and printer."""

import os
import random
import shutil
import subprocess

import pytest

from cmp.errors import CmpError
from cmp.yaml import dump, load_all
from cmp.yaml.keyorder import compare

KUSTOMIZE = shutil.which("kustomize")
pytestmark = [
    pytest.mark.oracle,
    pytest.mark.skipif(KUSTOMIZE is None, reason="no kustomize on PATH to compare with"),
]

TEXTS = ["a", "b c", "x: y", "#", " # z", "- ", "'", '"', "\\", "\t", "\n", "\n\n", "  ", "é", "😀", "{", "]", "*", "12",  # noqa: E501
         "1e3", "true", "~", "2020-01-01", "lorem ipsum dolor sit amet ", "\u2028", "\x00", "0x1F", ":", "@", "%", "=",  # noqa: E501
         "\ufeff", "yes", "...", "word"]  # fmt: skip


def quoted(text):
    return '"' + "".join(c if c.isascii() and c.isalnum() else f"\\U{ord(c):08X}" for c in text) + '"'


def indented(text, pad, mark):
    return mark + "\n" + "".join(f"{pad}{line}\n" if line else "\n" for line in text.split("\n"))


def scalar(rng, pad):
    """A scalar in a random spelling."""
    kind = rng.random()
    if kind < 0.3:
        return quoted("".join(rng.choices(TEXTS, k=rng.randint(0, 12))))
    if kind < 0.4:
        return rng.choice(["~", "null", "", "True", "yes", "012", "0x1F", "1_000", "1.20", "1e3", "2020-01-02", "!!str 5",  # noqa: E501
                           "!!float 3", "!x y", "'it''s'", ".5", "-0", "1:30", "=", "<<", "08", "1e-7", "1e100"])  # fmt: skip  # noqa: E501
    if kind < 0.7:
        words = rng.choices(
            ["lorem", "a:b", "c#d", "-e", "f-", "g,", "h]", "'i", 'j"', "k?"], k=rng.randint(1, 30)
        )
        return "w " + " ".join(words)
    lines = rng.choices(["x", "  y", "", "z w", " ", "# n", "- o", "k: v"], k=rng.randint(1, 6))
    return indented("s" + "\n".join(lines), pad, rng.choice(["|", "|-", "|+", ">", ">-", ">+"])).rstrip("\n")


def value(rng, depth, pad):
    """A value written below or behind its key, with the blank or line break that goes before it."""
    kind = rng.random()
    if depth and kind < 0.25:
        return "".join(f"\n{pad}{key}:{value(rng, depth - 1, pad + '  ')}" for key in keys(rng))
    if depth and kind < 0.45:
        return "".join(f"\n{pad}-{value(rng, depth - 1, pad + '  ')}" for _ in range(rng.randint(1, 4)))
    if kind < 0.5:
        return rng.choice([" {}", " []", " [a, 'b', 1.50]", " {a: b, c: [d, ]}", " {a: , b: ~}"])
    return " " + scalar(rng, pad)


def keys(rng):
    found = {"".join(rng.choices("abAZ._-", k=rng.randint(1, 4))) for _ in range(rng.randint(1, 4))}
    return ["k" + key for key in sorted(found)]


def ordered_keys(document):
    """Whether upstream's key order is one for this document: its comparison is not a strict ordering."""
    if isinstance(document, dict):
        names = list(document)
        for a in names:
            for b in names:
                for c in names:
                    if len({a, b, c}) == 3 and compare(a, b) < 0 and compare(b, c) < 0 and compare(a, c) >= 0:
                        return False
        return all(map(ordered_keys, document.values()))
    return all(map(ordered_keys, document)) if isinstance(document, list) else True


@pytest.mark.parametrize("seed", range(3))
def test_random_objects(seed, tmp_path):
    rng = random.Random(seed)
    texts: list[str] = []
    while len(texts) < 400:
        body = f"spec:{value(rng, 3, '  ')}\n"
        text = f"apiVersion: example.com/v1\nkind: Thing\nmetadata:\n  name: t{len(texts)}\n{body}"
        try:
            documents = load_all(text.encode())
            [dump(document) for document in documents]
        except CmpError:
            continue
        if len(documents) == 1 and ordered_keys(documents):
            texts.append(text)
    expected = "---\n".join(dump(load_all(text.encode())[0]) for text in texts)
    (tmp_path / "all.yaml").write_bytes("---\n".join(texts).encode())
    (tmp_path / "kustomization.yaml").write_text("resources: [all.yaml]\nsortOptions: {order: fifo}\n")
    done = subprocess.run([str(KUSTOMIZE), "build", os.fspath(tmp_path)], capture_output=True, check=False)
    assert done.returncode == 0, done.stderr.decode()[:500]
    assert done.stdout.decode() == expected
