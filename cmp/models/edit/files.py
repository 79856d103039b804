"""Files of an edit: read (decrypted where needed), change as text, show the difference, write atomically."""

from __future__ import annotations

import os

from cmp.errors import Where, located
from cmp.files import update
from cmp.models.edit.text import Editor
from cmp.models.errors import ModelError
from cmp.models.storage import masked_in

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from cmp.sops.keys import KeySource


class FileEdit:
    """A file on its way through an edit.

    path: where it is. before: its bytes, None for a file that does not exist yet. text: its cleartext, which
    `replace` changes. encrypted: whether it is a SOPS document; then `after` is the new ciphertext.
    """

    def __init__(self, path: str, before: bytes | None, text: str, opened: object = None) -> None:
        self.path = path
        self.before = before
        self.original = text
        self.text = text
        self._opened = opened
        # an encrypted file that was not opened: what is readable in it can be changed, the rest cannot
        self.sealed = False
        # whether the file is to be removed
        self.gone = False
        # the command that prints a generated file, whose text no reader of a diff needs
        self.made_by = ""
        # what makes a new file a SOPS document: its cleartext in, its bytes out
        self.seal: Callable[[bytes], bytes] | None = None

    @property
    def encrypted(self) -> bool:
        """Whether the file is, or will be, a SOPS document."""
        return self._opened is not None or self.seal is not None or self.sealed

    @property
    def changed(self) -> bool:
        """Whether there is anything to write."""
        return self.gone or self.before is None or self.text != self.original

    def open_to_secrets(self) -> None:
        """Raise when a value that must be encrypted is to be changed and no key opened the file."""
        if self.sealed:
            raise _no_key(self.path)

    def editor(self) -> Editor:
        """An editor of the current text."""
        with located(file=self.path):
            return Editor(self.text)

    def take(self, editor: Editor) -> None:
        """Take an editor's result as the new text."""
        with located(file=self.path):
            self.text = editor.result()

    def after(self, now: str) -> bytes:
        """The bytes to write: ciphertext for an encrypted file, values that stayed keep theirs."""
        data = self.text.encode("utf-8")
        if self.seal is not None:
            return self.seal(data)
        if self._opened is not None:
            from cmp.sops.write.document import Opened

            assert isinstance(self._opened, Opened)  # noqa: S101 - made by `load`
            return self._opened.with_text(data, now).data
        return data

    @property
    def name(self) -> str:
        """The path from the current directory, where that is shorter."""
        relative = os.path.relpath(self.path)
        return self.path if relative.startswith("..") else relative

    def difference(self, show: bool = False) -> str:
        """A unified diff; URIs of an encrypted file are masked unless `show`."""
        import difflib

        old = "/dev/null" if self.before is None else self.name
        if self.made_by:
            return f"--- {old}\n+++ {self.name}\n({len(self.text.splitlines())} lines: {self.made_by})\n"
        lines = difflib.unified_diff(
            self.original.splitlines(keepends=True) if self.before is not None else [],
            [] if self.gone else self.text.splitlines(keepends=True),
            old,
            "/dev/null" if self.gone else self.name,
        )
        whole = (line if line.endswith("\n") else line + "\n\\ No newline at end of file\n" for line in lines)
        return "".join(whole) if show or not self.encrypted else _masked_diff(whole)

    def write(self, now: str) -> None:
        """Replace the file atomically; a file that did not change is not touched."""
        if self.changed:
            update(self.path, self.after(now), self.before)


def load(path: str, keys: KeySource | None = None) -> FileEdit:
    """A file ready for an edit; an encrypted one is opened with `keys`.

    Without keys, a file whose MAC covers encrypted values only can still have its readable values changed.
    """
    try:
        with open(path, "rb") as file:
            before = file.read()
    except FileNotFoundError as error:
        raise ModelError("no such file", where=Where(file=path)) from error
    except OSError as error:
        raise ModelError(f"cannot be read: {error.strerror}", where=Where(file=path)) from error
    from cmp.sops import detect

    fmt = detect(before, path)
    if fmt is None:
        try:
            return FileEdit(path, before, before.decode("utf-8"))
        except UnicodeDecodeError as error:
            raise ModelError("the file is not UTF-8", where=Where(file=path)) from error
    if keys is None:
        from cmp.sops.stores import load_encrypted

        # The MAC would cover the changed value, and only a holder of the data key can make a new one.
        if not load_encrypted(before, fmt.name).metadata.mac_only_encrypted:
            raise _no_key(path)
        edit = FileEdit(path, before, before.decode("utf-8"))
        edit.sealed = True
        return edit
    from cmp.sops.write.document import Opened

    with located(file=path):
        opened = Opened(before, fmt.name, keys, file=path)
    return FileEdit(path, before, opened.text().decode("utf-8"), opened)


def _no_key(path: str) -> ModelError:
    return ModelError(
        "the file is encrypted",
        where=Where(file=path),
        hint="set SOPS_AGE_KEY_FILE to a key that opens it; the value is then encrypted again",
    )


def new(path: str, text: str, seal: Callable[[bytes], bytes] | None = None) -> FileEdit:
    """A file that does not exist yet."""
    edit = FileEdit(path, None, text)
    edit.seal = seal
    return edit


def _masked_diff(lines: Iterable[str]) -> str:
    """The diff with URIs masked; a line that differs in nothing else says so."""
    result: list[str] = []
    gone: set[str] = set()
    for line in lines:
        shown = masked_in(line)
        if line.startswith("-"):
            gone.add(shown[1:])
        elif line.startswith("+") and shown[1:] in gone:  # without this word the diff would show no change
            shown = shown.replace("***", "*** (another)")
        result.append(shown)
    return "".join(result)
