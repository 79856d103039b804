"""SOPS documents: detection, decryption with the MAC checked, keys, the KSOPS generator.

Names are loaded when they are first used: a build of plain files needs none of the cryptography below.
"""

from __future__ import annotations

from cmp.sops.detect import Format as Format
from cmp.sops.detect import detect as detect

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits
    from cmp.sops.keys import KeySource


def decrypt(
    data: bytes, fmt: Format | str, keys: KeySource, *, file: str = "", limits: Limits | None = None
) -> bytes:
    """The cleartext of a SOPS document: see `cmp.sops.decryption`."""
    from cmp.limits import DEFAULT
    from cmp.sops.decryption import decrypt as run

    return run(data, fmt, keys, file=file, limits=limits or DEFAULT)
