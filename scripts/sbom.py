"""A CycloneDX 1.5 list of the distributions that the plugin needs, as installed, on standard output.

Only what `mlops-cmp` requires, directly or by way of others, from the environment that runs this; tools for
tests and checks are left out unless `--extra NAME` asks for an extra's. The same environment gives the
same bytes: no time, no random serial number.
"""

from __future__ import annotations

import itertools
import json
import re
import sys
from importlib.metadata import Distribution, PackageNotFoundError, distribution

ROOT = "mlops-cmp"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_EXTRA = re.compile(r"""extra\s*==\s*['"]([^'"]+)['"]""")


def canonical(name: str) -> str:
    """A name as package indexes compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def needed(found: Distribution, extras: frozenset[str] = frozenset()) -> list[str]:
    """The names that a distribution requires, those for the given extras included."""
    names = []
    for requirement in found.requires or []:
        match = _NAME.match(requirement)
        wanted = _EXTRA.findall(requirement)
        if match and (not wanted or extras & set(wanted)):
            names.append(canonical(match[0]))
    return sorted(set(names))


def installed(extras: frozenset[str]) -> dict[str, tuple[Distribution, list[str]]]:
    """Every distribution that is needed and installed, by name, with what it needs itself."""
    queue, found = [(ROOT, extras)], {}
    while queue:
        name, wanted = queue.pop()
        if name in found:
            continue
        try:
            each = distribution(name)
        except PackageNotFoundError:
            continue  # for another platform or Python
        found[name] = (each, needed(each, wanted))
        queue += [(other, frozenset[str]()) for other in found[name][1]]
    return found


def component(name: str, found: Distribution) -> dict[str, object]:
    """A component of the list."""
    purl = f"pkg:pypi/{name}@{found.version}"
    entry: dict[str, object] = {
        "type": "application" if name == ROOT else "library",
        "bom-ref": purl,
        "name": name,
        "version": found.version,
        "purl": purl,
    }
    licence = found.metadata.get("License-Expression")
    if licence:
        entry["licenses"] = [{"expression": licence}]
    return entry


def document(extras: frozenset[str] = frozenset()) -> dict[str, object]:
    """The whole list."""
    found = dict(sorted(installed(extras).items()))
    entries = {name: component(name, each) for name, (each, _) in found.items()}
    return {
        "bomFormat": "CycloneDX",
        "specVersion": "1.5",
        "version": 1,
        "metadata": {"component": entries[ROOT]},
        "components": [entry for name, entry in entries.items() if name != ROOT],
        "dependencies": [
            {
                "ref": entries[name]["bom-ref"],
                "dependsOn": [entries[each]["bom-ref"] for each in needs if each in entries],
            }
            for name, (_, needs) in found.items()
        ],
    }


if __name__ == "__main__":
    words = sys.argv[1:]
    chosen = frozenset(word for flag, word in itertools.pairwise(words) if flag == "--extra")
    json.dump(document(chosen), sys.stdout, indent=2)
    sys.stdout.write("\n")
