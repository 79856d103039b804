"""Write the byte code of what a render imports into one file: bundle.py LIBRARY FOLDER

LIBRARY: the folder that has `cmp`. FOLDER: its name in the image, for the places in error messages. To be run
by the version of Python that the image has.
"""

from __future__ import annotations

import marshal
import sys
from pathlib import Path

from cmp_bundle import HEAD, NAME, VERSION

# What only other commands import.
LEFT_OUT = (
    *("cli/commands", "cli/update_model_config", "cli/validating", "diff", "fleet", "pages", "server"),
    *("validate", "kustomize/remote", "models/adopt", "models/edit", "models/registry"),
)


def codes(library: Path, folder: str) -> dict[str, tuple[bytes, str, str]]:
    """Name -> byte code, source file, folder of a package or an empty string."""
    found = {}
    for path in sorted((library / "cmp").rglob("*.py")):
        inside = path.relative_to(library)
        if any(inside.is_relative_to(f"cmp/{each}") for each in LEFT_OUT):
            continue
        source = f"{folder}/{inside}"
        code = marshal.dumps(compile(path.read_bytes(), source, "exec", dont_inherit=True))
        parts = inside.with_suffix("").parts
        package = parts[-1] == "__init__"
        name = ".".join(parts[:-1] if package else parts)
        found[name] = (code, source, f"{folder}/{inside.parent}" if package else "")
    return found


def packed(found: dict[str, tuple[bytes, str, str]]) -> bytes:
    """What `cmp_bundle.install` reads. The table's length depends on its numbers: they are put in twice."""
    table = b""
    for _ in range(2):
        at = HEAD + len(table)
        places = {}
        for name, (code, source, folder) in found.items():
            places[name] = (at, len(code), source, folder)
            at += len(code)
        table = marshal.dumps((VERSION, places))
    return len(table).to_bytes(HEAD, "big") + table + b"".join(code for code, _, _ in found.values())


def main() -> None:
    """Command line."""
    library, folder = Path(sys.argv[1]), sys.argv[2]
    (library / NAME).write_bytes(packed(codes(library, folder)))


if __name__ == "__main__":
    main()
