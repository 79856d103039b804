"""Whether a file is a SOPS document, and of which store: its metadata decide, never the name alone.

Nearly every file of an overlay is plain, so the first test is a search for a few bytes.
"""

from __future__ import annotations

from cmp.limits import DEFAULT

TYPE_CHECKING = False
if TYPE_CHECKING:
    from cmp.limits import Limits
    from cmp.sops.document import Tree

EXTENSIONS = {".yaml": "yaml", ".yml": "yaml", ".json": "json", ".env": "dotenv", ".ini": "ini"}


class Format:
    """The store of a SOPS document; keeps the tree that finding out has read, for one use."""

    __slots__ = ("_tree", "name")

    def __init__(self, name: str, tree: Tree | None = None) -> None:
        self.name = name
        self._tree = tree

    def take_tree(self) -> Tree | None:
        """The tree that was read, once: decryption changes it."""
        tree, self._tree = self._tree, None
        return tree

    def __str__(self) -> str:
        return self.name

    def __repr__(self) -> str:
        return f"Format({self.name!r})"

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Format) and self.name == other.name

    def __hash__(self) -> int:
        return hash(self.name)


def detect(data: bytes, path: str = "", limits: Limits = DEFAULT) -> Format | None:
    """The format if `data` is a SOPS document, else None; the extension of `path` first, then the content.

    A document whose metadata are there but broken, or only in some documents of a stream, raises
    `MetadataError`: it must not pass as plain.
    """
    if b"sops" not in data or (b"mac" not in data and b"lastmodified" not in data):
        return None
    return _look(data, path, limits)


def format_of_path(path: str) -> str:
    """The format that upstream takes by name alone."""
    dot = path.rfind(".")
    return EXTENSIONS.get(path[dot:], "binary") if dot >= 0 else "binary"


def _look(data: bytes, path: str, limits: Limits) -> Format | None:
    named = format_of_path(path)
    candidates = [name for name in ("yaml", "json", "dotenv", "ini") if _has_marker(data, name)]
    if named in candidates:
        candidates.remove(named)
        candidates.insert(0, named)
    elif "json" in candidates:
        # JSON is YAML too; a name that says nothing leaves the more exact one.
        candidates = [name for name in candidates if name != "yaml"]
    for name in candidates:
        found = _read(data, name, named, limits)
        if found is not None:
            return found
    return None


def _has_marker(data: bytes, name: str) -> bool:
    import re

    if name == "dotenv":
        return re.search(rb"^sops_(?:mac|lastmodified)=", data, re.MULTILINE) is not None
    if name == "ini":
        return re.search(rb"^[ \t]*\[sops\]", data, re.MULTILINE) is not None
    if name == "json":
        return data.lstrip()[:1] == b"{" and b'"sops"' in data
    # A key at the start of a line, or a flow mapping such as JSON. Whether it is a top-level key and no text
    # inside of a block scalar, reading tells.
    block = re.search(rb"^(?:\xef\xbb\xbf)?[ \t]*(?:sops|\"sops\"|'sops')[ \t]*:", data, re.MULTILINE)
    return block is not None or re.search(rb"^(?:---[ \t]*)?\{", data, re.MULTILINE) is not None


def _read(data: bytes, name: str, named: str, limits: Limits) -> Format | None:
    from cmp.sops.errors import MetadataError, ParseError, SopsError
    from cmp.sops.stores import load_encrypted

    try:
        tree = load_encrypted(data, name, limits)
    except MetadataError:
        if _claims(data, name, limits):
            raise
        return None
    except ParseError:
        if name == named and _sealed_mac(data, name):
            raise
        return None
    except SopsError:
        return None
    if name == "json" and named != "json":
        keys = [key for branch in tree.branches for key, _ in branch.entries()]
        name = "binary" if keys == ["data"] else "json"
    return Format(name, tree)


def _claims(data: bytes, name: str, limits: Limits) -> bool:
    """Whether a broken `sops` entry is SOPS' own in some document and not just a key of that name."""
    from cmp.sops.document import Branch
    from cmp.sops.metadata import KEY
    from cmp.sops.stores import load_plain

    if name in ("dotenv", "ini"):
        return True
    own = {"mac", "lastmodified"}
    for branch in load_plain(data, name, limits):
        for key, value in branch.entries():
            if key == KEY and isinstance(value, Branch) and any(value.has(word) for word in own):
                return True
    return False


def _sealed_mac(data: bytes, name: str) -> bool:
    """Whether a file that cannot be parsed still shows a sealed MAC where its store keeps it."""
    import re

    pattern = {
        "yaml": rb"^[ \t]+['\"]?mac['\"]?:[ \t]*['\"]?ENC\[AES256_GCM,",
        "json": rb"\"mac\"[ \t\r\n]*:[ \t\r\n]*\"ENC\[AES256_GCM,",
        "dotenv": rb"^sops_mac=ENC\[AES256_GCM,",
        "ini": rb"^mac[ \t]*=[ \t]*ENC\[AES256_GCM,",
    }[name]
    return re.search(pattern, data, re.MULTILINE) is not None
