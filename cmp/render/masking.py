"""Rendering without keys: a token for each encrypted value; objects that cannot be named are left out."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits
    from cmp.sops import Format
    from cmp.sops.document import Branch


class Masks:
    """Tells the tokens of a masked render, as `cmp.models` and the gates ask for it; never when not `on`."""

    __slots__ = ("on",)

    def __init__(self, on: bool) -> None:
        self.on = on

    def __call__(self, text: str) -> bool:
        """Whether `text` stands for a value that could not be decrypted."""
        if not self.on:
            return False
        from cmp.sops.mask import is_masked

        return is_masked(text)


def mask(data: bytes, fmt: Format, file: str, limits: Limits) -> tuple[bytes, list[str]]:
    """The document with tokens, metadata gone; and a line for each object that was left out."""
    from cmp.sops import Format
    from cmp.sops.mask import mask as with_tokens
    from cmp.sops.stores import load_encrypted

    tree = fmt.take_tree() or load_encrypted(data, fmt.name, limits)
    named = [branch for branch in tree.branches if not _anonymous(branch)]
    left_out = [f"{file}: an object whose kind or name is encrypted is left out of a masked render"] * (
        len(tree.branches) - len(named)
    )
    if not named:
        return b"", left_out
    tree.branches[:] = named
    return with_tokens(data, Format(fmt.name, tree), limits), left_out


def _anonymous(branch: Branch) -> bool:
    """Whether the branch is an object that does not say in clear which one it is."""
    from cmp.sops.cipher import looks_sealed
    from cmp.sops.document import Branch

    entries = dict(branch.entries())
    if "kind" not in entries:
        return False
    metadata = entries.get("metadata")
    name = dict(metadata.entries()).get("name") if isinstance(metadata, Branch) else metadata
    texts = (entries.get("apiVersion"), entries["kind"], name)
    return any(isinstance(text, str) and looks_sealed(text) for text in texts)
