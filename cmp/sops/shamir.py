"""Shamir's secret sharing over GF(2^8), as SOPS splits a data key between key groups.

The field is AES' (polynomial 0x11b). A share is the y bytes followed by one x byte; x counts from 1
in group order. Multiplication takes the same steps for every operand: no table is indexed by a
secret (upstream's own fix, GHSA-vq4h-9ghm-qmrr).
"""

from __future__ import annotations

from cmp.sops.errors import DataKeyError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Sequence


def combine(shares: Sequence[bytes]) -> bytes:
    """The secret from all `shares`; too few of them give a wrong secret, not an error."""
    if len(shares) < 2:
        raise DataKeyError("fewer than two shares of the data key cannot be joined")
    size = len(shares[0])
    if size < 2 or any(len(share) != size for share in shares):
        raise DataKeyError("the shares of the data key differ in size")
    xs = [share[-1] for share in shares]
    if len(set(xs)) != len(xs) or 0 in xs:
        raise DataKeyError("two key groups hold the same share of the data key")
    weights = [_weight(xs, index) for index in range(len(xs))]
    secret = bytearray(size - 1)
    for weight, share in zip(weights, shares, strict=True):
        for index in range(size - 1):
            secret[index] ^= _multiply(share[index], weight)
    return bytes(secret)


def split(
    secret: bytes, parts: int, threshold: int, random: Callable[[int], bytes] | None = None
) -> list[bytes]:
    """`parts` shares of `secret`, any `threshold` of which give it back; `random(n)` returns n bytes."""
    if not secret or not 2 <= threshold <= parts <= 255:
        raise DataKeyError(
            "a data key is split among 2 to 255 key groups with a threshold between 2 and their number"
        )
    from os import urandom

    draw = random or urandom
    coefficients = [draw(threshold - 1) for _ in secret]
    shares = []
    for x in range(1, parts + 1):
        ys = bytearray()
        for intercept, row in zip(secret, coefficients, strict=True):
            y = 0
            for coefficient in reversed(row):
                y = _multiply(y ^ coefficient, x)
            ys.append(y ^ intercept)
        shares.append(bytes(ys) + bytes([x]))
    return shares


def _weight(xs: list[int], index: int) -> int:
    """The Lagrange basis polynomial of share `index` at 0."""
    weight = 1
    for other, x in enumerate(xs):
        if other != index:
            weight = _multiply(weight, _multiply(x, _inverse(x ^ xs[index])))
    return weight


def _multiply(a: int, b: int) -> int:
    result = 0
    for bit in range(7, -1, -1):
        result = (result << 1) ^ (-(result >> 7) & 0x11B)
        result ^= -((b >> bit) & 1) & a
    return result


def _inverse(a: int) -> int:
    """a^254, which is 1/a: the group has 255 elements."""
    result = 1
    for bit in (1, 1, 1, 1, 1, 1, 1, 0):
        result = _multiply(result, result)
        result = _multiply(result, a) if bit else result
    return result
