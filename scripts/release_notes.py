"""Print the release notes of a tag from CHANGELOG.md: scripts/release_notes.py vX.Y.Z

Fails if the tag is not "v" and `cmp.__version__`, or if CHANGELOG.md has no section of that version.
"""

from __future__ import annotations

import re
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def notes(tag: str, version: str, changelog: str) -> str:
    """The version's section of the changelog, without its heading. ValueError says what does not agree."""
    if tag != f"v{version}":
        raise ValueError(f"the tag is {tag}, but cmp/__init__.py says {version}")
    heading = re.compile(rf"^## \[?{re.escape(version)}\]?(?: .*)?$", re.MULTILINE)
    found = heading.search(changelog)
    if found is None:
        raise ValueError(f"CHANGELOG.md has no section {version}: rename `Unreleased`")
    text = re.split(r"^## ", changelog[found.end() :], maxsplit=1, flags=re.MULTILINE)[0].strip()
    if not text:
        raise ValueError(f"CHANGELOG.md says nothing about {version}")
    return text + "\n"


def main() -> None:
    """Print them, or end with the reason."""
    sys.path.insert(0, str(ROOT))
    import cmp

    try:
        sys.stdout.write(notes(sys.argv[1], cmp.__version__, (ROOT / "CHANGELOG.md").read_text()))
    except ValueError as reason:
        sys.exit(f"error: {reason}")


if __name__ == "__main__":
    main()
