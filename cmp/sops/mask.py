"""A rendering without any key: each sealed leaf becomes a token, the rest stays as it is.

The token is text and valid, canonical base64 at once, so that a masked Secret still passes as a Secret.
Nothing is verified here: without the data key there is no MAC. Never for anything that is applied.
"""

from __future__ import annotations

from cmp.limits import DEFAULT
from cmp.sops import cipher
from cmp.sops.detect import Format
from cmp.sops.document import Branch, Comment, is_sequence
from cmp.sops.stores import emit_plain, load_encrypted

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits
    from cmp.sops.document import Value

TOKEN = "encrypted/masked"  # noqa: S105 - no secret
_COMMENT_END = "type:comment]"


def mask(data: bytes, fmt: Format | str, limits: Limits = DEFAULT) -> bytes:
    """The file without metadata, every sealed leaf masked, sealed comments left out; raises a `SopsError`."""
    tree = fmt.take_tree() if isinstance(fmt, Format) else None
    if tree is None:
        tree = load_encrypted(data, str(fmt), limits)
    for branch in tree.branches:
        _mask_branch(branch)
    return emit_plain(tree.branches, str(fmt))


def is_masked(text: str) -> bool:
    """Whether a string of a masked rendering holds the token, plain or as base64."""
    return TOKEN in text or _ENCODED in text


# What a Secret generator makes of a file that is nothing but the token.
_ENCODED = "ZW5jcnlwdGVkL21hc2tlZA"


def _mask_branch(branch: Branch) -> None:
    kept = [item for item in branch if not _sealed_comment(item.key)]
    branch[:] = kept
    for item in branch:
        item.value = _mask_value(item.value)


def _mask_value(value: Value) -> Value:
    if isinstance(value, Branch):
        _mask_branch(value)
    elif is_sequence(value):
        value[:] = [_mask_value(item) for item in value if not _sealed_comment(item)]
    elif isinstance(value, str) and cipher.looks_sealed(value):
        return TOKEN
    return value


def _sealed_comment(item: object) -> bool:
    if isinstance(item, Comment):
        return cipher.looks_sealed(item.text)
    # Upstream stores a comment inside a list as a list item.
    return isinstance(item, str) and cipher.looks_sealed(item) and item.endswith(_COMMENT_END)
