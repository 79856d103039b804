"""Which lines of a file a message may show: a list of what is allowed, since anything else may hold a secret.

Decided by the text alone, as the file may be broken. Cleartext YAML only: never a file that mentions Secrets,
keys or ciphertext, never values of a `data` block but a ConfigMap's, never a generator's sources (env files,
values files). Of a kustomization the fields that hold names are always shown, `secretGenerator` never.
The caller leaves out what was decrypted.
"""

from __future__ import annotations

import re

from cmp.kustomize.kustomization import FILE_NAMES

# Fields of a kustomization that hold names and paths: shown whatever else is in the file.
_NAMES = frozenset(
    (
        *("apiVersion", "kind", "resources", "components", "bases", "crds", "configurations"),
        *("namePrefix", "nameSuffix", "namespace", "images", "replicas", "sortOptions", "buildMetadata"),
        *("labels", "commonLabels", "commonAnnotations", "generatorOptions"),
    )
)
# Fields that may hold parts of objects: shown unless the file is about Secrets.
_OBJECTS = frozenset(
    (
        *("metadata", "patches", "patchesStrategicMerge", "patchesJson6902", "replacements", "vars"),
        *("configMapGenerator", "transformers", "generators", "validators", "openapi"),
    )
)
_KEY = re.compile(r"""["']?([A-Za-z][\w.-]*)["']?[ \t]*:(?:\s|$)""")
_SECRETS = re.compile(
    r"Secret\b|SecretList|stringData|-----BEGIN|AGE-SECRET-KEY|ENC\[|^[\"']?sops[\"']?:", re.M
)
_CREDENTIAL = re.compile(
    r"passw|passphrase|secret|token|credential|api.?key|access.?key|private|bearer|auth|://[^/\s]*@", re.I
)
# A password or token in an address.
_USER_IN_ADDRESS = re.compile(r"://[^/\s]*@|::[^/\s]*@|[?&](?!(?:ref|version|timeout|submodules|depth)=)\w+=")
_URI = re.compile(r"""uri["']?\s*:""", re.I)
# Characters of a line that is searched for passwords; a longer one is not shown.
_LONGEST = 1000
_VALUES = frozenset(("data", "stringData", "binaryData"))


def may_show(text: str, name: str, line: int) -> bool:
    """Whether line `line` (1-based) of the file called `name`, which has this text, may be shown."""
    lines = text.split("\n")
    if not 0 < line <= len(lines):
        return False
    if name in FILE_NAMES:
        return _of_kustomization(text, lines, line)
    return name.endswith((".yaml", ".yml")) and not _SECRETS.search(text) and _of_resource(lines, line)


def _of_kustomization(text: str, lines: list[str], line: int) -> bool:
    field = _block(lines, line)
    if field in _NAMES:
        return len(lines[line - 1]) <= _LONGEST and not _USER_IN_ADDRESS.search(lines[line - 1])
    if _is_credential(lines, line):
        return False
    if field in _OBJECTS:
        return not _SECRETS.search(text)
    # Of unknown fields only the line with the key, as what is below may be meant for a secretGenerator.
    return _KEY.match(lines[line - 1]) is not None


def _of_resource(lines: list[str], line: int) -> bool:
    if _is_credential(lines, line):
        return False
    start, end = _document(lines, line)
    document = lines[start:end]
    keys = {match[1]: each[match.end() :].strip() for each in document if (match := _KEY.match(each))}
    kind = keys.get("kind", "").strip("\"'")
    field = _block(document, line - start)
    shown = lines[line - 1]
    if field in _VALUES:
        return kind == "ConfigMap"
    if not keys and document and document[0].startswith("- "):  # a JSON patch
        return "value" not in shown
    if kind.startswith("Model"):
        return not _URI.search(shown)
    if kind.endswith("List"):
        return not any(re.search(r"\b(data|binaryData)\b", each) for each in document)
    return "kind" in keys or "apiVersion" in keys


def _is_credential(lines: list[str], line: int) -> bool:
    """The line before counts too: `name: DB_PASSWORD` stands above its `value`."""
    around = lines[max(0, line - 2) : line]
    return any(len(each) > _LONGEST or _CREDENTIAL.search(each) for each in around)


def _document(lines: list[str], line: int) -> tuple[int, int]:
    """From where to where the document goes that `line` is in, as list indexes."""
    start = next((number for number in range(line - 1, 0, -1) if lines[number - 1].startswith("---")), 0)
    end = next((number for number in range(line, len(lines)) if lines[number].startswith("---")), len(lines))
    return start, end


def _block(lines: list[str], line: int) -> str:
    """The key at the margin that `line` belongs to; empty when there is none above it."""
    for number in range(line - 1, -1, -1):
        match = _KEY.match(lines[number].lstrip("\ufeff"))
        if match:
            return match[1]
    return ""
