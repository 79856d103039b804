"""Write what the real kustomize makes of the trees in tests/data/kustomize/trees into them.

    python scripts/expected_trees.py [--all] [NAME...]

Without --all only trees that expect nothing yet. A tree that the real tool refuses gets our own message.
Needs kustomize v5.8.1 on PATH. Read the difference before committing it.
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from cmp.errors import CmpError
from cmp.kustomize import build, emit
from cmp.tree.memory import MemoryTree

ROOT = Path(__file__).resolve().parent.parent
sys.path.insert(0, str(ROOT / "tests" / "support"))

from kustomize_trees import TreeCase  # noqa: E402

TREES = ROOT / "tests" / "data" / "kustomize" / "trees"


def write_files(case: TreeCase, root: Path) -> None:
    for name, data in case.files.items():
        path = root / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_bytes(data)


def real(case: TreeCase) -> str | None:
    """The real tool's output, or None when it refuses."""
    with tempfile.TemporaryDirectory() as directory:
        root = Path(directory).resolve()
        write_files(case, root)
        run = subprocess.run(
            ["kustomize", "build", str(root / case.target)], capture_output=True, check=False, text=True
        )
        return run.stdout if run.returncode == 0 else None


def ours(case: TreeCase) -> str:
    tree = MemoryTree({f"/{name}": data for name, data in case.files.items()})
    target = "/" if case.target == "." else f"/{case.target}"
    try:
        return "==> EXPECT\n" + emit(build(tree, target))
    except CmpError as error:
        return f"==> REFUSED\n{error}\n"


def main() -> int:
    arguments = [name for name in sys.argv[1:] if name != "--all"]
    status = 0
    for path in sorted(TREES.glob("*.txt")):
        text = path.read_text()
        case = TreeCase(text)
        named = path.stem in arguments
        if not named and (
            arguments or ((case.expect is not None or case.refused is not None) and "--all" not in sys.argv)
        ):
            continue
        head = text.partition("\n==> EXPECT\n")[0].partition("\n==> REFUSED\n")[0].rstrip("\n") + "\n"
        output, mine = real(case), ours(case)
        wanted = f"==> EXPECT\n{output}" if output is not None else mine
        if (output is not None and mine != wanted) or (output is None and not mine.startswith("==> REFUSED")):
            print(f"{path.stem}: differs from ours")
            status = 1
        path.write_text(head + wanted)
    return status


if __name__ == "__main__":
    sys.exit(main())
