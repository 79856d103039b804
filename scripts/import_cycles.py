"""Count the modules of `cmp` that stand in an import cycle, whenever the import happens.

Imports under `TYPE_CHECKING` and inside of functions count like those at the top: a reader who wants to
understand one module of a cycle has to understand all of them. An import of a package's name that the package
only re-exports counts as an import of the package.

    python scripts/import_cycles.py        # each cycle with its modules and the imports inside of it
"""

from __future__ import annotations

import ast
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]


def modules(root: Path = ROOT, package: str = "cmp") -> dict[str, Path]:
    """Dotted name -> file, for all modules of the package."""
    found = {}
    for path in sorted((root / package).rglob("*.py")):
        parts = path.relative_to(root).with_suffix("").parts
        found[".".join(parts[:-1] if parts[-1] == "__init__" else parts)] = path
    return found


def imports(root: Path = ROOT, package: str = "cmp") -> dict[str, set[str]]:
    """Module -> modules of the package that it imports anywhere; its own parent packages do not count."""
    files = modules(root, package)
    graph: dict[str, set[str]] = {}
    for name, path in files.items():
        wanted: set[str] = set()
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if isinstance(node, ast.Import):
                wanted.update(alias.name for alias in node.names)
            elif isinstance(node, ast.ImportFrom) and node.module:
                for alias in node.names:
                    below = f"{node.module}.{alias.name}"
                    wanted.add(below if below in files else node.module)
        graph[name] = {each for each in wanted if each in files and each != name}
    return graph


def cycles(graph: dict[str, set[str]]) -> list[set[str]]:
    """The strongly connected parts of more than one module, largest first (Tarjan, without recursion)."""
    number: dict[str, int] = {}
    low: dict[str, int] = {}
    stack: list[str] = []
    found: list[set[str]] = []
    for start in graph:
        if start in number:
            continue
        work = [(start, iter(sorted(graph[start])))]
        number[start] = low[start] = len(number)
        stack.append(start)
        while work:
            name, rest = work[-1]
            for other in rest:
                if other not in number:
                    number[other] = low[other] = len(number)
                    stack.append(other)
                    work.append((other, iter(sorted(graph[other]))))
                    break
                if other in stack:
                    low[name] = min(low[name], number[other])
            else:
                work.pop()
                if work:
                    low[work[-1][0]] = min(low[work[-1][0]], low[name])
                if low[name] == number[name]:
                    at = stack.index(name)
                    part = set(stack[at:])
                    del stack[at:]
                    if len(part) > 1:
                        found.append(part)
    return sorted(found, key=len, reverse=True)


def main() -> None:
    graph = imports()
    parts = cycles(graph)
    for part in parts:
        print(f"{len(part)} modules")
        for name in sorted(part):
            print(f"  {name} -> {', '.join(sorted(graph[name] & part))}")
    print(f"{sum(map(len, parts))} of {len(graph)} modules stand in import cycles")


if __name__ == "__main__":
    main()
