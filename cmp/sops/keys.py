"""Who can open a file: identities that the operator configured, and nobody else.

Sources are a function of the environment and a file reader, so that tests need neither. Without project
keys they are SOPS' own, minus programs: SSH keys, `SOPS_AGE_KEY`, `SOPS_AGE_KEY_FILE`, the default key file.
With `CMP_PROJECT_KEYS` set, exactly one file of that folder counts, chosen by the AppProject, and every other
source is off. Neither a repository nor `ARGOCD_ENV_*` can take part in the choice. Commands (`*_CMD`) and
age plugins are never run.
"""

from __future__ import annotations

import os

from cmp.sops.errors import DataKeyError, KeySourceError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cmp.age.keys import Identity
    from cmp.limits import Limits
    from cmp.sops.keyservice import Keyservice
    from cmp.sops.metadata import MasterKey, Metadata

    FileReader = Callable[[str], bytes | None]
    Ask = Callable[[], bytes]

PROJECT_KEYS = "CMP_PROJECT_KEYS"
PROJECT_NAME = "ARGOCD_APP_PROJECT_NAME"
DATA_KEY_SIZE = 32
_SHOWN = 24


_NO_IDENTITY = (
    "there was no identity to try: make one with `cmpctl secrets keygen -o ~/.config/sops/age/keys.txt`,"
    " and ask somebody who has a key to add its public key to the file; `--masked` renders without a key"
)


class KeySource:
    """Gives the data key of a file; loads identities when the first file needs them.

    load: the identities, called once. searched: where they come from, for messages. log: called once per
    opened file with the file's path and the recipient, or the line of the master key, that opened it.
    keyservice: for keys other than age, asked when no identity opens a group.
    """

    def __init__(
        self,
        load: Callable[[], list[Identity]],
        searched: str,
        log: Callable[[str, str], None] | None = None,
        limits: Limits | None = None,
        keyservice: Keyservice | None = None,
    ) -> None:
        self._load = load
        self._keyservice = keyservice
        self._searched = searched
        self._log = log
        self._limits = limits
        self._identities: list[Identity] | None = None
        self._problems: list[str] = []
        self._recipients: set[str] = set()
        # Encrypted data key -> data key: a file that is read twice costs one unwrap.
        self._opened: dict[str, bytes] = {}

    def identities(self) -> list[Identity]:
        """All identities, loaded on first use."""
        if self._identities is None:
            self._identities = self._load()
            self._recipients = {name for identity in self._identities if (name := _recipient_of(identity))}
        return self._identities

    def data_key(self, metadata: Metadata, file: str = "") -> bytes:
        """The data key of a file; raises `DataKeyError`. Upstream: GetDataKeyWithKeyServices."""
        groups = metadata.key_groups
        # All groups, even above the threshold: it is not authenticated, and too few shares give a wrong key.
        opened = [part for group in groups if (part := self._open_group(group)) is not None]
        shares = [share for share, _ in opened]
        if len(groups) == 1:
            if not shares:
                raise self._no_key(metadata, 1, 0)
            key = shares[0]
        else:
            if len(shares) < max(metadata.shamir_threshold, 2):
                raise self._no_key(metadata, max(metadata.shamir_threshold, 2), len(shares))
            from cmp.sops.shamir import combine

            key = combine(shares)
        if len(key) != DATA_KEY_SIZE:
            raise DataKeyError("the file's data key has a wrong size")
        if self._log is not None:
            self._log(file, ", ".join(recipient for _, recipient in opened))
        return key

    def _open_group(self, group: list[MasterKey]) -> tuple[bytes, str] | None:
        """The part of the data key that a group holds, and the recipient it was opened for."""
        for entry in group:
            known = self._opened.get(entry.enc)
            if known is not None:
                return known, _label_of(entry)
        return self._open_with_age(group) or self._open_with_keyservice(group)

    def _open_with_age(self, group: list[MasterKey]) -> tuple[bytes, str] | None:
        entries = [key for key in group if key.type == "age"]
        if not entries:
            return None
        try:
            if not self.identities():
                return None
        except KeySourceError as error:
            if self._keyservice is None or len(entries) == len(group):
                raise
            self._problems.append(error.message)
            return None
        # Labels that name one of our keys first: then a file costs one unwrap, whoever else can open it.
        entries.sort(key=lambda entry: _label(entry.recipient) not in self._recipients)
        for entry in entries:
            part = self._open(entry)
            if part is not None:
                self._opened[entry.enc] = part
                return part, entry.recipient
        return None

    def _open_with_keyservice(self, group: list[MasterKey]) -> tuple[bytes, str] | None:
        if self._keyservice is None:
            return None
        for entry in group:
            if entry.type == "age":
                continue
            try:
                part = self._keyservice.unwrap(entry)
            except DataKeyError as error:
                self._problems.append(error.message)
                continue
            self._opened[entry.enc] = part
            return part, _label_of(entry)
        return None

    def _open(self, entry: MasterKey) -> bytes | None:
        from cmp import age
        from cmp.errors import LimitError
        from cmp.limits import DEFAULT

        try:
            return age.decrypt(
                entry.enc.encode("utf-8", "replace"), self.identities(), self._limits or DEFAULT
            )
        except age.NoMatchError:
            return None
        except age.AgeError as error:
            problem = f"the key for {_short(entry.recipient)} cannot be read: {error.message}"
            if isinstance(error, LimitError):
                problem += f" ({error.hint})"
            self._problems.append(problem)
            return None

    def _no_key(self, metadata: Metadata, needed: int, found: int) -> DataKeyError:
        types = metadata.key_types()
        if "age" not in types:
            message = f"the file is encrypted for {_names(types)} keys only"
            hint = "someone who can open it adds an age recipient: sops rotate -i --add-age age1… FILE"
            if self._keyservice is None:
                return DataKeyError(f"{message}, which cannot be used here", hint=hint)
            asked = "; ".join(dict.fromkeys(self._problems))
            return DataKeyError(f"{message}; {asked}", hint=f"see docs/secrets.md, or {hint}")
        recipients = ", ".join(dict.fromkeys(_short(name) for name in metadata.recipients()))
        message = f"no identity opens the file, which is encrypted for {recipients}"
        others = [name for name in types if name != "age"]
        if others and not self._keyservice:
            message += f" (and for {_names(others)} keys, which cannot be used here)"
        if len(metadata.key_groups) > 1:
            message += f"; {needed} of its {len(metadata.key_groups)} key groups are needed, {found} open"
        if self._problems:
            message += "; " + "; ".join(dict.fromkeys(self._problems))
        own = ", ".join(sorted(_short(name) for name in self._recipients))
        if own:
            return DataKeyError(message, hint=f"identities tried: {own}; searched: {self._searched}")
        return DataKeyError(message, hint=f"{_NO_IDENTITY}; searched: {self._searched}")

    def add_problem(self, problem: str) -> None:
        """Note a source that could not be used, to be told when no key is found."""
        self._problems.append(problem)


class FixedDataKey(KeySource):
    """A data key that is known already."""

    def __init__(self, key: bytes) -> None:
        super().__init__(list, "a given data key")
        self._key = key

    def data_key(self, metadata: Metadata, file: str = "") -> bytes:
        """The given key."""
        return self._key


def from_environment(
    environ: Mapping[str, str],
    read: FileReader,
    *,
    ask: Ask | None = None,
    log: Callable[[str, str], None] | None = None,
    limits: Limits | None = None,
) -> KeySource:
    """The operator's keys.

    environ: the process environment. read: a file's bytes, None if there is no such file. ask: for the
    passphrase of a protected key file; None when nobody can be asked. Errors come when a file needs a key.
    """
    folder = environ.get(PROJECT_KEYS, "")
    keyservice = _keyservice(folder, environ, read)
    if folder:
        return KeySource(
            lambda: _project_identities(folder, environ, read, ask, limits),
            PROJECT_KEYS,
            log,
            limits,
            keyservice,
        )
    source: KeySource

    def load() -> list[Identity]:
        found: list[Identity] = []
        for name, path in _files(environ):
            _add(found, source, name, _later(path, read, ask, limits), optional=not _named(name))
        text = environ.get("SOPS_AGE_KEY", "")
        if text:
            _add(found, source, "SOPS_AGE_KEY", lambda: _from_text(text, ask, limits))
        return found

    searched = ", ".join(name for name, _ in _files(environ))
    searched = f"SOPS_AGE_KEY, {searched}" if searched else "SOPS_AGE_KEY"
    if environ.get("SOPS_AGE_KEY_CMD"):
        searched += "; SOPS_AGE_KEY_CMD is set and not used: no command is run for a key"
    source = KeySource(load, searched, log, limits, keyservice)
    return source


def _keyservice(folder: str, environ: Mapping[str, str], read: FileReader) -> Keyservice | None:
    """The operator's keyservice, if there is one. folder: of the project keys, empty without them."""
    setting = environ.get("CMP_KEYSERVICE", "")
    if not setting:
        return None
    from cmp.sops.keyservice import KEYS, SUFFIX, Keyservice, parse, socket_path

    def allowed() -> frozenset[str]:
        if not folder:
            path = environ.get(KEYS, "")
            data = read(path) if path else None
            if data is None:
                raise KeySourceError(
                    f"{KEYS} names no file with the keys that the keyservice may be asked for",
                    hint="without a list the keyservice is not asked; see docs/secrets.md",
                )
            return parse(data, path)
        for name in (_project(environ), "default"):
            data = read(os.path.join(folder, name + SUFFIX))
            if data is not None:
                return parse(data, name + SUFFIX)
        return frozenset()

    return Keyservice(socket_path(setting), allowed)


def read_file(path: str) -> bytes | None:
    """A key file from disk; None if there is none. Other failures are errors, never a silent fallback."""
    from cmp.age.keyfile import MAX_FILE_BYTES

    try:
        with open(path, "rb") as file:
            return file.read(MAX_FILE_BYTES + 1)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except OSError as error:
        raise KeySourceError(f"the key file cannot be read: {error.strerror}").at(file=path) from error


def terminal_asker() -> Ask | None:
    """A function that asks for a passphrase on the terminal, or None where there is none."""
    import sys

    if "ARGOCD_APP_NAME" in os.environ or not sys.stdin or not sys.stdin.isatty():
        return None

    def ask() -> bytes:
        from getpass import getpass

        return getpass("Passphrase of the key file: ").encode("utf-8")

    return ask


def _named(name: str) -> bool:
    """Whether a source was named by the operator, so that its absence is worth a word."""
    return name.startswith("SOPS_")


def _files(environ: Mapping[str, str]) -> list[tuple[str, str]]:
    """The key files in the order in which upstream looks at them, each with a name for messages."""
    home = environ.get("HOME", "")
    files: list[tuple[str, str]] = []
    ssh = environ.get("SOPS_AGE_SSH_PRIVATE_KEY_FILE", "")
    if ssh:
        files.append(("SOPS_AGE_SSH_PRIVATE_KEY_FILE", ssh))
    elif home:
        files += ((f"~/.ssh/{name}", os.path.join(home, ".ssh", name)) for name in ("id_ed25519", "id_rsa"))
    named = environ.get("SOPS_AGE_KEY_FILE", "")
    if named:
        files.append(("SOPS_AGE_KEY_FILE", named))
    config = environ.get("XDG_CONFIG_HOME", "") or (os.path.join(home, ".config") if home else "")
    if config:
        files.append(("the default key file", os.path.join(config, "sops", "age", "keys.txt")))
    return files


def _later(
    path: str, read: FileReader, ask: Ask | None, limits: Limits | None
) -> Callable[[], list[Identity] | None]:
    return lambda: _from_file(path, read, ask, limits)


def _add(
    found: list[Identity],
    source: KeySource,
    name: str,
    load: Callable[[], list[Identity] | None],
    optional: bool = False,
) -> None:
    """Add a source; a bad one is only told when no key is found, as one of the others may do."""
    from cmp.age import AgeError

    try:
        identities = load()
    except (AgeError, KeySourceError) as error:
        source.add_problem(f"{name} cannot be used: {error.message}")
        return
    if identities is None:
        if not optional:
            source.add_problem(f"{name} names a file that does not exist")
        return
    found += identities


def _from_file(path: str, read: FileReader, ask: Ask | None, limits: Limits | None) -> list[Identity] | None:
    from cmp.age import parse_identities

    data = read(path)
    return None if data is None else parse_identities(data, ask, limits)


def _from_text(text: str, ask: Ask | None, limits: Limits | None) -> list[Identity]:
    """`SOPS_AGE_KEY`: like a key file, but a line may hold several keys with blanks around them."""
    from cmp.age import parse_identities

    if "-----BEGIN" in text:
        return parse_identities(text, ask, limits)
    lines = (line.strip() for line in text.splitlines())
    return parse_identities(
        "\n".join(key for line in lines if not line.startswith("#") for key in line.split())
    )


def _project_identities(
    folder: str, environ: Mapping[str, str], read: FileReader, ask: Ask | None, limits: Limits | None
) -> list[Identity]:
    """The identities of the application's project; never two files, never a source outside the folder."""
    from cmp.age import AgeError

    project = _project(environ)
    for name in (project, "default"):
        path = os.path.join(folder, f"{name}.agekey")
        try:
            identities = _from_file(path, read, ask, limits)
        except (AgeError, KeySourceError) as error:
            raise KeySourceError(
                f"the key file {name}.agekey of {PROJECT_KEYS} cannot be used: {error.message}"
            ) from error
        if identities is not None:
            return identities
    raise KeySourceError(
        f"{PROJECT_KEYS} holds neither a key for the project {project!r} nor a default one",
        hint=f"the operator adds {project}.agekey or default.agekey to the folder",
    )


def _project(environ: Mapping[str, str]) -> str:
    """The AppProject, which becomes a part of file names; `KeySourceError` for none or another text."""
    project = environ.get(PROJECT_NAME, "")
    if not _is_label(project):
        raise KeySourceError(
            f"{PROJECT_KEYS} is set, but {PROJECT_NAME} is "
            + ("not a project name of lower-case letters, digits and '-'" if project else "missing"),
            hint="keys are chosen by the application's AppProject, which Argo CD passes on",
        )
    return project


def _is_label(name: str) -> bool:
    """Whether `name` is a DNS label: it becomes a file name."""
    allowed = frozenset("abcdefghijklmnopqrstuvwxyz0123456789-")
    return 1 <= len(name) <= 63 and allowed.issuperset(name) and name[0] != "-" and name[-1] != "-"


def _recipient_of(identity: Identity) -> str:
    """The recipient that an identity is known by, or an empty text."""
    from cmp.age import AgeError
    from cmp.age.keyfile import LockedIdentities

    # Asking a locked file for its recipient would ask a person for a passphrase.
    if isinstance(identity, LockedIdentities):
        return ""
    try:
        return _label(str(identity.recipient()))
    except AgeError:
        # Too short an RSA key, or a protected SSH key of a kind that age cannot use.
        return ""


def _label_of(entry: MasterKey) -> str:
    """What a log calls the key that opened a file."""
    if entry.type == "age":
        return entry.recipient
    from cmp.sops.keyservice import line_of

    return line_of(entry)


def _label(recipient: str) -> str:
    """A recipient without the comment that an SSH key may carry."""
    return " ".join(recipient.split()[:2])


def _short(recipient: str) -> str:
    text = "".join(char if char.isprintable() else "?" for char in recipient)
    return text if len(text) <= 80 else f"{text[:_SHOWN]}…{text[-8:]}"


def _names(types: list[str]) -> str:
    from cmp.sops.metadata import KEY_TYPE_NAMES

    names = [KEY_TYPE_NAMES[name] for name in types]
    return " and ".join(names) if len(names) < 3 else ", ".join(names[:-1]) + f" and {names[-1]}"
