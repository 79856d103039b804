"""KSOPS generator files (`kind: ksops`, any apiVersion) without the program: what KSOPS 4.5.1 makes of them.

`files` are encrypted manifests; `secretFrom` makes Secrets from encrypted `files`, `binaryFiles` and `envs`.
Every named file must be encrypted. How it is found and opened is the caller's: see `generate`.
"""

from __future__ import annotations

from cmp.sops.errors import SopsError
from cmp.yaml.taint import carry

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from cmp.limits import Limits
    from cmp.yaml.value import Value

    OpenFile = Callable[[str], bytes]

KIND = "ksops"


def is_generator(body: Mapping[str, Value]) -> bool:
    """Whether a `generators` entry is one for KSOPS."""
    return body.get("kind") == KIND


def generate(body: Mapping[str, Value], open_file: OpenFile, limits: Limits | None = None) -> list[Value]:
    """The objects that a generator file stands for, in order; raises `SopsError`.

    open_file: the cleartext of the encrypted file at a path as the generator writes it, relative to the
    generator's kustomization; it must refuse a file that is not encrypted. Annotations such as `needs-hash`
    stay on the objects for the engine.
    """
    files, secrets = body.get("files"), body.get("secretFrom")
    if files is None and secrets is None:
        raise SopsError("a KSOPS generator needs 'files' or 'secretFrom'")
    objects: list[Value] = []
    for path in _texts(files, "files"):
        objects += _manifests(path, open_file, limits)
    if secrets is not None and not isinstance(secrets, list):
        raise SopsError("'secretFrom' must be a list")
    for number, entry in enumerate(secrets or ()):
        if not isinstance(entry, dict):
            raise SopsError("an entry of 'secretFrom' must be a mapping").at(field=f"secretFrom[{number}]")
        try:
            objects.append(_secret(entry, open_file))
        except SopsError as error:
            error.at(field=f"secretFrom[{number}]")
            raise
    return objects


def _manifests(path: str, open_file: OpenFile, limits: Limits | None) -> list[Value]:
    from cmp.limits import DEFAULT
    from cmp.yaml import load_all

    objects = load_all(open_file(path), limits or DEFAULT)
    # kustomize drops empty documents.
    return [value for value in objects if value not in (None, {})]


def _secret(entry: dict[str, Value], open_file: OpenFile) -> dict[str, Value]:
    data: dict[str, Value] = {}
    strings: dict[str, Value] = {}
    for item in _texts(entry.get("files"), "files"):
        key, path = _key_and_path(item)
        strings[key] = _text(open_file(path), path)
    for item in _texts(entry.get("binaryFiles"), "binaryFiles"):
        from base64 import b64encode

        key, path = _key_and_path(item)
        content = open_file(path)
        data[key] = carry(b64encode(content).decode("ascii"), content)
    for path in _texts(entry.get("envs"), "envs"):
        from cmp.sops.godotenv import parse

        try:
            content = open_file(path)
            for key, text in parse(_text(content, path).encode()).items():
                strings[key] = carry(text, content)
        except SopsError as error:
            error.at(file=path)
            raise
    secret: dict[str, Value] = {"apiVersion": "v1"}
    if data:
        secret["data"] = {key: data[key] for key in sorted(data)}
    secret["kind"] = "Secret"
    secret["metadata"] = _metadata(entry.get("metadata"))
    if strings:
        secret["stringData"] = {key: strings[key] for key in sorted(strings)}
    kind = entry.get("type")
    if kind is not None and not isinstance(kind, str):
        raise SopsError("'type' must be a string")
    if kind:
        secret["type"] = kind
    return secret


def _metadata(value: Value) -> dict[str, Value]:
    """Name, namespace, labels and annotations; KSOPS drops everything else."""
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SopsError("'metadata' must be a mapping")
    metadata: dict[str, Value] = {}
    for name in ("annotations", "labels"):
        entries = value.get(name)
        if entries is None:
            continue
        if not isinstance(entries, dict) or not all(isinstance(text, str) for text in entries.values()):
            raise SopsError(f"'metadata.{name}' must map strings to strings")
        if entries:
            metadata[name] = {key: entries[key] for key in sorted(entries)}
    for name in ("name", "namespace"):
        text = value.get(name)
        if text is not None and not isinstance(text, str):
            raise SopsError(f"'metadata.{name}' must be a string")
        if text:
            metadata[name] = text
    return metadata


def _texts(value: Value, name: str) -> list[str]:
    if value is None:
        return []
    if not isinstance(value, list) or not all(isinstance(item, str) for item in value):
        raise SopsError(f"{name!r} must be a list of strings")
    return [item for item in value if isinstance(item, str)]


def _key_and_path(item: str) -> tuple[str, str]:
    parts = item.split("=")
    if len(parts) == 1:
        return item.rstrip("/").rpartition("/")[2], item
    if len(parts) > 2 or not parts[0]:
        raise SopsError("a file is named as 'path' or 'key=path'")
    return parts[0], parts[1]


def _text(data: bytes, path: str) -> str:
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError:
        # Not chained: the codec's error carries the cleartext.
        error = SopsError(
            "the file's cleartext is not UTF-8, so it cannot be put into 'stringData'",
            hint="list it under 'binaryFiles'",
        )
        raise error.at(file=path) from None
