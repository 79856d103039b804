"""Kubernetes quantities, against what kubectl (apimachinery's ParseQuantity) says of each text."""

from __future__ import annotations

import random
import shutil
import subprocess
from decimal import Decimal

import pytest

from cmp.quantity import parse

CASES = [
    ("0", "0"), ("00012", "12"), ("+5", "5"), ("-5", "-5"), (".", "0"), ("+", "0"), ("-", "0"), ("1.", "1"),
    ("1e3", "1000"), ("1E3", "1000"), ("1e+3", "1000"), ("1e-3", "0.001"), ("1E", "1" + "0" * 18),
    ("100u", "0.0001"), ("250m", "0.25"), ("1n", "0.000000001"), ("0.1n", "0.000000001"),
    ("-0.1n", "-0.000000001"), ("1e-12", "0.000000001"), ("1.0000000001", "1.000000001"),
    (".5Gi", str(2**29)), ("1.Gi", str(2**30)), ("1Ki", "1024"), ("1.5Ei", str(3 * 2**59)),
    ("0.0001Ki", "0.1024"), ("9Ei", str(2**63 - 1)), ("-9Ei", str(1 - 2**63)), ("9E", "9" + "0" * 18),
    ("1k", "1000"), ("1M", "1000000"), ("1P", "1" + "0" * 15), ("1e4294967296", "1"),
    ("0e-2000000000", "0"), ("Gi", "0"), ("m", "0"), (".Gi", "0"),
]  # fmt: skip
NOT = [
    "", " 1", "1 ", "1\n", "1g", "1K", "1 Gi", "1i", "0Qi", "1e", "1e+", "1eM", "1k5", "1..2", "1.2.3", "+-1",
    "1_0", "0x1", "\u0661", "1e99999999999999999999", "NaN", "inf", "mi",
]  # fmt: skip


def _number(text: str) -> Decimal:
    found = parse(text)
    assert found is not None
    return found


@pytest.mark.parametrize(("text", "number"), CASES)
def test_quantity(text: str, number: str) -> None:
    assert parse(text) == Decimal(number)


@pytest.mark.parametrize("text", [*NOT, None, True, [], {}])
def test_not_a_quantity(text: object) -> None:
    assert parse(text) is None


def test_json_numbers() -> None:
    assert parse(1) == 1
    assert parse(1.5) == Decimal("1.5")
    assert parse(1e30) == Decimal("1e30")
    assert parse(10**5000) == Decimal("1e5000")
    assert parse(float("inf")) is None


def test_exact_where_floats_are_not() -> None:
    assert parse("9007199254740993") != parse("9007199254740992")
    assert _number("100m") + _number("200m") == _number("300m")


def test_no_text_takes_long() -> None:
    """An exponent is kept as one, and the digits of a text are its own length at most."""
    for text in ("1e2147483647", "1e-2147483647", "9" * 100_000, "0." + "1" * 100_000, "9" * 100_000 + "Ei"):
        assert parse(text) is not None
    assert _number("1e2147483647") > _number("1e2147483646")


@pytest.mark.oracle
@pytest.mark.skipif(shutil.which("kubectl") is None, reason="kubectl is not installed")
def test_as_kubectl_reads_it() -> None:
    """The same texts are quantities; where kubectl prints its canonical form, that is the same number."""
    seeded = random.Random(7)
    texts = [text for text, _ in CASES] + [text for text in NOT if text.isascii() and text == text.strip()]
    texts += ["".join(seeded.choices("0012579..eEinumkKMGTP+-", k=seeded.randint(1, 7))) for _ in range(60)]
    wrong = {}
    for text in filter(None, dict.fromkeys(texts)):
        said = _kubectl(text)
        if parse(text) != (None if said is None else parse(said)):
            wrong[text] = (parse(text), said)
    assert wrong == {}


def _kubectl(text: str) -> str | None:
    """How kubectl prints the quantity, None when it refuses it."""
    command = ["kubectl", "create", "quota", "x", f"--hard=cpu={text}", "--dry-run=client"]
    result = subprocess.run(
        [*command, "-o", "jsonpath={.spec.hard.cpu}"], capture_output=True, text=True, check=False, timeout=60
    )
    return result.stdout if result.returncode == 0 else None
